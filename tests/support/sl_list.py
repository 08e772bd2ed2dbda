"""A Spezialitätenliste of any size, made up: FHIR bundles shaped and sized like those of the real one."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import orjson
from stdnum import ean

_FHIR = "http://fhir.ch/ig/ch-epl"
_CODES = f"{_FHIR}/CodeSystem"
_MEANING = (
    "Zur Behandlung erwachsener Personen nach Versagen einer anderen Therapie, wenn eine Fachperson sie verordnet und "
    "den Verlauf alle drei Monate festhält. "
)
_APPROVAL = "Die Behandlung bedarf der Kostengutsprache durch den Krankenversicherer. "


def write(path: Path, packs: int, *, seed: int = 1, raised_prices: float = 0.0) -> None:
    """Writes a list of so many packs, a product each; `raised_prices` is the share whose price is 10 % higher."""
    with path.open("wb") as file:
        for bundle in bundles(packs, seed=seed, raised_prices=raised_prices):
            file.write(orjson.dumps(bundle) + b"\n")


def bundles(packs: int, *, seed: int = 1, raised_prices: float = 0.0) -> Iterator[dict[str, Any]]:
    """The products; the same seed gives the same ones."""
    rng = random.Random(seed)
    for number in range(packs):
        cents, limited, raised = rng.randrange(500, 90000, 5), rng.random() < 0.5, rng.random() < raised_prices
        price = round(cents * (1.1 if raised else 1)) / 100
        yield bundle(number, price=price, changed_on="2026-06-01" if raised else "2025-12-01", limited=limited)


def gtin(number: int) -> str:
    """The pack's GTIN: its authorization number and package 001 behind 7680."""
    digits = f"7680{number % 100_000:05d}{1 + number // 100_000:03d}"
    return digits + ean.calc_check_digit(digits)


def bundle(
    number: int,
    *,
    price: float | None = 20.0,
    changed_on: str = "2025-12-01",
    listed: tuple[str, str | None, str | None] = ("2019-03-01", None, None),
    cost_share: int = 10,
    limitations: Sequence[dict[str, Any]] = (),
    limited: bool = False,
    code: str | None = "",
    name: str | None = None,
) -> dict[str, Any]:
    """A product with one pack. `listed`: first day, end of the listing, last day of payment. `code`: the GTIN, None
    for none. `limitations`: see `limitation`; with `limited` it has one of some thousand characters."""
    name = name or f"Muster{number} Filmtabl 20 mg"
    product, package = f"product-{number}", f"package-{number}"
    found = list(limitations) or ([limitation(f"MUSTER{number}", _MEANING * 20 + _APPROVAL)] if limited else [])
    entries: list[dict[str, Any]] = [
        {
            "resourceType": "MedicinalProductDefinition",
            "id": product,
            "classification": [_concept("http://www.whocc.no/atc", "C10AA05")],
            "name": [_named(name, language) for language in ("de", "fr", "it")],
        },
        {
            "resourceType": "PackagedProductDefinition",
            "id": package,
            "packageFor": [{"reference": f"CHIDMPMedicinalProductDefinition/{product}"}],
            "description": f"{name} 30 Stk",
            "legalStatusOfSupply": [{"code": _concept(f"{_CODES}/ch-SMC-legal-status-of-supply", "756005022003")}],
            "packaging": {"identifier": _identifiers(gtin(number) if code == "" else code)},
        },
        {
            "resourceType": "RegulatedAuthorization",
            "id": f"reimbursement-{number}",
            "contained": [{"resourceType": "Organization", "id": "holder", "name": "Muster Pharma AG"}],
            "extension": [
                {
                    "url": f"{_FHIR}/StructureDefinition/reimbursementSL",
                    "extension": _terms(price, changed_on, listed, cost_share),
                }
            ],
            "subject": [{"reference": f"CHIDMPPackagedProductDefinition/{package}"}],
            "type": _concept(f"{_CODES}/ch-authorisation-type", "756000002003"),
            "indication": [one["indication"] for one in found],
        },
        {
            "resourceType": "Ingredient",
            "id": f"ingredient-{number}",
            "for": [{"reference": f"CHIDMPMedicinalProductDefinition/{product}"}],
            "substance": {"code": {"concept": {"text": "Atorvastatinum"}}},
        },
        *(one["use"] for one in found),
    ]
    div = f'<div xmlns="http://www.w3.org/1999/xhtml">{name} {"x" * 700}</div>'
    resources = [{**entry, "text": {"status": "generated", "div": div}} for entry in entries]
    return {
        "resourceType": "Bundle",
        "id": f"bundle-{number}",
        "type": "collection",
        "entry": [{"fullUrl": f"{_FHIR}/{one['id']}", "resource": one} for one in resources],
    }


