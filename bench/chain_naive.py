"""An invoice the way a first draft does it: each part by its library's obvious call, nothing kept from one to the next.

`email.policy.default`; pdfplumber's words and tables in this process; pycamunda as it is, a task a time; the ORM with a
session for each lookup; templates compiled and the typeface registered for each letter; platypus; an SMTP connection
for each mail. It keeps the same records as Pulse and says the same in its letters: what is pure (the form's labels, the
insurer's rules, which facts a letter tells) is the same code on both sides, so only the way of working differs.
"""

from __future__ import annotations

import contextlib
import email
import email.policy
import email.utils
import hashlib
import io
import time
from collections.abc import Iterator
from email.message import EmailMessage
from operator import itemgetter
from typing import Any

import chain_naive_records as records
import cpu
import pdfplumber
import pycamunda.decisiondef
import pycamunda.externaltask
import pycamunda.message
import stub_process
from chain_naive_steps import Steps, typed
from chain_world import INBOX, World
from pdfplumber.utils import cluster_objects

from pulse.base.clock import swiss_date
from pulse.claims.start import MESSAGE, start_variables
from pulse.claims.storable import storable
from pulse.invoices.checks import checked, reading_state
from pulse.invoices.evidence import calibrated, uncertain
from pulse.invoices.forms.reader import read_form
from pulse.invoices.model import Invoice, Source
from pulse.invoices.record import Candidate, Record
from pulse.invoices.recording import words_of
from pulse.invoices.text.page_text import Glyph, Line, PageText

_WORKER = "naive"
_LOCK_MS = 60_000
_STAGES = {"write-letter": "letters", "send-letter": "mail out"}


class Naive:
    """One side: `handle` takes a mail all the way to its two letters, in one thread."""

    name = "naive"

    def __init__(self, world: World) -> None:
        self.meter = cpu.Meter()
        self.world = world
        self._records = records.Records(world.database_url, world.clock.now)
        self.database = self._records.database
        self._steps = Steps(world, self._records, self.meter)
        world.documents.mkdir()
        self._uid = 0

    def handle(self, content: bytes) -> float:
        """CPU seconds of this thread."""
        self._uid += 1
        began = time.thread_time()
        with self.meter.stage("mail in"):
            message, pdf, filename = _parsed(content)
        with self.meter.stage("store"):
            mail = self._see(message, content)
        with self.meter.stage("reading"):
            invoice, pages = _read(pdf)
            invoice = calibrated(checked(invoice, today=swiss_date(self.world.clock.now())))
            self._keep_record(invoice, pages)
        with self.meter.stage("store"):
            digest = self._steps.keep_document(pdf)
            invoice_id = self._store(invoice, digest, filename, mail)
        self._start(invoice_id)
        for _ in range(stub_process.TASKS):
            self._work()
        return time.thread_time() - began

    def close(self) -> None:
        self.database.close()

    def _see(self, message: EmailMessage, content: bytes) -> Any:
        now = self.world.clock.now()
        row = records.Mail(
            account=f"{INBOX}@bench", folder="INBOX", uid_validity=1, uid=self._uid, size=len(content), seen_at=now,
            message_id=str(message["Message-ID"]), content_hash=hashlib.sha256(content).hexdigest(), attempts=1,
            sender=email.utils.parseaddr(str(message["From"]))[1], outcome="pending", reason="",
            **self._kept(message, content),
        )  # fmt: skip
        self._records.add(row)
        if self._records.seen_before(row.id, row.content_hash):
            raise RuntimeError("the same mail twice")
        return row

    def _kept(self, message: EmailMessage, content: bytes) -> dict[str, Any]:
        """The mail's words for its row; the whole of it beside the documents."""
        digest = hashlib.sha256(content).hexdigest()
        (self.world.documents / digest).write_bytes(content)
        body = message.get_body(("plain",))
        text = body.get_content().replace("\r\n", "\n").strip() if body else ""
        kept = {"subject": str(message["Subject"]), "text": text, "source_sha256": digest}
        return kept | {"received_at": self.world.clock.now()}

    def _keep_record(self, invoice: Invoice, pages: list[PageText]) -> None:
        """What was seen of the document, beside it."""
        seen = Record(pages=words_of(pages)[0], candidates=(Candidate(source="text", invoice=invoice, chosen=True),))
        (self.world.documents / f"{invoice.source.sha256}.json.gz").write_bytes(seen.pack())

    def _store(self, invoice: Invoice, digest: str, filename: str, mail: Any) -> int:
        now = self.world.clock.now()
        content = checked(storable(invoice), today=swiss_date(now))
        content = content.with_findings((*content.findings, *uncertain(content, self.world.policy.reading_confidence)))
        if self._records.repeats(content):
            raise RuntimeError("the same invoice twice")
        invoice_id = self._records.new_case(
            content,
            reading=reading_state(content),
            channel="mail",
            mail_id=mail.id,
            biller_mail=mail.sender,
            document_sha256=digest,
            received_at=now,
            remind_at=now + self.world.policy.remind_after,
            due_at=now + self.world.policy.due_after,
        )
        key = f"start:invoice-{invoice_id}"
        errand = {"key": key, "kind": "start_process", "invoice_id": invoice_id, "payload": {}}
        self._records.add(records.Errand(**errand, created_at=now, next_try_at=now, attempts=0, last_error=""))
        self._records.note("mail:invoice:received", invoice_id)
        document = {"mail_id": mail.id, "part": 2, "sha256": digest, "filename": filename, "invoice_id": invoice_id}
        self._records.add(records.MailDocument(**document, reason=""))
        self._records.change(records.Mail, mail.id, outcome="invoice", settled_at=now)
        self._records.note("gateway:mail:invoice", invoice_id)
        return invoice_id

    def _start(self, invoice_id: int) -> None:
        with self.meter.stage("store"):
            case = self._records.case(invoice_id)
        with self.meter.stage("engine"):
            request = pycamunda.message.CorrelateSingle(
                self.world.engine_url, MESSAGE, business_key=case.business_key, result_enabled=True
            )
            for name, value in start_variables(case, self.world.policy).items():
                request.add_process_variable(name, *typed(value))
            (result,) = request()
        with self.meter.stage("store"):
            now = self.world.clock.now()
            process = result.process_instance.id_
            self._records.change(records.Case, invoice_id, state="in_progress", process_instance_id=process)
            with self._records.session() as session:
                errand = session.query(records.Errand).filter_by(invoice_id=invoice_id).one()
            self._records.change(records.Errand, errand.id, done_at=now, attempts=1)
            self._records.note("relay:process:started", invoice_id, process=process)

    def _work(self) -> None:
        """One task from the engine to its completion."""
        with self.meter.stage("engine"):
            fetch = pycamunda.externaltask.FetchAndLock(self.world.engine_url, _WORKER, max_tasks=1)
            for topic in self._steps.by_topic:
                fetch.add_topic(topic, _LOCK_MS)
            (task,) = fetch()
        invoice_id = int(task.variables["invoice_id"].value)
        recipient = task.variables["recipient"].value if "recipient" in task.variables else ""
        with self.meter.stage(_STAGES.get(task.topic_name, "claims")):
            keeps = not recipient
            if keeps and self._records.answered(task.activity_instance_id):
                raise RuntimeError("a task came twice")
            answer = self._steps.by_topic[task.topic_name](invoice_id, recipient)
            if keeps:
                self._records.keep(task.activity_instance_id, invoice_id, task.topic_name, answer)
        with self.meter.stage("engine"):
            complete = pycamunda.externaltask.Complete(self.world.engine_url, task.id_, _WORKER)
            for name, value in answer.items():
                complete.add_variable(name, *typed(value))
            complete()


