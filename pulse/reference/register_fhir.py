"""Registers in FHIR (R4 or R5): a Bundle, or NDJSON with a resource or a Bundle a line.

| resource | taken from it |
|---|---|
| Patient | AHV, card and member number (identifiers), name, birth date, sex, address, mail address, language |
| Coverage | insured number, days of cover, law (`type`: KVG, VVG, UVG, IVG, MVG) |
| Consent | `mail` or `data-use` as a category's code; active and not a denial means yes |
| Organization, Practitioner | GLN, ZSR number and IBAN (identifiers), name, address, mail address |

Numbers are known by their systems, as CH Core names them (http://fhir.ch/ig/ch-core).
"""

from __future__ import annotations

from codecs import BOM_UTF8
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import IO, Any

import orjson

from pulse.reference.register_rows import ClientRow, ProviderRow, Refused, Rows, checked
from pulse.reference.rows import BrokenList, NotThisList

AHV_SYSTEM = "urn:oid:2.16.756.5.32"
CARD_SYSTEM = "urn:oid:2.16.756.5.30.1.123.100.1.1.1"
GLN_SYSTEM = "urn:oid:2.51.1.3"
ZSR_SYSTEM = "urn:oid:2.16.756.5.30.1.123.100.2.1.1"
IBAN_SYSTEM = "urn:iso:std:iso:13616:2020"
_MEMBER = "MB"
_LAWS = ("KVG", "VVG", "UVG", "IVG", "MVG")
_PURPOSES = {"mail": "consent_mail", "data-use": "consent_data_use", "data_use": "consent_data_use"}
_MOST_BYTES = 1 << 30

Json = Mapping[str, Any]
Numbers = Iterable[tuple[int, Json]]


def resources(file: IO[bytes]) -> Iterator[tuple[int, Json]]:
    """The resources of a file, each with the line it stands in (1 in a single Bundle). Raises `NotThisList`,
    `BrokenList`."""
    first = file.readline().removeprefix(BOM_UTF8)
    try:
        whole = orjson.loads(first)
    except orjson.JSONDecodeError:
        file.seek(0)
        yield from _flat(1, _single(file.read(_MOST_BYTES).removeprefix(BOM_UTF8)))
        return
    yield from _flat(1, whole)
    for number, line in enumerate(file, start=2):
        if line.strip():
            try:
                yield from _flat(number, orjson.loads(line))
            except orjson.JSONDecodeError as error:
                raise BrokenList(f"line {number}: not JSON", line=number) from error


def entries(bundle: Json) -> list[tuple[int, Json]]:
    """The resources of one Bundle, such as the answer to a search."""
    return list(_flat(1, bundle))


def clients(numbered: Numbers) -> Rows[ClientRow]:
    """Insured persons: every Patient with its Coverage and Consents."""
    files: dict[str, _Patient] = {}
    others: list[tuple[int, Json]] = []
    for line, resource in numbered:
        if resource.get("resourceType") == "Patient":
            files[f"Patient/{resource.get('id')}"] = _Patient(line, resource)
        else:
            others.append((line, resource))
    for line, resource in others:
        kind = resource.get("resourceType")
        reference = resource.get("beneficiary") or resource.get("patient") or resource.get("subject")
        patient = files.get(target(reference)) if kind in ("Coverage", "Consent") else None
        if kind in ("Coverage", "Consent") and patient is None:
            yield Refused(
                line=line, field=f"{kind}.patient", code="patient_missing", why="names no Patient of this file"
            )
        elif patient is not None:
            (patient.coverages if kind == "Coverage" else patient.consents).append(resource)
    for patient in files.values():
        yield _read(ClientRow, patient.values, patient.line)


def providers(numbered: Numbers) -> Rows[ProviderRow]:
    """Providers: every Organization and Practitioner."""
    for line, resource in numbered:
        if resource.get("resourceType") in ("Organization", "Practitioner"):
            yield _read(ProviderRow, lambda one=resource: _provider(one), line)


@dataclass
class _Patient:
    line: int
    patient: Json
    coverages: list[Json] = field(default_factory=list)
    consents: list[Json] = field(default_factory=list)

    def values(self) -> dict[str, Any]:
        coverage = max(self.coverages, key=lambda one: str((one.get("period") or {}).get("start", "")), default={})
        period = coverage.get("period") or {}
        name = _chosen(self.patient.get("name") or [], "official")
        values = {
            "insurance_number": _insured_number(coverage) or _member_number(self.patient),
            "ahv_number": _number(self.patient, AHV_SYSTEM),
            "card_number": _number(self.patient, CARD_SYSTEM),
            "first_name": " ".join(name.get("given") or []),
            "last_name": name.get("family") or "",
            "birth_date": self.patient.get("birthDate"),
            "sex": self.patient.get("gender"),
            **_address(self.patient),
            "canton": _chosen(self.patient.get("address") or [], "home").get("state"),
            "email": _mail(self.patient),
            "language": _language(self.patient),
            "law": _law(coverage),
            "covered_from": str(period.get("start") or "")[:10] or None,
            "covered_until": str(period.get("end") or "")[:10] or None,
        }
        for consent in self.consents:
            for purpose in _purposes(consent):
                values[purpose] = _given(consent)
        return values


