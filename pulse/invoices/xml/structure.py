"""What an XML request must have by the schema of its release, as far as it is read: elements once, attributes in form.

Written out here instead of running the schemas: these are the parts that an invoice rests on, and an ambiguous
document (two patients, two balances) must not be read as either. Tests hold it against the schemas themselves.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from lxml import etree

Element = etree._Element

_TEXT = re.compile(r".{1,350}", re.DOTALL)
_SHORT = re.compile(r".{1,35}", re.DOTALL)
_CODE = re.compile(r".{1,30}", re.DOTALL)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})?")
_DOUBLE = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")
_BOOLEAN = re.compile(r"true|false|0|1")
_GLN, _ZSR, _GUID = re.compile(r"\d{13}"), re.compile(r"[A-Z]\d{6}"), re.compile(r"[A-Fa-f0-9]{32}")
_SSN = re.compile(r"\d{4,10}|[1-9]\d{10}|756\d{10}|438\d{10}")
_TARIFF = re.compile(r"[0-9A-Z]{3}")
_IBAN, _QRR = re.compile(r"(LI|CH)\d{7}[0-9A-Z]{12}"), re.compile(r"\d{27}")
_SCOR = re.compile(r"RF\d{2}[0-9A-Za-z]{1,21}")
_LANGUAGE, _CANTON = re.compile(r"de|fr|it"), re.compile(r"[A-Z]{1,2}|LI[A-Z]?")
_GENDER = re.compile(r"male|female|diverse")
_REASON = re.compile(r"disease|accident|maternity|prevention|birthdefect|unknown")
_LAW = re.compile(r"KVG|VVG|UVG|IVG|MVG|ORG")
_FACTOR = {"unit_factor": _DOUBLE, "external_factor": _DOUBLE}


@dataclass(frozen=True)
class Rule:
    """Exactly one element of these names; attributes it needs, and those that must be in form where it has them."""

    names: tuple[str, ...]
    needs: Mapping[str, re.Pattern[str]] = field(default_factory=dict)
    may_have: Mapping[str, re.Pattern[str]] = field(default_factory=dict)
    may_lack: bool = False


_INVOICE = Rule(("invoice",), {"request_date": _DATE, "request_id": _SHORT})
_CREDIT = Rule(("credit",), {"request_date": _DATE, "request_id": _SHORT}, may_lack=True)
_TIERS = Rule(("tiers_garant", "tiers_payant", "tiers_soldant"))
_BALANCE = Rule(
    ("balance",),
    {"amount": _DOUBLE, "amount_due": _DOUBLE},
    {"amount_prepaid": _DOUBLE, "currency": re.compile("CHF")},
)
_TREATMENT = Rule(("treatment",), {"date_begin": _DATE, "date_end": _DATE, "canton": _CANTON, "reason": _REASON})
_REMINDER = Rule(("reminder",), may_have={"reminder_level": re.compile("[123]")}, may_lack=True)
_SERVICES = Rule(("services",))

_ALL = (_INVOICE, _CREDIT, _REMINDER, _TIERS, _BALANCE, _TREATMENT, _SERVICES)
_OLD = (
    *_ALL,
    Rule(
        ("payload",),
        may_have={"type": re.compile("invoice|reminder"), "storno": _BOOLEAN, "copy": _BOOLEAN},
    ),
    Rule(("biller",), {"ean_party": _GLN}, {"zsr": _ZSR}),
    Rule(("provider",), {"ean_party": _GLN, "zsr": _ZSR}),
    Rule(("patient",), {"gender": _GENDER, "birthdate": _DATE}, {"ssn": _SSN}),
    Rule(("kvg", "vvg", "uvg", "ivg", "mvg", "org"), may_have={"insured_id": _SHORT}),
)
_RULES: dict[str, tuple[Rule, ...]] = {
    "4.4": _OLD,
    "4.5": (
        *_OLD,
        Rule(
            ("esrQR",),
            {"iban": _IBAN},
            {"reference_number": re.compile(f"{_QRR.pattern}|{_SCOR.pattern}")},
            may_lack=True,
        ),
    ),
    "5.0": (
        *_ALL,
        Rule(("request",), {"language": _LANGUAGE, "guid": _GUID}),
        Rule(
            ("payload",),
            may_have={
                "request_type": re.compile("invoice|reminder"),
                "request_subtype": re.compile("normal|copy|refund|storno"),
            },
        ),
        Rule(("biller_gln",), {"gln": _GLN}),
        Rule(("biller_zsr",), {"zsr": _ZSR}, may_lack=True),
        Rule(("provider_gln",), {"gln": _GLN, "gln_location": _GLN}),
        Rule(("provider_zsr",), {"zsr": _ZSR}, may_lack=True),
        Rule(
            ("patient",),
            {"gender": _GENDER, "sex": re.compile("male|female"), "birthdate": _DATE, "ssn": _SSN},
        ),
        Rule(("law",), {"type": _LAW}, {"insured_id": _SHORT, "card_id": _SHORT}),
        Rule(("esrQR",), {"iban": _IBAN, "reference_number": _QRR}, may_lack=True),
        Rule(("esrQRRed",), {"iban": _IBAN}, {"reference_number": _SCOR}, may_lack=True),
    ),
}
_ROW = Rule(
    (),
    {
        "tariff_type": _TARIFF,
        "code": _CODE,
        "name": _TEXT,
        "quantity": _DOUBLE,
        "date_begin": _DATE,
        "amount": _DOUBLE,
    },
    {"vat_rate": _DOUBLE, "remark": _TEXT, "ref_code": _CODE, "date_end": _DATE},
)
_ONE_PART = Rule((), {"unit": _DOUBLE}, _FACTOR)
_TWO_PARTS = Rule(
    (),
    {f"{name}_{part}": _DOUBLE for part in ("mt", "tt") for name in ("unit", "unit_factor")},
    {f"{name}_{part}": _DOUBLE for part in ("mt", "tt") for name in ("scale_factor", "external_factor", "amount")},
)
_ROWS: dict[str, dict[str, Rule]] = {
    "4.4": {
        "record_tarmed": _TWO_PARTS,
        **{f"record_{kind}": _ONE_PART for kind in ("drg", "lab", "migel", "paramed", "drug", "other")},
    },
    "4.5": {"service_ex": _TWO_PARTS, "service": _ONE_PART},
    "5.0": {"service_ex": _TWO_PARTS, "service": _ONE_PART},
}


def violations(root: Element, release: str) -> list[str]:
    """The places that break the release's structure, as `element/@attribute`, each once; none in a valid document."""
    by_name: dict[str, list[Element]] = {}
    for element in root.iter(tag=etree.Element):
        by_name.setdefault(etree.QName(element).localname, []).append(element)
    places = [place for rule in _RULES[release] for place in _once(by_name, rule)]
    places += _patient_name(by_name)
    rows = _ROWS[release]
    services = by_name.get("services", [])
    found = [row for one in services for row in one.iterchildren(tag=etree.Element)]
    if services and not found:
        places.append("services")
    for row in found:
        name = etree.QName(row).localname
        if name not in rows:
            places.append(f"services/{name}")
        else:
            places += [*_attributes(row, _ROW), *_attributes(row, rows[name])]
    return list(dict.fromkeys(places))


def _once(by_name: Mapping[str, Sequence[Element]], rule: Rule) -> Iterator[str]:
    elements = [element for name in rule.names for element in by_name.get(name, ())]
    if len(elements) > 1 or (not elements and not rule.may_lack):
        yield "|".join(rule.names)
    for element in elements:
        yield from _attributes(element, rule)


def _attributes(element: Element, rule: Rule) -> Iterator[str]:
    for name, form in (*rule.needs.items(), *rule.may_have.items()):
        value = element.get(name)
        if value is None and name in rule.may_have:
            continue
        if value is None or not form.fullmatch(value.strip()):
            yield f"{etree.QName(element).localname}/@{name}"


def _patient_name(by_name: Mapping[str, Sequence[Element]]) -> Iterator[str]:
    for patient in by_name.get("patient", ()):
        for part in ("familyname", "givenname"):
            texts = [one.text for one in patient.iter(f"{{*}}{part}")]
            if len(texts) != 1 or not (texts[0] or "").strip():
                yield f"patient/{part}"
