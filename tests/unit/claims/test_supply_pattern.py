"""What a person got in 90 days, as the risk tables are asked about it."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest

from pulse.claims.rules.facts import Dispensed
from pulse.claims.rules.pattern import milligrams_of, supply_pattern

DAY = date(2026, 6, 10)
LORAZEPAM, OXAZEPAM, FENTANYL = "7680000000011", "7680000000028", "7680000000035"
ATC = {LORAZEPAM: "N05BA06", OXAZEPAM: "N05BA04", FENTANYL: "N02AB03"}
MILLIGRAMS: dict[str, Decimal | None] = {LORAZEPAM: Decimal(30), OXAZEPAM: None}


def got(gtin: str = LORAZEPAM, days_ago: int = 0, packs: str = "1", biller: str | None = "7601000001115") -> Dispensed:
    day = DAY - timedelta(days=days_ago)
    return Dispensed(invoice_id=1, line=1, gtin=gtin, atc=ATC.get(gtin), day=day, packs=Decimal(packs), biller=biller)


def test_the_window_is_the_day_and_the_89_before_it() -> None:
    dispensed = [got(), got(days_ago=89, packs="2"), got(days_ago=90, packs="50"), got(days_ago=-1, packs="70")]
    assert supply_pattern(LORAZEPAM, ATC[LORAZEPAM], DAY, dispensed, MILLIGRAMS).packs == 3


def test_benzodiazepines_count_together_but_milligrams_by_substance() -> None:
    pattern = supply_pattern(LORAZEPAM, ATC[LORAZEPAM], DAY, [got(packs="2"), got(OXAZEPAM, 10)], MILLIGRAMS)
    assert (pattern.packs, pattern.milligrams) == (3, 60)


def test_milligrams_are_unknown_as_soon_as_one_pack_does_not_tell_its_strength() -> None:
    pattern = supply_pattern(OXAZEPAM, ATC[OXAZEPAM], DAY, [got(OXAZEPAM), got(OXAZEPAM, 3)], MILLIGRAMS)
    assert pattern.milligrams is None


def test_places_of_supply_are_counted_once_and_unnamed_ones_not() -> None:
    dispensed = [got(), got(days_ago=5), got(days_ago=9, biller="P012345"), got(days_ago=12, biller=None)]
    assert supply_pattern(LORAZEPAM, ATC[LORAZEPAM], DAY, dispensed, MILLIGRAMS).billers == 2


@pytest.mark.parametrize(("asked", "beside"), [(LORAZEPAM, FENTANYL), (FENTANYL, OXAZEPAM)])
def test_an_opioid_and_a_benzodiazepine_are_seen_together_from_either_side(asked: str, beside: str) -> None:
    alone = supply_pattern(asked, ATC[asked], DAY, [got(asked)], {})
    together = supply_pattern(asked, ATC[asked], DAY, [got(asked), got(beside, 60)], {})
    assert (alone.opioid_and_benzodiazepine, together.opioid_and_benzodiazepine) == (False, True)


def test_other_medications_are_no_part_of_an_overlap() -> None:
    pattern = supply_pattern("4001", "C09AA05", DAY, [got(), got(FENTANYL)], MILLIGRAMS)
    assert (pattern.packs, pattern.opioid_and_benzodiazepine) == (0, False)


def test_the_same_chemical_subgroup_is_kin_and_a_pack_without_atc_has_itself_alone() -> None:
    ramipril = Dispensed(invoice_id=1, line=1, gtin="1", atc="C09AA05", day=DAY, packs=Decimal(1))
    lisinopril = Dispensed(invoice_id=1, line=2, gtin="2", atc="C09AA03", day=DAY, packs=Decimal(1))
    unknown = Dispensed(invoice_id=1, line=3, gtin="3", atc=None, day=DAY, packs=Decimal(1))
    dispensed = [ramipril, lisinopril, unknown]
    assert supply_pattern("1", "C09AA05", DAY, dispensed, {}).packs == 2
    assert supply_pattern("3", None, DAY, dispensed, {}).packs == 1
    assert supply_pattern(None, None, DAY, dispensed, {}).packs == 0


@pytest.mark.parametrize(
    ("name", "milligrams"),
    [
        ("Temesta Tabl 1 mg 30 Stk", "30"),
        ("Xanax Tabl 0.25 mg 100 Stk", "25"),
        ("Schmerzmittel Tabl 1 g 16 Stk", "16000"),
        ("Lutschtabl m Applikator 200 mcg 3 Stk", "0.600"),
        ("Spitalpackung Tabl 500 mg 5 x 100 Stk", "250000"),
        ("Schlafmittel Filmtabl 10 mg Blist 28 Stk", "280"),
    ],
)
def test_a_name_of_the_list_tells_how_much_a_pack_holds(name: str, milligrams: str) -> None:
    assert milligrams_of(name) == Decimal(milligrams)


@pytest.mark.parametrize(
    "name",
    [
        "Sirup 1 mg/ml Fl 150 ml",
        "Zwei Wirkstoffe Filmtabl 600/300mg 30 Stk",
        "Pflaster 25 mcg/h 5 Stk",
        "Dragées 28 Stk",
        "Trockensub 250 IE c Solv 2 ml 1 Stk",
        "Tropfen",
        "",
    ],
)
def test_what_is_not_counted_in_pieces_of_one_strength_is_not_guessed(name: str) -> None:
    assert milligrams_of(name) is None
