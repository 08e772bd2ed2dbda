"""Mails from files: the way of a mail in the mailbox, once however often they are brought."""

from __future__ import annotations

import json
import mailbox
import os
import subprocess
import sys
from pathlib import Path

import pytest
from mail_desk import MailDesk, Post
from mail_house import engine_away, filled_database, settings
from mails import mail, pdf
from outlook_files import saved_mail

from mail_gateway.entrances.importing import Importer
from mail_gateway.entrances.mail_files import MailFile, mails_in
from pulse.synthetic import form_pdf, invoice

MAX = 25 * 1024 * 1024


def bring(desk: MailDesk, path: Path, **options: bool) -> list[tuple[str, bool]]:
    importer = Importer(desk.office, receive=_receive, **options)
    taken = [importer.take(one) for one in mails_in(path, max_bytes=MAX) if one.content is not None]
    return [(one.row.outcome, one.known) for one in taken]


def _receive(*args: object, **options: object) -> object:
    from pulse.claims.receive import receive_document

    return receive_document(*args, **options)  # type: ignore[arg-type]


def archive(folder: Path, *mails: bytes) -> Path:
    path = folder / "old.mbox"
    made = mailbox.mbox(path)
    for data in mails:
        made.add(data)
    made.close()
    return path


def test_an_archive_is_read_mail_by_mail_and_nothing_is_answered(desk: MailDesk, tmp_path: Path) -> None:
    path = archive(tmp_path, mail(pdf(invoice_number="1")), mail(), mail(pdf(invoice_number="2")))
    assert bring(desk, path) == [("invoice", False), ("returned", False), ("invoice", False)]
    assert {row.account for row in desk.ledger()} == {"import"}
    assert [case.content.invoice_number for case in desk.cases()] == ["1", "2"]
    assert desk.answers == []


def test_imported_twice_is_nothing_twice(desk: MailDesk, tmp_path: Path) -> None:
    path = archive(tmp_path, mail(pdf()), mail())
    bring(desk, path)
    assert bring(desk, path) == [("invoice", True), ("returned", True)]
    assert (len(desk.cases()), len(desk.ledger()), len(desk.errands())) == (1, 2, 1)


def test_a_mail_that_a_mailbox_had_brought_is_not_taken_again(desk: MailDesk, post: Post, tmp_path: Path) -> None:
    data = mail(pdf())
    post.put(data)
    desk.gateway(post).poll_once()
    (tmp_path / "a.eml").write_bytes(b"Received: from elsewhere\r\n" + data)
    assert bring(desk, tmp_path / "a.eml") == [("ignored", False)]
    assert len(desk.cases()) == 1


def test_a_mail_that_was_imported_is_not_taken_again_from_a_mailbox(desk: MailDesk, post: Post, tmp_path: Path) -> None:
    data = mail(pdf())
    (tmp_path / "a.eml").write_bytes(data)
    bring(desk, tmp_path / "a.eml")
    post.put(data)
    desk.gateway(post).poll_once()
    assert desk.outcomes() == [("invoice", ""), ("ignored", "duplicate")]
    assert len(desk.cases()) == 1


def test_answers_leave_where_they_are_asked_for_and_once(desk: MailDesk, tmp_path: Path) -> None:
    path = archive(tmp_path, mail())
    bring(desk, path)
    bring(desk, path, answer=True)
    bring(desk, path, answer=True)
    assert len(desk.answers) == 1
    assert desk.ledger()[0].answered


def test_a_mail_saved_by_outlook_goes_the_way_of_the_mail_that_it_was(
    desk: MailDesk, post: Post, tmp_path: Path
) -> None:
    paper = pdf()
    came = mail(paper, subject="Rechnung Mai")
    header = came.partition(b"\n\n")[0].decode()
    saved = saved_mail(("Rechnung.pdf", paper), texts={"007D": header, "1000": "Anbei die Rechnung."})
    (tmp_path / "Rechnung Mai.msg").write_bytes(saved)
    assert bring(desk, tmp_path) == [("invoice", False)]
    assert bring(desk, tmp_path) == [("invoice", True)]
    row = desk.ledger()[0]
    assert (row.sender, row.text) == ("apotheke@provider.example", "Anbei die Rechnung.")
    assert [one.filename for one in desk.documents(row.id)] == ["Rechnung.pdf"]
    post.put(came)
    desk.gateway(post).poll_once()
    assert desk.outcomes()[1] == ("invoice", "same_message_id")


