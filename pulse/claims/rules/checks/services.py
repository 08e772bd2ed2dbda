"""Pharmacies' services beside medication (LOA, the contract of pharmacies and insurers by Art. 43 Abs. 4 KVG)."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from importlib.resources import files

from pulse.base.money import to_cents
from pulse.base.reasons import Reason
from pulse.claims.rules.billed import kind_of, quantity_of
from pulse.claims.rules.facts import PositionFacts
from pulse.claims.rules.objection import Objection
from pulse.invoices.model import Position


@dataclass(frozen=True, kw_only=True)
class Service:
    """A row of `pharmacy_services.csv`: `points` at most, each worth `point_value` CHF, from a day on. Known by its
    code, or where that is empty by words of its name."""

    code: str
    words: re.Pattern[str]
    points: Decimal
    point_value: Decimal
    valid_from: date

    @property
    def price(self) -> Decimal:
        """In CHF."""
        return to_cents(self.points * self.point_value)


def beside_a_drug(facts: PositionFacts) -> Objection | None:
    """The services go with prescription drugs (category A or B) of the Spezialitätenliste (LOA V): one such must stand
    on the same invoice."""
    if kind_of(facts.position) != "pharmacy_service" or facts.beside_prescription:
        return None
    return Objection(reason=Reason.SERVICE_WITHOUT_DRUG, effect="refuse")


def in_the_table(facts: PositionFacts) -> Objection | None:
    """A service that the table does not have on the day has no price that we know (LOA V): a person looks it up."""
    if kind_of(facts.position) != "pharmacy_service" or _service(facts) is not None:
        return None
    return Objection(reason=Reason.SERVICE_NOT_IN_TABLE, effect="doubt")


def within_the_tariff(facts: PositionFacts) -> Objection | None:
    """A service costs its points times the point value, CHF 1.40 since 2026-01-01, at most (LOA V)."""
    if kind_of(facts.position) != "pharmacy_service":
        return None
    service, amount = _service(facts), facts.position.amount
    if service is None or amount is None:
        return None
    at_most = quantity_of(facts.position) * service.price
    if amount - at_most <= facts.rules.tolerance:
        return None
    return Objection(reason=Reason.SERVICE_ABOVE_MAXIMUM, effect="cut", payable=at_most)


@cache
def table() -> tuple[Service, ...]:
    """The services as the CSV beside this module has them; an expert may add rows."""
    text = files(__name__.rpartition(".")[0]).joinpath("pharmacy_services.csv").read_text(encoding="utf-8")
    return tuple(
        Service(
            code=row["code"],
            words=re.compile(row["words"], re.IGNORECASE),
            points=Decimal(row["points"]),
            point_value=Decimal(row["point_value"]),
            valid_from=date.fromisoformat(row["valid_from"]),
        )
        for row in csv.DictReader(text.splitlines())
    )


def _service(facts: PositionFacts) -> Service | None:
    day = facts.day
    valid = [one for one in table() if day is not None and one.valid_from <= day]
    return next((one for one in reversed(valid) if _is(one, facts.position)), None)


def _is(service: Service, position: Position) -> bool:
    if service.code:
        return service.code == (position.code or "").strip()
    return bool(service.words.search(position.name or ""))
