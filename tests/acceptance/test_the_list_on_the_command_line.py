"""`pulse reference` as a person types it: a list in, another one, what changed, what is refused."""

from __future__ import annotations

import functools
import http.server
import json
import os
import pty
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sl_list
from serving import serving

Pulse = Callable[..., "subprocess.CompletedProcess[str]"]
LIMITED = sl_list.limitation("A.01", "Nach Kostengutsprache.", indication_code="20403.01")


@pytest.fixture(scope="module")
def pulse(tmp_path_factory: pytest.TempPathFactory) -> Pulse:
    folder = tmp_path_factory.mktemp("list")

    def run(*arguments: object) -> subprocess.CompletedProcess[str]:
        environment = os.environ | {"PULSE_DATA_DIR": str(folder), "COLUMNS": "160"}
        command = [sys.executable, "-m", "pulse", *map(str, arguments)]
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)

    assert "pulse db upgrade" in run("reference", "status").stderr
    assert run("db", "upgrade").returncode == 0
    return run


@pytest.fixture(scope="module")
def june(tmp_path_factory: pytest.TempPathFactory) -> Path:
    products = [sl_list.bundle(number, limitations=[LIMITED] if number == 3 else ()) for number in range(20)]
    return sl_list.as_file(tmp_path_factory.mktemp("june") / "sl-20260601-de.ndjson", products)


@pytest.fixture(scope="module")
def july(tmp_path_factory: pytest.TempPathFactory) -> Path:
    products = [sl_list.bundle(number) for number in range(1, 20)] + [sl_list.bundle(20, code=None), sl_list.bundle(21)]
    products[1] = sl_list.bundle(2, price=18.5, changed_on="2026-07-01")
    return sl_list.as_file(tmp_path_factory.mktemp("july") / "sl-20260701-de.ndjson", products)


