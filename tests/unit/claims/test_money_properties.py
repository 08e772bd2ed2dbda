"""What holds of money whatever an invoice says."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pulse.base.money import FIVE_CENTS, ZERO
from pulse.claims.position_facts import Articles, Surroundings, facts_of, settled
from pulse.claims.rules.cost_share import EXEMPT, RAISED, USUAL, Cost, Terms, shares
from pulse.claims.rules.coverage import Cover
from pulse.claims.rules.decided import BilledLine, decided_lines
from pulse.claims.rules.facts import Approval, Dispensed, Limitation, Pack
from pulse.claims.rules.position import judge
from pulse.invoices.model import Invoice, Party, Position, Source
from pulse.synthetic.case import draw_case

THOROUGH = settings(deadline=None, max_examples=100)

PACKS = ("7680562090041", "7680652060015", "7680573380017")
CENTS = st.integers(0, 200_000).map(lambda cents: Decimal(cents).scaleb(-2))
ANY_AMOUNT = st.none() | CENTS | st.decimals(-1000, 100_000, allow_nan=False, allow_infinity=False, places=4)
DAYS = st.dates(date(2025, 12, 1), date(2027, 2, 28))
LIMITATIONS = st.builds(
    Limitation,
    code=st.just("A"),
    needs_approval=st.booleans(),
    indication_codes=st.sampled_from([(), ("20416.01",)]),
    packs=st.none() | st.integers(0, 3),
)


def packs(gtin: str) -> st.SearchStrategy[Pack]:
    return st.builds(
        Pack,
        gtin=st.just(gtin),
        name=st.just("Pack"),
        status=st.sampled_from(["listed", "listed", "listed", "not_yet", "delisted", "unknown"]),
        maximum_price=st.none() | CENTS,
        price_since=st.none() | DAYS,
        price_model=st.booleans(),
        limitations=st.lists(LIMITATIONS, max_size=2).map(tuple),
        atc=st.sampled_from([None, "N05AX12"]),
        category=st.sampled_from([None, "A", "B", "D"]),
    )


@st.composite
def worlds(draw: st.DrawFn, *, consistent: bool = False) -> tuple[Invoice, Surroundings]:
    """An invoice and what is known around it; `consistent` ones have amounts that add up and take nothing back."""
    lines = draw(st.integers(0 if not consistent else 1, 6))
    positions = tuple(
        Position(
            line=number,
            date=draw(st.none() | DAYS),
            tariff=draw(st.sampled_from([None, "402", "402", "402", "400", "452", "LOA", "007", "?"])),
            code=draw(st.sampled_from([*PACKS, "2736472", "", None, "7680562090042"])),
            name=draw(st.sampled_from([None, "Sicherheits-Check", "Abilify Tabl 10 mg"])),
            quantity=draw(st.none() | st.sampled_from([Decimal(n) for n in ("0", "-1", "0.5", "1", "3", "101")])),
            unit_price=draw(ANY_AMOUNT),
            factor=draw(st.sampled_from([Decimal(n) for n in ("1", "0", "-1", "0.85", "2")])),
            amount=draw(CENTS.filter(bool) if consistent else ANY_AMOUNT),
            vat_rate=draw(st.none() | st.sampled_from([Decimal("2.6"), Decimal("8.1")])),
            indication_code=draw(st.sampled_from([None, "20416.01", "nonsense"])),
            remark=draw(st.none() | st.text(max_size=30)),
        )
        for number in range(1, lines + 1)
    )
    stated = sum((position.amount or ZERO for position in positions), ZERO)
    invoice = Invoice(
        source=Source(kind="text"),
        invoice_date=draw(st.none() | DAYS),
        law=draw(st.sampled_from([None, "KVG", "UVG"])),
        tiers=draw(st.sampled_from([None, "garant", "payant"])),
        biller=Party(gln="7601000001115"),
        positions=positions,
        total_amount=draw(st.sampled_from([None, stated])) if consistent else draw(ANY_AMOUNT),
    )
    gtins = {one.line: one.code if one.code in PACKS else None for one in positions}
    known = {gtin: draw(packs(gtin)) for gtin in PACKS}
    approvals = st.builds(
        Approval,
        gtin=st.sampled_from(PACKS),
        valid_from=DAYS,
        valid_until=st.none() | DAYS,
        packs=st.none() | st.decimals(0, 3, places=1),
    )
    history = st.builds(
        Dispensed,
        invoice_id=st.just(7),
        line=st.just(1),
        gtin=st.sampled_from(PACKS),
        atc=st.none(),
        day=DAYS,
        packs=st.sampled_from([Decimal(0), Decimal(1), Decimal("0.5"), Decimal(-1)]),
        biller=st.sampled_from([None, "7601000001115", "7601000000019"]),
    )
    around = Surroundings(
        cover=Cover(law="KVG", begins=draw(DAYS), ends=draw(st.none() | DAYS)),
        articles=Articles(gtins=gtins, packs={line: known[gtin] if gtin else None for line, gtin in gtins.items()}),
        approvals=draw(st.lists(approvals, max_size=2)),
        history=draw(st.lists(history, max_size=4)),
        match=draw(st.sampled_from(["found", "found", "mismatch", "unknown"])),
    )
    return invoice, around


@THOROUGH
@given(world=worlds())
def test_every_position_gets_a_judgement_between_nothing_and_what_was_billed(
    world: tuple[Invoice, Surroundings],
) -> None:
    for facts in facts_of(*world).values():
        judgement = judge(facts)

        billed = facts.position.amount or ZERO
        assert ZERO <= judgement.payable <= max(billed, ZERO)
        assert (judgement.outcome == "none") == (judgement.payable == ZERO)
        assert (judgement.outcome == "full") == (judgement.payable == billed > ZERO)
        assert judgement.outcome == "full" or (judgement.needs_person and judgement.reasons)


@THOROUGH
@given(world=worlds())
def test_the_lines_of_a_settlement_add_up_to_it_and_to_no_more_than_was_billed(
    world: tuple[Invoice, Surroundings],
) -> None:
    invoice, settlement = settled(*world)

    stated = sum((position.amount or ZERO for position in invoice.positions), ZERO)
    billed = stated if invoice.total_amount is None else invoice.total_amount
    assert ZERO <= settlement.payable_amount <= max(billed, ZERO)
    assert sum((line.payable for line in settlement.lines), ZERO) + settlement.rounding == settlement.payable_amount
    assert all(line.payable >= ZERO for line in settlement.lines)
    assert [line.line for line in settlement.lines] == [position.line for position in invoice.positions]
    assert settlement.outcome != "full" or not any(line.needs_person for line in settlement.lines)
    assert abs(settlement.rounding) <= FIVE_CENTS


@THOROUGH
@given(world=worlds(consistent=True), chance=st.randoms(use_true_random=False))
def test_the_order_of_the_lines_does_not_change_what_is_payable_of_each(
    world: tuple[Invoice, Surroundings], chance: random.Random
) -> None:
    invoice, around = world
    around = replace(around, approvals=[replace(one, packs=None) for one in around.approvals])
    mixed = chance.sample(invoice.positions, len(invoice.positions))

    _, settlement = settled(invoice, around)
    _, other = settled(invoice.model_copy(update={"positions": tuple(mixed)}), around)

    assert {line.line: line for line in settlement.lines} == {line.line: line for line in other.lines}
    assert settlement.payable_amount == other.payable_amount
    assert settlement.outcome == other.outcome


@THOROUGH
@given(world=worlds(consistent=True), decision=st.sampled_from(["approve", "partial", "deny"]))
def test_what_a_decision_pays_on_the_lines_adds_up_to_what_it_pays(
    world: tuple[Invoice, Surroundings], decision: str
) -> None:
    invoice, settlement = settled(*world)
    amounts = {position.line: position.amount for position in invoice.positions}
    lines = [BilledLine(line=one.line, billed=amounts[one.line], payable=one.payable) for one in settlement.lines]
    billed = sum((amount or ZERO for amount in amounts.values()), ZERO)
    total = {"approve": billed, "partial": settlement.payable_amount, "deny": ZERO}[decision]

    decided = decided_lines(decision, total, lines, None)  # type: ignore[arg-type]

    assert sum((line.approved or ZERO for line in decided), ZERO) == total
    assert all(ZERO <= (line.approved or ZERO) <= (amounts[line.line] or ZERO) for line in decided)


@pytest.mark.parametrize("seed", range(60))
def test_every_invoice_of_the_generator_is_settled(seed: int) -> None:
    chance = random.Random(seed)
    language = chance.choice(["de", "fr", "it"])
    invoice = draw_case(chance, language=language, kind=chance.choice(["form", "plain"]), release="5.0").invoice
    cover = Cover(law="KVG", begins=date(2020, 1, 1), ends=None)
    gtins = {position.line: position.code for position in invoice.positions}
    listed = {
        position.line: Pack(gtin=position.code or "", name="", status="listed", maximum_price=position.unit_price)
        for position in invoice.positions
    }

    complete, settlement = settled(invoice, Surroundings(cover=cover, articles=Articles(gtins=gtins, packs=listed)))

    assert settlement.payable_amount >= ZERO
    assert len(settlement.lines) == len(complete.positions)


@THOROUGH
@given(
    costs=st.lists(
        st.builds(
            Cost,
            day=st.dates(date(2026, 1, 1), date(2026, 1, 4)),
            amount=CENTS,
            rate=st.sampled_from([USUAL, USUAL, RAISED, EXEMPT]),
        ),
        max_size=12,
    ),
    franchise=st.sampled_from([Decimal(n) for n in ("0", "300", "2500")]),
    cap=st.sampled_from([Decimal("350"), Decimal("700")]),
    chance=st.randoms(use_true_random=False),
)
def test_the_parts_of_a_years_costs_are_whole_bounded_and_free_of_the_order_told(
    costs: list[Cost], franchise: Decimal, cap: Decimal, chance: random.Random
) -> None:
    terms = Terms(franchise=franchise, cap=cap)
    mixed = chance.sample(range(len(costs)), len(costs))

    told = shares(costs, terms)
    other = shares([costs[number] for number in mixed], terms)

    for cost, share in zip(costs, told, strict=True):
        assert min(share.franchise, share.copayment, share.paid) >= ZERO
        assert share.franchise + share.copayment + share.paid == cost.amount
    assert sum((share.franchise for share in told), ZERO) <= franchise
    assert sum((share.copayment for share in told), ZERO) <= cap * Decimal("1.6")
    by_cost = sorted((cost.day, cost.rate, cost.amount, str(share)) for cost, share in zip(costs, told, strict=True))
    assert by_cost == sorted(
        (costs[number].day, costs[number].rate, costs[number].amount, str(share))
        for number, share in zip(mixed, other, strict=True)
    )
