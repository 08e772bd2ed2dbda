"""Ledger, archive, export and retention of mails mean the same on SQLite and on PostgreSQL."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import tracemalloc
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import office as desk
import pytest
from kept_mails import kept_mail, the_mail
from office import TestOffice, document, open_office

from db import archive, invoices, mail_ledger
from db.archive import Wanted
from db.database import Database
from db.documents import DocumentMissing
from db.mail_ledger import Filter
from pulse.claims import mail_care
from pulse.claims.export_documents import export
from pulse.claims.receive import receive_document
from pulse.claims.retain_mails import Retained, retain, retain_daily


@pytest.fixture
def parts(tmp_path: Path, database: Database) -> Iterator[TestOffice]:
    for opened in open_office(tmp_path, database=database):
        desk.fill_registers(database)
        yield opened


def case_of(parts: TestOffice, mail_id: int | None = None, **changes: object) -> int:
    found = receive_document(parts.office, document(**changes), channel="mail", actor="t", mail_id=mail_id).invoice_id
    assert found is not None
    return found


def close(parts: TestOffice, invoice_id: int, at: datetime = desk.NOW) -> None:
    with parts.database.write() as connection:
        invoices.set_case(connection, invoice_id, state="completed", closed_as="approved", closed_at=at)


def is_stored(parts: TestOffice, data: bytes) -> bool:

    try:
        parts.office.documents.get(hashlib.sha256(data).hexdigest())
    except DocumentMissing:
        return False
    return True


def unzipped(
    parts: TestOffice, wanted: Wanted
) -> tuple[dict[str, bytes], list[dict[str, str]], list[dict[str, object]]]:
    with zipfile.ZipFile(io.BytesIO(b"".join(export(parts.office, wanted, by="carla")))) as archived:
        files = {name: archived.read(name) for name in archived.namelist()}
    table = list(csv.DictReader(io.StringIO(files.pop("index.csv").decode("utf-8-sig")), delimiter=";"))
    return files, table, json.loads(files.pop("index.json"))


def test_a_mail_leads_to_all_its_cases_those_of_parts_of_a_document_too(parts: TestOffice) -> None:
    mail = kept_mail(parts, outcome="invoice", reason="")
    cases = [case_of(parts, mail, invoice_number=str(number)) for number in range(3)]
    other = kept_mail(parts)
    with parts.database.read() as connection:
        found = mail_ledger.entries(connection, mail_ledger.find(connection, Filter()))
    assert [(one.mail.id, one.invoices) for one in found] == [(other, ()), (mail, tuple(cases))]


def test_words_are_found_wherever_they_stand_and_signs_mean_themselves(parts: TestOffice) -> None:
    for values in (
        {"subject": "Zahlung 50%_"},
        {"text": "über ZAHLUNG sprechen"},
        {"sender": "zahlung@provider.example"},
    ):
        kept_mail(parts, **values)
    kept_mail(parts, b"%PDF-1.7", subject="nichts davon")

    def hits(text: str) -> int:
        with parts.database.read() as connection:
            return len(mail_ledger.find(connection, Filter(text=text)))

    assert [hits(text) for text in ("zahlung", "50%_", "%", "_", "rechnung-1.pdf", "nirgends")] == [3, 1, 1, 1, 1, 0]


def test_only_mails_that_nothing_else_shows_wait_for_a_person(parts: TestOffice) -> None:
    case = case_of(parts)
    waiting = [
        kept_mail(parts, outcome="failed", reason="internal_error"),
        kept_mail(parts, b"%PDF-1", outcome="person", reason="P103"),
        kept_mail(parts, (document(), case), outcome="person", reason="P101"),
        kept_mail(parts, outcome="person", reason="too_complex"),
        kept_mail(parts, outcome="person", reason="question_stranger"),
    ]
    kept_mail(parts, (document(), case), outcome="person", reason="P107 P502")
    kept_mail(parts, outcome="person", reason="letter_bounced")
    kept_mail(parts, outcome="person", reason="forwarded")
    kept_mail(parts, outcome="person", reason="P103", same_as=waiting[1])
    kept_mail(parts, outcome="returned", reason="P103")
    with parts.database.read() as connection:
        found = mail_ledger.find(connection, Filter(waiting=True))
        assert sorted(mail.id for mail in found) == waiting
        assert mail_ledger.waiting(connection) == len(waiting)
    assert mail_care.waiting(parts.office) == len(waiting)


def test_pages_of_the_archive_hold_every_document_once(parts: TestOffice) -> None:
    for number in range(7):
        if number % 3 == 0:
            parts.clock.advance(timedelta(hours=1))
        case_of(parts, kept_mail(parts, seen_at=parts.clock.now()), invoice_number=str(number))
        kept_mail(parts, b"%%PDF-1.7 a%d" % number, b"%%PDF-1.7 b%d" % number, seen_at=parts.clock.now())
    with parts.database.read() as connection:
        whole = archive.page(connection, Wanted(), limit=100)
        paged: list[archive.Archived] = []
        while rows := archive.page(connection, Wanted(), after=archive.place_of(paged[-1]) if paged else None, limit=4):
            paged += rows
    assert len({row.sha256 for row in whole}) == len(whole) == 21
    assert paged == whole
    assert whole == sorted(whole, key=archive.place_of, reverse=True)


def test_an_export_holds_the_documents_and_says_what_they_are(parts: TestOffice) -> None:
    mail = kept_mail(parts, sender="=cmd@provider.example")
    case = case_of(parts, mail, invoice_number="../7 ä=")
    broken = kept_mail(parts, b"%PDF-1.7 broken", outcome="person", reason="P103")
    lost = kept_mail(parts, b"%PDF-1.7 lost")
    with parts.database.read() as connection:
        (gone,) = [row for row in archive.page(connection, Wanted()) if row.mail_id == lost]
    parts.office.documents.delete(gone.sha256)

    files, table, objects = unzipped(parts, Wanted(since=desk.NOW, until=desk.NOW + timedelta(days=1)))
    names = {f"2026-06-16_case-{case}_apotheke-zum-baren_7-a.bin", f"2026-06-16_mail-{broken}-1.pdf"}
    assert set(files) == names
    assert {row["file"] for row in table} == names | {""}
    assert [str(one["sha256"]) for one in objects] == [row["sha256"] for row in table]
    by_case = {row["case"]: row for row in table}[str(case)]
    assert (by_case["sender"], by_case["number"]) == ("'=cmd@provider.example", "../7 ä=")
    told = {one["mail"]: one for one in objects}
    assert (told[mail]["sender"], told[mail]["outcome"]) == ("=cmd@provider.example", "in_queue")
    assert (told[broken]["outcome"], told[broken]["reason"]) == ("person", "P103")
    with parts.database.read() as connection:
        (row,) = connection.exec_driver_sql(
            "SELECT actor, details FROM audit_events WHERE action = 'claims:documents:exported'"
        ).all()
    assert row[0] == "carla"
    assert unzipped(parts, Wanted(since=desk.NOW + timedelta(days=1)))[2] == []


def test_an_export_needs_no_more_memory_for_more_documents(parts: TestOffice) -> None:
    for number in range(60):
        kept_mail(parts, b"%PDF-1.7 " + number.to_bytes(2) * 100_000)

    def most(wanted: Wanted) -> int:
        tracemalloc.start()
        try:
            for _ in export(parts.office, wanted, by="carla"):
                pass
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    assert most(Wanted()) < 6_000_000


def test_mails_are_forgotten_when_their_time_is_over(parts: TestOffice) -> None:
    source = b"Subject: alt\r\n\r\nHallo"
    unread = b"%PDF-1.7 nur hier"
    other = kept_mail(parts, unread, source=source, text="Hallo", rule="Werbung")
    case_mail = kept_mail(parts, source=b"with a case", text="Rechnung", outcome="invoice", reason="")
    case = case_of(parts, case_mail)
    close(parts, case)
    open_mail = kept_mail(parts, source=b"open", outcome="invoice", reason="")
    case_of(parts, open_mail, invoice_number="offen")
    waiting = kept_mail(parts, source=b"waits", outcome="person", reason="too_complex")

    assert retain(parts.office) == Retained()
    parts.clock.advance(timedelta(days=366))
    assert retain(parts.office, dry_run=True) == Retained(mails=1, sources=1, documents=1)
    assert is_stored(parts, unread)
    assert retain(parts.office) == Retained(mails=1, sources=1, documents=1)
    assert retain(parts.office) == Retained()
    mail = the_mail(parts, other)
    assert (mail.subject, mail.text, mail.sender, mail.source_sha256) == ("", "", None, None)
    assert (mail.message_id, mail.outcome, mail.reason) == ("<frage@provider.example>", "returned", "no_document")
    assert not is_stored(parts, source)
    assert not is_stored(parts, unread)
    view = mail_care.mail_view(parts.office, other)
    assert [one.filename for one in view.entry.documents] == [""]

    parts.clock.advance(timedelta(days=10 * 366))
    assert retain(parts.office) == Retained(mails=1, sources=1)
    assert not is_stored(parts, b"with a case")
    assert is_stored(parts, document())
    assert [the_mail(parts, one).source_sha256 is None for one in (case_mail, open_mail, waiting)] == [
        True,
        False,
        False,
    ]


def test_what_something_else_needs_is_not_deleted(parts: TestOffice) -> None:
    shared, attached = b"twice the same", b"%PDF-1.7 twice"
    old = kept_mail(parts, attached, document(), source=shared)
    whole = kept_mail(parts, b"%PDF-1.7 two invoices")
    case = case_of(parts, kept_mail(parts, outcome="invoice", reason=""))
    with parts.database.write() as connection:
        found = mail_ledger.entries(connection, [the_mail(parts, whole)])[0].documents[0].sha256
        of_case = invoices.get(connection, case)
        assert of_case is not None
        connection.execute(
            archive.documents.update()
            .where(archive.documents.c.sha256 == of_case.document_sha256)
            .values(part_of=found)
        )
    parts.clock.advance(timedelta(days=360))
    kept_mail(parts, attached, source=shared, settled_at=parts.clock.now())
    parts.clock.advance(timedelta(days=10))
    assert retain(parts.office) == Retained(mails=2)
    assert the_mail(parts, old).source_sha256 is None
    assert [is_stored(parts, data) for data in (shared, attached, document(), b"%PDF-1.7 two invoices")] == [True] * 4


def test_the_last_of_two_that_shared_a_document_takes_it_along(parts: TestOffice) -> None:
    attached = b"%PDF-1.7 twice"
    kept_mail(parts, attached)
    kept_mail(parts, attached)
    parts.clock.advance(timedelta(days=366))
    assert retain(parts.office) == Retained(mails=2, documents=1)
    assert not is_stored(parts, attached)


def test_it_is_done_once_a_day_however_many_processes_there_are(parts: TestOffice) -> None:

    offices = [parts.office, parts.office, replace(parts.office, holder="other")]
    assert [retain_daily(one) is not None for one in offices] == [True, False, False]
    parts.clock.advance(timedelta(days=1, seconds=1))
    assert [retain_daily(one) is not None for one in reversed(offices)] == [True, False, False]
