"""From the registers and lists to what is known about each position: a few questions, however many positions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import date, timedelta
from decimal import Decimal

from sqlalchemy import Connection

from db import approvals, invoices, medications, pharmacodes
from db.clients import Client
from pulse.base.money import ZERO
from pulse.claims.rules import settlement
from pulse.claims.rules.billed import gtin_of, pharmacode_of, quantity_of
from pulse.claims.rules.coverage import Cover, treatment_day
from pulse.claims.rules.facts import Approval, Dispensed, Limitation, Pack, PositionFacts, Rules
from pulse.claims.rules.identity import Match
from pulse.claims.rules.position import Judgement, judge
from pulse.invoices.model import Invoice, Position

#: How far back what the person got before is looked at.
HISTORY = timedelta(days=365)
_PRESCRIPTION = ("A", "A+", "B")
_PACK = tuple(one.name for one in fields(Pack) if one.name != "limitations")
_LIMITATION = tuple(one.name for one in fields(Limitation))


@dataclass(frozen=True, kw_only=True)
class Articles:
    """What each line bills, by line: its GTIN, and what the lists say of that pack on the day of treatment."""

    gtins: Mapping[int, str | None]
    packs: Mapping[int, Pack | None]

    def ceilings(self, invoice: Invoice) -> dict[int, Decimal]:
        """Maximum price times quantity of each listed line, in CHF."""
        found = {
            position.line: (self.packs.get(position.line), quantity_of(position)) for position in invoice.positions
        }
        return {
            line: pack.maximum_price * quantity
            for line, (pack, quantity) in found.items()
            if pack is not None and pack.status == "listed" and pack.maximum_price is not None
        }


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """All that the positions of an invoice are judged by. `history` holds other cases alone; `approvals` what they
    covered before this invoice."""

    cover: Cover
    articles: Articles
    approvals: Sequence[Approval] = ()
    history: Sequence[Dispensed] = ()
    match: Match = "found"
    rules: Rules = field(default_factory=Rules)


def articles_of(connection: Connection, invoice: Invoice) -> Articles:
    """Looks up Pharmacodes and packs."""
    asked = [code for position in invoice.positions if (code := pharmacode_of(position))]
    by_pharmacode = pharmacodes.gtins(connection, asked)
    gtins = {position.line: gtin_of(position, by_pharmacode) for position in invoice.positions}
    days = {position.line: treatment_day(invoice, position) for position in invoice.positions}
    wanted = {line: (gtin, day) for line, gtin in gtins.items() if gtin and (day := days[line])}
    known = {pack: _pack(found) for pack, found in medications.facts_on(connection, wanted.values()).items()}
    return Articles(gtins=gtins, packs={line: known.get(wanted[line]) if line in wanted else None for line in gtins})


def cover_of(client: Client) -> Cover:
    """The client's cover."""
    return Cover(law=client.law, begins=client.covered_from, ends=client.covered_until)


def surroundings_of(connection: Connection, case: invoices.Case, client: Client, rules: Rules) -> Surroundings:
    """What the lists and the client's other cases say. The person is the client: who that is was settled before."""
    invoice, articles = case.content, articles_of(connection, case.content)
    days = [day for position in invoice.positions if (day := treatment_day(invoice, position))]
    cover = cover_of(client)
    if not days:
        return Surroundings(cover=cover, articles=articles, rules=rules)
    given = approvals.between(connection, client.id, min(days), max(days))
    since = min([min(days) - HISTORY, *(one.valid_from for one in given if one.packs is not None)])
    history = _history(connection, case.id, client.id, since, set(days))
    return Surroundings(
        cover=cover, articles=articles, approvals=[left_of(one, history) for one in given], history=history, rules=rules
    )


def facts_of(invoice: Invoice, around: Surroundings) -> dict[int, PositionFacts]:
    """The facts of each line of an invoice whose lines have amounts."""
    packs = around.articles.packs
    prescribed = any(pack and pack.status == "listed" and pack.category in _PRESCRIPTION for pack in packs.values())
    before: dict[str, list[Dispensed]] = {}
    for one in around.history:
        before.setdefault(one.gtin, []).append(one)
    facts: dict[int, PositionFacts] = {}
    left = tuple(around.approvals)
    times = Counter(
        (around.articles.gtins.get(position.line), treatment_day(invoice, position)) for position in invoice.positions
    )
    for position in invoice.positions:
        gtin, pack = around.articles.gtins.get(position.line), packs.get(position.line)
        day = treatment_day(invoice, position)
        facts[position.line] = PositionFacts(
            invoice=invoice,
            position=position,
            day=day,
            cover=around.cover,
            gtin=gtin,
            pack=pack,
            approvals=left,
            history=tuple(before.get(gtin or "", ())),
            match=around.match,
            beside_prescription=prescribed,
            again=gtin is not None and times[gtin, day] > 1,
            rules=around.rules,
        )
        if pack is not None and left:
            left = tuple(_less(one, pack.gtin, pack.atc, quantity_of(position)) for one in left)
    return facts


def settled(invoice: Invoice, around: Surroundings) -> tuple[Invoice, settlement.Settlement]:
    """The invoice with an amount on every line, and what is payable of it."""
    complete = settlement.with_amounts(invoice, around.articles.ceilings(invoice))
    facts = facts_of(complete, around)

    def judged(position: Position) -> Judgement:
        return judge(facts[position.line])

    return complete, settlement.settle(complete, judged, tolerance=around.rules.tolerance)


def _pack(found: medications.PackOnDay) -> Pack:
    limitations = tuple(Limitation(**{name: getattr(one, name) for name in _LIMITATION}) for one in found.limitations)
    return Pack(limitations=limitations, **{name: getattr(found, name) for name in _PACK})


def dispensed(row: invoices.Dispensed, *, atc: str | None) -> Dispensed:
    """What the tables hold of a supply, for the rules."""
    return Dispensed(
        invoice_id=row.invoice_id,
        line=row.line,
        gtin=row.gtin,
        atc=atc,
        day=row.day,
        packs=row.packs,
        biller=row.biller,
    )


def _history(connection: Connection, case_id: int, client_id: int, since: date, days: set[date]) -> list[Dispensed]:
    """What other cases handed out up to the last of this one's days. Of two cases for the same pack and day the later
    one is the repetition: the days of this case hold earlier cases alone."""
    rows = invoices.dispensed(connection, client_id, since, max(days))
    groups = medications.many(connection, [row.gtin for row in rows])
    return [
        dispensed(row, atc=groups[row.gtin].atc if row.gtin in groups else None)
        for row in rows
        if row.invoice_id < case_id or (row.invoice_id != case_id and row.day not in days)
    ]


def left_of(approval: approvals.Approval, history: Sequence[Dispensed]) -> Approval:
    """The approval with the packs that it still covers."""
    left = Approval(
        gtin=approval.gtin,
        atc=approval.atc,
        indication_code=approval.indication_code,
        valid_from=approval.valid_from,
        valid_until=approval.valid_until,
        packs=None if approval.packs is None else Decimal(approval.packs),
    )
    for one in history:
        if left.holds_on(one.day):
            left = _less(left, one.gtin, one.atc, one.packs)
    return left


def _less(approval: Approval, gtin: str, atc: str | None, packs: Decimal) -> Approval:
    if approval.packs is None or not approval.is_for(gtin, atc):
        return approval
    return replace(approval, packs=max(approval.packs - packs, ZERO))