def _read(kind: Any, values: Any, line: int) -> Any:
    """A resource of another shape than FHIR's is refused like a wrong value."""
    try:
        return checked(kind, values(), line)
    except (AttributeError, TypeError, KeyError, IndexError):
        return Refused(line=line, field="", code="wrong_shape", why="has not the shape of its resource")


def _provider(resource: Json) -> dict[str, Any]:
    name = resource.get("name")
    if isinstance(name, list):
        chosen = _chosen(name, "official")
        parts = [*(chosen.get("prefix") or []), *(chosen.get("given") or []), chosen.get("family") or ""]
        name = " ".join(part for part in parts if part)
    contact = (resource.get("contact") or [{}])[0]  # R5 puts an Organization's address and mail there
    where = resource if resource.get("address") else {"address": _listed(contact.get("address"))}
    return {
        "gln": _number(resource, GLN_SYSTEM),
        "zsr": _number(resource, ZSR_SYSTEM),
        "iban": _number(resource, IBAN_SYSTEM),
        "name": name or "",
        **_address(where),
        "email": _mail(resource) or _mail(contact),
        "language": _language(resource),
    }


def _flat(line: int, value: Any) -> Iterator[tuple[int, Json]]:
    if not isinstance(value, dict) or "resourceType" not in value:
        raise NotThisList(f"line {line}: not a FHIR resource", line=line)
    if value["resourceType"] != "Bundle":
        yield line, value
        return
    for entry in value.get("entry") or []:
        if isinstance(entry, dict) and isinstance(entry.get("resource"), dict):
            yield line, entry["resource"]


def _single(data: bytes) -> Any:
    try:
        return orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise NotThisList("the file is neither JSON nor NDJSON") from error


def target(reference: Json | None) -> str:
    """`Patient/7` of an absolute or a relative reference."""
    return "/".join(str((reference or {}).get("reference", "")).split("/")[-2:])


def _chosen(items: list[Json], use: str) -> Json:
    return next((item for item in items if item.get("use") == use), items[0] if items else {})


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value] if value else []


def _number(resource: Json, system: str) -> str | None:
    found = (one for one in resource.get("identifier") or [] if one.get("system") == system)
    return next((one.get("value") for one in found), None)


def _member_number(patient: Json) -> str | None:
    for identifier in patient.get("identifier") or []:
        if any(coding.get("code") == _MEMBER for coding in (identifier.get("type") or {}).get("coding") or []):
            return str(identifier.get("value"))
    return None


def _insured_number(coverage: Json) -> str | None:
    """R4 has `subscriberId` as text, R5 as identifiers."""
    told = coverage.get("subscriberId")
    if isinstance(told, list):
        told = next((one.get("value") for one in told), None)
    return told or next((one.get("value") for one in coverage.get("identifier") or []), None)


def _law(coverage: Json) -> str:
    codes = {str(one.get("code", "")).upper() for one in (coverage.get("type") or {}).get("coding") or []}
    return next((law for law in _LAWS if law in codes), "KVG")


def _address(resource: Json) -> dict[str, str]:
    address = _chosen(resource.get("address") or [], "home")
    lines = address.get("line") or []
    return {
        "street": str(lines[0]) if lines else "",
        "zip": address.get("postalCode") or "",
        "city": address.get("city") or "",
    }


def _mail(resource: Json) -> str | None:
    found = (one for one in resource.get("telecom") or [] if one.get("system") == "email")
    return next((one.get("value") for one in found), None)


def _language(resource: Json) -> str:
    told = resource.get("communication") or []
    chosen = next((one for one in told if one.get("preferred")), told[0] if told else {})
    codings = (chosen.get("language") or chosen).get("coding") or []
    code = str(codings[0].get("code", "")) if codings else str(resource.get("language") or "")
    return code[:2] if code[:2] in ("de", "fr", "it", "en") else "de"


def _purposes(consent: Json) -> set[str]:
    codes = {str(c.get("code")) for category in consent.get("category") or [] for c in category.get("coding") or []}
    return {_PURPOSES[code] for code in codes if code in _PURPOSES}


def _given(consent: Json) -> bool:
    """R4 says `provision.type`, R5 `decision`; neither means that what is agreed to is permitted."""
    provision = consent.get("provision")
    said = consent.get("decision") or (provision.get("type") if isinstance(provision, dict) else None) or "permit"
    return consent.get("status") == "active" and said == "permit"
