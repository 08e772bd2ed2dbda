"""`pulse mail ledger`, `again`, `ignore`, `export` and `retain`: real settings and mails, without a process each."""

from __future__ import annotations

import hashlib
import io
import json
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pypdfium2 as pdfium
import pytest
from mail_house import CLAIMS, MAILBOXES, engine_away, filled_database, settings
from mails import PROVIDER, mail
from typer.testing import CliRunner, Result

from pulse.base.errors import PulseError
from pulse.cli.root import app
from pulse.demo.mailserver import DemoMailServer
from pulse.synthetic import form_pdf, hostile, invoice

Pulse = Callable[..., Result]


@pytest.fixture
def server() -> Iterator[DemoMailServer]:
    with DemoMailServer({**MAILBOXES, PROVIDER: "three"}) as server:
        yield server


@pytest.fixture
def mail_command(server: DemoMailServer, tmp_path: Path, free_port: int, monkeypatch: pytest.MonkeyPatch) -> Pulse:
    """`mail_command("ledger", "--json")`, for an insurer with a filled database."""
    filled_database(tmp_path)
    for name, value in settings(tmp_path, engine_away(free_port), server).items():
        monkeypatch.setenv(name, value)
    return lambda *words: CliRunner().invoke(app, ["mail", *words])


def poll() -> None:
    """`pulse mail --once` keeps its connections until it ends: a process of its own."""
    subprocess.run([sys.executable, "-m", "pulse", "mail", "--once"], timeout=150, check=True, capture_output=True)


def test_the_ledger_tells_what_each_mail_brought(server: DemoMailServer, mail_command: Pulse) -> None:
    document = form_pdf(invoice(7), annex=False)
    server.deliver(CLAIMS, mail(document, hostile.truncated(), message_id="<eins@provider.example>"))
    poll()
    (line,) = mail_command("ledger", "--json", "--limit", "1", "--outcome", "invoice").stdout.splitlines()
    row = json.loads(line)
    contract = ("message_id", "outcome", "reason", "documents", "answered", "reasons")
    assert [row[key] for key in contract] == [
        "<eins@provider.example>",
        "invoice",
        "P103",
        [hashlib.sha256(data).hexdigest() for data in (document, hostile.truncated())],
        True,
        ["P103"],
    ]
    assert len(row["invoices"]) == 1
    for options, lines in (
        (("--outcome", "person"), 0),
        (("--outcome", "invoice", "--since", "2026-01-01"), 1),
        (("--since", "2126-01-01"), 0),
        (("--outcome", "pending", "--pending"), 0),
    ):
        told = mail_command("ledger", *options)
        assert (told.exit_code, len(told.stdout.splitlines())) == (0, lines), options
        assert PROVIDER not in told.stdout
    assert mail_command("ledger", "--outcome", "pending").exit_code == 2


def test_a_file_of_several_invoices_counts_once_and_each_of_them_is_told(
    server: DemoMailServer, mail_command: Pulse
) -> None:
    document = one_file(form_pdf(invoice(7), annex=False), form_pdf(invoice(8), annex=False))
    server.deliver(CLAIMS, mail(document))
    for _ in range(51):
        server.deliver(CLAIMS, mail(sender="noreply@provider.example", Auto_Submitted="auto-generated"))
    poll()
    first, *others = map(json.loads, reversed(mail_command("ledger", "--json").stdout.splitlines()))
    assert (first["outcome"], first["documents"]) == ("invoice", [hashlib.sha256(document).hexdigest()])
    assert len(set(first["invoices"])) == 2
    assert [(row["outcome"], row["reason"], row["answered"]) for row in others] == [
        ("ignored", "automatic", False)
    ] * 51
    assert len(mail_command("ledger").stdout.splitlines()) == 50


def one_file(*documents: bytes) -> bytes:
    with pdfium.PdfDocument.new() as whole:
        for document in documents:
            with pdfium.PdfDocument(document) as part:
                whole.import_pages(part)
        packed = io.BytesIO()
        whole.save(packed)
    return packed.getvalue()


def test_a_mail_is_looked_at_again_closed_exported_and_kept(
    server: DemoMailServer, mail_command: Pulse, tmp_path: Path
) -> None:
    server.deliver(CLAIMS, mail(hostile.truncated(), sender="noreply@provider.example"))
    poll()
    again = mail_command("again", "1")
    assert "Mail 1 is looked at again with the next poll; it is person P103" in again.stdout
    assert isinstance(mail_command("again", "1").exception, PulseError)
    poll()
    assert "Mail 1 is closed." in mail_command("ignore", "1", "--comment", "kam per Post").stdout
    (line,) = mail_command("ledger", "--json").stdout.splitlines()
    assert [json.loads(line)[key] for key in ("outcome", "reasons")] == ["ignored", ["by_person", "P103"]]

    target = tmp_path / "documents.zip"
    days = ("--from", "2020-01-01", "--to", "2120-01-01")
    assert mail_command("export", *days, "-o", str(target)).exit_code == 0
    with zipfile.ZipFile(target) as archived:
        (name,) = (name for name in archived.namelist() if not name.startswith("index."))
        assert name.partition("_")[2] == "mail-1-2.pdf"
        assert archived.read(name) == hostile.truncated()
    assert list(tmp_path.glob("*.part")) == []
    assert "0 mails would be forgotten" in mail_command("retain", "--dry-run").stdout
    assert isinstance(mail_command("again", "4711").exception, PulseError)
