"""The small scripts of `deploy/`, run."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from cluster import free_port
from deployment import DEPLOY
from own_postgres import own_postgres
from postgres import Server, postgres_server
from sqlalchemy import create_engine, make_url, text

__all__ = ["postgres_server"]


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that PostgreSQL's own user can reach, which pytest's is not."""
    with tempfile.TemporaryDirectory(prefix="pulse-own-", dir="/tmp") as name:
        Path(name).chmod(0o755)
        yield Path(name)


def _rows(url: str, query: str) -> list[tuple[object, ...]]:
    engine = create_engine(url)
    try:
        with engine.begin() as connection:
            done = connection.execute(text(query))
            return [tuple(row) for row in done] if done.returns_rows else []
    finally:
        engine.dispose()


def test_a_postgresql_of_ones_own_keeps_its_data(need: Callable[[str], str], open_folder: Path) -> None:
    need("initdb")
    with own_postgres(open_folder / "pg", free_port(), ("pulse", "engine")) as (pulse, engine):
        _rows(pulse, "CREATE TABLE kept AS SELECT 7 AS n")
        assert _rows(engine, "SELECT count(*) FROM pg_tables WHERE tablename = 'kept'") == [(0,)]
    with own_postgres(open_folder / "pg", free_port(), ("pulse", "engine")) as (pulse, _):
        assert _rows(pulse, "SELECT n FROM kept") == [(7,)]


def test_the_databases_of_compose_belong_to_one_owner_each(
    need: Callable[[str], str], postgres_server: Server, tmp_path: Path
) -> None:
    psql = need("psql")
    for name in ("database_password", "DB_PASSWORD"):
        (tmp_path / name).write_text("it's secret")
    server = make_url(postgres_server.empty())
    path = f"{Path(psql).parent}:{os.environ['PATH']}"
    environment = os.environ | {"PGHOST": "127.0.0.1", "PGPORT": str(server.port), "PATH": path}
    command = ["sh", str(DEPLOY / "postgres" / "databases.sh")]
    subprocess.run(command, env=environment | {"SECRETS": str(tmp_path)}, check=True, capture_output=True)
    query = "SELECT d.datname, r.rolname FROM pg_database d JOIN pg_roles r ON r.oid = d.datdba WHERE NOT r.rolsuper"
    url = server.render_as_string(hide_password=False)
    assert sorted(_rows(url, query)) == [("engine", "engine"), ("pulse", "pulse")]
    other = server.set(username="pulse", database="engine")
    with pytest.raises(Exception, match="permission denied"):
        _rows(other.render_as_string(hide_password=False), "SELECT 1")


def test_secrets_are_drawn_once_and_closed_to_others(tmp_path: Path) -> None:
    script = tmp_path / "secrets.sh"
    script.write_bytes((DEPLOY / "secrets.sh").read_bytes())
    subprocess.run(["sh", script], input="imap one\nsmtp two\n", text=True, check=True, capture_output=True)
    folder = tmp_path / "secrets"
    first = {file.name: file.read_text() for file in folder.iterdir()}
    assert (first["imap_password"], first["smtp_password"]) == ("imap one", "smtp two")
    assert first["database_url"] == f"postgresql://pulse:{first['database_password']}@postgres:5432/pulse"
    drawn = [
        first[name] for name in first if name.endswith("_password") and name not in ("imap_password", "smtp_password")
    ]
    assert all(len(secret) == 48 for secret in drawn)
    assert len(set(drawn)) == len(drawn) == 4
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    subprocess.run(["sh", script], input="", text=True, check=True, capture_output=True)
    assert {file.name: file.read_text() for file in folder.iterdir()} == first


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"PULSE_DATABASE_URL": "postgresql://db/pulse"}, "PULSE_DATABASE_URL and PULSE_ENGINE_STORE_URL go together"),
        ({"PULSE_IMAP_HOTS": "mail.example"}, "PULSE_IMAP_HOTS is not a setting of Pulse"),
    ],
)
def test_a_cluster_with_wrong_settings_does_not_start_and_says_why(
    tmp_path: Path, settings: dict[str, str], told: str
) -> None:
    command = [sys.executable, str(DEPLOY / "cluster.py"), "--folder", str(tmp_path / "cluster")]
    done = subprocess.run(command, env=os.environ | settings, capture_output=True, text=True, check=False, timeout=120)
    assert (done.returncode, done.stdout) == (1, "")
    assert told in done.stderr
    assert "Traceback" not in done.stderr
