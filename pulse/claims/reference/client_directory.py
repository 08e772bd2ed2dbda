"""Where insured persons are looked up: our own table, a FHIR server, or another system's REST."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import fields
from datetime import date
from typing import Any
from urllib.parse import urlencode, urljoin, urlsplit

import urllib3
from urllib3.exceptions import HTTPError

from db import clients
from db.database import Database
from pulse.base.errors import PulseError
from pulse.claims.ports import DirectoryUnavailable, FoundClient
from pulse.claims.rules.identity import Person
from pulse.reference import register_fhir
from pulse.reference.register_rows import ClientRow, Numbered, Refused, checked

_NAMES = tuple(field.name for field in fields(Person))
_MOST_PAGES, _MOST_BYTES = 20, 16 * 1024 * 1024
_BUSY = (408, 425, 429)


class DirectoryBroken(PulseError):
    """The client directory answers something that cannot be used."""

    code = "client_directory_broken"


class TableDirectory:
    """Our own table, filled by imports."""

    name = "register"

    def __init__(self, database: Database) -> None:
        self._database = database

    def by_numbers(self, numbers: Sequence[str]) -> list[FoundClient]:
        with self._database.read() as connection:
            return _ours(clients.by_numbers(connection, numbers))

    def born_on(self, day: date) -> list[FoundClient]:
        with self._database.read() as connection:
            return _ours(clients.born_on(connection, day))

    def check(self) -> None:
        """The database is asked by whoever needs it."""


class _Http:
    """GET of JSON from one system, within a time and a size."""

    def __init__(self, url: str, *, token: str | None, timeout_s: float) -> None:
        self._url = url
        self._headers = {"Accept": "application/fhir+json, application/json"}
        if token:
            self._headers["Authorization"] = f"Bearer {token}"
        timeout = urllib3.Timeout(connect=timeout_s, read=timeout_s)
        self._pool = urllib3.PoolManager(timeout=timeout, retries=False)

    def get(self, path: str, query: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Raises `DirectoryUnavailable` where it is away, `DirectoryBroken` where it refuses or talks otherwise."""
        address = path if "://" in path else f"{self._url}/{path}"
        if query:
            address = f"{address}?{urlencode(query, doseq=True)}"
        try:
            answer = self._pool.request("GET", address, headers=self._headers, redirect=False, preload_content=False)
            try:
                data = answer.read(_MOST_BYTES + 1, decode_content=True)
            finally:
                answer.release_conn()
        except HTTPError as error:
            raise DirectoryUnavailable from error
        if answer.status >= 500 or answer.status in _BUSY:
            raise DirectoryUnavailable(status=answer.status)
        if answer.status != 200:
            raise DirectoryBroken(f"The client directory answers {answer.status}.", status=answer.status)
        if len(data) > _MOST_BYTES:
            raise DirectoryBroken(f"The client directory answers more than {_MOST_BYTES} bytes.")
        try:
            value = json.loads(data)
        except ValueError as error:
            raise DirectoryBroken from error
        if not isinstance(value, dict):
            raise DirectoryBroken
        return value

    def next_of(self, bundle: Mapping[str, Any]) -> str | None:
        """The next page of a searchset, on the same server alone: the token goes nowhere else."""
        links = bundle.get("link") or []
        url = next((link.get("url") for link in links if link.get("relation") == "next"), None)
        if url is None:
            return None
        address = urljoin(f"{self._url}/", str(url))
        if urlsplit(address)[:2] != urlsplit(self._url)[:2]:
            raise DirectoryBroken("The client directory's next page lies on another server.")
        return address


