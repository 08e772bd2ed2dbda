"""Runs the demo: mails the samples, shows how each goes on, and ends by itself or at Ctrl-C."""

from __future__ import annotations

import datetime as dt
import hashlib
import random
import smtplib
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from pulse.base.clock import SystemClock, swiss_date
from pulse.base.errors import PulseError
from pulse.demo.api import Api
from pulse.demo.people import work_off
from pulse.demo.samples import Printer, Sample
from pulse.demo.stage import INBOX, Stage

_LOOK_EVERY_S = 0.5
_LINE_WIDTH = 175
#: Letters that show a closed case is closed for good.
_SETTLED = {"sent", "by_post"}


class NotClosed(PulseError):
    """Not every case was closed in time."""

    code = "not_closed"


@dataclass
class Progress:
    """What is known of each sample; the same document mailed again makes a case of its own."""

    samples: Sequence[Sample]
    cases: dict[int, dict[str, Any]] = field(default_factory=dict)
    tasks: list[dict[str, Any]] = field(default_factory=list)
    shown: dict[str, str] = field(default_factory=dict)

    def sample_of(self, case: Mapping[str, Any]) -> Sample | None:
        """The sample whose document a case was made of."""
        again = case["duplicate_of"] is not None
        same = [s for s in self.samples if _digest(s.document) == case["invoice"]["source"]["sha256"]]
        return same[-1 if again else 0] if same else None

    def waiting(self, case_id: int) -> list[str]:
        """The tasks of a case that wait for a person."""
        return [str(task["kind"]) for task in self.tasks if task["invoice_id"] == case_id]

    def by_case(self) -> dict[int, Sample]:
        """Samples by case id."""
        pairs = ((case_id, self.sample_of(case)) for case_id, case in self.cases.items())
        return {case_id: sample for case_id, sample in pairs if sample is not None}

    def case_of(self, sample: Sample) -> dict[str, Any] | None:
        """The case of a sample."""
        return next((case for case in self.cases.values() if self.sample_of(case) is sample), None)


def run(*, folder: Path, once: bool, model: str | None, timeout_s: float, web_port: int = 8080) -> None:
    """Runs until Ctrl-C, or with `once` until every case is closed; raises `NotClosed` after `timeout_s` seconds."""
    console = Console()
    if not console.is_terminal:
        console.width = _LINE_WIDTH
    began = time.monotonic()
    with Stage(folder, model=model, web_port=web_port) as stage:
        _welcome(console, stage, time.monotonic() - began)
        api = Api(stage.web_url, stage.logins.api_token)
        try:
            _play(console, stage, api, once=once, timeout_s=timeout_s)
        finally:
            api.close()


def _play(console: Console, stage: Stage, api: Api, *, once: bool, timeout_s: float) -> None:
    newest = max((case["id"] for case in api.invoices(after=0)), default=0)
    rng = random.Random()  # noqa: S311  invented numbers, no secrets
    progress = Progress(Printer(stage.registers(), rng, swiss_date(SystemClock().now())).all())
    mail_all(stage, progress.samples)
    deadline = time.monotonic() + timeout_s
    while True:
        stage.check()
        progress.cases = {case["id"]: api.invoice(case["id"]) for case in api.invoices(after=newest)}
        progress.tasks = api.tasks()
        _tell(console, stage, progress)
        if once:
            work_off(api, progress.tasks, progress.by_case())
            if not _open(stage, progress):
                console.print(table(stage, progress))
                return
            if time.monotonic() > deadline:
                console.print(table(stage, progress))
                raise NotClosed(f"Not closed after {timeout_s:.0f} s: {', '.join(_open(stage, progress))}")
        time.sleep(_LOOK_EVERY_S)


def mail_all(stage: Stage, samples: Sequence[Sample]) -> None:
    """Sends each sample as a mail of its provider, through SMTP."""
    with smtplib.SMTP(stage.mail.host, stage.mail.smtp_port, timeout=30) as server:
        for sample in samples:
            server.send_message(compose(sample))


