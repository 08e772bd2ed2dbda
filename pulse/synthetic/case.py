"""An invented invoice with all that a page may show of it."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

from pulse.base.money import ZERO, to_cents, to_five_cents
from pulse.invoices.model import Invoice, Party, Payment, Position, Source, Tiers, Treatment
from pulse.synthetic import numbers, population, shelf
from pulse.synthetic.catalogue import Insurer
from pulse.synthetic.distributions import POSITIONS, QUANTITY, whole_number
from pulse.synthetic.population import Kind
from pulse.synthetic.shelf import Service

Occasion = Literal["normal", "copy", "reminder", "storno", "refund"]
_OCCASIONS: tuple[tuple[Occasion, float], ...] = (
    ("normal", 86), ("copy", 5), ("reminder", 5), ("storno", 2), ("refund", 2),
)  # fmt: skip
_REASONS = ("disease", "disease", "disease", "accident", "maternity", "prevention")
_LAWS = {"accident": "UVG"}
_REMARKS = {
    "de": ("Dauermedikation, Repetition 2/4", "Substitution medizinisch begründet", "Indikationscode {code}",
           "Abgabe gemäss Rezept vom Vortag; nächste Abgabe frühestens in 30 Tagen"),
    "fr": ("Traitement de longue durée, répétition 2/4", "Substitution exclue pour raison médicale",
           "Code d’indication {code}", "Remis selon ordonnance de la veille; prochaine remise dans 30 jours"),
    "it": ("Terapia di lunga durata, ripetizione 2/4", "Sostituzione esclusa per motivi medici",
           "Codice d’indicazione {code}", "Consegnato secondo ricetta del giorno precedente; la prossima fra 30 gg"),
}  # fmt: skip
_NEWEST = dt.date(2026, 6, 30)


@dataclass(frozen=True, kw_only=True)
class Case:
    """An invoice, and beside it what the model has no field for.

    `technical`: per line the technical part of a two-part tariff (points, value of a point). `earlier`: number and day
    of the invoice that a credit note or Storno takes back. `reminded_on`: the day of a reminder.
    """

    invoice: Invoice
    kind: Kind
    insurer: Insurer = field(default_factory=Insurer)
    phone: str = "031 000 00 00"
    technical: Mapping[int, tuple[Decimal, Decimal]] = field(default_factory=dict)
    earlier: tuple[str, dt.date] | None = None
    reminded_on: dt.date | None = None

    def with_invoice(self, **changes: object) -> Case:
        """The same case with other values in its invoice."""
        return Case(**{**vars(self), "invoice": self.invoice.model_copy(update=changes)})


def draw_case(
    rng: random.Random,
    *,
    language: str,
    kind: Kind,
    release: str | None = None,
    tariffs: Literal["all", "numbered"] = "all",
    sex: str | None = None,
    age: str | None = None,
    plain_names: bool = False,
    ordinary: bool = False,
    rows: int | None = None,
    most_rows: int | None = None,
    qr_reference: bool = False,
) -> Case:
    """A case whose sums and check digits are right.

    `release` is the form's, None without a form. `tariffs="numbered"` keeps to drugs that their number names (GTIN,
    Pharmacode). `ordinary` leaves out copies, reminders, credit notes and Storno. `rows` fixes the number of positions,
    `most_rows` limits it. `qr_reference` draws a QR-IBAN, as the XML wants.
    """
    occasion: Occasion = "normal" if ordinary else rng.choices(*zip(*_OCCASIONS, strict=True))[0]
    patient = population.insured(rng, language, sex=sex, age=age, plain_names=plain_names)
    biller = population.party(rng, language, kind)
    day = _NEWEST - dt.timedelta(days=rng.randrange(90 if release != "4.4" else 900))
    begin = day - dt.timedelta(days=rng.randrange(3, 40))
    end = begin + dt.timedelta(days=rng.randrange((day - begin).days + 1))
    count = rows or whole_number(rng, POSITIONS.draw(rng))
    count = min(count, most_rows) if most_rows else count
    services = [_service(rng, language, kind, release, tariffs) for _ in range(count)]
    dates = sorted(begin + dt.timedelta(days=rng.randrange((end - begin).days + 1)) for _ in services)
    sign = -1 if occasion in {"storno", "refund"} else 1
    billed = zip(services, dates, strict=True)
    positions = tuple(
        _position(rng, line, row, when, language=language, sign=sign) for line, (row, when) in enumerate(billed, 1)
    )
    technical = {line: one.technical for line, one in enumerate(services, 1) if one.technical}
    total = sum((one.amount or ZERO for one in positions), ZERO)
    tiers: Tiers = rng.choice(("garant", "payant"))
    prepaid = to_five_cents(total / 4) if tiers == "garant" and occasion == "normal" and rng.random() < 0.15 else ZERO
    number = f"{rng.choice(('R-', '', 'RE', '2026/', 'F-'))}{rng.randrange(1_000, 9_999_999)}"
    earlier = (f"{number}-A", day - dt.timedelta(days=rng.randrange(5, 60))) if sign < 0 else None
    reason = rng.choice(_REASONS)
    level = rng.randrange(1, 4) if occasion == "reminder" else 0
    invoice = Invoice(
        source=Source(kind="text", form_release=release),
        guid=f"{rng.getrandbits(128):032x}",
        invoice_number=number,
        invoice_date=day,
        language=language,
        request_type="reminder" if level else "invoice",
        reminder_level=level,
        refers_to=earlier[0] if earlier else number if level else None,
        subtype="normal" if occasion == "reminder" else occasion,
        tiers=tiers,
        law=_LAWS.get(reason, rng.choice(("KVG", "KVG", "KVG", "VVG"))),
        biller=biller,
        provider=biller.model_copy(update={"email": None, "vat_number": None}),
        prescriber=population.physician(rng, language) if kind == "pharmacy" and rng.random() < 0.8 else Party(),
        patient=patient,
        treatment=Treatment(begin=begin, end=end, reason=reason),
        positions=positions,
        total_amount=total,
        prepaid_amount=prepaid,
        amount_due=to_five_cents(total - prepaid),
        payment=_payment(rng, number, qr_reference),
    )
    return Case(
        invoice=invoice,
        kind=kind,
        insurer=_insurer(language),
        phone=f"0{rng.choice(('31', '44', '21', '91'))} {rng.randrange(100, 999)} 00 {rng.randrange(10, 99)}",
        technical=technical,
        earlier=earlier,
        reminded_on=day + dt.timedelta(days=35 * level) if level else None,
    )


def _service(rng: random.Random, language: str, kind: Kind, release: str | None, tariffs: str) -> Service:
    share = rng.random()
    if tariffs == "numbered" or share < (0.7 if kind == "pharmacy" else 0.3):
        return shelf.drug(rng, language, pharmacode=rng.random() < (0.35 if release == "4.4" else 0.12))
    table: shelf.Table
    if kind == "pharmacy":
        table = "loa" if share < 0.85 else "articles"
    elif share < 0.75:
        table = "tarmed" if release in {"4.4", "4.5"} else "tardoc"
    else:
        table = "laboratory" if share < 0.92 else "articles"
    return shelf.listed(rng, language, table)


def _position(rng: random.Random, line: int, service: Service, when: dt.date, *, language: str, sign: int) -> Position:
    quantity = Decimal(QUANTITY.draw(rng)) if service.technical is None else Decimal(rng.choice(("1", "1", "2", "3")))
    points, value = service.technical or (ZERO, ZERO)
    amount = quantity * (service.unit_price * service.factor + points * value)
    code = f"{numbers.digits(rng, 5)}.{numbers.digits(rng, 2)}"
    remark = rng.choice(_REMARKS[language]).format(code=code) if rng.random() < 0.25 else None
    has_code = remark is not None and code in remark and service.tariff in {"400", "402"}
    return Position(
        line=line,
        date=when,
        tariff=service.tariff,
        code=service.code,
        name=service.name,
        quantity=sign * quantity,
        unit_price=service.unit_price,
        factor=service.factor,
        amount=sign * to_cents(amount),
        vat_rate=service.vat_rate,
        indication_code=code if has_code else None,
        remark=remark,
    )


def _payment(rng: random.Random, number: str, qr_reference: bool) -> Payment:
    kind = "QRR" if qr_reference else rng.choice(("QRR", "QRR", "SCOR", "NON"))
    if kind == "QRR":
        account, reference = numbers.account(rng, qr=True), numbers.qr_reference(number)
        return Payment(iban=account, reference=reference, reference_type="QRR")
    account = numbers.account(rng, qr=False)
    if kind == "SCOR":
        return Payment(iban=account, reference=numbers.creditor_reference(number), reference_type="SCOR")
    return Payment(iban=account, reference_type="NON")


def _insurer(language: str) -> Insurer:
    if language == "fr":
        return Insurer(name="Assurance-maladie Exemple SA", street="Avenue de l’Exemple 5", zip="1003", city="Lausanne")
    if language == "it":
        return Insurer(name="Cassa malati Esempio SA", street="Via Esempio 5", zip="6900", city="Lugano")
    return Insurer()
