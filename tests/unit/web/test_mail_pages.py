from __future__ import annotations

from collections.abc import Callable

import office as desk
import pytest
from kept_mails import kept_mail, the_mail
from web_desk import Browser, text

from mail_gateway.message.reasons import MailReason
from pulse.base.reasons import Reason
from pulse.claims.receive import receive_document
from pulse.web.pages import mail_words

Open = Callable[..., Browser]


def test_every_mail_is_listed_newest_first_with_what_became_of_it(parts: desk.TestOffice, browser: Open) -> None:
    case = receive_document(parts.office, desk.document(), channel="mail", actor="t").invoice_id
    older = kept_mail(parts, subject="Newsletter")
    newer = kept_mail(
        parts, (desk.document(), case), outcome="invoice", reason="", subject="Rechnung 101", answered=True
    )
    page = text(browser("anna").get("/mails"))
    assert page.index("Rechnung 101") < page.index("Newsletter")
    assert f'href="/mails/{newer}"' in page
    assert f'href="/mails/{older}"' in page
    assert f'href="/cases/{case}"' in page
    assert "no invoice is attached" in page


def test_the_list_is_paged_and_filtered(parts: desk.TestOffice, browser: Open) -> None:
    for number in range(51):
        kept_mail(parts, subject=f"Brief {number:02}", seen_at=desk.NOW.replace(day=1 + number // 2))
    kept_mail(parts, subject="100 % sicher", outcome="ignored", reason="mailing_list")
    anna = browser("anna")
    first = text(anna.get("/mails"))
    assert ("Brief 02" in first, "Brief 01" in first) == (True, False)
    link = first.partition("Older mails")[0].rpartition('href="')[2].partition('"')[0]
    assert "Brief 01" in text(anna.get(link.replace("&amp;", "&")))
    assert [name in text(anna.get("/mails?q=100+%25")) for name in ("100 % sicher", "Brief")] == [True, False]
    assert [name in text(anna.get("/mails?outcome=ignored")) for name in ("sicher", "Brief")] == [True, False]
    by_day = text(anna.get("/mails?from=2026-06-03&to=2026-06-03"))
    assert [f"Brief {number:02}" in by_day for number in (3, 4, 5, 6)] == [False, True, True, False]
    assert "No mail here" in text(anna.get("/mails?q=nirgends&from=unsinn"))


def test_a_mail_shows_its_words_without_ever_running_them(parts: desk.TestOffice, browser: Open) -> None:
    nasty = "<script>alert(1)</script> <img src=https://tracker.example/x.png>"
    mail = kept_mail(
        parts, b"%PDF-1.7 x", subject=nasty, text=nasty, source=b"From: a\r\n\r\nHallo", authenticity="fail"
    )
    anna = browser("anna")
    page = text(anna.get(f"/mails/{mail}"))
    assert "<script>" not in page
    assert "<img src=https" not in page
    assert "&lt;script&gt;alert(1)" in page
    assert "not verified: our mail server" in page
    source = anna.get(f"/mails/{mail}/source")
    assert source.data == b"From: a\r\n\r\nHallo"
    assert source.headers["Content-Disposition"] == f'attachment; filename="mail-{mail}.eml"'
    document = anna.get(f"/mails/{mail}/documents/1")
    assert document.data == b"%PDF-1.7 x"
    assert document.headers["Content-Disposition"] == f'inline; filename="mail-{mail}-1"'
    assert anna.get(f"/mails/{mail}/documents/2").status_code == 404
    assert anna.get("/mails/4711").status_code == 404


def test_what_is_no_pdf_is_only_ever_saved(parts: desk.TestOffice, browser: Open) -> None:
    mail = kept_mail(parts, b"<svg onload=alert(1)>")
    with parts.database.write() as connection:
        connection.exec_driver_sql("UPDATE documents SET media_type = 'image/svg+xml'")
    answer = browser("anna").get(f"/mails/{mail}/documents/1")
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert answer.headers["Content-Disposition"].startswith("attachment;")


def test_mails_that_wait_for_a_person_are_counted_and_closed_with_a_comment(
    parts: desk.TestOffice, browser: Open
) -> None:
    waiting = kept_mail(parts, b"%PDF-1.7 x", outcome="person", reason="P103", subject="Kaputt")
    failed = kept_mail(parts, outcome="failed", reason="internal_error")
    kept_mail(parts, outcome="person", reason="letter_bounced")
    kept_mail(parts, outcome="person", reason="forwarded")
    case = receive_document(parts.office, desk.document(), channel="mail", actor="t").invoice_id
    kept_mail(parts, (desk.document(), case), outcome="person", reason="P107")
    anna = browser("anna")
    assert '<span class="badge" title="wait for a person">2<' in text(anna.get("/cases"))
    page = text(anna.get("/mails?outcome=waiting"))
    assert [f"/mails/{mail}" in page for mail in (waiting, failed)] == [True, True]

    assert anna.post(f"/mails/{waiting}/ignore", {"comment": "  "}).status_code == 422
    assert anna.post(f"/mails/{waiting}/ignore", {"comment": "Schon per Post <b>da</b>"}).status_code == 302
    closed = the_mail(parts, waiting)
    assert (closed.outcome, closed.reason) == ("ignored", "by_person P103")
    page = text(anna.get(f"/mails/{waiting}"))
    assert "Schon per Post &lt;b&gt;da&lt;/b&gt;" in page
    assert "closed by a person" in page
    assert anna.post(f"/mails/{waiting}/ignore", {"comment": "noch einmal"}).status_code == 409
    assert anna.post(f"/mails/{failed}/ignore", {"comment": "x"}, csrf=False).status_code == 400
    assert '<span class="badge" title="wait for a person">1<' in text(anna.get("/cases"))


def test_a_person_wants_a_mail_looked_at_again_once(parts: desk.TestOffice, browser: Open) -> None:
    first = kept_mail(parts, outcome="failed", reason="internal_error")
    second = kept_mail(parts, outcome="ignored", reason="duplicate", same_as=first)
    anna = browser("anna")
    answer = anna.post(f"/mails/{second}/again")
    assert answer.headers["Location"] == f"/mails/{first}"
    mail = the_mail(parts, first)
    assert (mail.again_at, mail.again_by, mail.outcome) == (desk.NOW, "anna", "failed")
    assert "next poll" in text(anna.get(f"/mails/{first}"))
    assert anna.post(f"/mails/{first}/again").status_code == 409
    pending = kept_mail(parts, outcome="pending", reason="", settled_at=None)
    assert anna.post(f"/mails/{pending}/again").status_code == 409


def test_a_case_shows_the_mail_it_came_with(parts: desk.TestOffice, browser: Open) -> None:
    mail = kept_mail(parts, outcome="invoice", reason="", text="Mit Gruss & <Kuss>", authenticity="none")
    case = receive_document(parts.office, desk.document(), channel="mail", actor="t", mail_id=mail).invoice_id
    page = text(browser("anna").get(f"/cases/{case}"))
    assert "Mit Gruss &amp; &lt;Kuss&gt;" in page
    assert "Sender not verified" in page
    assert f'href="/mails/{mail}"' in page


def test_mails_are_for_people_with_a_group(parts: desk.TestOffice, browser: Open) -> None:
    mail = kept_mail(parts, source=b"x")
    gast = browser("gast")
    for path in ("/mails", f"/mails/{mail}", f"/mails/{mail}/source", "/documents"):
        assert gast.get(path).status_code == 403
        assert browser().get(path).status_code == 302
    assert gast.post(f"/mails/{mail}/again").status_code == 403


@pytest.mark.parametrize("code", [*MailReason, *(reason for reason in Reason if reason.startswith("P1"))])
def test_every_reason_has_words(code: str) -> None:
    words = mail_words.why(code)
    assert words not in (code, code.replace("_", " "))


def test_a_document_is_found_by_day_provider_and_number(parts: desk.TestOffice, browser: Open) -> None:
    receive_document(parts.office, desk.document(invoice_number="R-7"), channel="rest", actor="t")
    kept_mail(parts, b"%PDF-1.7 broken", sender="labor@provider.example")
    anna = browser("anna")
    everything = text(anna.get("/documents"))
    assert [name in everything for name in ("R-7", "labor@provider.example")] == [True, True]
    for query, found in (
        ("number=r-", (True, False)),
        ("number=8", (False, False)),
        ("provider=bären", (True, False)),
        ("provider=labor%40", (False, True)),
        (f"provider={desk.PROVIDER_GLN}", (True, False)),
        ("from=2026-06-16&to=2026-06-16", (True, True)),
        ("from=2026-06-17", (False, False)),
        ("after=unsinn", (True, True)),
    ):
        page = text(anna.get(f"/documents?{query}")).partition("<tbody>")[2]
        assert ("R-7" in page, "labor@provider.example" in page) == found, query
    assert "Take these out" not in everything


def test_a_controller_takes_documents_out_as_a_zip(parts: desk.TestOffice, browser: Open) -> None:
    import io
    import zipfile

    receive_document(parts.office, desk.document(invoice_number="R-7"), channel="rest", actor="t")
    values = {"from": "2026-06-16", "to": "2026-06-16", "provider": "", "number": ""}
    assert browser("anna").post("/documents/export", values).status_code == 403
    answer = browser("carla").post("/documents/export", values)
    assert answer.headers["Content-Type"] == "application/zip"
    with zipfile.ZipFile(io.BytesIO(answer.data)) as archived:
        assert len(archived.namelist()) == 3
        assert archived.testzip() is None
