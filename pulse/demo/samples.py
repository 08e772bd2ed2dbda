"""The mails that the demo sends: one for each way through the process, with new numbers and dates at each start."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from db.clients import Client
from db.medications import Medication
from db.providers import Provider
from pulse import synthetic
from pulse.base.money import to_cents, to_five_cents
from pulse.demo.paper import scan
from pulse.invoices.model import Invoice, Patient, Position
from pulse.synthetic import hostile

#: A pack that is not in the demo's registers; its number is well formed.
_UNLISTED = synthetic.Medication(code="7680999990013", name="Nirvanol Retard Tabl 20 mg 30 Stk", price=Decimal("48.20"))


@dataclass(frozen=True, kw_only=True)
class Sample:
    """A mail and what the demo's scripted people do about it; `number` finds its case again."""

    name: str
    provider: Provider
    document: bytes
    filename: str
    number: str | None
    truth: Invoice | None = None
    #: Answers by task: what a person enters in the form.
    answers: dict[str, dict[str, str]] = field(default_factory=dict)
    #: Whether the mail leads to a case at all; the others are answered by mail.
    becomes_case: bool = True


@dataclass(frozen=True, kw_only=True)
class Registers:
    """What the samples are drawn from."""

    clients: Sequence[Client]
    providers: Sequence[Provider]
    medications: Sequence[tuple[Medication, Decimal]]

    def client(self, *, risk: str = "low", nth: int = 0) -> Client:
        """The nth insured client of a risk score."""
        return [c for c in self.clients if c.risk_score == risk and c.covered_until is None][nth]

    def packs(self, *, abuse: int = 0, cheaper_than: Decimal = Decimal(150)) -> list[synthetic.Medication]:
        """Packs as they are printed, at their listed price."""
        return [
            synthetic.Medication(code=m.gtin, name=m.name, price=price)
            for m, price in self.medications
            if m.abuse_risk == abuse and price < cheaper_than
        ]


