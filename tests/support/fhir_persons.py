"""An insured person in FHIR, for the readers and for a server of their kind."""

from __future__ import annotations

from typing import Any, Literal

ANNA = "7569217076985"
AHV = "urn:oid:2.16.756.5.32"


def bundle(*resources: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A Bundle with these resources."""
    return {"resourceType": "Bundle", "type": "searchset", "entry": [{"resource": one} for one in resources], **more}


def patient(id_: str, **changes: Any) -> dict[str, Any]:
    """Anna Müller as a Patient."""
    own = {
        "resourceType": "Patient",
        "id": id_,
        "identifier": [{"system": AHV, "value": ANNA}],
        "name": [{"use": "old", "family": "Meier"}, {"use": "official", "family": "Müller", "given": ["Anna"]}],
        "birthDate": "1979-05-14",
        "gender": "female",
        "telecom": [{"system": "phone", "value": "031"}, {"system": "email", "value": "anna.mueller@mail.example"}],
        "address": [{"use": "home", "line": ["Hauptstrasse 5"], "postalCode": "3000", "city": "Bern", "state": "BE"}],
        "communication": [{"language": {"coding": [{"code": "fr-CH"}]}, "preferred": True}],
    }
    return own | changes


def coverage(of: str, *, release: str = "R4") -> dict[str, Any]:
    """The cover of a Patient; the releases have the number in different shapes."""
    number: Any = "123456789" if release == "R4" else [{"value": "123456789"}]
    return {
        "resourceType": "Coverage",
        "id": f"cover-of-{of}",
        "status": "active",
        "beneficiary": {"reference": f"https://register.example/fhir/Patient/{of}"},
        "subscriberId": number,
        "type": {"coding": [{"code": "KVG"}]},
        "period": {"start": "2020-01-01"},
    }


def consent(of: str, purpose: str, *, given: bool = True, release: Literal["R4", "R5"] | str = "R4") -> dict[str, Any]:
    """A Patient's consent or denial."""
    said = "permit" if given else "deny"
    own = {
        "resourceType": "Consent",
        "id": f"{purpose}-of-{of}",
        "status": "active",
        "category": [{"coding": [{"code": purpose}]}],
    }
    if release == "R4":
        return own | {"patient": {"reference": f"Patient/{of}"}, "provision": {"type": said}}
    return own | {"subject": {"reference": f"Patient/{of}"}, "decision": said}