def _parsed(content: bytes) -> tuple[EmailMessage, bytes, str]:
    message = email.message_from_bytes(content, policy=email.policy.default)
    for part in message.iter_attachments():
        data = part.get_content()
        if isinstance(data, bytes) and data.startswith(b"%PDF-"):
            return message, data, part.get_filename() or ""
    raise ValueError("no PDF in the mail")


def _read(pdf: bytes) -> tuple[Invoice, list[PageText]]:
    """pdfplumber's words in the places of the form's characters, and its tables; the form's labels are ours."""
    with pdfplumber.open(io.BytesIO(pdf)) as document:
        pages = [_page(page, number) for number, page in enumerate(document.pages, 1)]
        for page in document.pages:
            page.extract_table()
    found = read_form(pages)
    if found is None:
        raise ValueError("no invoice form")
    draft, release = found
    source = Source(kind="text", form_release=release, sha256=hashlib.sha256(pdf).hexdigest(), pages=len(pages))
    return draft.build(source), pages


def _page(page: Any, number: int) -> PageText:
    words = page.extract_words(return_chars=True, extra_attrs=["fontname"])
    characters = [character for word in words for character in word["chars"]]
    rows = cluster_objects(characters, lambda one: (one["top"] + one["bottom"]) / 2, 3)
    lines = tuple(Line(tuple(map(_glyph, sorted(row, key=itemgetter("x0"))))) for row in rows)
    return PageText(number, page.width, page.height, lines, has_image=False, hidden=0)


def _glyph(one: dict[str, Any]) -> Glyph:
    bold = "Bold" in one["fontname"]
    return Glyph(one["text"], one["x0"], one["top"], one["x1"], one["bottom"], one["size"], bold)


@contextlib.contextmanager
def naive(world: World) -> Iterator[Naive]:
    side = Naive(world)
    try:
        yield side
    finally:
        side.close()
