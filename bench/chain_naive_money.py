"""The naive composition's booking of a decision: cost share, payment, and whether anything else is due."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import chain_naive_records as records
from chain_naive_facts import Registers
from sqlalchemy import select

from db.clients import Client
from db.decisions import Decision
from db.invoices import Case
from pulse.base.money import ZERO, to_five_cents
from pulse.claims.money.payout import Order, Party, amount_due, order_to_client
from pulse.claims.rules.cost_share import Cost, Share, is_free, shares, terms_of
from pulse.claims.rules.coverage import treatment_day
from pulse.claims.rules.decided import BilledLine, decided_lines
from pulse.claims.rules.payee import payee

Account, Entry, Franchise = (records.mapped(name) for name in ("accounts", "account_entries", "franchises"))
Link, Maternity, Payment = (records.mapped(name) for name in ("links", "maternities", "payments"))
Receivable = records.mapped("receivables")


class Money:
    """The same rows as `pulse.claims.money` writes, for a person without family whose invoice nobody has cancelled."""

    def __init__(self, kept: records.Records, registers: Registers) -> None:
        self._records = kept
        self._registers = registers

    def book(self, case: Case, client: Client, decision: Decision) -> None:
        """Books the decision, proposes the payment, and looks whether that settles the case."""
        borne = self._borne(case, client, decision)
        paid = to_five_cents(sum((share.paid for share in borne), ZERO))
        self._propose(case, client, decision, paid)
        self._demand_settled(case)

    def _borne(self, case: Case, client: Client, decision: Decision) -> list[Share]:
        """The entries of the decision's lines, all of one year."""
        assert not client.family_id
        lines, invoice = self._records.lines(case.id), case.content
        billed = [BilledLine(line=line.line, billed=line.amount, payable=line.payable) for line in lines]
        parts = decided_lines(decision.decision, decision.payable_amount, billed, None)
        amounts = {part.line: part.approved or ZERO for part in parts}
        largest = max(amounts, key=lambda line: amounts[line])
        amounts[largest] += decision.payable_amount - sum(amounts.values(), ZERO)
        days = {position.line: treatment_day(invoice, position) or date.min for position in invoice.positions}
        free = is_free(invoice.law or client.law, invoice.treatment.reason)
        percents = {}
        for line in lines:
            pack = self._registers.pack(line.gtin or "", days[line.line])
            spared = free or self._is_spared(client, days[line.line])
            percents[line.line] = 0 if spared else pack.cost_share_percent if pack else 10
        (year,) = {day.year for day in days.values()}
        standing = self._standing(client, year)
        costs = [Cost(day=one.day, amount=one.amount, rate=Decimal(one.percent) / 100) for one in standing]
        costs += [Cost(day=days[n], amount=amount, rate=Decimal(percents[n]) / 100) for n, amount in amounts.items()]
        borne = list(shares(costs, self._terms(client, year))[len(standing) :])
        common = {"client_id": client.id, "year": year, "invoice_id": case.id, "round": 1, "revision": 1}
        common |= {"cause_id": case.id, "made_at": self._records.now()}
        for (line_number, amount), share in zip(amounts.items(), borne, strict=True):
            own = {"line": line_number, "day": days[line_number], "percent": percents[line_number], "amount": amount}
            self._records.add(Entry(**common, **own, **vars(share)))
        return borne

    def _is_spared(self, client: Client, day: date) -> bool:
        with self._records.session() as session:
            query = select(Maternity).where(Maternity.client_id == client.id, Maternity.begins <= day)
            return session.scalars(query.where(Maternity.ends >= day)).first() is not None

    def _terms(self, client: Client, year: int) -> object:
        with self._records.session() as session:
            chosen = session.get(Franchise, (client.id, year))
        return terms_of(client.birth_date, year, chosen.amount if chosen else None)

    def _standing(self, client: Client, year: int) -> list[object]:
        """The year's entries that nothing has reversed; opens the account."""
        with self._records.session() as session:
            if session.get(Account, (client.id, year)) is None:
                session.add(Account(client_id=client.id, year=year, opened_at=self._records.now()))
                session.commit()
        with self._records.session() as session:
            query = select(Entry).where(Entry.client_id == client.id, Entry.year == year).order_by(Entry.id)
            entries = session.scalars(query).all()
        reversed_ = {one.reverses for one in entries}
        return [one for one in entries if one.reverses is None and one.id not in reversed_]

    def _propose(self, case: Case, client: Client, decision: Decision, share: Decimal) -> None:
        if self._payments(case):
            raise RuntimeError("paid already")
        amount = amount_due(payee(case.content), case.content, approved=decision.payable_amount, client_share=share)
        if amount == ZERO:
            return
        names = ("street", "zip", "city", "language", "iban")
        party = Party(name=f"{client.first_name} {client.last_name}", **{name: getattr(client, name) for name in names})
        order = order_to_client(party, case_id=case.id)
        if self._is_cancelled(case):
            order = Order(party=None, obstacle="invoice_cancelled")
        self._records.add(
            Payment(
                invoice_id=case.id, round=1, part=0, attempt=1, payee="client", amount=amount,
                name=party.name, street=party.street, zip=party.zip, city=party.city, iban=party.iban,
                reference_type=order.reference_type, reference=order.reference, end_to_end_id=f"PULSE-{case.id}-1-1",
                state="waiting" if order.obstacle else "proposed", reason=order.obstacle,
                made_at=self._records.now(), changed_at=self._records.now(),
            )
        )  # fmt: skip
        self._records.note("claims:payment:proposed", case.id, amount=format(amount, "f"))

    def _is_cancelled(self, case: Case) -> bool:
        with self._records.session() as session:
            query = select(Link).where(Link.kind == "cancels", Link.other_id == case.id)
            return session.scalars(query).first() is not None

    def _payments(self, case: Case) -> list[object]:
        with self._records.session() as session:
            return list(session.scalars(select(Payment).where(Payment.invoice_id == case.id)).all())

    def _demand_settled(self, case: Case) -> None:
        """What the account says is due against what was paid and claimed."""
        with self._records.session() as session:
            entries = session.scalars(select(Entry).where(Entry.invoice_id == case.id)).all()
        with self._records.session() as session:
            claimed = session.scalars(select(Receivable).where(Receivable.invoice_id == case.id)).all()
        due = to_five_cents(sum((one.paid for one in entries), ZERO))
        if claimed or due != sum((one.amount for one in self._payments(case)), ZERO):
            raise RuntimeError("the case is not settled")
