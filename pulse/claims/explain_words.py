"""An explanation in words: sections of lines, the same for the command line and the page.

The sentences stand in explain_en.toml and explain_de.toml, so that somebody who does not program can correct them.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Literal

from pulse.base.clock import SWISS_TIME
from pulse.base.money import format_amount
from pulse.base.reason_texts import field_label, text
from pulse.base.reasons import Reason
from pulse.claims.explain import Explanation, FiredRow, PositionTold
from pulse.claims.rules.settlement import billed_total
from pulse.claims.rules.sources import SOURCES
from pulse.claims.tasks import ASSISTANTS, GROUPS

Language = Literal["en", "de"]
#: Parts that say nothing: a row that found nothing of its kind.
_SILENT = frozenset({"watch-none", "dose-none", "potential-none", "pattern-ordinary"})


@dataclass(frozen=True, kw_only=True)
class Line:
    """One sentence; `depth` 0 stands by itself, 1 belongs to the line above, 2 to the one above that."""

    text: str
    depth: int = 0


@dataclass(frozen=True, kw_only=True)
class Section:
    """A heading with its lines."""

    title: str
    lines: tuple[Line, ...]


def in_words(told: Explanation, language: Language = "en", *, names: bool = False) -> tuple[Section, ...]:
    """The explanation; `names` also tells who is insured and who billed."""
    said = _Said(told, language, names=names)
    parts = {
        "outcome": said.outcome(),
        "positions": said.positions(),
        "risk": said.risk(),
        "people": said.people(),
        "money": said.money(),
        "letters": said.letters(),
        "waits": said.waits(),
    }
    return tuple(Section(title=said.say("titles", name), lines=tuple(lines)) for name, lines in parts.items())


class _Said:
    def __init__(self, told: Explanation, language: Language, *, names: bool) -> None:
        self._told, self._language, self._names = told, language, names
        self._words = _texts(language)

    def say(self, part: str, sentence: str, /, **values: object) -> str:
        return self._words[part][sentence].format(**values)

    def _word(self, key: str | None) -> str:
        return self._words["words"].get(key or "nobody", key or "")

    def _line(self, part: str, sentence: str, depth: int = 0, /, **values: object) -> Line:
        return Line(text=self.say(part, sentence, **values), depth=depth)

    def _reason(self, reason: Reason, depth: int = 0) -> Line:
        told = self.say("outcome", "reason", code=reason.value, text=text(reason, self._language))
        source = SOURCES.get(reason)
        return Line(text=f"{told} {self.say('outcome', 'source', source=source)}" if source else told, depth=depth)

    def outcome(self) -> Iterator[Line]:
        case, client = self._told.case, self._told.client
        invoice = case.content
        yield self._line(
            "outcome",
            "received",
            case=case.id,
            key=case.business_key,
            number=invoice.invoice_number or "–",
            date=self._day(invoice.invoice_date),
            received=_moment(case.received_at),
            channel=self._word(case.channel),
        )
        if self._names:
            name = f"{client.first_name} {client.last_name}" if client else "–"
            number = client.insurance_number if client else case.insurance_number or "–"
            biller = invoice.biller.name or case.biller_mail or "–"
            yield self._line("outcome", "person", name=name, insurance_number=number, biller=biller)
        billed = format_amount(billed_total(invoice))
        if case.payable_amount is None:
            yield self._line("outcome", "not_settled" if case.closed_at is None else "never_settled", billed=billed)
        else:
            payable, outcome = format_amount(case.payable_amount), self._word(case.outcome)
            yield self._line("outcome", "billed", billed=billed, payable=payable, outcome=outcome)
        yield self._decided()
        for reason in self._told.reasons:
            yield self._reason(reason, 1)
        for finding in self._told.findings:
            field = field_label(finding.field, self._language) if finding.field else self._word("document")
            words = text(finding.code, self._language)
            yield self._line("outcome", "finding", 1, code=finding.code.value, field=field, text=words)
        for relation in self._told.relations:
            yield self._line("relations", relation.kind, 1, case=relation.case_id)

    def _decided(self) -> Line:
        if self._told.decisions:
            last = self._told.decisions[-1]
            return self._line("outcome", last.decision, payable=format_amount(last.payable_amount))
        if self._told.case.closed_as:
            return self._line("outcome", "closed", closed_as=self._word(self._told.case.closed_as))
        return self._line("outcome", "open")

    def positions(self) -> Iterator[Line]:
        for one in self._told.positions:
            yield from self._position(one)

    def _position(self, one: PositionTold) -> Iterator[Line]:
        line = one.line
        yield self._line(
            "positions",
            "head",
            line=line.line,
            name=line.name or line.code or "–",
            quantity=_plain(line.quantity),
            day=self._day(one.day),
            billed=_amount(line.amount),
        )
        if line.listed is not None:
            yield self._listed(one)
        if one.payable is not None:
            payable, outcome = format_amount(one.payable), self._word(line.outcome)
            yield self._line("positions", "payable", 1, payable=payable, outcome=outcome)
        if one.approved is not None:
            yield self._line("positions", "approved", 1, approved=format_amount(one.approved))
        for reason in one.reasons:
            yield self._reason(reason, 1)
        if one.rule is not None:
            yield self._row("rule", one.rule, 1)
        for part in one.parts:
            if part.code not in _SILENT:
                yield self._row("part", part, 2)

    def _listed(self, one: PositionTold) -> Line:
        line = one.line
        if not line.listed:
            return self._line("positions", "not_listed", 1)
        if line.listed_price is None:
            return self._line("positions", "listed_no_price", 1)
        price = format_amount(line.listed_price)
        if one.price_since is None:
            return self._line("positions", "listed", 1, price=price)
        return self._line("positions", "listed_since", 1, price=price, since=self._day(one.price_since))

    def _row(self, key: str, fired: FiredRow, depth: int) -> Line:
        row = fired.row
        told = row.text if row and row.text else fired.code
        table = row.table if row else fired.code.partition("-")[0]
        return self._line("positions", key, depth, table=table, text=told, code=fired.code)

    def risk(self) -> Iterator[Line]:
        case, risk, imported = self._told.case, self._told.risk, self._told.list_import
        if risk is None:
            yield self._line("risk", "none" if case.closed_at is None else "never")
            return
        yield self._line("risk", f"level_{case.risk or 'high'}")
        yield self._line(
            "risk", "table", at=_moment(risk.assessed_at), definition=risk.definition_id, version=risk.version or "–"
        )
        if imported is None:
            yield self._line("risk", "no_list")
        else:
            on = _moment(imported.imported_at)
            yield self._line("risk", "list", date=self._day(imported.list_date), imported=on)

    def people(self) -> Iterator[Line]:
        for made in self._told.corrections:
            key = "corrected" if made.changes else "confirmed"
            yield self._line("people", key, at=_moment(made.made_at), who=made.made_by, count=len(made.changes))
        for task in self._told.tasks:
            yield self._line("people", "task", at=_moment(task.at), who=task.who, name=self._word(task.kind))
        for one in self._told.decisions:
            at = _moment(one.decided_at)
            if one.automated:
                yield self._line("people", "automated", at=at)
            else:
                decision = self._word(one.decision)
                words = text(Reason(one.reason_code), self._language) if one.reason_code else ""
                who, code = one.decided_by, one.reason_code
                yield self._line("people", "person", at=at, who=who, decision=decision, code=code, text=words)
            if one.comment:
                yield self._line("people", "comment", 1, comment=one.comment)
        if not (self._told.corrections or self._told.tasks or self._told.decisions):
            yield self._line("people", "nobody" if self._told.case.closed_at is None else "never")

    def money(self) -> Iterator[Line]:
        shares = self._told.shares
        if shares is None:
            yield self._line("money", "none")
            return
        yield self._line("money", "franchise", amount=format_amount(shares.franchise))
        yield self._line("money", "copayment", amount=format_amount(shares.copayment))
        if self._told.case.payee == "provider":
            amount, owed = format_amount(shares.amount), format_amount(shares.owed)
            yield self._line("money", "to_provider", amount=amount, owed=owed)
        else:
            yield self._line("money", "to_client", amount=format_amount(shares.paid_out))

    def letters(self) -> Iterator[Line]:
        for one in self._told.letters:
            at = _moment(one.settled_at or one.created_at)
            kind, to, state = (self._word(word) for word in (one.kind, one.recipient, one.state))
            yield self._line("letters", "letter", kind=kind, recipient=to, state=state, at=at)
        if not self._told.letters:
            yield self._line("letters", "none")

    def waits(self) -> Iterator[Line]:
        told = self._told
        if told.case.closed_at is not None:
            yield self._line("waits", "closed", at=_moment(told.case.closed_at))
        elif told.case.process_instance_id is None:
            yield self._line("waits", "not_started")
        elif told.waits is None or told.stands_still is None:
            yield self._line("waits", "unknown")
        else:
            yield from self._open()

    def _open(self) -> Iterator[Line]:
        told = self._told
        for task in told.waits or ():
            kind = task.task_definition_key or ""
            group = self._word(GROUPS.get(kind, ASSISTANTS))
            due = "–" if task.due is None else _moment(task.due)
            key = "task_taken" if task.assignee else "task"
            yield self._line("waits", key, who=task.assignee, group=group, name=self._word(kind), due=due)
        for step in told.stands_still or ():
            yield self._line("waits", "incident", step=step)
        if told.question is not None and told.question.state == "open":
            yield self._line("waits", "provider", until=_moment(told.question.give_up_at))
        elif not told.waits and not told.stands_still:
            yield self._line("waits", "workers")

    def _day(self, day: date | None) -> str:
        return self._word("no_day") if day is None else day.strftime("%d.%m.%Y")


@cache
def _texts(language: Language) -> dict[str, dict[str, str]]:
    source = files("pulse.claims").joinpath(f"explain_{language}.toml").read_text(encoding="utf-8")
    return tomllib.loads(source)


def _moment(at: datetime) -> str:
    return at.astimezone(SWISS_TIME).strftime("%d.%m.%Y, %H:%M")


def _amount(amount: Decimal | None) -> str:
    return "–" if amount is None else format_amount(amount)


def _plain(quantity: Decimal | None) -> str:
    return "1" if quantity is None else f"{quantity.normalize():f}"