@pytest.mark.xdist_group("reference list")
class TestTheList:
    """In order: each test goes on where the one before ended."""

    def test_a_list_that_is_too_short_is_refused_by_name(self, pulse: Pulse, june: Path) -> None:
        done = pulse("reference", "import", "sl", june)
        assert (done.returncode, done.stdout) == (1, "")
        assert "20 entries, fewer than 9000" in done.stderr
        assert "[list_too_few]" in done.stderr
        assert "No list is imported yet." in pulse("reference", "status").stdout

    def test_a_list_goes_in(self, pulse: Pulse, june: Path) -> None:
        done = pulse("reference", "import", "sl", june, "--least", 10)
        assert done.returncode == 0, done.stderr
        assert "Spezialitätenliste of 2026-06-01 (de): 20 packs, imported." in done.stdout
        assert "imported already" in pulse("reference", "import", "sl", june, "--least", 10).stdout

    def test_what_a_file_would_change_is_shown_before_it_goes_in(self, pulse: Pulse, july: Path) -> None:
        done = pulse("reference", "diff", july)
        assert "new 1 · gone 1 · prices 1 · cost shares 0 · limitations 1" in done.stdout
        assert "-7.5 %" in done.stdout

    def test_an_override_is_told_and_on_record(self, pulse: Pulse, july: Path) -> None:
        done = pulse("reference", "import", "sl", july, "--force", "too_few", "--json")
        answer = json.loads(done.stdout)
        wanted = {"status": "imported", "list_date": "2026-07-01", "packs": 20, "new": 1, "gone": 1, "price": 1}
        assert answer.items() >= wanted.items()
        assert (answer["left_out_lines"], answer["overridden"]) == ([20], ["too_few"])
        [found] = json.loads(pulse("reference", "status", "--json").stdout)["lists"]
        assert (found["kind"], found["list_date"], found["imports"][0]["overridden"]) == (
            "sl",
            "2026-07-01",
            ["too_few"],
        )
        assert "overridden: too_few" in pulse("reference", "status").stdout

    def test_what_changed_between_the_last_two_lists_is_told(self, pulse: Pulse) -> None:
        answer = json.loads(pulse("reference", "diff", "--json").stdout)
        assert (answer["from"], answer["to"]) == ("2026-06-01", "2026-07-01")
        assert [one["gtin"] for one in answer["new"]] == [sl_list.gtin(21)]
        assert [one["gtin"] for one in answer["gone"]] == [sl_list.gtin(0)]
        [price] = answer["prices"]
        assert (price["old"], price["new"], price["since"]) == ("20.00", "18.50", "2026-07-01")
        assert answer["limitations"][0]["removed"] == ["A.01"]
        backwards = json.loads(
            pulse("reference", "diff", "--from", "2026-07-01", "--to", "2026-06-01", "--json").stdout
        )
        assert [one["gtin"] for one in backwards["new"]] == [sl_list.gtin(0)]

    @pytest.mark.parametrize(
        ("arguments", "ends"),
        [
            (["import", "sl", "{june}", "--least", "10"], (0, "imported already")),
            (["import", "sl", "{june}", "--date", "2026-06-15", "--least", "10"], (1, "list_older")),
            (["import", "sl", "/no/such/file"], (1, "there is no file")),
            (["import", "sl", "{csv}", "--least", "1"], (1, "list_not_recognised")),
            (["import", "sl", "http://publisher.example/list"], (1, "list_address")),
            (["import", "sl", "https://x.example/static/sl/preliminary/l.ndjson"], (1, "preliminary")),
            (["import", "sl", "{june}", "--force", "everything"], (2, "everything")),
            (["import", "sl", "{june}", "--date", "yesterday"], (2, "yesterday")),
            (["diff", "{june}", "--from", "2026-06-01"], (2, "two days")),
        ],
    )
    def test_what_cannot_be_done_is_one_clear_line(
        self, pulse: Pulse, june: Path, tmp_path: Path, arguments: list[str], ends: tuple[int, str]
    ) -> None:
        table = tmp_path / "list.csv"
        table.write_text("gtin;price\n", "utf-8")
        done = pulse("reference", *(one.format(june=june, csv=table) for one in arguments))
        code, said = ends
        assert done.returncode == code
        assert said in done.stdout + done.stderr
        assert "Traceback" not in done.stderr

    def test_a_list_is_fetched_once_until_its_publisher_changes_it(
        self, pulse: Pulse, publisher: tuple[str, dict[str, bytes]]
    ) -> None:
        url, files = publisher
        products = [sl_list.bundle(number) for number in range(1, 22)]
        files["/sl-latest-de.ndjson"] = b"".join(json.dumps(one).encode() + b"\n" for one in products)
        address = f"{url}/sl-latest-de.ndjson"
        done = pulse("reference", "import", "sl", address, "--least", 10)
        assert "Spezialitätenliste of 2026-08-01 (de): 21 packs, imported." in done.stdout, done.stderr
        done = pulse("reference", "import", "sl", address, "--least", 10)
        assert "The publisher's list is the one that is imported already." in done.stdout, done.stderr

    def test_a_terminal_shows_a_bar_and_a_pipe_none(self, pulse: Pulse, july: Path, tmp_path: Path) -> None:
        quiet = pulse("reference", "import", "sl", july, "--date", "2026-09-01", "--least", 10)
        assert (quiet.returncode, quiet.stderr) == (0, "")
        command = [sys.executable, "-m", "pulse", "reference", "import"]
        list_, register = ["sl", str(july), "--least", "10"], ["clients", str(_clients(tmp_path))]
        environment = os.environ | {"PULSE_DATA_DIR": str(tmp_path), "TERM": "xterm", "COLUMNS": "100"}
        subprocess.run(
            [sys.executable, "-m", "pulse", "db", "upgrade"], env=environment, check=True, capture_output=True
        )
        for what, told in (
            (list_, ("checking", "importing", "20 packs, imported.")),
            (register, ("clients: importing",)),
        ):
            ours, theirs = pty.openpty()
            subprocess.run([*command, *what], env=environment, stdout=theirs, stderr=theirs, check=True)
            os.close(theirs)
            shown = os.read(ours, 100_000).decode()
            os.close(ours)
            assert all(word in shown for word in told), shown


def _clients(folder: Path) -> Path:
    file = folder / "clients.csv"
    file.write_text("insurance_number,first_name,last_name,covered_from\n1,A,B,2020-01-01\n", encoding="utf-8")
    return file


class _Publisher(http.server.BaseHTTPRequestHandler):
    """Serves files that came in August, with an ETag."""

    def __init__(self, files: dict[str, bytes], *arguments: Any) -> None:
        self._files = files
        super().__init__(*arguments)

    def do_GET(self) -> None:
        known = self.headers.get("If-None-Match") == '"august"'
        body = b"" if known else self._files[self.path]
        self.send_response(304 if known else 200)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("ETag", '"august"')
        self.send_header("Last-Modified", "Sat, 01 Aug 2026 06:00:00 GMT")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Says nothing."""


@pytest.fixture
def publisher() -> Iterator[tuple[str, dict[str, bytes]]]:
    files: dict[str, bytes] = {}
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Publisher, files))
    with serving(server):
        yield f"http://127.0.0.1:{server.server_port}", files
