from __future__ import annotations

from decimal import Decimal
from typing import Any

import office
import pytest
from one_position import codes, facts, judged, pack

from pulse.base.reasons import Reason
from pulse.claims.rules.billed import gtin_of, kind_of
from pulse.claims.rules.checks import CHECKS
from pulse.claims.rules.objection import REMARKS, Effect, Objection
from pulse.claims.rules.position import Judgement, judge
from pulse.invoices.model import Position


def test_a_listed_pack_at_its_maximum_price_is_paid_in_full() -> None:
    assert judged() == Judgement(line=1, outcome="full", payable=Decimal("71.55"))


def test_every_check_says_by_which_law_it_objects() -> None:
    for check in CHECKS:
        said = check.__doc__ or ""
        assert any(law in said for law in ("Art. ", "LOA", "circular")), check.__name__


def objecting(effect: Effect, payable: str | None = None, reason: Reason = Reason.NOT_LISTED) -> Any:
    found = Objection(reason=reason, effect=effect, payable=Decimal(payable) if payable else None)
    return lambda _: found


@pytest.mark.parametrize(
    ("checks", "outcome", "payable", "person"),
    [
        ([], "full", "71.55", False),
        ([objecting("note")], "full", "71.55", False),
        ([objecting("doubt")], "full", "71.55", True),
        ([objecting("cut", "70.004")], "partial", "70.00", True),
        ([objecting("cut", "70"), objecting("cut", "60")], "partial", "60", True),
        ([objecting("cut", "71.55")], "full", "71.55", True),
        ([objecting("cut", "90")], "full", "71.55", True),
        ([objecting("cut", "0")], "none", "0", True),
        ([objecting("cut", "-5")], "none", "0", True),
        ([objecting("refuse")], "none", "0", True),
        ([objecting("cut", "60"), objecting("refuse"), objecting("doubt")], "none", "0", True),
    ],
)
def test_the_gravest_finding_counts(checks: list[Any], outcome: str, payable: str, person: bool) -> None:
    found = judge(facts(), checks)
    assert (found.outcome, found.payable, found.needs_person) == (outcome, Decimal(payable), person)


def test_a_reason_found_twice_is_told_once_and_in_the_order_of_the_checks() -> None:
    checks = [objecting("doubt", reason=Reason.EARLY_REFILL), objecting("note"), objecting("doubt")]
    assert judge(facts(), checks).reasons == (Reason.EARLY_REFILL, Reason.NOT_LISTED)


def test_what_is_only_remarked_stands_against_nothing() -> None:
    remarked = judged(vat_rate="8.1")
    assert (remarked.outcome, remarked.needs_person, set(remarked.reasons) <= REMARKS) == ("full", False, True)


def test_several_findings_are_all_told() -> None:
    found = judged(unit_price="80.00", amount="80.00", again=True)
    assert codes(found) == ["BILLED_TWICE", "PRICE_ABOVE_MAXIMUM"]


@pytest.mark.parametrize("code", ["07680562090041", "7680562090041", " 7680 5620 90041"])
def test_leading_zeros_and_blanks_do_not_change_a_gtin(code: str) -> None:
    assert gtin_of(Position.model_validate(office.position(code=code))) == "7680562090041"


def test_a_pharmacode_names_a_pack_by_its_table_with_or_without_leading_zeros() -> None:
    position = Position.model_validate(office.position(tariff="400", code="123456"))
    assert gtin_of(position) is None
    assert gtin_of(position, {"0123456": office.LISTED}) == office.LISTED


@pytest.mark.parametrize(
    ("tariff", "kind"),
    [
        (None, "article"),
        ("402", "article"),
        ("400", "article"),
        ("406", "article"),
        ("452", "aid"),
        ("LOA", "pharmacy_service"),
        ("loa", "pharmacy_service"),
        ("600", "pharmacy_service"),
        ("007", "service"),
        ("TMA", "service"),
        ("316", "service"),
        ("ZZZ", "unknown"),
    ],
)
def test_a_tariff_tells_what_is_billed(tariff: str | None, kind: str) -> None:
    assert kind_of(Position.model_validate(office.position(tariff=tariff))) == kind


def test_a_pack_is_judged_by_the_list_even_where_it_is_billed_as_another_article() -> None:
    assert judged(tariff="406", pack=pack("70.00")).payable == Decimal("70.00")
