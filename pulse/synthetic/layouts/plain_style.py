"""What a pharmacy's or practice's own invoice shows and how; and so what a reader of it can know."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from pulse.base.money import ZERO, to_cents, to_five_cents
from pulse.invoices.model import Invoice, Party, Patient, Payment, Position
from pulse.synthetic.case import Case
from pulse.synthetic.wording.forms import Words

Design = Literal["letter", "table", "slip"]
Column = Literal["line", "date", "tariff", "code", "name", "quantity", "price", "vat", "amount"]
#: Columns by design; those of each list are tried out as pharmacies have them.
_COLUMNS: dict[Design, tuple[tuple[Column, ...], ...]] = {
    "letter": (
        ("date", "code", "name", "quantity", "price", "amount"),
        ("quantity", "name", "code", "price", "amount"),
        ("line", "name", "quantity", "price", "amount"),
        ("date", "tariff", "code", "name", "quantity", "price", "amount"),
    ),
    "table": (
        ("line", "date", "tariff", "code", "name", "quantity", "price", "vat", "amount"),
        ("date", "tariff", "code", "name", "quantity", "price", "amount"),
        ("code", "name", "vat", "quantity", "price", "amount"),
    ),
    "slip": (("quantity", "name", "code", "price", "amount"),),
}


@dataclass(frozen=True, kw_only=True)
class PlainStyle:
    """One program's habits. `labelled_patient`: name and given name each with its label, else in one line."""

    design: Design
    words: Words
    number: Callable[[Decimal], str]
    columns: tuple[Column, ...]
    payment_part: bool
    account_line: bool
    shows: frozenset[str]
    labelled_patient: bool
    family_first: bool
    grid: bool
    size: float
    right_address: bool

    @property
    def prints_dates(self) -> bool:
        """Whether each row has its day."""
        return "date" in self.columns


#: What a program may leave out, with how often it prints it.
_SHARES = {
    "email": 0.6, "gln": 0.85, "zsr": 0.9, "vat_number": 0.8, "phone": 0.8, "ssn": 0.8, "insured_number": 0.85,
    "card_number": 0.3, "sex": 0.4, "prescriber": 0.8, "law": 0.4, "tiers": 0.4, "treatment": 0.7, "vat_lines": 0.6,
}  # fmt: skip


def draw_style(
    rng: random.Random, case: Case, design: Design, words: Words, number: Callable[[Decimal], str]
) -> PlainStyle:
    """A program's habits; the insured person is always named by at least one number."""
    columns = rng.choice([one for one in _COLUMNS[design] if "tariff" in one or _named_by_code(case.invoice)])
    shows = {name for name, share in _SHARES.items() if rng.random() < share}
    if not (shows & {"ssn"} or ("insured_number" in shows and case.invoice.patient.insured_number)):
        shows.add("ssn")
    due = case.invoice.amount_due or ZERO
    pays = due > ZERO and design != "slip"
    part = pays and rng.random() < 0.6
    return PlainStyle(
        design=design,
        words=words,
        number=number,
        columns=columns,
        payment_part=part,
        account_line=pays and not part and rng.random() < 0.5,
        shows=frozenset(shows),
        labelled_patient=rng.random() < 0.5,
        family_first=rng.random() < 0.7,
        grid=design == "table" or rng.random() < 0.2,
        size=rng.choice((8.0, 8.5, 9.0)),
        right_address=rng.random() < 0.5,
    )


def _named_by_code(invoice: Invoice) -> bool:
    return all(one.tariff in {"400", "402"} for one in invoice.positions)


def in_francs(case: Case) -> Case:
    """Plain invoices have prices in francs: points become money, sums follow. Amounts stay quantity times price."""
    positions = tuple(_in_francs(one) for one in case.invoice.positions)
    total = sum((one.amount or ZERO for one in positions), ZERO)
    prepaid = to_five_cents(total / 4) if case.invoice.prepaid_amount else ZERO
    return case.with_invoice(
        positions=positions,
        total_amount=total,
        prepaid_amount=prepaid,
        amount_due=to_five_cents(total - prepaid),
        source=case.invoice.source.model_copy(update={"form_release": None}),
    )


def _in_francs(position: Position) -> Position:
    quantity, amount = position.quantity or Decimal(1), position.amount or ZERO
    price = position.unit_price
    if position.factor != 1:
        price = to_cents(amount / quantity)
    return position.model_copy(
        update={"unit_price": price, "factor": Decimal(1), "amount": to_cents(quantity * (price or ZERO))}
    )


def on_one_day(case: Case) -> Case:
    """All positions on the treatment's first day, as an invoice without a column of dates has them."""
    begin = case.invoice.treatment.begin
    positions = tuple(one.model_copy(update={"date": begin}) for one in case.invoice.positions)
    return case.with_invoice(positions=positions, treatment=case.invoice.treatment.model_copy(update={"end": begin}))


def shown_on_plain(case: Case, style: PlainStyle) -> Invoice:
    """What a reader of this print can know; the biller stands for the provider, who is not named apart."""
    invoice, shows = case.invoice, style.shows
    biller = {name: getattr(invoice.biller, name) for name in ("name", "street", "zip", "city")}
    biller |= {one: getattr(invoice.biller, one) for one in ("email", "gln", "zsr", "vat_number") if one in shows}
    prescriber = Party()
    if "prescriber" in shows:
        prescriber = Party(gln=invoice.prescriber.gln, zsr=invoice.prescriber.zsr, name=invoice.prescriber.name)
    treated = {"reason": None}
    if style.prints_dates and "treatment" not in shows:
        treated |= {"begin": None, "end": None}
    return invoice.model_copy(
        update={
            "guid": None,
            "tiers": invoice.tiers if "tiers" in shows else None,
            "law": invoice.law if "law" in shows else None,
            "biller": Party(**biller),
            "provider": Party(),
            "prescriber": prescriber,
            "patient": _shown_patient(invoice.patient, shows),
            "treatment": invoice.treatment.model_copy(update=treated),
            "positions": tuple(_shown_position(one, style) for one in invoice.positions),
            "payment": _shown_payment(invoice.payment, style),
        }
    )


def _shown_patient(patient: Patient, shows: frozenset[str]) -> Patient:
    hidden = {"ssn", "insured_number", "card_number", "sex"} - shows
    return patient.model_copy(update=dict.fromkeys(hidden) | {"canton": None})


def _shown_position(position: Position, style: PlainStyle) -> Position:
    if "vat" in style.columns:
        return position
    return position.model_copy(update={"vat_rate": None})


def _shown_payment(payment: Payment, style: PlainStyle) -> Payment:
    if style.payment_part:
        return payment
    return Payment(iban=payment.iban) if style.account_line else Payment()
