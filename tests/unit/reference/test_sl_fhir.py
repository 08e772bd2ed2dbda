from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import orjson
import pytest
import sl_list

from pulse.reference import sl_fhir
from pulse.reference.rows import BrokenList, ListedPack, NotThisList

#: From the lines 1, 5, 21, 51, 78, 101, 131, 161 and 191 of the real slice.
PRICES = {
    "7680536620137": "191.90",
    "7680666870013": "268.95",
    "7680689810010": "899.90",
    "7680367520170": "14.95",
    "7680556910010": "14.20",
    "7680556910034": "26.40",
    "7680588090094": "362.10",
    "7680676660017": "44.90",
    "7680676660024": "113.15",
    "7680272570383": "16.40",
    "7680606240012": "411.60",
}


def read(*products: Any) -> list[ListedPack]:
    lines = [product if isinstance(product, bytes) else orjson.dumps(product) for product in products]
    return list(sl_fhir.read(lines, language="de"))


def test_a_pack_is_read_with_its_price_and_terms() -> None:
    [pack] = read(sl_list.bundle(7, price=421.65, changed_on="2024-10-01", cost_share=40))
    assert (pack.gtin, pack.name) == (sl_list.gtin(7), "Muster7 Filmtabl 20 mg 30 Stk")
    assert pack.manufacturer == "Muster Pharma AG"
    assert (pack.price, pack.price_from) == (Decimal("421.65"), date(2024, 10, 1))
    assert (pack.atc, pack.category, pack.substances) == ("C10AA05", "B", "Atorvastatinum")
    assert (pack.cost_share_percent, pack.price_model, pack.line) == (40, False, 1)
    assert (pack.listed_from, pack.listed_until) == (date(2019, 3, 1), None)


def test_a_pack_is_paid_for_until_the_list_says_that_payment_ends_not_listing() -> None:
    [pack] = read(sl_list.bundle(1, listed=("2024-06-01", "2027-05-31", "2027-08-31")))
    assert pack.listed_until == date(2027, 8, 31)
    [pack] = read(sl_list.bundle(1, listed=("2024-06-01", "2027-05-31", None)))
    assert pack.listed_until == date(2027, 5, 31)


def test_a_pack_without_a_price_or_gtin_is_read_all_the_same() -> None:
    unpriced, unnamed, wrong = read(
        sl_list.bundle(1, price=None), sl_list.bundle(2, code=None), sl_list.bundle(3, code="7680562090042")
    )
    assert (unpriced.price, unpriced.price_from) == (None, None)
    assert (unnamed.gtin, wrong.gtin) == (None, None)


def test_foreign_article_numbers_are_kept() -> None:
    [pack] = read(sl_list.bundle(1, code="4003053091007"))
    assert pack.gtin == "4003053091007"


def test_a_limitation_has_its_codes_its_days_and_says_whether_it_asks_for_approval() -> None:
    limitation = sl_list.limitation(
        "CYRAMZA.02",
        "Die Behandlung bedarf der Kostengutsprache durch den Krankenversicherer.",
        indication_code="20403.02",
        begins="2024-10-01",
        ends="2027-09-30",
        paid_until="2027-12-31",
        first="2016-03-01",
    )
    [pack] = read(sl_list.bundle(1, limitations=[limitation]))
    [found] = pack.limitations
    assert (found.code, found.indication_codes, found.needs_approval) == ("CYRAMZA.02", ("20403.02",), True)
    assert (found.valid_from, found.valid_until) == (date(2016, 3, 1), date(2027, 12, 31))
    assert found.texts == {"de": "Die Behandlung bedarf der Kostengutsprache durch den Krankenversicherer."}


def test_several_codes_of_one_text_are_one_limitation_and_a_placeholder_is_no_code() -> None:
    codes = ("20403.01", "20403.02", "20403.XX")
    same = [sl_list.limitation("A", "Text", indication_code=code) for code in codes]
    [pack] = read(sl_list.bundle(1, limitations=same))
    [found] = pack.limitations
    assert found.indication_codes == ("20403.01", "20403.02")


