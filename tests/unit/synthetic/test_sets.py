"""Sets of synthetic invoices: drawn from a seed and wishes, composed with the truth of what they show."""

from __future__ import annotations

import random
from collections import Counter
from decimal import Decimal
from pathlib import Path

import pytest
from lxml import etree

from pulse.base.money import parse_amount
from pulse.base.reasons import Reason
from pulse.invoices.checks import check
from pulse.synthetic.case import draw_case
from pulse.synthetic.collection import compose
from pulse.synthetic.distributions import DISTRIBUTIONS, RISK
from pulse.synthetic.faults import FAULTS
from pulse.synthetic.number_styles import NUMBER_STYLES
from pulse.synthetic.order import LAYOUTS, RENDERERS, UnknownName, Wishes, orders
from pulse.synthetic.paper import Text
from pulse.synthetic.population import TODAY
from pulse.synthetic.scans import SCANNERS
from pulse.synthetic.xml import xml

ODD = {"storno", "refund"}


def texts(paper) -> list[str]:
    return [mark.text for page in paper.pages for mark in page if isinstance(mark, Text)]


def test_the_same_seed_and_wishes_give_the_same_items() -> None:
    first, second = (list(orders(8, 3, Wishes(faults=["all"]))) for _ in range(2))
    assert first == second
    assert [compose(one).truth for one in first] == [compose(one).truth for one in second]
    assert list(orders(8, 4, Wishes())) != list(orders(8, 3, Wishes()))


def test_a_longer_set_begins_like_the_shorter_one() -> None:
    assert list(orders(20, 3, Wishes()))[:5] == list(orders(5, 3, Wishes()))


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_layout_prints_in_every_language_what_its_truth_says(layout: str) -> None:
    for language in ("de", "fr", "it"):
        for order in orders(6, 11, Wishes(layouts=[layout], languages=[language], annex_share=0)):
            item = compose(order)
            printed = " ".join(texts(item.paper))
            truth = item.truth
            assert truth.language == language
            assert truth.invoice_number
            assert truth.invoice_number in printed
            for one in truth.positions:
                assert one.code
                assert one.code in printed
                assert all(word in printed for word in (one.name or "").split())
                assert NUMBER_STYLES[order.number_style](one.amount or Decimal(0)) in printed
            assert sum(one.amount or 0 for one in truth.positions) == truth.total_amount
            assert truth.source.pages == len(item.paper.pages)


def test_the_truth_passes_every_check_there_is() -> None:
    for order in orders(150, 21, Wishes()):
        truth = compose(order).truth
        found = {one.code for one in check(truth, today=TODAY)}
        if "table" in order.layout or "letter" in order.layout or "slip" in order.layout:
            # A till prints no period of treatment, and an account without its payment part has no kind of reference.
            found -= {Reason.PAYMENT_REFERENCE_INVALID, Reason.TREATMENT_DATE_MISSING}
        assert found <= ({Reason.QUANTITY_IMPLAUSIBLE} if truth.subtype in ODD else set()), (order.name, found)


def test_balanced_strata_are_equally_large() -> None:
    items = list(orders(120, 5, Wishes(balance=["language", "sex", "age"])))
    for name in ("language", "sex", "age"):
        assert len(set(Counter(getattr(one, name) for one in items).values())) == 1, name
    drawn = compose(items[0])
    assert drawn.person["sex"] == items[0].sex


@pytest.mark.parametrize(
    "wishes",
    [
        Wishes(layouts=["papyrus"]),
        Wishes(languages=["rm"]),
        Wishes(renderers=["lead"]),
        Wishes(faults=["x"]),
        Wishes(scanners=["fax"]),
        Wishes(balance=["shoes"]),
    ],
)
def test_an_unknown_name_is_refused_with_the_known_ones(wishes: Wishes) -> None:
    with pytest.raises(UnknownName, match="is none of"):
        list(orders(1, 1, wishes))


@pytest.mark.parametrize("style", NUMBER_STYLES)
@pytest.mark.parametrize("amount", ["0.05", "12.00", "1234.50", "-5.00", "-1234567.80"])
def test_every_number_style_is_an_amount_again(style: str, amount: str) -> None:
    assert parse_amount(NUMBER_STYLES[style](Decimal(amount))) == Decimal(amount)


@pytest.mark.parametrize("name", FAULTS)
def test_every_fault_comes_about_and_says_what_is_owed_for_it(name: str) -> None:
    wishes = Wishes(faults=[name], fault_share=1, annex_share=0)
    items = [compose(one) for one in orders(25, 31, wishes)]
    faulty = [item for item in items if item.faults]
    assert faulty
    assert {tuple(item.faults.items()) for item in faulty} == {((name, FAULTS[name].code),)}


def test_a_fault_that_the_invoice_itself_shows_is_found_in_its_truth() -> None:
    by_itself = ["wrong-sum", "wrong-line", "wrong-due", "wrong-ahv", "wrong-gln", "wrong-gtin", "wrong-iban"]
    by_itself += [name for name in FAULTS if name.startswith("missing-")]
    for order in orders(120, 41, Wishes(faults=by_itself, fault_share=1)):
        item = compose(order)
        found = {one.code for one in check(item.truth, today=TODAY)}
        assert set(item.faults.values()) <= found, (order.name, item.faults)


def test_a_credit_note_without_its_number_still_names_the_invoice_it_is_for() -> None:
    credit_notes = 0
    for order in orders(20, 901, Wishes(faults=["missing-number"], fault_share=1, annex_share=0)):
        item = compose(order)
        if item.faults and item.truth.subtype in ODD:
            credit_notes += 1
            assert item.truth.invoice_number is None
            assert item.truth.refers_to
            assert item.truth.refers_to in " ".join(texts(item.paper))
    assert credit_notes


def test_points_of_both_parts_make_up_the_amount_in_the_xml_and_the_schema_holds(shared_folder: Path) -> None:
    schema = etree.XMLSchema(etree.parse(str(shared_folder / "samples" / "specs" / "generalInvoiceRequest_500.xsd")))
    subtypes = set()
    for seed in range(80):
        case = draw_case(random.Random(seed), language="fr", kind="practice", release="5.0", qr_reference=True)
        written = xml(case.invoice, insurer=case.insurer, technical=case.technical, earlier=case.earlier)
        schema.assertValid(etree.fromstring(written))
        subtypes.add(case.invoice.request_type if case.invoice.reminder_level else case.invoice.subtype)
    assert subtypes >= {"normal", "copy", "reminder"} | (ODD & subtypes)


def test_the_page_on_synthetic_sets_names_everything_there_is() -> None:
    page = (Path(__file__).parents[3] / "docs" / "reference" / "synthetic-sets.md").read_text(encoding="utf-8")
    for name in (*LAYOUTS, *RENDERERS, *SCANNERS):
        assert f"`{name}`" in page
    for name, fault in FAULTS.items():
        assert f"| `{name}` | {fault.does} | {fault.code.value if fault.code else 'none'} |" in page
    for distribution in (*DISTRIBUTIONS, RISK):
        shares = ", ".join(f"{value}: {share:g}" for value, share in distribution.shares)
        assert f"| {distribution.name} | {shares} | {distribution.source} |" in page