def compose(sample: Sample) -> EmailMessage:
    """A provider's mail with its invoice."""
    mail = EmailMessage()
    sender = sample.provider.email or ""
    mail["From"] = f'"{sample.provider.name}" <{sender}>'
    mail["To"] = INBOX
    mail["Subject"] = f"Rechnung {sample.number or ''}".strip()
    mail["Date"] = formatdate()
    mail["Message-ID"] = make_msgid(domain=sender.partition("@")[2])
    mail.set_content("Guten Tag\n\nIm Anhang finden Sie unsere Rechnung.\n\nFreundliche Grüsse")
    mail.add_attachment(sample.document, maintype="application", subtype="pdf", filename=sample.filename)
    return mail


def _welcome(console: Console, stage: Stage, seconds: float) -> None:
    console.print(f"Pulse runs at [bold]{stage.web_url}[/bold] (started in {seconds:.1f} s).")
    for login, password in stage.logins.passwords.items():
        console.print(f"  log in as [bold]{login}[/bold] with password [bold]{password}[/bold]")
    console.print(f"  API token, all scopes: {stage.logins.api_token}", soft_wrap=True)
    console.print(
        f"  mail: SMTP 127.0.0.1:{stage.mail.smtp_port}, IMAP 127.0.0.1:{stage.mail.imap_port},"
        f" password {stage.logins.mail_password} for every address; invoices go to {INBOX}",
        soft_wrap=True,
    )
    console.print(f"  engine {stage.engine_url}, logs in {stage.folder / 'logs'}. Ctrl-C ends it.\n", soft_wrap=True)


def _tell(console: Console, stage: Stage, progress: Progress) -> None:
    for sample in progress.samples:
        text = _state(stage, progress, sample)
        if progress.shown.get(sample.name) != text:
            progress.shown[sample.name] = text
            console.print(f"{dt.datetime.now().astimezone():%H:%M:%S}  {sample.name:<24} {text}", soft_wrap=True)


def _state(stage: Stage, progress: Progress, sample: Sample) -> str:
    case = progress.case_of(sample)
    if case is None:
        return "answered by mail" if not sample.becomes_case and _answers(stage, sample) else "mailed"
    parts = [f"case {case['id']}", str(case["state"])]
    if case["closed_as"]:
        parts.append(str(case["closed_as"]))
    elif waiting := progress.waiting(case["id"]):
        parts.append(f"waits for a person: {', '.join(waiting)}")
    parts += [f"letter to {letter['recipient']} {letter['state']}" for letter in case["letters"]]
    return ", ".join(parts)


def _open(stage: Stage, progress: Progress) -> list[str]:
    """The samples that are not at their end, with where they are."""
    return [f"{s.name} ({progress.shown.get(s.name, '')})" for s in progress.samples if not _ended(stage, progress, s)]


def _ended(stage: Stage, progress: Progress, sample: Sample) -> bool:
    case = progress.case_of(sample)
    if case is None:
        return not sample.becomes_case and bool(_answers(stage, sample))
    return case["state"] == "completed" and all(letter["state"] in _SETTLED for letter in case["letters"])


def _answers(stage: Stage, sample: Sample) -> list[bytes]:
    mails = stage.mail.mails(sample.provider.email or "")
    return [mail for mail in mails if b"auto-replied" in mail]


def table(stage: Stage, progress: Progress) -> Table:
    """How each mail was read, decided and answered."""
    shown = Table(title="What became of each mail", title_justify="left")
    for column in ("mail", "read as", "route", "decision", "letters", "worded by"):
        shown.add_column(column, overflow="fold")
    for sample in progress.samples:
        case = progress.case_of(sample)
        if case is None:
            answered = "answer to the sender" if _answers(stage, sample) else ""
            shown.add_row(sample.name, "unreadable", "none", "returned", answered, "")
            continue
        worded = sorted({letter["worded_by"] for letter in case["letters"] if letter["worded_by"]})
        read_as = f"{case['invoice']['source']['kind']}, {case['reading']}"
        row = (sample.name, read_as, _route(case), case["closed_as"] or "", _letters(case), ", ".join(worded))
        shown.add_row(*row)
    return shown


def _route(case: Mapping[str, Any]) -> str:
    if not case["risk"]:
        return "none"
    automated = case["decision"] is not None and case["decision"]["automated"]
    return f"{case['risk']} risk, {'straight through' if automated else 'a person'}"


def _letters(case: Mapping[str, Any]) -> str:
    told = (f"{letter['recipient']} {letter['state'].replace('_', ' ')}" for letter in case["letters"])
    return ", ".join(sorted(told))


def _digest(document: bytes) -> str:
    return hashlib.sha256(document).hexdigest()
