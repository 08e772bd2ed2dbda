"""The naive composition's work on one task: lookups one by one, each in a session of its own."""

from __future__ import annotations

import hashlib
import smtplib
from collections.abc import Callable
from datetime import datetime
from email.message import EmailMessage
from types import SimpleNamespace
from typing import Any

import chain_naive_letter
import chain_naive_records as records
import cpu
import pycamunda.decisiondef
import stub_process
from chain_naive_facts import Registers
from chain_naive_money import Money
from chain_world import SENT, World

import letters
from db.invoices import Case
from db.providers import Provider
from letters.facts import Facts
from letters.occasions import Kind, Recipient
from pulse.base.clock import random_id
from pulse.base.money import ZERO
from pulse.claims import letter_facts
from pulse.claims.facts_text import case_text
from pulse.claims.money import accounts
from pulse.claims.money.between_us import between_us
from pulse.claims.position_facts import Surroundings, cover_of, facts_of, settled
from pulse.claims.rules import identity, payee, settlement
from pulse.claims.rules.checks import ARTICLE_CHECKS
from pulse.claims.rules.position import judge
from pulse.claims.rules.risk_inputs import can_be_abused, gravest, reasons_of, risk_inputs
from pulse.claims.settle import rules_of
from pulse.claims.start import case_url
from pulse.claims.steps import text_of
from pulse.engine.client.variables import date_text

_TYPES: dict[type, str] = {
    bool: "Boolean",
    int: "Long",
    float: "Double",
    str: "String",
    datetime: "Date",
    type(None): "Null",
}
Answer = dict[str, Any]


