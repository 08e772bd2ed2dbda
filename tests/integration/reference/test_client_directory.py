"""The directories of insured persons, over a real HTTP server and a real file."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import office as desk
import pytest
from claim_steps import received
from fhir_persons import ANNA, bundle, consent, coverage, patient
from office import TestOffice, open_office
from serving import serving

from db import clients, consents
from pulse.claims.check_client import check_client, look_up
from pulse.claims.ports import DirectoryUnavailable
from pulse.claims.reference.client_directory import DirectoryBroken, FhirDirectory, RestDirectory
from pulse.claims.reference.client_file import CsvDirectory
from workers.needs import absent, client_directory

ROW = {
    "insurance_number": "555",
    "ahv_number": ANNA,
    "first_name": "Anna",
    "last_name": "Müller",
    "birth_date": "1979-05-14",
    "covered_from": "2020-01-01",
    "email": "anna.mueller@mail.example",
    "consent_mail": True,
    "risk_score": "medium",
}
Answer = Callable[[str, dict[str, list[str]]], tuple[int, Any]]


class Register(ThreadingHTTPServer):
    """Another system; `answer` says what it answers to a path and its query."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answer: Answer = lambda _path, _query: (200, {"clients": []})
        self.asked: list[tuple[str, dict[str, list[str]], str | None]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/base"


class _Handler(BaseHTTPRequestHandler):
    server: Register

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        query = parse_qs(parts.query)
        self.server.asked.append((parts.path, query, self.headers.get("Authorization")))
        status, body = self.server.answer(parts.path.removeprefix("/base/"), query)
        data = body.encode() if isinstance(body, str) else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        """Says nothing."""


@pytest.fixture
def register() -> Iterator[Register]:
    server = Register()
    with serving(server):
        yield server


@pytest.fixture
def house(tmp_path: Path) -> Iterator[TestOffice]:
    yield from open_office(tmp_path)


def rest(register: Register, **how: Any) -> RestDirectory:
    return RestDirectory(register.url, token="secret", timeout_s=5, **how)


def known_by_number(_path: str, query: dict[str, list[str]]) -> tuple[int, Any]:
    return 200, {"clients": [ROW] if {"555", ANNA} & set(query.get("number", [])) else []}


def test_the_other_systems_rest_is_asked_by_numbers_and_by_birth_date(register: Register) -> None:
    register.answer = lambda path, query: (200, {"clients": [ROW]})
    directory = rest(register)
    (found,) = directory.by_numbers(["555", ANNA])
    assert found.row is not None
    assert (found.row.insurance_number, found.person.last_name, found.client) == ("555", "Müller", None)
    assert len(directory.born_on(date(1979, 5, 14))) == 1
    assert register.asked == [
        ("/base/clients", {"number": ["555", ANNA]}, "Bearer secret"),
        ("/base/clients", {"born_on": ["1979-05-14"]}, "Bearer secret"),
    ]
    assert directory.by_numbers([]) == []


def test_who_is_identified_elsewhere_is_taken_over_into_our_table(house: TestOffice, register: Register) -> None:
    register.answer = known_by_number
    office = replace(house.office, directory=rest(register))
    invoice_id = received(house, patient=desk.invoice().patient.model_dump(mode="json") | {"insured_number": "555"})
    check = check_client(office, invoice_id)
    assert (check.client_match, check.client_risk_score) == ("found", "medium")
    with house.database.read() as connection:
        client = clients.by_insurance_number(connection, "555")
        assert client is not None
        assert client.source == "rest"
        assert consents.held(connection, client.id, "mail", on=desk.NOW.date())


def test_another_name_is_a_mismatch_there_as_in_our_own_table(house: TestOffice, register: Register) -> None:
    register.answer = lambda _path, query: (200, {"clients": [ROW | {"last_name": "Keller"}]})
    invoice_id = received(house, patient=desk.invoice().patient.model_dump(mode="json") | {"insured_number": "555"})
    assert check_client(replace(house.office, directory=rest(register)), invoice_id).client_match == "mismatch"


def test_nobody_is_unknown_while_the_directory_is_away(house: TestOffice, register: Register) -> None:
    office = replace(house.office, directory=rest(register))
    invoice_id = received(house)
    for status in (500, 503, 429):
        register.answer = lambda _path, _query, status=status: (status, "away")  # type: ignore[misc]
        with pytest.raises(DirectoryUnavailable) as error:
            check_client(office, invoice_id)
        assert absent(error.value) == "client directory"
    (need,) = client_directory(office)
    with pytest.raises(DirectoryUnavailable):
        need.probe()
    register.answer = known_by_number
    need.probe()
    assert check_client(office, invoice_id).client_match == "unknown"
    assert client_directory(house.office) == []


def test_a_server_that_is_not_there_is_away() -> None:
    with pytest.raises(DirectoryUnavailable):
        RestDirectory("http://127.0.0.1:9", timeout_s=2).by_numbers(["1"])
    with pytest.raises(DirectoryUnavailable):
        FhirDirectory("http://127.0.0.1:9", timeout_s=2).check()


@pytest.mark.parametrize(
    ("status", "body"),
    [(401, "no"), (302, "elsewhere"), (200, "<html>"), (200, "[]"), (200, {"clients": [1]}), (200, {"clients": [{}]})],
)
def test_an_answer_that_cannot_be_used_is_an_error_and_never_nobody(register: Register, status: int, body: Any) -> None:
    register.answer = lambda _path, _query: (status, body)
    with pytest.raises(DirectoryBroken):
        rest(register).by_numbers(["555"])


def test_a_person_whose_data_cannot_be_used_is_named_by_field_without_the_value(register: Register) -> None:
    register.answer = lambda _path, _query: (200, {"clients": [ROW | {"iban": "CH00SECRET"}]})
    with pytest.raises(DirectoryBroken, match="iban cannot be used") as error:
        rest(register).by_numbers(["555"])
    assert "SECRET" not in str(error.value)


def fhir_server(path: str, query: dict[str, list[str]]) -> tuple[int, Any]:
    """Searches as HL7 describes them: a page each for the patient and what is included."""
    if path == "metadata":
        return 200, {"resourceType": "CapabilityStatement"}
    known = {"Patient": {ANNA}, "Coverage": {"123456789"}}[path]
    asked = set(query.get("identifier", [""])[0].split(","))
    if not (known & asked or query.get("birthdate") == ["1979-05-14"]):
        return 200, bundle()
    if query.get("page") != ["2"]:
        again = f"{path}?identifier={','.join(known)}&page=2"
        return 200, bundle(patient("7"), patient("9", identifier=[]), link=[{"relation": "next", "url": again}])
    return 200, bundle(coverage("7"), consent("7", "mail"))


@pytest.mark.parametrize("number", [ANNA, "123456789"])
def test_a_fhir_server_is_searched_by_patients_and_by_covers_numbers(register: Register, number: str) -> None:
    register.answer = fhir_server
    directory = FhirDirectory(register.url, timeout_s=5)
    directory.check()
    (found,) = directory.by_numbers([number])
    assert found.row is not None
    assert (found.row.insurance_number, found.row.ahv_number, found.row.consent_mail) == ("123456789", ANNA, True)
    assert directory.by_numbers(["1"]) == []


def test_a_fhir_servers_next_page_elsewhere_is_not_followed(register: Register) -> None:
    elsewhere = [{"relation": "next", "url": "http://127.0.0.1:9/steal"}]
    register.answer = lambda _path, _query: (200, bundle(link=elsewhere))
    with pytest.raises(DirectoryBroken, match="another server"):
        FhirDirectory(register.url, token="secret").by_numbers(["1"])


def test_a_csv_directory_is_read_again_when_it_changed(house: TestOffice, tmp_path: Path) -> None:
    file = tmp_path / "clients.csv"
    directory = CsvDirectory(file)
    with pytest.raises(DirectoryUnavailable):
        directory.by_numbers(["1"])
    head = "insurance_number,first_name,last_name,covered_from,birth_date\n"
    file.write_text(f"{head}1,A,B,2020-01-01,1979-05-14\n", encoding="utf-8")
    assert [one.person.insurance_number for one in directory.by_numbers(["1", "2"])] == ["1"]
    file.write_text(f"{head}1,A,B,2020-01-01,1979-05-14\n22,C,D,2020-01-01,1979-05-14\n", encoding="utf-8")
    assert [one.person.insurance_number for one in directory.born_on(date(1979, 5, 14))] == ["1", "22"]
    found = look_up(replace(house.office, directory=directory), "2.2")
    assert found is not None
    assert found.first_name == "C"


PERSONS_HEAD = "insurance_number,first_name,last_name,covered_from\n"


@pytest.mark.parametrize(
    ("rows", "why"),
    [
        ("1,A,B,2020-01-01\n2,Secret,B,soon\n3,C,D,2020-01-01\n", "1 bad row in line 3: covered_from"),
        ("1,A,B,2020-01-01\n2,A", "1 bad row in line 3: has 2 columns"),
        ("", "it names nobody"),
        ("1,A,B,2020-01-01\n", "it has 1 rows, the one before 2"),
    ],
)
def test_a_client_file_that_is_not_whole_makes_nobody_unknown(
    house: TestOffice, tmp_path: Path, rows: str, why: str
) -> None:
    file = tmp_path / "clients.csv"
    file.write_text(f"{PERSONS_HEAD}1,A,B,2020-01-01\n2,C,D,2020-01-01\n", encoding="utf-8")
    directory = CsvDirectory(file)
    directory.check()
    file.write_text(PERSONS_HEAD + rows, encoding="utf-8")
    for ask in (lambda: directory.by_numbers(["1"]), lambda: directory.by_numbers(["9"]), directory.check):
        with pytest.raises(DirectoryUnavailable) as error:
            ask()
        assert why in error.value.message
        assert "Secret" not in error.value.message
    with pytest.raises(DirectoryUnavailable):
        check_client(replace(house.office, directory=directory), received(house))
    file.write_text(f"{PERSONS_HEAD}1,A,B,2020-01-01\n2,C,D,2020-01-01\n7,E,F,2020-01-01\n", encoding="utf-8")
    assert len(directory.by_numbers(["1", "7"])) == 2


def test_a_person_who_contradicts_our_register_is_for_a_person_to_clarify(
    house: TestOffice, register: Register
) -> None:
    register.answer = known_by_number
    with house.database.write() as connection:
        desk.add_client(connection)  # has the same AHV number under another insured number
    invoice_id = received(house, patient=desk.invoice().patient.model_dump(mode="json") | {"insured_number": "555"})
    check = check_client(replace(house.office, directory=rest(register)), invoice_id)
    assert (check.client_match, check.client_found, check.clarify_reason) == ("mismatch", False, "P403")
    with house.database.read() as connection:
        assert clients.by_insurance_number(connection, "555") is None
