"""Building and running a Java engine, with stand-ins for `java` and `mvn`: what is told when something goes wrong."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from pulse.engine.java import Build, BuildFailed, Database, EngineDied, JavaEngine, NotReady, ToolMissing, build

Program = Callable[..., Path]

#: Unpacks what `mvn` made, as Spring Boot's own tool does.
UNPACKS = (
    "mkdir -p unpacked/lib && cp target/engine.jar unpacked/ && touch unpacked/lib/a-spin-1.jar unpacked/lib/b.jar"
)
BUILDS = 'mkdir target && echo "$@" > target/engine.jar && echo built >> "$BUILDS"'
#: Answers /version with a status, and says at its end that it was asked to stop.
SERVES = f"""exec {sys.executable} -c '
import http.server, os, signal, sys
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(int(os.environ["STATUS"])); self.send_header("Content-Length", "0"); self.end_headers()
    def log_message(self, *_): pass
server = http.server.HTTPServer(("127.0.0.1", int(os.environ["ENGINE_PORT"])), Handler)
def stop(*_):
    open(os.environ["LOGGING_FILE_NAME"], "a").write("stopped\\n"); os._exit(143)
signal.signal(signal.SIGTERM, stop)
print("Picked up JAVA_TOOL_OPTIONS", flush=True)
print("listening on", server.server_port, flush=True)
server.serve_forever()
'"""


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Program:
    """`program("mvn", "exit 1")` is all that the PATH has beside the system's own."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}:/bin")
    monkeypatch.setenv("BUILDS", str(tmp_path / "builds"))

    def make(name: str, script: str) -> Path:
        path = folder / name
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)
        return path

    return make


class TestBuild:
    def test_it_is_built_once_and_again_for_another_version(self, program: Program, tmp_path: Path) -> None:
        program("java", UNPACKS)
        program("mvn", BUILDS)
        said: list[str] = []
        first, again = (build("operaton", tmp_path / "engines", report=said.append) for _ in range(2))
        other = build("camunda", tmp_path / "engines", properties={"engine.version": "7.23.0"})
        assert first == again
        assert (tmp_path / "builds").read_text().count("built") == 2
        assert [line.split(",")[0] for line in said] == ["Building Operaton 1.0.3"]
        assert other.folder.name.startswith("camunda-7.23.0-")
        assert "-P camunda -Dengine.version=7.23.0 package" in (other.folder / "engine.jar").read_text()
        assert {path.name for path in (tmp_path / "engines").iterdir()} == {
            "build.lock",
            first.folder.name,
            other.folder.name,
        }

    def test_of_two_who_start_at_once_one_builds(self, program: Program, tmp_path: Path) -> None:
        program("java", UNPACKS)
        program("mvn", f"sleep 0.3; {BUILDS}")
        found: list[Build] = []
        threads = [threading.Thread(target=lambda: found.append(build("operaton", tmp_path / "e"))) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        assert len(found) == 2
        assert (tmp_path / "builds").read_text().split() == ["built"]

    def test_what_maven_said_last_is_told_and_nothing_is_left(self, program: Program, tmp_path: Path) -> None:
        program("java", UNPACKS)
        program("mvn", 'for n in 1 2 3; do echo "[ERROR] line $n"; done; exit 1')
        with pytest.raises(BuildFailed, match=r"mvn said:\n\[ERROR\] line 1\n.*\n\[ERROR\] line 3"):
            build("operaton", tmp_path / "engines")
        assert [path.name for path in (tmp_path / "engines").iterdir()] == ["build.lock"]

    @pytest.mark.parametrize(("present", "absent"), [("mvn", "java"), ("java", "mvn")])
    def test_a_missing_program_is_named_before_anything_is_made(
        self, program: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, present: str, absent: str
    ) -> None:
        monkeypatch.setenv("PATH", str(program(present, "exit 0").parent))
        with pytest.raises(ToolMissing, match=f"`{absent}` is not on the PATH: install"):
            build("operaton", tmp_path / "engines")
        assert not (tmp_path / "engines").exists()

    def test_spin_can_be_left_out(self, program: Program, tmp_path: Path) -> None:
        program("java", UNPACKS)
        program("mvn", BUILDS)
        built = build("operaton", tmp_path / "engines")
        assert [jar.name for jar in built.class_path()] == ["engine.jar", "a-spin-1.jar", "b.jar"]
        assert [jar.name for jar in built.class_path(spin=False)] == ["engine.jar", "b.jar"]


class TestRunning:
    @pytest.fixture
    def engine(self, program: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., JavaEngine]:
        def make(script: str, status: int = 200, **options: object) -> JavaEngine:
            monkeypatch.setenv("STATUS", str(status))
            built = Build(kind="operaton", folder=tmp_path, java=str(program("java", script)))
            return JavaEngine(built, log=tmp_path / "logs" / "engine.log", **options)  # type: ignore[arg-type]

        return make

    def test_it_tells_where_it_answers_and_is_stopped_at_the_end(self, engine: Callable[..., JavaEngine]) -> None:
        with engine(SERVES) as running:
            port = running.port
            assert port > 0
            assert running.url == f"http://127.0.0.1:{port}/engine-rest"
            assert running.webapp_url == f"http://127.0.0.1:{port}/operaton"
        assert running.log.read_text() == "stopped\n"
        running.stop()

    def test_an_engine_that_does_not_start_tells_the_end_of_this_runs_log(
        self, engine: Callable[..., JavaEngine]
    ) -> None:
        failing = engine('echo "no such option"; echo "port in use" >> "$LOGGING_FILE_NAME"; exit 3')
        failing.log.parent.mkdir()
        failing.log.write_text("from the run before\n")
        with pytest.raises(EngineDied, match=r"status 3.*\nno such option\nport in use") as told, failing:
            pass
        assert "run before" not in str(told.value)

    def test_an_engine_that_ends_by_itself_is_noticed(self, engine: Callable[..., JavaEngine]) -> None:
        with engine(SERVES) as running:
            os.kill(running.pid, signal.SIGKILL)
            with pytest.raises(EngineDied, match="status -9"):
                running.wait()
            port = running.port
            running.start()
            assert running.port == port

    def test_a_login_that_the_database_does_not_know_is_told_apart(self, engine: Callable[..., JavaEngine]) -> None:
        with pytest.raises(NotReady, match="does not let demo in: its database knows another password"):
            engine(SERVES, status=401).start()

    def test_the_wait_for_it_has_an_end(self, engine: Callable[..., JavaEngine]) -> None:
        slow = engine("exec sleep 60")
        with pytest.raises(NotReady, match=r"not ready within 0 s.*engine\.log"):
            slow.start(within_s=0.1)


class TestDatabase:
    def test_a_postgresql_url_becomes_jdbc_with_the_login_apart(self) -> None:
        for scheme in ("postgresql", "postgresql+psycopg"):
            database = Database.postgresql(f"{scheme}://pulse:p%40ss@db.example:5433/engine?sslmode=require")
            assert database.url == "jdbc:postgresql://db.example:5433/engine?sslmode=require"
            assert (database.user, database.password) == ("pulse", "p@ss")

    def test_a_file_is_named_in_full(self, tmp_path: Path) -> None:
        assert Database.in_file(tmp_path / "operaton").url.startswith(f"jdbc:h2:file:{tmp_path}/operaton;")
