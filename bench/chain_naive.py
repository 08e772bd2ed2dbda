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
import smtplib
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from email.message import EmailMessage
from types import SimpleNamespace
from typing import Any

import chain_naive_letter
import chain_naive_records as records
import cpu
import pdfplumber
import pycamunda.decisiondef
import pycamunda.externaltask
import pycamunda.message
import stub_process
from chain_world import INBOX, SENT, World

import letters
from letters.facts import Facts, Kind, Recipient
from pulse.base.clock import random_id, swiss_date
from pulse.base.money import ZERO
from pulse.claims import letter_facts
from pulse.claims.assess_risk import ceilings_of
from pulse.claims.facts_text import case_text
from pulse.claims.rules import identity, payee, settlement
from pulse.claims.rules.coverage import Cover, covers, treatment_day
from pulse.claims.rules.position import Listing, gtin_of, judge
from pulse.claims.rules.risk_inputs import gravest, risk_inputs
from pulse.claims.start import MESSAGE, case_url, start_variables
from pulse.engine.client.variables import date_text
from pulse.invoices.checks import checked, reading_state
from pulse.invoices.form_reader import read_form
from pulse.invoices.model import Invoice, Position, Source
from pulse.invoices.page_text import Glyph, PageText, _lines

_WORKER = "naive"
_LOCK_MS = 60_000
_TYPES: dict[type, str] = {bool: "Boolean", int: "Long", float: "Double", str: "String", datetime: "Date"}
_STAGES = {"write-letter": "letters", "send-letter": "mail out"}
Answer = dict[str, Any]


