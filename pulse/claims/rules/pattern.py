"""The pattern of a person's supply: what the risk tables ask about the last 90 days, by definition alone.

What counts as too much stands in the tables, not here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from pulse.base.money import ZERO
from pulse.claims.rules.facts import Dispensed

#: The day itself and the 89 before it.
WINDOW_DAYS = 90
#: Opioids by ATC: analgesics, treatment of dependence, codeine and its kin against cough.
OPIOIDS = ("N02A", "N07BC", "R05DA")
#: Benzodiazepines and what acts like them: against anxiety, for sleep (Z-drugs too), against epilepsy.
BENZODIAZEPINES = ("N05BA", "N05CD", "N05CF", "N03AE")
#: Characters of an ATC code that name the chemical subgroup (its fourth level).
_SUBGROUP = 5
_MILLIGRAMS = {"mcg": Decimal("0.001"), "mg": Decimal(1), "g": Decimal(1000)}
_PIECES = re.compile(r"[^0-9]* (\d+(?:\.\d+)?) ?(mcg|mg|g) [^0-9]*?(?:(\d+) x )?(\d+) Stk")


@dataclass(frozen=True, kw_only=True)
class SupplyPattern:
    """What a person got in 90 days of one medication and its kin; `billers` are the different places of supply.

    `milligrams` are those of the same substance alone; None where a pack does not tell its strength.
    """

    packs: Decimal
    milligrams: Decimal | None
    billers: int
    opioid_and_benzodiazepine: bool


def supply_pattern(
    gtin: str | None,
    atc: str | None,
    day: date,
    dispensed: Iterable[Dispensed],
    milligrams: Mapping[str, Decimal | None],
) -> SupplyPattern:
    """The pattern on a day; `dispensed` holds the position itself and everything else that the person got, `milligrams`
    what one pack holds of its substance, by GTIN.

    Kin are opioids among each other, benzodiazepines likewise, else packs of the same chemical subgroup; a pack without
    an ATC code has none but itself. A place of supply that an invoice does not name is not counted.
    """
    recent = [one for one in dispensed if timedelta() <= day - one.day < timedelta(days=WINDOW_DAYS)]
    kin = _kin(gtin, atc)
    same = [one for one in recent if kin is not None and _kin(one.gtin, one.atc) == kin]
    other = {OPIOIDS: BENZODIAZEPINES, BENZODIAZEPINES: OPIOIDS}.get(kin) if isinstance(kin, tuple) else None
    return SupplyPattern(
        packs=sum((one.packs for one in same), ZERO),
        milligrams=_milligrams([one for one in same if one.atc == atc], milligrams) if atc else None,
        billers=len({one.biller for one in same if one.biller}),
        opioid_and_benzodiazepine=other is not None and any(_kin(one.gtin, one.atc) == other for one in recent),
    )


def milligrams_of(name: str) -> Decimal | None:
    """What a pack holds of its substance, told by its name on the list: `Temesta Tabl 1 mg 30 Stk` → 30.

    None for whatever is not counted in pieces of one strength: liquids, patches, two substances in one.
    """
    found = _PIECES.fullmatch(name.strip())
    if found is None or "/" in name or " + " in name:
        return None
    strength, unit, times, pieces = found.groups()
    return Decimal(strength) * _MILLIGRAMS[unit] * int(times or 1) * int(pieces)


def _milligrams(same: Iterable[Dispensed], milligrams: Mapping[str, Decimal | None]) -> Decimal | None:
    total = ZERO
    for one in same:
        each = milligrams.get(one.gtin)
        if each is None:
            return None
        total += each * one.packs
    return total


def _kin(gtin: str | None, atc: str | None) -> tuple[str, ...] | str | None:
    if not atc:
        return gtin
    known = next((group for group in (OPIOIDS, BENZODIAZEPINES) if atc.startswith(group)), None)
    return known or atc[:_SUBGROUP]
