"""One position with its surroundings, in order as it stands; a test changes what it is about."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import office

from pulse.claims.rules.billed import gtin_of
from pulse.claims.rules.coverage import Cover
from pulse.claims.rules.facts import Dispensed, Limitation, Pack, PositionFacts
from pulse.claims.rules.position import Judgement, judge
from pulse.invoices.model import Position

DAY = date(2026, 6, 10)
COVER = Cover(law="KVG", begins=date(2020, 1, 1), ends=None)
#: Those of `facts`; everything else changes the position.
_SURROUNDINGS = frozenset(PositionFacts.__dataclass_fields__) - {"position"}


def pack(maximum: str | None = "71.55", **changes: Any) -> Pack:
    """The test pack, on the list at 71.55."""
    price = Decimal(maximum) if maximum else None
    own: dict[str, Any] = {"gtin": office.LISTED, "name": "Abilify", "status": "listed", "maximum_price": price}
    return Pack(**own | changes)


def limited(**changes: Any) -> Pack:
    """The test pack with one limitation."""
    return pack(limitations=(Limitation(**{"code": "L1"} | changes),))


def facts(**changes: Any) -> PositionFacts:
    """A position that is paid in full; `changes` are of the facts by their names, else of the position."""
    around = {name: value for name, value in changes.items() if name in _SURROUNDINGS}
    values = {name: value for name, value in changes.items() if name not in _SURROUNDINGS}
    position = Position.model_validate(office.position(**values))
    gtin = gtin_of(position)
    own: dict[str, Any] = {
        "invoice": office.invoice(positions=[office.position(**values)]),
        "position": position,
        "day": DAY,
        "cover": COVER,
        "gtin": gtin,
        "pack": pack() if gtin else None,
    }
    return PositionFacts(**own | around)


def judged(**changes: Any) -> Judgement:
    """What becomes of it."""
    return judge(facts(**changes))


def codes(judgement: Judgement) -> list[str]:
    """The names of its reasons."""
    return [reason.name for reason in judgement.reasons]


def before(
    days: int, *, packs: str = "1", biller: str | None = office.PROVIDER_GLN, gtin: str = office.LISTED
) -> Dispensed:
    """A dispensing of the test pack so many days before."""
    day = date.fromordinal(DAY.toordinal() - days)
    return Dispensed(invoice_id=1, line=1, gtin=gtin, atc=None, day=day, packs=Decimal(packs), biller=biller)
