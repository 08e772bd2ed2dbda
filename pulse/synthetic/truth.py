"""Draws an invoice from a seed: the truth that a reading is held against."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Sequence
from decimal import Decimal

from pulse.base.money import ZERO, to_cents, to_five_cents
from pulse.invoices.model import Invoice, Party, Patient, Payment, Position, Source, Tiers, Treatment
from pulse.synthetic import numbers, people
from pulse.synthetic.catalogue import MEDICATIONS, PROVIDERS, Medication, Provider

_QUANTITIES = ("1", "1", "1", "1", "2", "2", "3", "0.5", "10")
_REMARKS = (
    "Dauermedikation, Repetition 2/4",
    "Substitution medizinisch begründet",
    "Indikationscode {code}",
    "Abgabe gemäss Rezept vom Vortag; nächste Abgabe frühestens in 30 Tagen",
)
_NEWEST = dt.date(2026, 6, 30)
_MAX_ROWS = 15


def invoice(
    seed: int | random.Random,
    *,
    clients: Sequence[Patient] | None = None,
    providers: Sequence[Provider] | None = None,
    medications: Sequence[Medication] | None = None,
    tiers: Tiers | None = None,
    rows: int | None = None,
    invoice_date: dt.date | None = None,
) -> Invoice:
    """An invoice whose sums are right and whose numbers have right check digits.

    `clients`, `providers` and `medications` are drawn from where given (the demo prints for its own database); else
    persons are imagined and small built-in lists serve. `rows` is 1 to 15 unless given.
    """
    rng = seed if isinstance(seed, random.Random) else random.Random(seed)  # noqa: S311  no secret
    patient = rng.choice(clients) if clients else people.person(rng)
    provider = rng.choice(providers or PROVIDERS)
    day = invoice_date or _NEWEST - dt.timedelta(days=rng.randrange(90))
    begin = day - dt.timedelta(days=rng.randrange(3, 40))
    end = begin + dt.timedelta(days=rng.randrange((day - begin).days + 1))
    count = rows if rows is not None else rng.randrange(1, _MAX_ROWS + 1)
    positions = tuple(_position(rng, line, begin, end, medications or MEDICATIONS) for line in range(1, count + 1))
    total = sum((position.amount or ZERO for position in positions), ZERO)
    drawn: Tiers = rng.choice(("garant", "payant"))
    chosen = tiers or drawn
    prepaid = to_five_cents(total / 4) if chosen == "garant" and rng.random() < 0.2 else ZERO
    number = f"R-{day.year}-{rng.randrange(1, 999_999):06d}"
    party = Party(
        gln=provider.gln,
        zsr=provider.zsr,
        name=provider.name,
        street=provider.street,
        zip=provider.zip,
        city=provider.city,
    )
    return Invoice(
        source=Source(kind="person", form_release="5.0"),
        guid=f"{rng.getrandbits(128):032x}",
        invoice_number=number,
        invoice_date=day,
        language="de",
        tiers=chosen,
        law="KVG",
        biller=party.model_copy(update={"email": provider.email, "vat_number": provider.vat_number}),
        provider=party,
        prescriber=people.prescriber(rng) if rng.random() < 0.8 else Party(),
        patient=patient,
        treatment=Treatment(begin=begin, end=end, reason=rng.choice(("disease", "disease", "accident", "maternity"))),
        positions=positions,
        total_amount=total,
        prepaid_amount=prepaid,
        amount_due=to_five_cents(total - prepaid),
        payment=Payment(iban=provider.iban, reference=numbers.qr_reference(number), reference_type="QRR"),
    )


def _position(
    rng: random.Random, line: int, begin: dt.date, end: dt.date, medications: Sequence[Medication]
) -> Position:
    medication = rng.choice(medications)
    quantity = Decimal(rng.choice(_QUANTITIES))
    code = f"{numbers.digits(rng, 5)}.{numbers.digits(rng, 2)}"
    remark = rng.choice(_REMARKS).format(code=code) if rng.random() < 0.3 else None
    has_code = remark is not None and code in remark and medication.tariff != "406"
    return Position(
        line=line,
        date=begin + dt.timedelta(days=rng.randrange((end - begin).days + 1)),
        tariff=medication.tariff,
        code=medication.code,
        name=medication.name,
        quantity=quantity,
        unit_price=medication.price,
        amount=to_cents(quantity * medication.price),
        vat_rate=medication.vat_rate,
        indication_code=code if has_code else None,
        remark=remark,
    )