class Printer:
    """Prints samples; `rng` makes this start's numbers, `today` its dates."""

    def __init__(self, registers: Registers, rng: random.Random, today: dt.date) -> None:
        self._registers = registers
        self._rng = rng
        self._today = today

    def all(self) -> list[Sample]:
        """All samples, in the order in which they are mailed."""
        makers: list[Callable[[], Sample]] = [
            self.straight_through,
            self.without_annex,
            self.price_above_list,
            self.not_listed,
            self.not_insured,
            self.incomplete,
            self.high_risk_approved,
            self.high_risk_denied,
            self.other_person,
            self.scanned,
            self.encrypted,
        ]
        samples = [make() for make in makers]
        first = samples[0]
        again = Sample(
            name="the first one again",
            provider=first.provider,
            document=first.document,
            filename=first.filename,
            number=first.number,
        )
        return [*samples, again]

    def straight_through(self) -> Sample:
        truth = self._invoice(self._registers.client(nth=0), rows=2)
        return self._sample("in order, with QR annex", truth, annex=True)

    def without_annex(self) -> Sample:
        truth = self._invoice(self._registers.client(nth=4), rows=3, provider=4)
        return self._sample("in order, form alone", truth, annex=False)

    def price_above_list(self) -> Sample:
        truth = self._invoice(self._registers.client(nth=1), rows=2)
        dearer = truth.positions[0]
        price = to_cents((dearer.unit_price or Decimal(0)) * Decimal("1.2"))
        truth = _with_positions(truth, [_at_price(dearer, price), *truth.positions[1:]])
        comment = "Gekürzt auf den Höchstpreis der Spezialitätenliste."
        answer = {"decision": "partial", "reason_code": "P812", "comment": comment}
        return self._sample("price above the list", truth, annex=True, decide=answer)

    def not_listed(self) -> Sample:
        truth = self._invoice(self._registers.client(nth=7), rows=1, packs=[_UNLISTED])
        return self._sample("not listed", truth, decide={"decision": "deny", "reason_code": "P811", "comment": ""})

    def not_insured(self) -> Sample:
        stranger = synthetic.invoice(self._rng, rows=1).patient
        return self._sample("not insured with us", self._invoice(stranger, rows=1), annex=False)

    def incomplete(self) -> Sample:
        truth = self._invoice(self._registers.client(nth=2), rows=1)
        truth = truth.model_copy(update={"patient": truth.patient.model_copy(update=_NO_NUMBERS)})
        return self._sample("no insurance number", truth, annex=False)

    def high_risk_approved(self) -> Sample:
        packs = self._registers.packs(abuse=1, cheaper_than=Decimal(300))
        truth = self._invoice(self._registers.client(risk="high"), rows=1, packs=packs)
        answer = {"decision": "approve", "reason_code": "P801", "comment": "Rezept liegt vor."}
        return self._sample("high risk, approved", truth, review_high_risk=answer)

    def high_risk_denied(self) -> Sample:
        packs = self._registers.packs(abuse=1, cheaper_than=Decimal(300))
        truth = self._invoice(self._registers.client(risk="medium"), rows=2, packs=packs)
        answer = {"decision": "deny", "reason_code": "P814", "comment": "Eine Indikation ist nicht dokumentiert."}
        return self._sample("high risk, denied", truth, review_high_risk=answer)

    def other_person(self) -> Sample:
        truth = self._invoice(self._registers.client(nth=0), rows=1, provider=1)
        other = self._registers.client(nth=6)
        named = {"family_name": other.last_name, "given_name": other.first_name, "birth_date": other.birth_date}
        truth = truth.model_copy(update={"patient": truth.patient.model_copy(update=named)})
        return self._sample("number and name differ", truth, annex=False, clarify_case={"clarification": "return"})

    def scanned(self) -> Sample:
        truth = self._invoice(self._registers.client(nth=6), rows=1, provider=1)
        picture = scan(synthetic.form_pdf(truth, annex=False))
        sample = self._sample("scanned picture", truth, correct_reading={"correction": "done"})
        return Sample(**(vars(sample) | {"document": picture}))

    def encrypted(self) -> Sample:
        truth = self._invoice(self._registers.client(nth=0), rows=1)
        sample = self._sample("encrypted PDF", truth)
        locked = hostile.encrypted()
        return Sample(**(vars(sample) | {"document": locked, "becomes_case": False, "number": None, "truth": None}))

    def _invoice(
        self,
        patient: Client | Patient,
        *,
        rows: int,
        provider: int | None = None,
        packs: Sequence[synthetic.Medication] | None = None,
    ) -> Invoice:
        providers = self._registers.providers
        chosen = providers[provider] if provider is not None else self._rng.choice(providers[:2])
        truth = self._drawn(patient, chosen, packs or self._registers.packs(), rows)
        while len({position.code for position in truth.positions}) < rows:  # a pack twice is a person's business
            truth = self._drawn(patient, chosen, packs or self._registers.packs(), rows)
        ordinary = [_at_quantity(position, Decimal(1)) for position in truth.positions]
        prepaid = {"prepaid_amount": Decimal("0.00")}
        return _with_positions(truth.model_copy(update=prepaid), ordinary)

    def _drawn(
        self, patient: Client | Patient, provider: Provider, packs: Sequence[synthetic.Medication], rows: int
    ) -> Invoice:
        return synthetic.invoice(
            self._rng,
            clients=[patient if isinstance(patient, Patient) else as_patient(patient)],
            providers=[as_printed(provider)],
            medications=packs,
            rows=rows,
            tiers="garant",
            invoice_date=self._today - dt.timedelta(days=self._rng.randrange(3)),
        )

    def _sample(self, name: str, truth: Invoice, *, annex: bool = True, **answers: dict[str, str]) -> Sample:
        provider = next(p for p in self._registers.providers if p.gln == truth.biller.gln)
        return Sample(
            name=name,
            provider=provider,
            document=synthetic.form_pdf(truth, annex=annex),
            filename=f"Rechnung_{truth.invoice_number}.pdf",
            number=truth.invoice_number,
            truth=truth,
            answers=answers,
        )


_NO_NUMBERS = {"ssn": None, "card_number": None, "insured_number": None}


def as_patient(client: Client) -> Patient:
    """A client as an invoice names them."""
    return Patient(
        family_name=client.last_name,
        given_name=client.first_name,
        birth_date=client.birth_date,
        sex="female" if client.sex == "female" else "male",
        street=client.street,
        zip=client.zip,
        city=client.city,
        canton=client.canton,
        ssn=client.ahv_number,
        card_number=client.card_number,
        insured_number=client.insurance_number,
    )


def as_printed(provider: Provider) -> synthetic.Provider:
    """A registered provider as its invoices print it."""
    return synthetic.Provider(
        gln=provider.gln or "",
        zsr=provider.zsr or "",
        name=provider.name,
        street=provider.street,
        zip=provider.zip,
        city=provider.city,
        email=provider.email or "",
        vat_number="CHE123456788",
        iban=provider.iban or "",
    )


def _at_price(position: Position, price: Decimal) -> Position:
    return position.model_copy(update={"unit_price": price, "amount": to_cents(price * (position.quantity or 1))})


def _at_quantity(position: Position, quantity: Decimal) -> Position:
    amount = to_cents((position.unit_price or Decimal(0)) * quantity)
    return position.model_copy(update={"quantity": quantity, "amount": amount})


def _with_positions(invoice: Invoice, positions: Sequence[Position]) -> Invoice:
    total = sum((position.amount or Decimal(0) for position in positions), Decimal("0.00"))
    values = {"positions": tuple(positions), "total_amount": total, "amount_due": to_five_cents(total)}
    return invoice.model_copy(update=values)
