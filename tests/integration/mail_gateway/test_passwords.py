"""Files with a password, and replies that bring it: a real mailbox, real PDFs, the real sandbox."""

from __future__ import annotations

import io
import json
from functools import cache, partial
from typing import Any

import pikepdf
import pytest
from mail_desk import MailDesk, Post
from mails import PROVIDER, mail, pdf, unreadable, zip_with_password
from sqlalchemy import select, text, update

from db import mails
from db.tables import audit_events, documents, providers
from mail_gateway.entrances.gateway import Gateway
from pulse.invoices.reading import Limits
from pulse.synthetic import form_pdf, invoice
from pulse.wiring import SandboxedReader

PASSWORD = "Praxis-2026!"
locked_zip = partial(zip_with_password, PASSWORD)


@cache
def locked_pdf(seed: int = 1) -> bytes:
    file = io.BytesIO()
    with pikepdf.open(io.BytesIO(form_pdf(invoice(seed), annex=False))) as plain:
        plain.save(file, encryption=pikepdf.Encryption(user=PASSWORD, owner="other", R=6))
    return file.getvalue()


def reply(to: Any, words: str, *attachments: bytes, **headers: str) -> bytes:
    return mail(*attachments, text=words, In_Reply_To=to.message_id, References=f"<a@x> {to.message_id}", **headers)


def reader(desk: MailDesk, post: Post) -> Gateway:
    return desk.gateway(post, office={"reader": SandboxedReader(Limits())})


def everything(desk: MailDesk) -> str:
    """Every row of the ledger and the audit, as one text."""
    with desk.inner.database.read() as connection:
        names = ("mails", "mail_documents", "audit_events", "effects", "outbox", "invoices")
        return json.dumps([[list(row) for row in connection.execute(text(f"SELECT * FROM {name}"))] for name in names],
                          default=str)  # fmt: skip


def test_the_password_by_reply_opens_the_kept_pdf_and_starts_the_case_of_its_mail(desk: MailDesk, post: Post) -> None:
    post.put(mail(locked_pdf(), message_id="<first@provider.example>"))
    gateway = reader(desk, post)
    gateway.poll_once()
    assert desk.outcomes() == [("returned", "P102")]
    (asked,) = desk.answers
    assert "antworten Sie auf diese E-Mail" in asked.text
    post.put(
        reply(asked, f"Guten Tag\n\nDas Passwort lautet: {PASSWORD}\n\nAm 16.06.2026 um 10:00 schrieb Kasse:\n> x")
    )
    gateway.poll_once()
    assert desk.outcomes() == [("invoice", ""), ("invoice", "")]
    (case,) = desk.cases()
    first, second = desk.ledger()
    assert (case.mail_id, case.biller_mail, case.reading) == (first.id, PROVIDER, case.reading)
    assert case.content.invoice_number
    # Both rows of the ledger lead to the case.
    assert [(one.invoice_id, one.reason) for one in desk.documents(first.id)] == [(case.id, "P102")]
    (copy,) = desk.documents(second.id)
    assert (copy.invoice_id, copy.sha256) == (case.id, case.document_sha256)
    with desk.inner.database.read() as connection:
        part_of = connection.execute(select(documents.c.part_of).where(documents.c.sha256 == copy.sha256)).scalar_one()
        noted = [row.action for row in connection.execute(select(audit_events))]
    assert part_of == desk.documents(first.id)[0].sha256
    assert "gateway:mail:unlocked" in noted
    # The password itself is nowhere.
    assert (second.text, second.source_sha256, second.subject) == ("", None, "")
    assert PASSWORD not in everything(desk)
    assert len(desk.answers) == 1
    # The same reply again changes nothing.
    post.put(reply(asked, PASSWORD))
    gateway.poll_once()
    assert len(desk.cases()) == 1
    assert len(desk.answers) == 1


def test_the_password_by_reply_opens_the_kept_zip(desk: MailDesk, post: Post) -> None:
    archive = locked_zip(("a.pdf", pdf(invoice_number="1")), ("b.pdf", pdf(invoice_number="2")), ("lies.txt", b"x"))
    post.put(mail(("rechnungen.zip", archive)))
    gateway = desk.gateway(post)
    gateway.poll_once()
    assert desk.outcomes() == [("returned", "zip_locked")]
    post.put(reply(desk.answers[0], PASSWORD))
    gateway.poll_once()
    assert desk.outcomes() == [("invoice", ""), ("invoice", "")]
    assert [case.content.invoice_number for case in desk.cases()] == ["1", "2"]
    assert {case.mail_id for case in desk.cases()} == {desk.ledger()[0].id}