class RestDirectory:
    """Another system with two questions: `GET /clients?number=…&number=…` and `GET /clients?born_on=2026-06-10`.

    It answers `{"clients": [{…}]}` with the fields of `ClientRow`, and `{"clients": []}` for nobody.
    """

    name = "rest"

    def __init__(self, url: str, *, token: str | None = None, timeout_s: float = 10.0) -> None:
        self._http = _Http(url, token=token, timeout_s=timeout_s)

    def by_numbers(self, numbers: Sequence[str]) -> list[FoundClient]:
        return self._asked({"number": sorted(set(numbers))}) if numbers else []

    def born_on(self, day: date) -> list[FoundClient]:
        return self._asked({"born_on": day.isoformat()})

    def check(self) -> None:
        self._asked({"number": "0"})

    def _asked(self, query: Mapping[str, Any]) -> list[FoundClient]:
        told = self._http.get("clients", query).get("clients")
        if not isinstance(told, list) or not all(isinstance(one, dict) for one in told):
            raise DirectoryBroken
        return theirs(_usable(checked(ClientRow, one, number) for number, one in enumerate(told, start=1)))


class FhirDirectory:
    """A FHIR server (R4 or R5) with Patient, Coverage and Consent. A Patient without a Coverage is not insured."""

    name = "fhir"

    def __init__(self, url: str, *, token: str | None = None, timeout_s: float = 10.0) -> None:
        self._http = _Http(url, token=token, timeout_s=timeout_s)

    def by_numbers(self, numbers: Sequence[str]) -> list[FoundClient]:
        if not numbers:
            return []
        wanted = ",".join(sorted(set(numbers)))
        beside = {"_revinclude": ["Coverage:beneficiary", "Consent:patient"]}
        persons = self._search("Patient", {"identifier": wanted, **beside})
        by_cover = {"identifier": wanted, "_include": "Coverage:beneficiary", "_revinclude:iterate": "Consent:patient"}
        return _insured([*persons, *self._search("Coverage", by_cover)])

    def born_on(self, day: date) -> list[FoundClient]:
        beside = {"_revinclude": ["Coverage:beneficiary", "Consent:patient"]}
        return _insured(self._search("Patient", {"birthdate": day.isoformat(), **beside}))

    def check(self) -> None:
        self._http.get("metadata")

    def _search(self, kind: str, query: Mapping[str, Any]) -> list[Mapping[str, Any]]:
        bundle = self._http.get(kind, query)
        found: list[Mapping[str, Any]] = []
        for _ in range(_MOST_PAGES):
            if bundle.get("resourceType") != "Bundle":
                raise DirectoryBroken
            found += [resource for _, resource in register_fhir.entries(bundle)]
            following = self._http.next_of(bundle)
            if following is None:
                return found
            bundle = self._http.get(following)
        raise DirectoryBroken(f"The client directory answers more than {_MOST_PAGES} pages.")


def _insured(found: Sequence[Mapping[str, Any]]) -> list[FoundClient]:
    """Both searches may tell of the same person."""
    unique = {(one.get("resourceType"), one.get("id") or id(one)): one for one in found}
    insured = {register_fhir.target(one.get("beneficiary")) for one in unique.values()}
    told = [
        (1, one)
        for one in unique.values()
        if one.get("resourceType") != "Patient" or f"Patient/{one.get('id')}" in insured
    ]
    return theirs(_usable(register_fhir.clients(told)))


def _usable(rows: Iterable[Numbered[ClientRow] | Refused]) -> Iterator[ClientRow]:
    """A person whose data cannot be used is known all the same: never "unknown", but an error that people look into."""
    for row in rows:
        if isinstance(row, Refused):
            raise DirectoryBroken(
                f"The client directory's value of {row.field or 'a person'} cannot be used: {row.why}"
            )
        yield row.row


def _ours(found: Sequence[clients.Client]) -> list[FoundClient]:
    return [FoundClient(person=Person(**{name: getattr(one, name) for name in _NAMES}), client=one) for one in found]


def theirs(rows: Iterable[ClientRow]) -> list[FoundClient]:
    """Persons of another system. Numbered within the answer: they have no id here yet."""
    return [
        FoundClient(person=Person(id=number, **{name: getattr(row, name) for name in _NAMES if name != "id"}), row=row)
        for number, row in enumerate(rows, start=1)
    ]
