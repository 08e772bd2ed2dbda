"""Every list and register brought up to date, from a folder and from a real HTTP server."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from register_files import ANNA, CLOCK, HEAD, PACK
from serving import serving

from db import clients
from db.database import Database
from pulse.base.errors import InvalidInput
from pulse.claims.reference.import_register import How
from pulse.claims.reference.sync import ListSource, Synchronisation, found_in, kind_of, named


def synchronisation(database: Database, folder: Path) -> Synchronisation:
    return Synchronisation(database, CLOCK, how=How(actor="sync", least=1), folder=folder, least_packs=1)


def test_sync_brings_in_what_changed_and_a_list_that_fails_leaves_the_others(
    database: Database, tmp_path: Path
) -> None:
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    (inbox / "clients-2026-06-01.csv").write_text(f"{HEAD}\n{ANNA}\n", encoding="utf-8")
    (inbox / "approvals.csv").write_text(
        f"insurance_number,gtin,valid_from\n1001,{PACK},2026-01-01\n9,{PACK},2026-01-01\n", encoding="utf-8"
    )
    (inbox / "swissmedic.xlsx").write_text("no workbook", encoding="utf-8")
    (inbox / "notes.txt").write_text("not a list", encoding="utf-8")
    work = synchronisation(database, tmp_path / "lists")
    first = {one.kind: one for one in work.run(found_in(inbox))}
    assert {kind: one.status for kind, one in first.items()} == {
        "swissmedic": "failed", "clients": "imported", "approvals": "failed",
    }  # fmt: skip
    assert (first["swissmedic"].code, first["approvals"].code) == ("list_not_recognised", "rows_refused")
    assert [(one.line, one.code) for one in first["approvals"].refused] == [(3, "client_unknown")]
    second = {one.kind: one.status for one in work.run(found_in(inbox))}
    assert second["clients"] == "unchanged"
    (inbox / "clients-2026-06-01.csv").write_text(f"{HEAD}\n{ANNA}\n9,B,B,2020-01-01,,,,\n", encoding="utf-8")
    third = {one.kind: one for one in work.run(found_in(inbox))}
    assert third["clients"].status == "imported"
    assert (third["approvals"].status, third["approvals"].refused) == ("imported", ())


class Publisher(ThreadingHTTPServer):
    """Files by path; a whole answer has an ETag, `half` of one breaks off."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Publishing)
        self.files: dict[str, bytes] = {}
        self.half: set[str] = set()
        self.answered: list[int] = []

    def url(self, name: str) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/{name}"