def test_wrong_words_are_answered_twice_then_a_person_has_the_file(desk: MailDesk, post: Post) -> None:
    post.put(mail(locked_pdf()))
    gateway = reader(desk, post)
    gateway.poll_once()
    for number in range(3):
        post.put(reply(desk.answers[-1], f"falsch{number}"))
        gateway.poll_once()
    assert desk.outcomes() == [
        ("returned", "P102"),
        ("returned", "password_wrong"),
        ("returned", "password_wrong"),
        ("person", "password_wrong"),
    ]
    assert len(desk.answers) == 3
    assert "Keines der Wörter" in desk.answers[-1].text
    assert post.counts() == {"Returned": 3, "Failed": 1}
    # The right one is still welcome.
    post.put(reply(desk.answers[-1], PASSWORD))
    gateway.poll_once()
    assert desk.outcomes()[0] == ("invoice", "")
    assert len(desk.cases()) == 1


def test_only_the_one_who_was_asked_may_send_the_password(desk: MailDesk, post: Post) -> None:
    post.put(mail(locked_pdf()))
    gateway = reader(desk, post)
    gateway.poll_once()
    asked = desk.answers[0]
    post.put(reply(asked, PASSWORD, sender="fremd@anders.example"))
    post.put(reply(asked, PASSWORD, Auto_Submitted="auto-replied"))
    gateway.poll_once()
    assert desk.outcomes() == [("returned", "P102"), ("returned", "no_document"), ("ignored", "automatic")]
    assert desk.cases() == []


def test_a_reply_with_the_invoice_itself_is_an_invoice(desk: MailDesk, post: Post) -> None:
    post.put(mail(unreadable("P102")))
    gateway = desk.gateway(post)
    gateway.poll_once()
    post.put(reply(desk.answers[0], "Nun ohne Passwort.", pdf()))
    gateway.poll_once()
    assert desk.outcomes() == [("returned", "P102"), ("invoice", "")]
    assert desk.cases()[0].mail_id == desk.ledger()[1].id


def test_a_gateway_that_dies_after_the_case_finds_it_again(desk: MailDesk, post: Post) -> None:
    from mail_gateway.steps.passwords import Passwords

    post.put(mail(locked_pdf()))
    gateway = reader(desk, post)
    gateway.poll_once()
    post.put(reply(desk.answers[0], PASSWORD))
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Passwords, "_tell_first_mail", lambda *_: 1 / 0)
        gateway.poll_once()
    assert [row.outcome for row in desk.ledger()] == ["returned", "pending"]
    assert [(row.text, row.source_sha256) for row in desk.ledger()[1:]] == [("", None)]
    assert len(desk.cases()) == 1
    gateway.poll_once()
    assert desk.outcomes() == [("invoice", ""), ("invoice", "")]
    assert len(desk.cases()) == 1


@pytest.mark.parametrize("kind", ["pdf", "zip"])
def test_a_mail_that_is_looked_at_again_keeps_the_case_of_its_opened_file(
    desk: MailDesk, post: Post, kind: str
) -> None:
    file = (
        ("a.pdf", locked_pdf())
        if kind == "pdf"
        else ("a.zip", locked_zip(("a.pdf", form_pdf(invoice(1), annex=False))))
    )
    post.put(mail(file))
    gateway = reader(desk, post)
    gateway.poll_once()
    post.put(reply(desk.answers[0], PASSWORD))
    gateway.poll_once()
    (case,) = desk.cases()
    first = desk.ledger()[0]
    with desk.inner.database.write() as connection:
        mails.set_mail(connection, first.id, again_at=desk.clock.now(), again_by="anna")
    gateway.poll_once()
    assert desk.outcomes() == [("invoice", ""), ("invoice", "")]
    assert [one.invoice_id for one in desk.documents(first.id)] == [case.id]
    assert len(desk.cases()) == 1
    assert len(desk.answers) == 1


def test_the_password_is_asked_for_in_the_providers_language(desk: MailDesk, post: Post) -> None:
    with desk.inner.database.write() as connection:
        connection.execute(update(providers).where(providers.c.email == PROVIDER).values(language="fr"))
    post.put(mail(unreadable("P102"), Reply_To="autre@provider.example"))
    desk.gateway(post).poll_once()
    (asked,) = desk.answers
    assert asked.to == PROVIDER
    assert "mot de passe seul sur la première ligne" in asked.text
    assert "Guten Tag" not in asked.text
