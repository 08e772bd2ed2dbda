"""Our structural rules against the schemas of the Forum Datenaustausch: what is valid stays, what we need is missed."""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
from lxml import etree

from pulse.invoices.checks import reading_state
from pulse.invoices.xml.request import read_request
from pulse.invoices.xml.structure import violations
from pulse.synthetic import invoice, xml

RELEASES = {"440": "4.4", "450": "4.5", "500": "5.0"}
VALID = {
    "forum_md_440_tg_kvg_de": "4.4",
    "forum_md_440_tp_kvg_de": "4.4",
    "metasfresh_450_tarmed_tp": "4.5",
    "elexis_existing45_1": "4.5",
    "elexis_existing50_1": "5.0",
    "decoded_from_rgwch_example2_qr_500": "5.0",
    "SYNTH_500_tg_pharmacy_ok": "5.0",
}


@cache
def schema(folder: Path, release: str) -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(folder / "specs" / f"generalInvoiceRequest_{release.replace('.', '')}0.xsd"))


@pytest.fixture(scope="module")
def samples(shared_folder: Path) -> Path:
    return shared_folder / "samples"


def request_of(samples: Path, name: str) -> etree._Element:
    return etree.parse(samples / "invoice_xml" / f"{name}.xml").getroot()


@pytest.mark.parametrize("name", VALID)
def test_a_valid_sample_breaks_no_rule(samples: Path, name: str) -> None:
    root = request_of(samples, name)
    assert schema(samples, VALID[name]).validate(root)
    assert violations(root, VALID[name]) == []


@pytest.mark.parametrize("seed", range(20))
def test_a_synthetic_request_breaks_no_rule(seed: int) -> None:
    assert violations(etree.fromstring(xml(invoice(seed))), "5.0") == []


def test_a_sample_that_breaks_the_schema_goes_to_a_person(samples: Path) -> None:
    data = (samples / "invoice_xml" / "elexis_readReq500.xml").read_bytes()
    assert not schema(samples, "5.0").validate(etree.fromstring(data))
    assert "P237" in [one.code for one in read_request(data).findings]


def without(attribute: str) -> Callable[[etree._Element], None]:
    return lambda element: element.attrib.pop(attribute)


def garbled(attribute: str) -> Callable[[etree._Element], None]:
    return lambda element: element.set(attribute, "§ 3 §")


def doubled(element: etree._Element) -> None:
    element.addnext(etree.fromstring(etree.tostring(element)))


def removed(element: etree._Element) -> None:
    element.getparent().remove(element)


#: What a decision rests on: an element, and its attributes.
NEEDED: dict[str, dict[str, tuple[str, ...]]] = {
    "4.4": {
        "invoice": ("request_date", "request_id"),
        "biller": ("ean_party",),
        "provider": ("ean_party", "zsr"),
        "patient": ("gender", "birthdate"),
        "balance": ("amount", "amount_due"),
        "treatment": ("date_begin", "date_end", "canton", "reason"),
        "record_drug": ("tariff_type", "code", "name", "quantity", "date_begin", "unit", "amount"),
        "record_tarmed": ("tariff_type", "code", "name", "quantity", "date_begin", "unit_mt", "unit_tt", "amount"),
    },
    "4.5": {
        "invoice": ("request_date", "request_id"),
        "biller": ("ean_party",),
        "patient": ("gender", "birthdate"),
        "balance": ("amount", "amount_due"),
        "service": ("tariff_type", "code", "name", "quantity", "date_begin", "unit", "amount"),
    },
    "5.0": {
        "request": ("language", "guid"),
        "invoice": ("request_date", "request_id"),
        "biller_gln": ("gln",),
        "provider_gln": ("gln", "gln_location"),
        "patient": ("gender", "sex", "birthdate", "ssn"),
        "balance": ("amount", "amount_due"),
        "law": ("type",),
        "treatment": ("date_begin", "date_end", "canton", "reason"),
        "service": ("tariff_type", "code", "name", "quantity", "date_begin", "unit", "amount"),
    },
}
SAMPLE = {"4.4": "forum_md_440_tg_kvg_de", "4.5": "elexis_existing45_1", "5.0": "SYNTH_500_tg_pharmacy_ok"}
BROKEN = [
    (release, element, attribute)
    for release, elements in NEEDED.items()
    for element, attributes in elements.items()
    for attribute in attributes
]


@pytest.mark.parametrize(("release", "element", "attribute"), BROKEN)
def test_an_attribute_that_the_schema_needs_is_missed(
    samples: Path, release: str, element: str, attribute: str
) -> None:
    """A text needs only to be there; everything else needs a form too."""
    changes = [without(attribute)]
    if attribute not in {"request_id", "code", "name"}:
        changes.append(garbled(attribute))
    for change in changes:
        root = request_of(samples, SAMPLE[release])
        change(next(root.iter(f"{{*}}{element}")))
        assert not schema(samples, release).validate(root)
        assert violations(root, release) == [f"{element}/@{attribute}"]


@pytest.mark.parametrize("change", [doubled, removed])
@pytest.mark.parametrize(
    "element",
    ["invoice", "balance", "patient", "treatment", "services", "tiers_garant", "biller_gln", "law", "familyname"],
)
def test_an_element_that_must_be_there_once_is_there_once(
    samples: Path, element: str, change: Callable[[etree._Element], None]
) -> None:
    root = request_of(samples, SAMPLE["5.0"])
    patient = next(root.iter("{*}patient"))
    change(next((patient if element == "familyname" else root).iter(f"{{*}}{element}")))
    assert not schema(samples, "5.0").validate(root)
    assert violations(root, "5.0")


def test_any_attribute_changed_is_valid_or_named_or_not_read(samples: Path) -> None:
    """At random places: what the schema refuses in an attribute that is read, we refuse too."""
    rng = random.Random(5)
    read = {attribute for elements in NEEDED["5.0"].values() for attribute in elements}
    root = request_of(samples, SAMPLE["5.0"])
    places = [(one, name) for one in root.iter("{*}*") for name in one.attrib if name in read]
    named = 0
    for _ in range(300):
        element, name = rng.choice(places)
        if etree.QName(element).localname not in NEEDED["5.0"]:
            continue
        before = element.get(name, "")
        cut = rng.randrange(len(before) + 1)
        element.set(name, before[:cut] + rng.choice("x9.-: ") + before[cut + rng.randrange(2) :])
        if not schema(samples, "5.0").validate(root) and not _only_calendar(before, element.get(name, "")):
            assert violations(root, "5.0"), (element.tag, name, element.get(name))
            named += 1
        element.set(name, before)
    assert named > 50


def _only_calendar(before: str, after: str) -> bool:
    """A day that no calendar has is told by the value's reader (P222); blanks around a text are put in order."""
    return before.strip() == after.strip() or (before[:4].isdecimal() and before[4:5] == "-")


def test_a_broken_structure_goes_to_a_person_and_says_where() -> None:
    data = xml(invoice(3, rows=2)).replace(b' sex="', b' sexe="')
    read = read_request(data)
    (finding,) = [one for one in read.findings if one.code == "P237"]
    assert finding.message == "the XML breaks the structure of its release at patient/@sex"
    assert reading_state(read) == "doubtful"


def test_two_balances_are_not_read_as_either_without_a_person() -> None:
    data = xml(invoice(3, rows=2))
    start, end = data.index(b"<invoice:balance"), data.index(b"</invoice:balance>") + len(b"</invoice:balance>")
    read = read_request(data[:end] + data[start:end].replace(b'amount="', b'amount="9') + data[end:])
    assert reading_state(read) == "doubtful"
