"""What the sets are drawn from, stated: shares, and where they come from.

Each `Distribution` is drawn from by the program and printed by `pulse synthetic report` beside what was drawn.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from pulse.base.money import to_five_cents


@dataclass(frozen=True, kw_only=True)
class Distribution:
    """Shares of values, in parts of their sum; `source` says where they are from, or that they are assumed."""

    name: str
    source: str
    shares: tuple[tuple[str, float], ...]

    def draw(self, rng: random.Random) -> str:
        """One value."""
        return rng.choices([value for value, _ in self.shares], [share for _, share in self.shares])[0]

    def share(self, value: str) -> float:
        """The value's share, 0 to 1."""
        return dict(self.shares).get(value, 0.0) / sum(share for _, share in self.shares)


LANGUAGE = Distribution(
    name="language",
    source=(
        "main language of the resident population, Federal Statistical Office, structural survey (about 62, 23 and 8 % "
        "of all, rounded); the other languages are left out"
    ),
    shares=(("de", 62), ("fr", 23), ("it", 8)),
)
SEX = Distribution(
    name="sex",
    source="assumed: women are handed out drugs a little more often than their half of the population",
    shares=(("female", 55), ("male", 45)),
)
AGE = Distribution(
    name="age",
    source="assumed: the use of drugs rises with age; ages are even within a group",
    shares=(("0-18", 8), ("19-40", 18), ("41-65", 35), ("66-80", 27), ("81-99", 12)),
)
POSITIONS = Distribution(
    name="positions per invoice",
    source="assumed: most visits hand out one to three packs, long-term treatments are billed by the month or quarter",
    shares=(("1", 26), ("2-3", 32), ("4-6", 21), ("7-12", 13), ("13-25", 6), ("26-45", 2)),
)
#: Bounds are the deciles of the 268 retail prices in a slice of the Spezialitätenliste of June 2026; the last decile is
#: cut at 1500 francs.
PRICE = Distribution(
    name="price of a pack",
    source=(
        "the deciles of 268 retail prices in a slice of the Spezialitätenliste, June 2026 (last one cut at 1500.00); "
        "assumed: cheap packs are handed out more often, so that the shares fall"
    ),
    shares=(
        ("2.55-14.25", 22),
        ("14.25-32.75", 20),
        ("32.75-43.45", 14),
        ("43.45-64.65", 12),
        ("64.65-89.15", 10),
        ("89.15-146.40", 8),
        ("146.40-268.95", 6),
        ("268.95-457.95", 4),
        ("457.95-1042.95", 3),
        ("1042.95-1500.00", 1),
    ),
)
QUANTITY = Distribution(
    name="packs per position",
    source="assumed: a pack a time, now and then a stock; halves are packs handed out in parts",
    shares=(("1", 74), ("2", 14), ("3", 5), ("4", 2), ("6", 1), ("10", 1), ("0.5", 2), ("28", 1)),
)
RISK = Distribution(
    name="risk of a client",
    source="assumed: most clients were never conspicuous",
    shares=(("low", 85), ("medium", 12), ("high", 3)),
)
#: Those of invoices; clients have RISK beside LANGUAGE, SEX and AGE.
DISTRIBUTIONS = (LANGUAGE, SEX, AGE, POSITIONS, PRICE, QUANTITY)


def whole_number(rng: random.Random, span: str) -> int:
    """A number from a span such as `2-3`, its ends included."""
    first, _, last = span.partition("-")
    return rng.randint(int(first), int(last or first))


def price(rng: random.Random, span: str) -> Decimal:
    """A price in francs from a span, in steps of 0.05 as retail prices are."""
    first, _, last = span.partition("-")
    cents = rng.randrange(int(Decimal(first) * 100), int(Decimal(last) * 100))
    return to_five_cents(Decimal(cents) / 100)


def span_of(distribution: Distribution, number: Decimal | int) -> str | None:
    """The first span that holds the number; None where none does."""
    spans: Sequence[str] = [value for value, _ in distribution.shares]
    for span in spans:
        first, _, last = span.partition("-")
        if Decimal(first) <= number <= Decimal(last or first):
            return span
    return None