class Steps:
    """A handler for each topic: case and recipient in, process variables out."""

    def __init__(self, world: World, kept: records.Records, meter: cpu.Meter) -> None:
        self.world = world
        self.meter = meter
        self._records = kept
        self._registers = Registers(kept, rules_of(world.policy))
        self._money = Money(kept, self._registers)
        self.by_topic: dict[str, Callable[[int, str], Answer]] = {
            "check-client": self._check_client,
            "check-medication": self._check_medication,
            "assess-risk": self._assess_risk,
            "settle": self._settle,
            "check-decision": self._check_decision,
            "write-letter": self._write_letter,
            "send-letter": self._send_letter,
        }

    def keep_document(self, data: bytes) -> str:
        digest = hashlib.sha256(data).hexdigest()
        (self.world.documents / digest).write_bytes(data)
        row = {"sha256": digest, "media_type": "application/pdf", "size": len(data)}
        self._records.add(records.Document(**row, stored_at=self.world.clock.now()))
        return digest

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
        case = self._records.case(invoice_id)
        client = self._records.client(case.client_id)
        assert client
        around = Surroundings(cover=cover_of(client), articles=self._registers.articles(case.content))
        found: dict[int, dict[str, Any]] = {}
        for line, facts in facts_of(case.content, around).items():
            reasons = text_of(judge(facts, ARTICLE_CHECKS).reasons)
            price = facts.listed.maximum_price if facts.listed else None
            found[line] = {"gtin": facts.gtin, "listed": bool(facts.listed), "listed_price": price, "reasons": reasons}
        self._records.change_lines(invoice_id, found)
        self._records.note("claims:medication:checked", invoice_id)
        return {"medication_found": any(one["listed"] for one in found.values()), "positions_valid": True}

    def _assess_risk(self, invoice_id: int, _: str) -> Answer:
        case, lines = self._records.case(invoice_id), self._records.lines(invoice_id)
        client = self._records.client(case.client_id)
        assert client
        articles = self._registers.articles(case.content)
        patterns = self._registers.patterns(invoice_id, case.content, client, articles)
        cost = self._registers.cost_of_a_year(client, case.content.invoice_date or case.received_at.date())
        answers, assessed = [], []
        for position, line in zip(case.content.positions, lines, strict=True):
            inputs = risk_inputs(
                position,
                risk_score=client.risk_score,
                abuse_risk=self._records.pack(line.gtin or "").abuse_risk,
                listed=bool(line.listed),
                listed_price=line.listed_price,
                total=settlement.billed_total(case.content),
                pack=articles.packs[line.line],
                supply=patterns[line.line],
                cost_12_months=cost,
            )
            answer = self._evaluate(inputs)
            answers.append(answer)
            row = {"invoice_id": invoice_id, "line": line.line, "decision_definition_id": stub_process.DECISION_ID}
            now = self.world.clock.now()
            assessed.append(records.Assessment(**row, inputs=inputs, outputs=answer, assessed_at=now))
        self._records.add(*assessed)
        rules = ({"risk_rule": answer["rule"], "risk_level": answer["level"]} for answer in answers)
        self._records.change_lines(invoice_id, {line.line: rule for line, rule in zip(lines, rules, strict=True)})
        risk = gravest(answers)
        self._records.change(records.Case, invoice_id, risk=risk, reasons=text_of(reasons_of(answers)))
        self._records.note("claims:risk:assessed", invoice_id, risk=risk)
        return {"risk": risk, "reasons": "", "sl_decision": all(line.listed for line in lines)}

    def _evaluate(self, inputs: dict[str, Any]) -> dict[str, Any]:
        with self.meter.stage("engine"):
            request = pycamunda.decisiondef.Evaluate(self.world.engine_url, key=stub_process.DECISION)
            for name, value in inputs.items():
                request.add_variable(name, *typed(value))
            (rule,) = request()
            return {name: variable.value for name, variable in rule.items()}

    def _settle(self, invoice_id: int, _: str) -> Answer:
        case, lines = self._records.case(invoice_id), self._records.lines(invoice_id)
        client = self._records.client(case.client_id)
        assert client
        provider = self._provider(case)
        assert provider
        if payee.doubt(case.content, payee.Account(iban=provider.iban)):
            raise RuntimeError("the payee is unclear")
        invoice, result = settled(case.content, self._registers.surroundings(invoice_id, case.content, client))
        amounts = {position.line: position.amount for position in invoice.positions}
        judged = {
            line.line: {
                "amount": amounts[line.line], "outcome": line.outcome, "payable": line.payable,
                "reasons": text_of(line.reasons),
            }
            for line in result.lines
        }  # fmt: skip
        self._records.change_lines(invoice_id, judged)
        self._records.change(
            records.Case,
            invoice_id,
            outcome=result.outcome,
            payable_amount=result.payable_amount,
            payee=payee.payee(invoice),
            provider_id=provider.id,
            reasons=text_of(result.reasons),
        )
        self._records.note("claims:invoice:settled", invoice_id, outcome=result.outcome)
        assessed = self._records.assessments(invoice_id)
        return {
            "payable_amount": format(result.payable_amount, "f"),
            "outcome": result.outcome,
            "client_last_name": client.last_name,
            "abuse_risk": max(int(can_be_abused(one.inputs, one.outputs)) for one in assessed),
            "facts": case_text(case, client, lines, result, ""),
            "case_url": case_url(self.world.policy, invoice_id),
            "clarify_reason": "",
        }

    def _check_decision(self, invoice_id: int, _: str) -> Answer:
        case = self._records.case(invoice_id)
        if self._records.decision(invoice_id) is not None or case.risk != "low" or case.outcome != "full":
            raise RuntimeError("the machine may not approve this case")
        self._records.add(
            records.DecisionRow(
                invoice_id=invoice_id, round=1, decision="approve", reason_code="P801", comment="", review_id=None,
                payable_amount=case.payable_amount or ZERO, decided_by="pulse", automated=True,
                decided_at=self.world.clock.now(), decided_in="straight",
            )
        )  # fmt: skip
        self._records.note("claims:decision:taken", invoice_id, decision="approve")
        client, decision = self._records.client(case.client_id), self._records.decision(invoice_id)
        assert client
        assert decision
        self._money.book(case, client, decision)
        return {"decision": "approve", "reason_code": "P801"}

    def _provider(self, case: Case) -> Provider | None:
        return self._records.provider(case.content.biller.gln, case.content.invoice_date or case.received_at.date())

    def _file(self, invoice_id: int) -> letter_facts.File:
        case = self._records.case(invoice_id)
        with self._records.session() as session:  # told by the same code as ours
            shares = accounts.booked(session.connection(), invoice_id, 1)
            between = between_us(session.connection(), case)
        return letter_facts.File(
            case=case,
            lines=self._records.lines(invoice_id),
            client=self._records.client(case.client_id),
            provider=self._provider(case),
            decision=self._records.decision(invoice_id),
            review=None,
            shares=shares,
            between=between,
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
            "pdf_sha256": self.keep_document(pdf),
            "created_at": self.world.clock.now(),
            "released_at": self.world.clock.now(),
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
        if recipient == "client" and not self._records.has_agreed(party.id, now.date()):
            raise RuntimeError("the client has not agreed to mail")
        if recipient == "provider" and self._came_as_xml(file.case):
            raise RuntimeError("the provider gets an answer in XML")
        if self._records.effect(letter.effect_key) is not None:
            raise RuntimeError("somebody is sending this letter")
        message_id = f"<letter.{invoice_id}.{recipient}.approved.1@insurer.example>"
        effect = {"key": letter.effect_key, "invoice_id": invoice_id, "message_id": message_id, "state": "claimed"}
        self._records.add(records.Effect(**effect, claimed_by="naive", claimed_at=now, attempts=1))
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

    def _came_as_xml(self, case: Case) -> bool:
        """As a file or in the codes of its form; an answer may have been made at an earlier try."""
        is_xml = self._records.document(case.document_sha256).media_type == "application/xml"
        return is_xml or case.content.source.kind == "qr_annex" or self._records.response(case.id) is not None

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


def typed(value: Any) -> tuple[Any, str]:
    """As pycamunda wants a variable: its value and the engine's type."""
    if isinstance(value, datetime):
        return date_text(value), "Date"
    return value, _TYPES[type(value)]
