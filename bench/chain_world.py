"""What both sides of bench/chain.py are given: the same mails and registers, and servers of their own."""

from __future__ import annotations

import contextlib
import csv
import datetime as dt
import io
import random
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path

from db import clients, medications, providers
from db.clients import Client
from db.database import Database
from db.providers import Provider
from db.upgrade import upgrade
from letters.facts import Insurer
from pulse import synthetic
from pulse.base.clock import ManualClock
from pulse.claims.office import Policy
from pulse.claims.reference.client_register import take_clients
from pulse.demo import registers
from pulse.demo.samples import as_patient, as_printed
from pulse.invoices.model import Invoice
from pulse.reference import register_csv
from pulse.synthetic.clients import COLUMNS
from pulse.synthetic.clients import clients as invented_clients

NOW = dt.datetime(2026, 11, 20, 9, 0, tzinfo=dt.UTC)
INBOX, SENT = "invoices@insurer.example", "sent@insurer.example"
_MOST_ROWS = 5
#: When the clients agreed to mail; only those covered by then are billed for.
_AGREED_ON = dt.date(2024, 1, 1)
_MAIL_TEXT = "Guten Tag\n\nIm Anhang finden Sie die Rechnung.\n\nFreundliche Grüsse\n"


@dataclass(frozen=True, kw_only=True)
class IncomingMail:
    """A mail as it comes from the server, and what its invoice says."""

    content: bytes
    truth: Invoice


@dataclass(frozen=True, kw_only=True)
class World:
    """One side's own database, folders and servers."""

    folder: Path
    engine_url: str
    smtp_port: int
    policy: Policy
    clock: ManualClock

    @property
    def database_url(self) -> str:
        return f"sqlite:///{self.folder}/pulse.db"

    @property
    def documents(self) -> Path:
        return self.folder / "documents"

    @property
    def sent(self) -> list[Path]:
        """The mails that its SMTP server has taken."""
        return sorted((self.folder / "sent").glob("*.eml"))


@contextlib.contextmanager
def world(folder: Path, template: Path) -> Iterator[World]:
    """A new side in a folder; `template` is a database with filled registers."""
    folder.mkdir()
    (folder / "sent").mkdir()
    shutil.copy(template, folder / "pulse.db")
    here = Path(__file__).parent
    with _server(here / "stub_process.py") as url, _server(here / "smtp_sink.py", str(folder / "sent")) as port:
        yield World(folder=folder, engine_url=url, smtp_port=int(port), policy=_policy(), clock=ManualClock(NOW))


def registers_in(path: Path, insured: int) -> None:
    """A database with the demo's providers and medications, and clients enough that each mail is of another one:
    nobody gets the same twice, which would be a person's business."""
    database = Database(f"sqlite:///{path}")
    upgrade(database)
    table = io.StringIO()
    writer = csv.DictWriter(table, COLUMNS)
    writer.writeheader()
    writer.writerows(row | {"consent_mail": "yes"} for row in invented_clients(2 * insured, seed=20261122))
    with database.write() as connection:
        registers.fill(connection)
        rows = register_csv.clients(table.getvalue().splitlines(keepends=True))
        take_clients(connection, rows, today=_AGREED_ON)
    database.close()


def mails(count: int, template: Path) -> list[IncomingMail]:
    """Invoices in order: the printed form without annex, one page, one to five packs at their listed price."""
    rng = random.Random(20261122)
    database = Database(f"sqlite:///{template}")
    with database.read() as connection:
        everybody = clients.everyone(connection, limit=100_000)
        insured = [one for one in everybody if one.covered_until is None and one.covered_from < _AGREED_ON]
        insured = [client for client in insured if _printable(client.last_name)][:count]
        billers = providers.everyone(connection)
        listed = [(pack, medications.latest_price(connection, pack.gtin)) for pack in medications.everyone(connection)]
    database.close()
    packs = [
        synthetic.Medication(code=pack.gtin, name=pack.name, price=price)
        for pack, price in listed
        if price is not None and not pack.abuse_risk
    ]
    assert len(insured) == count
    return [_mail(rng, number, client, billers, packs) for number, client in enumerate(insured, start=1)]


def _mail(
    rng: random.Random,
    number: int,
    client: Client,
    billers: list[Provider],
    packs: list[synthetic.Medication],
) -> IncomingMail:
    biller = rng.choice(billers)
    drawn = _drawn(rng, client, biller, packs)
    while len({position.code for position in drawn.positions}) < len(drawn.positions):  # no pack twice either
        drawn = _drawn(rng, client, biller, packs)
    truth = drawn.model_copy(update={"invoice_number": f"R-2026-{number:06d}"})
    mail = EmailMessage()
    mail["From"] = f"{biller.name} <{biller.email}>"
    mail["To"] = INBOX
    mail["Subject"] = f"Rechnung {truth.invoice_number}"
    mail["Date"] = NOW
    mail["Message-ID"] = f"<bench.{number}@providers.example>"
    mail.set_content(_MAIL_TEXT)
    pdf = synthetic.form_pdf(truth, annex=False, typeface="Vera" if number % 2 else "Helvetica")
    mail.add_attachment(pdf, maintype="application", subtype="pdf", filename=f"Rechnung_{number}.pdf")
    return IncomingMail(content=mail.as_bytes().replace(b"\n", b"\r\n"), truth=truth)


def _drawn(rng: random.Random, client: Client, biller: Provider, packs: list[synthetic.Medication]) -> Invoice:
    return synthetic.invoice(
        rng,
        clients=[as_patient(client)],
        providers=[as_printed(biller)],
        medications=rng.sample(packs, _MOST_ROWS),
        rows=rng.randrange(1, _MOST_ROWS + 1),
        tiers="garant",
        invoice_date=NOW.date() - dt.timedelta(days=rng.randrange(20)),
    )


def _printable(name: str) -> bool:
    """Whether Helvetica has these letters; a form that prints boxes is a case for a person."""
    try:
        return bool(name.encode("cp1252"))
    except UnicodeEncodeError:
        return False


def _policy() -> Policy:
    insurer = Insurer(
        name="Muster Krankenkasse",
        street="Bundesgasse 1",
        zip="3003",
        city="Bern",
        phone="031 000 00 00",
        email="info@insurer.example",
    )
    return Policy(
        insurer=insurer,
        mail_from=f"{insurer.name} <{INBOX}>",
        controllers_mail="controllers@insurer.example",
        web_url="https://pulse.insurer.example",
    )


@contextlib.contextmanager
def _server(*command: Path | str) -> Iterator[str]:
    """A Python process of its own; its first line says where it is."""
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen([sys.executable, *map(str, command)], **pipes, text=True) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip()
        finally:
            process.terminate()
