"""Random facts of letters, by seed: every kind and recipient, in four languages, with what varies between cases."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, TypeVar

from letters.amounts import CostShare, PositionFact
from letters.facts import Address, Facts, Insurer, Payee
from letters.occasions import DECISIONS, QUESTIONS, Kind, Recipient
from letters.texts import letters_that_exist
from pulse.base.money import FIVE_CENTS, ZERO
from pulse.base.reason_texts import text
from pulse.base.reasons import LANGUAGES, Language, Reason

INSURER = Insurer(
    name="Muster Krankenversicherung AG",
    street="Bundesgasse 12",
    zip="3011",
    city="Bern",
    phone="031 555 01 01",
    email="leistungen@muster-kv.example",
    gln="7601003000016",
    website="www.muster-kv.example",
)
_GIVEN = (
    "Małgorzata", "Jürg", "Zoë", "François", "Noëmi", "Léa", "Ænne", "Søren", "Chiara", "Nicolò", "Ada", "Björn",
    "Anaïs", "Ottavia", "Ursin", "Flurina",
)  # fmt: skip
_FAMILY = (
    "Győri-Meier", "Müller", "de Watteville", "D'Ascanio", "Lüthi", "Brändli-Škoda", "Béguelin", "Rè", "Caduff",
    "Nguyễn", "von Känel", "O'Neill", "Çelik", "Andreoli", "Jäggi",
)  # fmt: skip
_BILLERS = (
    "Apotheke zum Bären AG", "Pharmacie de l'Étoile SA", "Farmacia San Rocco Sagl", "Amavita Löwenplatz",
    "Dr. med. Zbinden & Söhne", "Pharmacie Île-Rousseau", "Spitex Aare-Süd", "Apotheke 24 Tor", "Farmacia D'Angelo",
)  # fmt: skip
_STREETS = ("Länggassstrasse", "Rue de l'Hôpital", "Via Sant'Antonio", "Chemin des Crêts", "Promulins")
_TOWNS = (("3012", "Bern"), ("1204", "Genève"), ("6900", "Lugano"), ("8400", "Winterthur"), ("7503", "Samedan"))
_PACKS = (
    "Abilify Tabl 10 mg 28 Stk", "Dafalgan Filmtabl 1 g 16 Stk", "Pantozol Filmtabl 40 mg 30 Stk",
    "Algifor Dolo forte Susp 150 ml", "Xarelto Filmtabl 20 mg 98 Stk", "Eltroxin LF Tabl 0.1 mg 100 Stk",
)  # fmt: skip
T = TypeVar("T")
_INTERNAL = ("P7", "P9")
_TELLABLE = tuple(reason for reason in Reason if not reason.startswith(_INTERNAL))
_REFERENCES = (None, "210000000003139471430009017", "RF18539007547034")
_MISSING = ("invoice_number", "patient.birth_date", "positions.0.code", "positions.1.quantity", "total_amount")


def random_cases(*, count: int, seed: int, kinds: frozenset[Kind] = frozenset(Kind)) -> Iterator[Facts]:
    """`count` letters, the kinds, recipients and languages in turns. The same seed gives the same cases."""
    chance = random.Random(seed)  # noqa: S311 - made-up cases, no secret
    pairs = [(kind, recipient) for kind, recipient in letters_that_exist() if kind in kinds]
    for number in range(count):
        turn, place = divmod(number, len(pairs))
        yield random_facts(chance, *pairs[place], LANGUAGES[(place + turn) % len(LANGUAGES)])


def random_facts(chance: random.Random, kind: Kind, recipient: Recipient, language: Language) -> Facts:
    """One case of this kind; what a real one may lack is now and then unknown."""
    day = dt.date(2024, 1, 1) + dt.timedelta(days=chance.randrange(1_000))
    values: dict[str, Any] = {
        "kind": kind,
        "recipient": recipient,
        "language": language,
        "case_id": chance.randrange(10_000_000, 99_999_999),
        "letter_date": day + dt.timedelta(days=chance.randrange(3, 40)),
        "insurer": INSURER,
        "addressee": _addressee(chance, recipient),
    }
    if recipient is Recipient.CONTROLLER:
        due = dt.datetime.combine(day, dt.time(chance.randrange(7, 18)), dt.UTC)
        return Facts(**values, case_url=f"https://pulse.muster-kv.example/cases/{values['case_id']}", due_at=due)
    values |= {
        "patient_name": _person(chance),
        "invoice_number": _mostly(chance, f"{chance.choice('ARX')}-{chance.randrange(1_000, 999_999)}"),
        "invoice_date": _mostly(chance, day),
        "biller_name": _mostly(chance, chance.choice(_BILLERS)),
    }
    if kind is Kind.NOT_INSURED:
        return Facts(**values, reasons=(Reason.NOT_INSURED,), automated=True)
    begin = day - dt.timedelta(days=chance.randrange(1, 30))
    values |= {
        "law": chance.choices(("KVG", "VVG", "UVG"), (8, 1, 1))[0],
        "insurance_number": chance.choice(("756.9217.0769.85", "8075 6012 3456")),
        "treatment_begin": begin,
        "treatment_end": begin + dt.timedelta(days=chance.choice((0, 0, 3))),
    }
    if recipient is Recipient.PROVIDER and day.toordinal() % 2:
        values["invoice_guid"] = f"{day.toordinal() ** 7:032x}"
    return Facts(**values, **_outcome(chance, kind, recipient, day))


def _outcome(chance: random.Random, kind: Kind, recipient: Recipient, day: dt.date) -> dict[str, Any]:
    positions = _positions(chance, kind, day)
    billed = sum((position.billed for position in positions if position.billed), ZERO)
    told: dict[str, Any] = {"positions": positions, "billed_total": billed}
    if kind in DECISIONS:
        told["approved_total"] = sum((position.approved for position in positions if position.approved), ZERO)
    if kind in (Kind.APPROVED, Kind.PARTLY_APPROVED):
        payee: Payee = chance.choice(("client", "provider"))
        told |= {"payee": payee, "automated": kind is Kind.APPROVED and chance.random() < 0.5}
        if payee == recipient.value and chance.random() < 0.5:
            told["account"] = f"CH{chance.randrange(10, 99)} … {chance.randrange(1_000, 9_999)}"
        if payee == "provider" and recipient is Recipient.PROVIDER:
            told["payment_reference"] = _REFERENCES[day.toordinal() % len(_REFERENCES)]
        if recipient is Recipient.CLIENT and chance.random() < 0.5:
            told["cost_share"] = _share(chance, told["approved_total"], payee, day.year)
    if kind in (Kind.RETURNED, Kind.NOTICE, Kind.ALREADY_RECEIVED):
        told["reasons"] = tuple(chance.sample(_TELLABLE, chance.randint(1, 3)))
    if kind is Kind.RETURNED and recipient is Recipient.PROVIDER:
        told["missing_fields"] = tuple(chance.sample(_MISSING, chance.randint(0, 2)))
    if kind in QUESTIONS:
        told |= {"questions": (text(chance.choice(_TELLABLE), "de"),), "answer_by": day + dt.timedelta(days=30)}
    return told


def _positions(chance: random.Random, kind: Kind, day: dt.date) -> tuple[PositionFact, ...]:
    count = chance.choice((1, 1, 2, 3, 5, 12, 40))
    cut = chance.randrange(count)
    return tuple(_position(chance, kind, line, line - 1 == cut, day) for line in range(1, count + 1))


def _position(chance: random.Random, kind: Kind, line: int, cut: bool, day: dt.date) -> PositionFact:
    billed = Decimal(chance.randrange(100, chance.choice((5_000, 40_000, 900_000)))) / 100
    approved: Decimal | None = None
    reasons: tuple[Reason, ...] = ()
    if kind in DECISIONS:
        approved = ZERO if kind is Kind.DENIED else billed
        if kind is Kind.PARTLY_APPROVED and cut:
            approved = (billed * Decimal(chance.randrange(5, 95)) / 100).quantize(Decimal("0.01"))
    if kind is Kind.DENIED or (kind is Kind.PARTLY_APPROVED and cut):
        reasons = tuple(chance.sample(_TELLABLE, chance.randint(1, 2)))
    return PositionFact(
        line=line,
        date=day,
        code=f"7680{chance.randrange(10**8, 10**9)}",
        name=chance.choice(_PACKS),
        quantity=Decimal(chance.choice(("1", "2", "0.5", "10"))),
        billed=billed,
        approved=approved,
        reasons=reasons,
    )


def _share(chance: random.Random, approved: Decimal, payee: Payee, year: int) -> CostShare:
    franchise = (approved * chance.choice((0, 20, 50)) / 100).quantize(Decimal("0.01"))
    copayment = ((approved - franchise) / 10).quantize(Decimal("0.01"))
    exact = approved - franchise - copayment if payee == "client" else franchise + copayment
    settled = (exact / FIVE_CENTS).quantize(Decimal(1)) * FIVE_CENTS
    return CostShare(
        franchise=franchise,
        copayment=copayment,
        settled=settled,
        year=year,
        year_franchise=franchise + chance.randrange(300),
        year_copayment=copayment + chance.randrange(300),
    )


def _addressee(chance: random.Random, recipient: Recipient) -> Address:
    if recipient is Recipient.CONTROLLER:
        return Address(name="Leistungsprüfung")
    zip_code, city = chance.choice(_TOWNS)
    name = _person(chance) if recipient is Recipient.CLIENT else chance.choice(_BILLERS)
    return Address(name=name, street=f"{chance.choice(_STREETS)} {chance.randrange(1, 180)}a", zip=zip_code, city=city)


def _person(chance: random.Random) -> str:
    return f"{chance.choice(_GIVEN)} {chance.choice(_FAMILY)}"


def _mostly(chance: random.Random, value: T) -> T | None:
    return value if chance.random() < 0.93 else None