def test_a_mail_saved_by_outlook_without_any_file_is_no_invoice(desk: MailDesk, tmp_path: Path) -> None:
    texts = {"5D01": "apotheke@provider.example", "1000": "Guten Tag"}
    (tmp_path / "a.msg").write_bytes(saved_mail(texts=texts))
    (tmp_path / "b.eml").write_bytes(mail())
    bring(desk, tmp_path)
    assert desk.outcomes()[0] == desk.outcomes()[1]


def test_a_maildir_and_a_folder_of_mails_are_walked(tmp_path: Path) -> None:
    maildir = mailbox.Maildir(tmp_path / "dir")
    maildir.add(mail())
    maildir.close()
    loose = tmp_path / "loose"
    (loose / "below").mkdir(parents=True)
    (loose / "below" / "a.EML").write_bytes(mail())
    (loose / ".hidden.eml").write_bytes(mail())
    (loose / "readme.txt").write_bytes(b"no mail")
    assert [one.problem for one in mails_in(tmp_path / "dir", max_bytes=MAX)] == [""]
    assert [Path(one.name).name for one in mails_in(loose, max_bytes=MAX)] == ["a.EML"]


@pytest.mark.parametrize("data", [b"", b"\x00\xff" * 500, b"%PDF-1.7 no mail", b"\r\n\r\nbody"])
def test_what_is_no_mail_is_named_and_passed_over(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "bad.eml").write_bytes(data)
    (one,) = mails_in(tmp_path / "bad.eml", max_bytes=MAX)
    assert (one.content, one.problem) == (None, "is no mail")


def test_of_a_mail_that_is_too_large_only_the_beginning_is_read(desk: MailDesk, tmp_path: Path) -> None:
    (tmp_path / "big.eml").write_bytes(mail(pdf()) + b"A" * 100_000)
    (one,) = mails_in(tmp_path / "big.eml", max_bytes=20_000)
    assert one.content is not None
    assert (len(one.content), one.size > 100_000) == (20_001, True)
    done = Importer(desk.office, max_bytes=20_000).take(one)
    assert (done.row.outcome, done.row.reason) == ("person", "P110")


def test_a_mail_that_breaks_something_is_set_aside_and_holds_nobody_up(desk: MailDesk) -> None:
    def receive(*_: object, **__: object) -> object:
        raise ZeroDivisionError

    content = mail(pdf())
    done = Importer(desk.office, receive=receive).take(MailFile(name="a", content=content, size=len(content)))
    assert (done.row.outcome, done.row.reason) == ("failed", "internal_error")


def test_the_command_names_what_is_broken_and_does_the_rest(tmp_path: Path, free_port: int) -> None:
    filled_database(tmp_path)
    mails = tmp_path / "mails"
    mails.mkdir()
    (mails / "a.eml").write_bytes(mail(form_pdf(invoice(7), annex=False)))
    (mails / "b.eml").write_bytes(b"no mail")
    (mails / "c.eml").write_bytes(mail())
    environment = os.environ | settings(tmp_path, engine_away(free_port))

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "pulse", "mail", "import", *arguments]
        return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=150, check=False)

    first = run("--json", str(mails))
    assert first.returncode == 3, first.stderr
    lines = [json.loads(line) for line in first.stdout.splitlines()]
    assert [(Path(line["file"]).name, line["outcome"], line["known"]) for line in lines] == [
        ("a.eml", "invoice", False),
        ("c.eml", "returned", False),
    ]
    assert "is no mail" in first.stderr
    again = run(str(mails / "a.eml"))
    assert (again.returncode, again.stdout) == (0, "0 mails imported, 1 known already, 0 broken\n")
    assert run(str(tmp_path / "nowhere.eml")).returncode == 2