class Naive:
    """One side: `handle` takes a mail all the way to its two letters, in one thread."""

    name = "naive"

    def __init__(self, world: World) -> None:
        self.meter = cpu.Meter()
        self.world = world
        self._records = records.Records(world.database_url, world.clock.now)
        self.database = self._records.database
        self._handlers: dict[str, Callable[[int, str], Answer]] = {
            "check-client": self._check_client,
            "check-medication": self._check_medication,
            "assess-risk": self._assess_risk,
            "settle": self._settle,
            "check-decision": self._check_decision,
            "write-letter": self._write_letter,
            "send-letter": self._send_letter,
        }
        world.documents.mkdir()
        self._uid = 0

    def handle(self, content: bytes) -> float:
        """CPU seconds of this thread."""
        self._uid += 1
        began = time.thread_time()
        with self.meter.stage("mail in"):
            message, pdf, filename = _parsed(content)
        with self.meter.stage("store"):
            mail_id = self._see(message, content)
        with self.meter.stage("reading"):
            invoice = _read(pdf)
        with self.meter.stage("store"):
            invoice_id = self._store(invoice, pdf, filename, mail_id, str(message["From"]))
        self._start(invoice_id)
        for _ in range(stub_process.TASKS):
            self._work()
        return time.thread_time() - began

    def close(self) -> None:
        self.database.close()

    def _see(self, message: EmailMessage, content: bytes) -> int:
        now = self.world.clock.now()
        row = records.Mail(
            account=f"{INBOX}@bench", folder="INBOX", uid_validity=1, uid=self._uid, size=len(content), seen_at=now,
            message_id=str(message["Message-ID"]), content_hash=hashlib.sha256(content).hexdigest(), attempts=1,
            sender=email.utils.parseaddr(str(message["From"]))[1], outcome="pending", reason="",
        )  # fmt: skip
        self._records.add(row)
        return int(row.id)

    def _store(self, invoice: Invoice, pdf: bytes, filename: str, mail_id: int, sender: str) -> int:
        now = self.world.clock.now()
        digest = self._keep_document(pdf)
        content = checked(invoice, today=swiss_date(now))
        if self._records.repeats(content):
            raise RuntimeError("the same invoice twice")
        invoice_id = self._records.new_case(
            content,
            reading=reading_state(content),
            channel="mail",
            mail_id=mail_id,
            biller_mail=email.utils.parseaddr(sender)[1],
            document_sha256=digest,
            received_at=now,
            remind_at=now + self.world.policy.remind_after,
            due_at=now + self.world.policy.due_after,
        )
        key = f"start:invoice-{invoice_id}"
        errand = {"key": key, "kind": "start_process", "invoice_id": invoice_id, "payload": {}}
        self._records.add(records.Errand(**errand, created_at=now, next_try_at=now, attempts=0, last_error=""))
        self._records.note("mail:invoice:received", invoice_id)
        document = {"mail_id": mail_id, "part": 2, "sha256": digest, "filename": filename, "invoice_id": invoice_id}
        self._records.add(records.MailDocument(**document, reason=""))
        self._records.change(records.Mail, mail_id, outcome="invoice", settled_at=now)
        self._records.note("gateway:mail:invoice", invoice_id)
        return invoice_id

    def _keep_document(self, data: bytes) -> str:
        digest = hashlib.sha256(data).hexdigest()
        (self.world.documents / digest).write_bytes(data)
        row = {"sha256": digest, "media_type": "application/pdf", "size": len(data)}
        self._records.add(records.Document(**row, stored_at=self.world.clock.now()))
        return digest

    def _start(self, invoice_id: int) -> None:
        with self.meter.stage("store"):
            case = self._records.case(invoice_id)
        with self.meter.stage("engine"):
            request = pycamunda.message.CorrelateSingle(
                self.world.engine_url, MESSAGE, business_key=case.business_key, result_enabled=True
            )
            for name, value in start_variables(case, self.world.policy).items():
                request.add_process_variable(name, *_typed(value))
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
            for topic in self._handlers:
                fetch.add_topic(topic, _LOCK_MS)
            (task,) = fetch()
        invoice_id = int(task.variables["invoice_id"].value)
        recipient = task.variables["recipient"].value if "recipient" in task.variables else ""
        with self.meter.stage(_STAGES.get(task.topic_name, "claims")):
            keeps = not recipient
            if keeps and self._records.answered(task.activity_instance_id):
                raise RuntimeError("a task came twice")
            answer = self._handlers[task.topic_name](invoice_id, recipient)
            if keeps:
                self._records.keep(task.activity_instance_id, invoice_id, task.topic_name, answer)
        with self.meter.stage("engine"):
            complete = pycamunda.externaltask.Complete(self.world.engine_url, task.id_, _WORKER)
            for name, value in answer.items():
                complete.add_variable(name, *_typed(value))
            complete()

    def _check_client(self, invoice_id: int, _: str) -> Answer:
        patient = self._records.case(invoice_id).content.patient
        found = self._records.clients_with(identity.numbers_of(patient).values())
        persons = [
            identity.Person(**{name: getattr(one, name) for name in identity.Person.__dataclass_fields__})
            for one in found
        ]
        match, client_id = identity.identify(patient, persons)
        client = self._records.client(client_id)
        self._records.change(records.Case, invoice_id, client_id=client_id)
        self._records.note("claims:client:checked", invoice_id, match=match)
        score = client.risk_score if client else ""
        return {"client_found": client is not None, "client_match": match, "client_risk_score": score}

    def _check_medication(self, invoice_id: int, _: str) -> Answer:
        content = self._records.case(invoice_id).content
        found: dict[int, dict[str, Any]] = {}
        for position in content.positions:
            gtin, day = gtin_of(position), treatment_day(content, position)
            assert gtin
            assert day
            pack, price = self._records.pack(gtin), self._records.price(gtin, day)
            on_list = pack is not None and pack.listed_from <= day
            found[position.line] = {"listed": on_list, "listed_price": price}
        self._records.change_lines(invoice_id, found)
        self._records.note("claims:medication:checked", invoice_id)
        return {"medication_found": any(one["listed"] for one in found.values()), "positions_valid": True}

    def _assess_risk(self, invoice_id: int, _: str) -> Answer:
        case, lines = self._records.case(invoice_id), self._records.lines(invoice_id)
        client = self._records.client(case.client_id)
        assert client
        answers, assessed = [], []
        for position, line in zip(case.content.positions, lines, strict=True):
            inputs = risk_inputs(
                position,
                risk_score=client.risk_score,
                abuse_risk=self._records.pack(line.gtin or "").abuse_risk,
                listed=bool(line.listed),
                listed_price=line.listed_price,
                total=settlement.billed_total(case.content),
            )
            answer = self._evaluate(inputs)
            answers.append(answer)
            row = {"invoice_id": invoice_id, "line": line.line, "decision_definition_id": stub_process.DECISION}
            now = self.world.clock.now()
            assessed.append(records.Assessment(**row, inputs=inputs, outputs=answer, assessed_at=now))
        self._records.add(*assessed)
        rules = ({"risk_rule": answer["rule"], "risk_level": answer["level"]} for answer in answers)
        self._records.change_lines(invoice_id, {line.line: rule for line, rule in zip(lines, rules, strict=True)})
        risk = gravest(answers)
        self._records.change(records.Case, invoice_id, risk=risk)
        self._records.note("claims:risk:assessed", invoice_id, risk=risk)
        return {"risk": risk, "reasons": "", "sl_decision": all(line.listed for line in lines)}

    def _evaluate(self, inputs: dict[str, Any]) -> dict[str, Any]:
        with self.meter.stage("engine"):
            request = pycamunda.decisiondef.Evaluate(self.world.engine_url, key=stub_process.DECISION)
            for name, value in inputs.items():
                request.add_variable(name, *_typed(value))
            (rule,) = request()
            return {name: variable.value for name, variable in rule.items()}

    def _settle(self, invoice_id: int, _: str) -> Answer:
        case, lines = self._records.case(invoice_id), self._records.lines(invoice_id)
        client = self._records.client(case.client_id)
        assert client
        provider = self._records.provider(case.content.biller.gln, case.content.invoice_date or case.received_at.date())
        assert provider
        invoice = settlement.with_amounts(case.content, ceilings_of(lines))
        cover = Cover(law=client.law, begins=client.covered_from, ends=client.covered_until)
        lists = {line.line: Listing(listed=bool(line.listed), maximum_price=line.listed_price) for line in lines}
        tolerance = self.world.policy.amount_tolerance

        def judged(position: Position) -> Any:
            covered = covers(cover, treatment_day(invoice, position), invoice.law)
            return judge(position, covered=covered, listing=lists[position.line], tolerance=tolerance)

        result = settlement.settle(invoice, judged, tolerance=tolerance)
        judged_lines = {line.line: {"outcome": line.outcome, "payable": line.payable} for line in result.lines}
        self._records.change_lines(invoice_id, judged_lines)
        self._records.change(
            records.Case,
            invoice_id,
            outcome=result.outcome,
            payable_amount=result.payable_amount,
            payee=payee.payee(invoice),
            provider_id=provider.id,
        )
        self._records.note("claims:invoice:settled", invoice_id, outcome=result.outcome)
        return {
            "payable_amount": format(result.payable_amount, "f"),
            "outcome": result.outcome,
            "client_last_name": client.last_name,
            "abuse_risk": 0,
            "facts": case_text(case, client, lines, result, ""),
            "case_url": case_url(self.world.policy, invoice_id),
        }

    def _check_decision(self, invoice_id: int, _: str) -> Answer:
        case = self._records.case(invoice_id)
        if self._records.decision(invoice_id) is not None or case.risk != "low" or case.outcome != "full":
            raise RuntimeError("the machine may not approve this case")
        self._records.add(
            records.DecisionRow(
                invoice_id=invoice_id, round=1, decision="approve", reason_code="P801", comment="", review_id=None,
                payable_amount=case.payable_amount or ZERO, decided_by="pulse", automated=True,
                decided_at=self.world.clock.now(),
            )
        )  # fmt: skip
        self._records.note("claims:decision:taken", invoice_id, decision="approve")
        return {"decision": "approve", "reason_code": "P801"}

    def _file(self, invoice_id: int) -> letter_facts.File:
        case = self._records.case(invoice_id)
        return letter_facts.File(
            case=case,
            lines=self._records.lines(invoice_id),
            client=self._records.client(case.client_id),
            provider=self._records.provider(
                case.content.biller.gln, case.content.invoice_date or case.received_at.date()
            ),
            decision=self._records.decision(invoice_id),
            review=None,
        )

    def _write_letter(self, invoice_id: int, recipient: str) -> Answer:
        office: Any = SimpleNamespace(policy=self.world.policy, clock=self.world.clock)
        facts = letter_facts.compose(office, self._file(invoice_id), Recipient(recipient), Kind.APPROVED)
        wording, pdf = chain_naive_letter.write(facts)
        row = {
            "id": random_id(),
            "invoice_id": invoice_id,
            "recipient": recipient,
            "kind": "approved",
            "round": 1,
            "language": facts.wording_language,
            "state": "written",
            "reason_code": "P801",
            "facts": facts.to_json(),
            "paragraphs": list(wording.paragraphs),
            "wording": {"worded_by": wording.worded_by},
            "pdf_sha256": self._keep_document(pdf),
            "created_at": self.world.clock.now(),
        }
        self._records.add(records.LetterRow(**row))
        self._records.note("claims:letter:written", invoice_id, recipient=recipient)
        return {}

    def _send_letter(self, invoice_id: int, recipient: str) -> Answer:
        letter = self._records.letter(invoice_id, recipient)
        assert letter
        assert letter.pdf_sha256
        file, now = self._file(invoice_id), self.world.clock.now()
        party = file.client if recipient == "client" else file.provider
        assert party
        assert party.email
        message_id = f"<letter.{invoice_id}.{recipient}.approved.1@insurer.example>"
        effect = {"key": letter.effect_key, "invoice_id": invoice_id, "message_id": message_id, "state": "claimed"}
        self._records.add(records.Effect(**effect, claimed_by=_WORKER, claimed_at=now, attempts=1))
        pdf = (self.world.documents / letter.pdf_sha256).read_bytes()
        mail = self._mail(Facts.from_json(letter.facts), pdf, party.email, message_id)
        with smtplib.SMTP("127.0.0.1", self.world.smtp_port) as server:
            server.send_message(mail, to_addrs=[party.email, SENT])
        self._records.change(
            records.Effect, letter.effect_key, state="sent", settled_at=now, receipt={"id": message_id}
        )
        self._records.change(records.LetterRow, letter.id, state="sent", settled_at=now)
        self._records.note("claims:letter:sent", invoice_id, recipient=recipient)
        if self._records.letters_sent(invoice_id) == 2:
            self._records.change(records.Case, invoice_id, state="completed", closed_as="approved", closed_at=now)
            self._records.note("claims:case:closed", invoice_id)
        return {}

    def _mail(self, facts: Facts, pdf: bytes, address: str, message_id: str) -> EmailMessage:
        mail = EmailMessage()
        mail["From"] = self.world.policy.mail_from
        mail["To"] = address
        mail["Subject"] = letters.subject(facts)
        mail["Date"] = self.world.clock.now()
        mail["Message-ID"] = message_id
        mail["Auto-Submitted"] = "auto-generated"
        mail.set_content(letters.mail_text(facts))
        mail.add_attachment(pdf, maintype="application", subtype="pdf", filename=letters.file_name(facts))
        return mail


def _parsed(content: bytes) -> tuple[EmailMessage, bytes, str]:
    message = email.message_from_bytes(content, policy=email.policy.default)
    for part in message.iter_attachments():
        data = part.get_content()
        if isinstance(data, bytes) and data.startswith(b"%PDF-"):
            return message, data, part.get_filename() or ""
    raise ValueError("no PDF in the mail")


def _read(pdf: bytes) -> Invoice:
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
    return draft.build(source)


def _page(page: Any, number: int) -> PageText:
    words = page.extract_words(return_chars=True, extra_attrs=["fontname"])
    glyphs = [
        Glyph(one["text"], one["x0"], one["top"], one["x1"], one["bottom"], one["size"], "Bold" in one["fontname"])
        for word in words
        for one in word["chars"]
    ]
    return PageText(number, page.width, page.height, tuple(_lines(glyphs)), has_image=False, hidden=0)


def _typed(value: Any) -> tuple[Any, str]:
    """As pycamunda wants a variable: its value and the engine's type."""
    if isinstance(value, datetime):
        return date_text(value), "Date"
    return value, _TYPES[type(value)]


@contextlib.contextmanager
def naive(world: World) -> Iterator[Naive]:
    side = Naive(world)
    try:
        yield side
    finally:
        side.close()
