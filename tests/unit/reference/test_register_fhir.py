from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from fhir_persons import ANNA, bundle, consent, coverage, patient

from pulse.reference import register_fhir
from pulse.reference.register_rows import Numbered, Refused
from pulse.reference.rows import BrokenList, NotThisList


def read(*resources: dict[str, Any]) -> list[Any]:
    return list(register_fhir.clients(register_fhir.entries(bundle(*resources))))


@pytest.mark.parametrize("release", ["R4", "R5"])
def test_a_patient_with_coverage_and_consents_is_an_insured_person(release: str) -> None:
    (found,) = read(
        patient("7"),
        coverage("7", release=release),
        consent("7", "mail", release=release),
        consent("7", "data-use", given=False),
    )
    assert isinstance(found, Numbered)
    row = found.row
    assert (row.insurance_number, row.ahv_number, row.first_name, row.last_name) == (
        "123456789",
        ANNA,
        "Anna",
        "Müller",
    )
    assert (row.street, row.zip, row.city, row.canton) == ("Hauptstrasse 5", "3000", "Bern", "BE")
    assert (row.covered_from, row.covered_until, row.law) == (date(2020, 1, 1), None, "KVG")
    assert (row.language, row.sex, row.birth_date) == ("fr", "female", date(1979, 5, 14))
    assert (row.consent_mail, row.consent_data_use) == (True, False)


def test_without_a_consent_nothing_is_said_and_a_withdrawn_one_means_no() -> None:
    (silent,) = read(patient("7"), coverage("7"))
    assert silent.row.consent_mail is None
    (withdrawn,) = read(patient("7"), coverage("7"), consent("7", "mail") | {"status": "inactive"})
    assert withdrawn.row.consent_mail is False


def test_of_several_coverages_the_newest_counts() -> None:
    old = coverage("7") | {"subscriberId": "1", "period": {"start": "2010-01-01", "end": "2019-12-31"}}
    (found,) = read(patient("7"), coverage("7"), old)
    assert found.row.insurance_number == "123456789"


def test_a_patient_without_coverage_and_a_coverage_of_nobody_are_refused() -> None:
    refused = read(patient("7"), coverage("8"))
    assert {(one.field, one.why) for one in refused if isinstance(one, Refused)} >= {
        ("Coverage.patient", "names no Patient of this file")
    }
    assert len(refused) == 2


def test_a_resource_of_another_shape_is_refused_and_never_an_error() -> None:
    (refused,) = read(
        patient("7") | {"name": "Anna"},
    )
    assert isinstance(refused, Refused)


def test_organizations_and_practitioners_are_providers_in_either_release() -> None:
    gln = {"identifier": [{"system": "urn:oid:2.51.1.3", "value": "7601000001115"}]}
    address = {"line": ["Bärenplatz 2"], "postalCode": "3011", "city": "Bern"}
    mail = [{"system": "email", "value": "apotheke@provider.example"}]
    r4 = {"resourceType": "Organization", "name": "Apotheke", "address": [address], "telecom": mail, **gln}
    r5 = {"resourceType": "Organization", "name": "Apotheke", "contact": [{"address": address, "telecom": mail}], **gln}
    doctor = {
        "resourceType": "Practitioner",
        "name": [{"prefix": ["Dr."], "given": ["Eva"], "family": "Keller"}],
        **gln,
    }
    rows = [one.row for one in register_fhir.providers([(1, r4), (2, r5), (3, doctor)]) if isinstance(one, Numbered)]
    assert rows[0] == rows[1]
    assert (rows[0].city, rows[0].email, rows[0].gln) == ("Bern", "apotheke@provider.example", "7601000001115")
    assert rows[2].name == "Dr. Eva Keller"


def resources(path: Path) -> list[tuple[int, register_fhir.Json]]:
    with path.open("rb") as file:
        return list(register_fhir.resources(file))


def test_ndjson_and_one_bundle_are_the_same(tmp_path: Path) -> None:
    told = [patient("7"), coverage("7")]
    lines, whole = tmp_path / "a.ndjson", tmp_path / "b.json"
    lines.write_text("\n".join(json.dumps(one) for one in told), encoding="utf-8")
    whole.write_text(json.dumps(bundle(*told), indent=2), encoding="utf-8-sig")
    first, second = (list(register_fhir.clients(resources(path))) for path in (lines, whole))
    assert [one.row for one in first if isinstance(one, Numbered)] == [
        one.row for one in second if isinstance(one, Numbered)
    ]


@pytest.mark.parametrize(("text", "error"), [("<xml/>", NotThisList), ("[1]", NotThisList), ('{"a": 1}', NotThisList)])
def test_another_file_is_not_this_list(tmp_path: Path, text: str, error: type[Exception]) -> None:
    file = tmp_path / "x.json"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(error):
        resources(file)


def test_a_line_that_is_no_json_is_named(tmp_path: Path) -> None:
    file = tmp_path / "x.ndjson"
    file.write_text(json.dumps(patient("7")) + "\n{broken\n", encoding="utf-8")
    with pytest.raises(BrokenList, match="line 2"):
        resources(file)
