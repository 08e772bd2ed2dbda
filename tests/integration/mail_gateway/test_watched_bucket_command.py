"""`pulse mail` with buckets as a process: real settings, real reader, S3 over HTTP; the engine is away."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from mail_house import engine_away, filled_database, settings
from s3_server import Bucket, S3Server

from db import invoices
from db.database import Database
from db.documents import DocumentStore
from pulse.synthetic import form_pdf, hostile, invoice

pytestmark = pytest.mark.xdist_group("s3")


@pytest.fixture
def environment(s3_server: S3Server, bucket: Bucket, tmp_path: Path, free_port: int) -> dict[str, str]:
    """An insurer that has no disk but for its database."""
    filled_database(tmp_path)
    ours = settings(tmp_path, engine_away(free_port)) | s3_server.environment()
    buckets = {"PULSE_WATCH_URL": f"{bucket.url}/in", "PULSE_DOCUMENTS_URL": f"{bucket.url}/documents"}
    return {
        **os.environ,
        **ours,
        **buckets,
        "PULSE_POLL_INTERVAL_S": "0.2",
        "PULSE_WATCH_REST_S": "0",
        "PULSE_WATCH_NAMES": "*.pdf",
    }


def pulse(*arguments: str, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pulse", *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=150, check=False)


def until(condition: Callable[[], bool], what: str, timeout_s: float = 90.0) -> None:
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, what
        time.sleep(0.05)


def test_what_another_client_puts_there_becomes_cases_until_sigterm_ends_it_in_seconds(
    environment: dict[str, str], bucket: Bucket, tmp_path: Path
) -> None:
    command = [sys.executable, "-m", "pulse", "mail"]
    options = {"env": environment, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    with subprocess.Popen(command, **options) as process:  # type: ignore[call-overload]
        said: list[str] = []
        listener = threading.Thread(target=lambda: said.append(process.stdout.read()))
        listener.start()
        try:
            bucket.put("in/protocol.txt", b"")
            bucket.put("in/Rechnung Müller.pdf", form_pdf(invoice(7), annex=False))
            until(lambda: "in/done/Rechnung Müller.pdf" in bucket.objects(), "the first one is done")
            # The file system has its thread by now; the sandbox goes on.
            for number in range(8, 12):
                bucket.put(f"in/{number}.pdf", form_pdf(invoice(number), annex=False))
            bucket.put("in/cut.pdf", hostile.truncated())
            until(lambda: len(bucket.objects("in/done/")) == 5 and bool(bucket.objects("in/failed/")), "the others")
            process.send_signal(signal.SIGTERM)
            assert process.wait(60) == 0
        finally:
            process.kill()
            listener.join()
    assert bucket.objects("in/failed/") == ["in/failed/cut.pdf"]
    assert "in/protocol.txt" in bucket.objects()
    assert not any(word in said[0] for word in ("Traceback", "Unclosed", "never awaited", "Müller")), said[0]
    database = Database(f"sqlite:///{tmp_path / 'pulse.db'}")
    with database.read() as connection:
        cases = invoices.page(connection, limit=10)
    database.close()
    assert [case.channel for case in cases] == ["folder"] * 5
    store = DocumentStore(environment["PULSE_DOCUMENTS_URL"])
    assert all(store.get(case.document_sha256).startswith(b"%PDF") for case in cases)
    assert not (tmp_path / "documents").exists()


def test_a_bucket_that_is_away_is_one_line_and_exit_1(environment: dict[str, str], free_port: int) -> None:
    done = pulse("mail", "--once", environment=environment | {"AWS_ENDPOINT_URL_S3": f"http://127.0.0.1:{free_port}"})
    assert done.returncode == 1
    last = done.stderr.strip().splitlines()[-1]
    assert last == (
        "pulse: The watched folder cannot be read or written: the server does not answer at its address. "
        "[watched_folder_unavailable]"
    )
    assert "Traceback" not in done.stderr


def test_doctor_tries_both_buckets_and_names_what_is_wrong(environment: dict[str, str], bucket: Bucket) -> None:
    bucket.put("in/a.PDF", b"x")
    bucket.put("in/protocol.txt", b"x")
    good = pulse("doctor", environment=environment).stdout.splitlines()
    assert f"ok    documents: {bucket.url}/documents, written to, read from and deleted from" in good
    assert f"ok    watch: {bucket.url}/in, 1 files wait" in good
    assert bucket.objects() == ["in/a.PDF", "in/protocol.txt"]
    typo = environment | {"PULSE_DOCUMENTS_URL": "s3://no-such/x", "PULSE_WATCH_URL": "s3://no-such/in"}
    bad = pulse("doctor", environment=typo)
    assert bad.returncode == 1
    why = "there is no such folder or bucket."
    assert f"FAIL  documents: The document folder cannot be written or read: {why}" in bad.stdout.splitlines()
    assert f"FAIL  watch: The watched folder cannot be read or written: {why}" in bad.stdout.splitlines()
