"""What the naive composition asks the registers and lists about each position, one by one."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import chain_naive_records as records
from sqlalchemy import or_, select

from db.clients import Client
from pulse.base.money import ZERO
from pulse.claims.position_facts import HISTORY, Articles, Surroundings, cover_of, left_of
from pulse.claims.rules.billed import gtin_of, quantity_of
from pulse.claims.rules.coverage import treatment_day
from pulse.claims.rules.facts import Dispensed, Limitation, Pack, Rules
from pulse.claims.rules.pattern import WINDOW_DAYS, SupplyPattern, milligrams_of, supply_pattern
from pulse.invoices.model import Invoice, Position

Approval = records.mapped("approvals")
Limit = records.mapped("medication_limitations")
Package = records.mapped("packages")
Terms = records.mapped("medication_terms")
_YEAR = timedelta(days=365)


class Registers:
    """The same facts as `pulse.claims.position_facts` and `risk_facts` gather."""

    def __init__(self, kept: records.Records, rules: Rules) -> None:
        self._records = kept
        self._rules = rules

    def pack(self, gtin: str, day: date) -> Pack | None:
        """The pack on a day, as the list and Swissmedic know it."""
        medication, price = self._records.pack(gtin), self._records.price(gtin, day)
        if medication is None:
            return None
        with self._records.session() as session:
            query = select(Terms).where(Terms.gtin == gtin, Terms.valid_from <= day).order_by(Terms.valid_from.desc())
            terms = session.scalars(query).first()
        with self._records.session() as session:
            open_ = or_(Limit.valid_until.is_(None), Limit.valid_until >= day)
            limits = session.scalars(select(Limit).where(Limit.gtin == gtin, Limit.valid_from <= day, open_)).all()
        with self._records.session() as session:
            package = session.scalars(select(Package).where(Package.gtin == gtin)).first()
        held = terms is not None and (terms.valid_until is None or day <= terms.valid_until)
        return Pack(
            gtin=gtin,
            name=medication.name,
            status="listed" if held else "delisted",
            maximum_price=price.public_price if price else None,
            price_since=price.valid_from if price else None,
            cost_share_percent=terms.cost_share_percent if terms else 10,
            price_model=bool(terms and terms.price_model),
            limitations=tuple(map(_limitation, limits)),
            atc=medication.atc,
            category=package.category if package else terms and terms.category,
            narcotic_list=package.narcotic_list if package else None,
        )

    def articles(self, invoice: Invoice) -> Articles:
        """The packs of all positions."""
        gtins = {position.line: gtin_of(position) for position in invoice.positions}
        packs = {}
        for position in invoice.positions:
            gtin, day = gtins[position.line], treatment_day(invoice, position)
            packs[position.line] = self.pack(gtin, day) if gtin and day else None
        return Articles(gtins=gtins, packs=packs)

    def surroundings(self, invoice_id: int, invoice: Invoice, client: Client) -> Surroundings:
        """What an invoice is settled by."""
        days = _days(invoice)
        with self._records.session() as session:
            valid = (
                Approval.valid_from <= max(days),
                or_(Approval.valid_until.is_(None), Approval.valid_until >= min(days)),
            )
            query = select(Approval).where(Approval.client_id == client.id, Approval.ended_at.is_(None), *valid)
            approvals = session.scalars(query).all()
        history = self._history(invoice_id, client.id, min(days) - HISTORY, max(days))
        return Surroundings(
            cover=cover_of(client),
            articles=self.articles(invoice),
            approvals=[left_of(one, history) for one in approvals],
            history=history,
            rules=self._rules,
        )

    def patterns(
        self, invoice_id: int, invoice: Invoice, client: Client, articles: Articles
    ) -> dict[int, SupplyPattern]:
        """The pattern of supply at each line."""
        days = _days(invoice)
        supplied = self._history(invoice_id, client.id, min(days) - timedelta(days=WINDOW_DAYS - 1), max(days))
        milligrams = {one.gtin: milligrams_of(self._records.pack(one.gtin).name) for one in supplied}
        milligrams |= {pack.gtin: milligrams_of(pack.name) for pack in articles.packs.values() if pack}
        supplied += [self._own(invoice_id, invoice, position, articles) for position in invoice.positions]
        found = {}
        for position in invoice.positions:
            pack, day = articles.packs[position.line], treatment_day(invoice, position)
            assert pack
            assert day
            found[position.line] = supply_pattern(pack.gtin, pack.atc, day, supplied, milligrams)
        return found

    def cost_of_a_year(self, client: Client, until: date) -> Decimal:
        """What was approved for the client by invoices of the year before."""
        case, decision = records.Case, records.DecisionRow
        with self._records.session() as session:
            earlier = case.invoice_date.between(until - _YEAR, until - timedelta(days=1))
            query = select(decision).join(case, case.id == decision.invoice_id)
            query = query.where(case.client_id == client.id, earlier, decision.decision.in_(("approve", "partial")))
            return sum((one.payable_amount for one in session.scalars(query)), ZERO)

    def _history(self, invoice_id: int, client_id: int, since: date, until: date) -> list[Dispensed]:
        case, line = records.Case, records.Position
        with self._records.session() as session:
            query = select(line, case).join(case, case.id == line.invoice_id).order_by(line.day)
            period = line.day.between(since, until)
            rows = session.execute(query.where(case.client_id == client_id, case.id != invoice_id, period)).all()
        return [
            Dispensed(
                invoice_id=row.invoice_id, line=row.line, gtin=row.gtin, atc=self._records.pack(row.gtin).atc,
                day=row.day, packs=row.quantity or Decimal(1), biller=other.biller_gln or other.biller_zsr,
            )
            for row, other in rows
        ]  # fmt: skip

    def _own(self, invoice_id: int, invoice: Invoice, position: Position, articles: Articles) -> Dispensed:
        pack, day = articles.packs[position.line], treatment_day(invoice, position)
        assert pack
        assert day
        biller = invoice.biller.gln or invoice.biller.zsr
        known = {"gtin": pack.gtin, "atc": pack.atc, "day": day, "packs": quantity_of(position), "biller": biller}
        return Dispensed(invoice_id=invoice_id, line=position.line, **known)


def _days(invoice: Invoice) -> list[date]:
    return [day for position in invoice.positions if (day := treatment_day(invoice, position))]


def _limitation(row: Any) -> Limitation:
    texts = {"de": row.text_de, "fr": row.text_fr, "it": row.text_it}
    return Limitation(
        code=row.code,
        texts={language: text for language, text in texts.items() if text},
        needs_approval=row.needs_approval,
        indication_codes=tuple(row.indication_codes.split()),
        packs=row.packs,
        points=row.points,
    )