class _Publishing(BaseHTTPRequestHandler):
    server: Publisher

    def do_GET(self) -> None:
        name = self.path.lstrip("/")
        data = self.server.files.get(name)
        etag = f'"{hashlib.sha256(data or b"").hexdigest()}"'
        status = 404 if data is None else 304 if self.headers.get("If-None-Match") == etag else 200
        self.server.answered.append(status)
        self.send_response(status)
        self.send_header("ETag", etag)
        self.send_header("Content-Length", str(len(data or b"")) if status == 200 else "0")
        self.end_headers()
        if status == 200 and data is not None:
            self.wfile.write(data[: len(data) // 2] if name in self.server.half else data)
        self.close_connection = True

    def log_message(self, *_: object) -> None:
        """Says nothing."""


@pytest.fixture
def publisher() -> Iterator[Publisher]:
    server = Publisher()
    with serving(server):
        yield server


def test_sync_fetches_what_changed_and_every_failing_source_leaves_the_others(
    database: Database, tmp_path: Path, publisher: Publisher
) -> None:
    persons = f"{HEAD}\n{ANNA}\n".encode()
    publisher.files = {
        "half.csv": persons,
        "page.xlsx": b"<html>log in</html>",
        "clients.csv": persons,
        "bad.csv": b"insurance_number,first_name,last_name,covered_from\n7,A,B,soon\n",
    }
    publisher.half = {"half.csv"}
    folder = tmp_path / "lists"
    sources = [
        ListSource(kind="clients", source=publisher.url("half.csv")),
        ListSource(kind="sl", source=publisher.url("none-20260601-de.ndjson")),
        ListSource(kind="swissmedic", source=publisher.url("page.xlsx")),
        ListSource(kind="clients", source=publisher.url("bad.csv")),
        ListSource(kind="clients", source="http://elsewhere.example/clients.csv"),
        ListSource(kind="clients", source=publisher.url("clients.csv")),
    ]
    work = synchronisation(database, folder)
    outcomes = work.run(sources)
    assert [(one.status, one.code) for one in outcomes] == [
        ("failed", "list_not_fetched"),
        ("failed", "list_not_fetched"),
        ("failed", "list_not_recognised"),
        ("failed", "rows_refused"),
        ("failed", "list_address"),
        ("imported", ""),
    ]
    assert outcomes[-1].counts == {"added": 1, "changed": 0, "unchanged": 0, "gone": 0}
    assert [path.name for path in folder.iterdir()] == ["page.xlsx"], "no register stays in a file"
    assert work.run(sources[-1:])[0].status == "unchanged"
    assert publisher.answered[-1] == 304
    publisher.files["clients.csv"] = persons + b"2002,B,B,2020-01-01,,,,\n"
    assert work.run(sources[-1:])[0].counts["added"] == 1


def test_what_was_left_out_is_tried_again_where_it_may_be_known_by_now_and_no_old_file_comes_back(
    database: Database, tmp_path: Path
) -> None:
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    head = "insurance_number,first_name,last_name,covered_from"
    (inbox / "approvals.csv").write_text(
        f"insurance_number,gtin,valid_from\n1,{PACK},2026-01-01\n9,{PACK},2026-01-01\n", encoding="utf-8"
    )
    (inbox / "clients-2026-05-01.csv").write_text(f"{head}\n1,A,Old,2020-01-01\n2,B,B,soon\n", encoding="utf-8")
    (inbox / "clients-2026-06-01.csv").write_text(f"{head}\n1,A,New,2020-01-01\n", encoding="utf-8")
    how = How(actor="sync", skip_bad_rows=True)
    work = Synchronisation(database, CLOCK, how=how, folder=tmp_path / "lists", least_packs=1)
    assert [(one.status, len(one.refused)) for one in work.run(found_in(inbox))] == [
        ("imported", 1),
        ("imported", 0),
        ("imported", 1),
    ]
    (inbox / "clients-2026-06-02.csv").write_text(f"{head}\n9,C,C,2020-01-01\n", encoding="utf-8")
    assert [(one.status, len(one.refused)) for one in work.run(found_in(inbox))] == [
        ("unchanged", 0),
        ("unchanged", 0),
        ("imported", 0),
        ("imported", 0),
    ]
    with database.read() as connection:
        assert [one.last_name for one in clients.everyone(connection)] == ["New", "C"]


def test_a_fault_of_one_source_is_told_without_its_words_and_the_next_comes(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    (inbox / "clients.csv").write_text(f"{HEAD}\n{ANNA}\n", encoding="utf-8")
    (inbox / "providers.csv").write_text("gln,name\n7601000001115,Bären\n", encoding="utf-8")

    def fault(*_: object, **__: object) -> None:
        raise RuntimeError("Anna Müller")

    monkeypatch.setattr("pulse.claims.reference.import_register.take_clients", fault)
    clients_done, providers_done = synchronisation(database, tmp_path / "lists").run(found_in(inbox))
    assert (clients_done.status, clients_done.code, clients_done.message) == ("failed", "unexpected", "RuntimeError")
    assert providers_done.status == "imported"


def test_sources_are_named_by_kind_and_files_by_their_names() -> None:
    assert named("sl=https://a.example/x.ndjson  clients=/data/c.csv") == [
        ListSource(kind="sl", source="https://a.example/x.ndjson"),
        ListSource(kind="clients", source="/data/c.csv"),
    ]
    for word in ("clients", "cheese=/x", "sl="):
        with pytest.raises(InvalidInput):
            named(word)
    names = (
        "foph-sl-publication-20260901-de.ndjson",
        "Zugelassene_Packungen_HAM.xlsx",
        "clients_1.csv",
        "clientele.csv",
    )
    assert [kind_of(name) for name in names] == ["sl", "swissmedic", "clients", None]
