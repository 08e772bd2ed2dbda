"""What providers wrap their invoices in, against a real mailbox: M17 to M21 of the fault cases."""

from __future__ import annotations

import hashlib
import io
import zipfile

import pytest
from dovecot import Dovecot
from mail_desk import MailDesk, Post, dovecot_post
from mails import PROVIDER, mail, pdf, unreadable
from smime_mails import encrypted, signed, signer
from winmail import winmail

from mail_gateway.entrances.gateway import Gateway
from mail_gateway.message.reasons import MailReason
from mail_gateway.outgoing.answer_sentences import SENTENCES
from pulse.base.money import FIVE_CENTS
from pulse.base.reasons import Reason
from pulse.invoices.reading import Limits
from pulse.synthetic import form_pdf, invoice, xml
from pulse.wiring import SandboxedReader

FROM = f"Return-Path: <{PROVIDER}>\r\nFrom: {PROVIDER}\r\nMessage-ID: <wrapped@provider.example>\r\n".encode()


def zipped(*files: tuple[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files:
            archive.writestr(name, data)
    return file.getvalue()


def reader(desk: MailDesk, post: Post) -> Gateway:
    return desk.gateway(post, office={"reader": SandboxedReader(Limits())})


def in_ledger(desk: MailDesk) -> list[tuple[str, str]]:
    """Names and digests of the documents of the first mail."""
    return [(one.filename, one.sha256) for one in desk.documents(desk.ledger()[0].id)]


def test_m21_invoices_in_a_zip_are_cases_with_the_files_own_digests(desk: MailDesk, post: Post) -> None:
    one, other = pdf(invoice_number="1"), pdf(invoice_number="2")
    post.put(mail(("juni.zip", zipped(("a.pdf", one), ("mehr.zip", zipped(("b.pdf", other)))))))
    desk.gateway(post).poll_once()
    assert desk.outcomes() == [("invoice", "")]
    assert [case.content.invoice_number for case in desk.cases()] == ["1", "2"]
    assert in_ledger(desk) == [
        ("a.pdf", hashlib.sha256(one).hexdigest()),
        ("b.pdf", hashlib.sha256(other).hexdigest()),
    ]
    assert desk.answers == []


def test_m21_an_invoice_in_winmail_dat_and_one_in_an_attached_mail_are_cases(desk: MailDesk, post: Post) -> None:
    forwarded = mail(("b.pdf", pdf(invoice_number="2")), sender="anderer@provider.example")
    post.put(mail(("winmail.dat", winmail(("Rechnung.pdf", pdf(invoice_number="1")))), ("weiter.eml", forwarded)))
    desk.gateway(post).poll_once()
    assert [(case.content.invoice_number, case.biller_mail) for case in desk.cases()] == [
        ("1", PROVIDER),
        ("2", PROVIDER),
    ]


def test_m21_signed_and_encrypted_mails_are_opened(desk: MailDesk, dovecot: Dovecot) -> None:
    own, praxis = signer(), signer("praxis")
    post = dovecot_post(dovecot, key=own)
    inner = mail(pdf(invoice_number="1"), text="Guten Tag, signiert.")
    for number, opaque in enumerate((True, False)):
        made = signed(mail(pdf(invoice_number=str(number)), text="Guten Tag, signiert."), by=praxis, opaque=opaque)
        post.put(FROM.replace(b"wrapped", b"signed%d" % number) + made)
    post.put(FROM + encrypted(inner.replace(b"signiert", b"geheim"), to=own))
    desk.gateway(post).poll_once()
    assert [row.outcome for row in desk.ledger()] == ["invoice"] * 3
    assert [row.text for row in desk.ledger()[:2]] == ["Guten Tag, signiert."] * 2
    assert desk.answers == []


@pytest.mark.parametrize(
    ("attachment", "reason"),
    [
        (("secure-email.html", b"<html></html>"), MailReason.HIN_MESSAGE),
        (("nachricht.msg", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(99)), MailReason.OUTLOOK_FILE),
        (("rechnungen.rar", b"Rar!\x1a\x07\x01\x00"), MailReason.ARCHIVE),
        (("leer.zip", zipped(("lies.txt", b"x"))), MailReason.ZIP_EMPTY),
        (("seite.jp2", b"\0\0\0\x0cjP  \r\n\x87\n" + bytes(99)), MailReason.PICTURE_KIND),
    ],
)
def test_m21_what_cannot_be_opened_is_returned_with_words_that_help(
    desk: MailDesk, post: Post, attachment: tuple[str, bytes], reason: MailReason
) -> None:
    kind = b"text/html" if attachment[0].endswith(".html") else b"application/octet-stream"
    post.put(mail(attachment).replace(b"application/pdf", kind))
    desk.gateway(post).poll_once()
    assert desk.outcomes() == [("returned", reason.value)]
    assert SENTENCES["de"][reason] in desk.answers[0].text
    assert "als PDF-Datei" in desk.answers[0].text


def test_m21_a_mail_encrypted_to_somebody_else_waits_for_a_person_where_nobody_can_be_told(
    desk: MailDesk, dovecot: Dovecot
) -> None:
    post = dovecot_post(dovecot, key=signer())
    sealed = encrypted(mail(pdf()), to=signer("somebody"))
    post.put(FROM + b"Auto-Submitted: auto-generated\r\n" + sealed)
    post.put(FROM.replace(b"wrapped", b"other") + sealed)
    desk.gateway(post).poll_once()
    assert desk.outcomes() == [("person", "smime_locked"), ("returned", "smime_locked")]
    assert post.counts() == {"Failed": 1, "Returned": 1}


def test_m17_a_zip_of_zips_of_zips_of_zips_is_returned_and_holds_nobody_up(desk: MailDesk, post: Post) -> None:
    inner = pdf()
    for level in range(5):
        inner = zipped((f"{level}.zip" if level else "a.pdf", inner))
    post.put(mail(("r.zip", inner)))
    post.put(mail(pdf()))
    desk.gateway(post).poll_once()
    assert desk.outcomes() == [("returned", "too_complex"), ("invoice", "")]


def test_m20_an_invoice_and_a_letter_in_one_zip_are_one_case(desk: MailDesk, post: Post) -> None:
    post.put(mail(("r.zip", zipped(("a.pdf", pdf()), ("brief.pdf", unreadable("P108"))))))
    desk.gateway(post).poll_once()
    assert desk.outcomes() == [("invoice", "")]
    assert len(desk.cases()) == 1
    assert len(in_ledger(desk)) == 2


def test_an_xml_beside_its_pdf_is_one_case_and_both_are_kept(desk: MailDesk, post: Post) -> None:
    truth = invoice(3)
    paper, data = form_pdf(truth, annex=False), xml(truth)
    post.put(mail(("a.xml", data), ("a.pdf", paper)))
    reader(desk, post).poll_once()
    (case,) = desk.cases()
    assert case.document_sha256 == hashlib.sha256(paper).hexdigest()
    assert case.content.source.kind == "xml"
    assert case.content.source.pages >= 1
    assert Reason.SOURCES_DISAGREE not in {finding.code for finding in case.content.findings}
    assert {one.sha256: one.invoice_id for one in desk.documents(desk.ledger()[0].id)} == {
        hashlib.sha256(data).hexdigest(): case.id,
        hashlib.sha256(paper).hexdigest(): case.id,
    }
    assert desk.inner.office.documents.get(hashlib.sha256(data).hexdigest()) == data
    # The same documents in another mail are a repetition, and again one case.
    post.put(mail(("a.xml", data), ("a.pdf", paper)))
    reader(desk, post).poll_once()
    assert [one.duplicate_of for one in desk.cases()] == [None, case.id]


def test_an_xml_that_says_something_else_than_its_pdf_goes_to_a_person(desk: MailDesk, post: Post) -> None:
    truth = invoice(3)
    assert truth.total_amount is not None
    other = truth.model_copy(update={"total_amount": truth.total_amount + 10 * FIVE_CENTS})
    post.put(mail(("a.xml", xml(other)), ("a.pdf", form_pdf(truth, annex=True))))
    reader(desk, post).poll_once()
    (case,) = desk.cases()
    assert case.reading == "doubtful"
    assert (Reason.SOURCES_DISAGREE, "total_amount") in {(one.code, one.field) for one in case.content.findings}
    assert [row.outcome for row in desk.ledger()] == ["person"]


def test_the_xml_of_another_invoice_is_a_case_of_its_own(desk: MailDesk, post: Post) -> None:
    post.put(mail(("a.xml", xml(invoice(4))), ("b.pdf", form_pdf(invoice(3), annex=True))))
    reader(desk, post).poll_once()
    assert len(desk.cases()) == 2
    assert {one.duplicate_of for one in desk.cases()} == {None}


def test_after_a_crash_the_pair_is_still_one_case(desk: MailDesk, post: Post) -> None:
    from mail_gateway.ledger import Ledger

    truth = invoice(3)
    post.put(mail(("a.xml", xml(truth)), ("a.pdf", form_pdf(truth, annex=True))))
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Ledger, "settle", lambda *_, **__: 1 / 0)
        reader(desk, post).poll_once()
    assert len(desk.cases()) == 1
    gateway = reader(desk, post)
    gateway.poll_once()
    assert len(desk.cases()) == 1
    assert len(in_ledger(desk)) == 2