def limitation(
    code: str,
    text: str,
    *,
    indication_code: str | None = None,
    begins: str = "2020-01-01",
    ends: str | None = None,
    paid_until: str | None = None,
    first: str | None = None,
) -> dict[str, Any]:
    """A limitation as a package's authorization names it, and the use with its text."""
    parts: list[dict[str, Any]] = [
        {"url": "status", "valueCodeableConcept": _concept(f"{_CODES}/ch-epl-foph-limitationstatus", "756002071001")},
        {"url": "period", "valuePeriod": {"start": begins} | ({"end": ends} if ends else {})},
        {"url": "firstLimitationDate", "valueDate": first or begins},
        {"url": "limitationIndication", "valueReference": {"reference": f"ClinicalUseDefinition/{code}"}},
    ]
    if paid_until:
        parts.append({"url": "reimbursementEndDate", "valueDate": paid_until})
    if indication_code:
        parts.append({"url": "indicationCode", "valueString": indication_code})
    url = f"{_FHIR}/StructureDefinition/regulatedAuthorization-limitation"
    use = {"concept": {"text": text}}
    return {
        "indication": {"extension": [{"url": url, "extension": parts}]},
        "use": {"resourceType": "ClinicalUseDefinition", "id": code, "indication": {"diseaseSymptomProcedure": use}},
    }


def as_file(path: Path, products: Iterable[dict[str, Any]]) -> Path:
    """The products as a list, one a line."""
    path.write_bytes(b"".join(orjson.dumps(product) + b"\n" for product in products))
    return path


def _terms(
    price: float | None, changed_on: str, listed: tuple[str, str | None, str | None], cost_share: int
) -> list[dict[str, Any]]:
    begins, ends, expires = listed
    terms: list[dict[str, Any]] = [
        {
            "url": "status",
            "valueCodeableConcept": _concept(f"{_CODES}/ch-epl-foph-reimbursement-status", "756001021001"),
        },
        {
            "url": "listingStatus",
            "valueCodeableConcept": _concept(f"{_CODES}/ch-epl-foph-listing-status", "756001002001"),
        },
        {"url": "listingPeriod", "valuePeriod": {"start": begins} | ({"end": ends} if ends else {})},
        {"url": "costShare", "valueInteger": cost_share},
    ]
    if expires:
        terms.append({"url": "expiryDate", "valueDate": expires})
    if price is not None:
        terms += [_price("756002005002", round(price * 0.6, 2), changed_on), _price("756002005001", price, changed_on)]
    return terms


def _price(kind: str, amount: float, changed_on: str) -> dict[str, Any]:
    return {
        "url": f"{_FHIR}/StructureDefinition/productPrice",
        "extension": [
            {"url": "type", "valueCodeableConcept": _concept(f"{_CODES}/ch-epl-foph-price-type", kind)},
            {"url": "value", "valueMoney": {"value": amount, "currency": "CHF"}},
            {"url": "changeDate", "valueDate": changed_on},
        ],
    }


def _identifiers(code: str | None) -> list[dict[str, str]]:
    return [{"system": "urn:oid:2.51.1.1", "value": code}] if code else []


def _concept(system: str, code: str) -> dict[str, Any]:
    return {"coding": [{"system": system, "code": code}]}


def _named(name: str, language: str) -> dict[str, Any]:
    spoken = _concept("urn:ietf:bcp:47", f"{language}-CH")
    return {"productName": name, "usage": [{"language": spoken}]}