def test_what_is_not_reimbursed_is_not_on_the_list() -> None:
    text = orjson.dumps(sl_list.bundle(1)).replace(b"756001021001", b"756001021002")
    assert read(text) == []


@pytest.mark.parametrize("content", [b"", b"\n\n", b"<xml/>", b"[1]", b'{"resourceType": "Patient"}', b"GTIN;Preis\n"])
def test_a_file_that_is_not_the_list_is_refused_as_such(content: bytes) -> None:
    with pytest.raises(NotThisList):
        read(*content.splitlines())


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (b'"resourceType":"Bundle"', b'"resourceType":"Patient"', "not a FHIR bundle"),
        (b'"entry":', b'"entries":', "entry is missing"),
        (b'"costShare","valueInteger":10', b'"costShare","valueInteger":15', "a cost share of 15 percent"),
        (b'20.0,"currency":"CHF"', b'20.0,"currency":"EUR"', "EUR"),
        (b'"2019-03-01"', b'"2019-13-01"', "month"),
        (b"}", b"", "not JSON"),
    ],
)
def test_a_line_that_cannot_be_read_is_named(old: bytes, new: bytes, said: str) -> None:
    broken = orjson.dumps(sl_list.bundle(2)).replace(old, new, 1)
    with pytest.raises(BrokenList, match=f"line 3: .*{said}") as refused:
        read(sl_list.bundle(1), b"", broken)
    assert refused.value.details["line"] == 3


def test_a_bundle_with_two_products_is_refused() -> None:
    two = sl_list.bundle(1)
    two["entry"] += sl_list.bundle(2)["entry"]
    with pytest.raises(BrokenList, match="2 products in one bundle"):
        read(two)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Die Behandlung der Krankheit durch Ärzte und nach Mass", "de"),
        ("Le traitement des patients par les médecins et pour une durée", "fr"),
        ("Il trattamento di pazienti con la malattia per il periodo della terapia", "it"),
    ],
)
def test_the_language_of_a_list_is_told_by_its_texts(text: str, language: str) -> None:
    limited = sl_list.bundle(1, limitations=[sl_list.limitation("A", text)])
    assert sl_fhir.language_of([orjson.dumps(limited)]) == language
    assert sl_fhir.language_of([orjson.dumps(sl_list.bundle(2))]) is None


def test_the_real_slice_is_read_as_it_stands_in_the_file(shared_folder: Path) -> None:
    path = shared_folder / "samples" / "sl_fhir" / "foph-sl-export-20260601_slice255.ndjson"
    with path.open("rb") as file:
        packs = list(sl_fhir.read(file, language="de"))
    by_gtin = {pack.gtin: pack for pack in packs}
    assert (len(packs), sum(pack.gtin is None for pack in packs)) == (321, 11)
    assert sum(pack.price is not None for pack in packs) == 268
    assert sum(pack.cost_share_percent == 40 for pack in packs) == 10
    assert sum(pack.price_model for pack in packs) == 14
    assert sum(len(pack.limitations) for pack in packs) == 216
    prices = {gtin: str(by_gtin[gtin].price) for gtin in PRICES}
    assert prices == PRICES


def test_the_real_bundle_of_cyramza_has_two_codes_that_both_need_approval(shared_folder: Path) -> None:
    with (shared_folder / "samples" / "sl_fhir" / "oddb2xml_cyramza.ndjson").open("rb") as file:
        [pack] = sl_fhir.read(file, language="de")
    assert (pack.gtin, pack.price, pack.price_model) == ("7680652060015", Decimal("421.65"), True)
    codes = {one.indication_codes: (one.needs_approval, one.valid_until) for one in pack.limitations}
    assert codes == {("20403.01",): (True, None), ("20403.02",): (True, date(2027, 12, 31))}
