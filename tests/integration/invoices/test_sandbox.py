"""The forked child: it dies, the parent lives; any thread may read; nothing is left behind."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from pulse.base.errors import Unreadable
from pulse.invoices.reading import Limits, page_image, read_pdf, read_xml
from pulse.invoices.sandbox import wire
from pulse.invoices.sandbox.caller import Sandbox, Usage
from pulse.synthetic import form_pdf, hostile, invoice, xml

ROOT = Path(__file__).resolve().parents[3]
MIB = 1024 * 1024


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    own = Sandbox()
    yield own
    own.stop()


@pytest.fixture(scope="module")
def form() -> bytes:
    return form_pdf(invoice(31, rows=3), annex=False)


def test_threads_read_side_by_side_and_each_gets_its_own(sandbox: Sandbox) -> None:
    truths = [invoice(seed, rows=1) for seed in range(40, 52)]
    forms = [form_pdf(truth, annex=False) for truth in truths]
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda data: sandbox.call({"operation": "pdf"}, data, Limits())[0], forms))
    for truth, answer in zip(truths, answers, strict=True):
        assert f'"invoice_number":"{truth.invoice_number}"'.encode() in answer


def test_an_answer_counts_although_the_channel_had_no_room_for_the_word_behind_it(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours, theirs = socket.socketpair()
    with theirs:
        wire.send_frame(theirs, wire.RESULT, b"an answer")
        theirs.shutdown(socket.SHUT_WR)
        monkeypatch.setattr(sandbox, "_order", lambda _: (None, ours))
        assert sandbox.call({}, b"", Limits()) == (b"an answer", Usage())


def test_two_documents_are_read_at_the_same_time(sandbox: Sandbox, form: bytes) -> None:
    sandbox.call({"operation": "pdf"}, form, Limits())
    assert sandbox._process is not None
    server = sandbox._process.pid
    bomb = hostile.recursive_form()

    def read(_: int) -> str:
        with pytest.raises(Unreadable) as refused:
            sandbox.call({"operation": "pdf"}, bomb, Limits(time_s=4.0))
        return refused.value.reason

    with ThreadPoolExecutor(2) as pool:
        reasons = pool.map(read, range(2))
        assert _wait_for(lambda: len(_session(server)) == 3), "the server and a child for each"
        assert list(reasons) == ["P106", "P106"]


def test_a_bomb_beside_good_forms_harms_none_of_them(sandbox: Sandbox, form: bytes) -> None:
    def read(data: bytes) -> str:
        try:
            return "read" if sandbox.call({"operation": "pdf"}, data, Limits())[0] else ""
        except Unreadable as error:
            return error.reason

    with ThreadPoolExecutor(3) as pool:
        assert list(pool.map(read, [form, hostile.flate_bomb(), form])) == ["read", "P106", "read"]


def test_what_broke_in_a_child_is_told_by_its_statement(sandbox: Sandbox) -> None:
    with pytest.raises(Unreadable) as refused:
        sandbox.call({"operation": "none that there is"}, b"", Limits())
    assert refused.value.reason == "P103"
    assert re.fullmatch(r"KeyError at one_document\.py:\d+", refused.value.details["broke"])


def test_a_child_that_takes_too_long_is_killed_on_time(sandbox: Sandbox, form: bytes) -> None:
    sandbox.call({"operation": "pdf"}, form, Limits())
    bomb = hostile.glyph_bomb(150_000)
    start = time.monotonic()
    with pytest.raises(Unreadable) as refused:
        sandbox.call({"operation": "pdf"}, bomb, Limits(time_s=0.2))
    assert time.monotonic() - start < 10
    assert refused.value.reason == "P106"
    assert refused.value.details["ended_by"] in {"overdue", "SIGXCPU", "SIGALRM"}


def test_a_child_never_gets_more_memory_than_its_limit(sandbox: Sandbox) -> None:
    for make in (hostile.flate_bomb, hostile.stacked_filters):
        with pytest.raises(Unreadable) as refused:
            sandbox.call({"operation": "pdf"}, make(), Limits())
        assert refused.value.reason == "P106"
        assert int(str(refused.value.details["peak_mib"])) <= 512


def test_a_good_form_needs_little(sandbox: Sandbox, form: bytes) -> None:
    _, usage = sandbox.call({"operation": "pdf"}, form, Limits())
    assert usage.peak_bytes < 128 * MIB


def test_a_server_that_was_killed_is_started_anew(sandbox: Sandbox, form: bytes) -> None:
    sandbox.call({"operation": "pdf"}, form, Limits())
    assert sandbox._process is not None
    os.kill(sandbox._process.pid, signal.SIGKILL)
    assert sandbox.call({"operation": "pdf"}, form, Limits())[0]


def test_no_secret_reaches_the_reading_process(sandbox: Sandbox, form: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PULSE_SMTP_PASSWORD", "hunter2")
    sandbox.call({"operation": "pdf"}, form, Limits())
    assert sandbox._process is not None
    environment = Path(f"/proc/{sandbox._process.pid}/environ")
    if not environment.exists():
        pytest.skip("there is no /proc here")
    assert b"hunter2" not in environment.read_bytes()


def test_a_forked_copy_of_the_parent_reads_by_its_own_server(sandbox: Sandbox, form: bytes) -> None:
    sandbox.call({"operation": "pdf"}, form, Limits())
    program = (
        "import os, sys\n"
        "from pulse.invoices.reading import read_pdf\n"
        "data = sys.stdin.buffer.read()\n"
        "read_pdf(data)\n"
        "pid = os.fork()\n"
        "number = read_pdf(data).invoice_number\n"
        "print(number, flush=True)\n"
        "if pid: os.waitpid(pid, 0)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], input=form, cwd=ROOT, capture_output=True, timeout=150, check=True
    )
    assert done.stdout.decode().split() == [invoice(31, rows=3).invoice_number] * 2


def test_nothing_stays_when_the_parent_is_killed(form: bytes, tmp_path: Path) -> None:
    bomb = tmp_path / "bomb.pdf"
    bomb.write_bytes(hostile.recursive_form())
    program = (
        "import sys, threading, pathlib\n"
        "from pulse.invoices import reading\n"
        "from pulse.invoices.sandbox import caller as sandbox\n"
        "reading.read_pdf(sys.stdin.buffer.read())\n"
        "print(sandbox.SANDBOX._process.pid, flush=True)\n"
        f"reading.read_pdf(pathlib.Path({str(bomb)!r}).read_bytes())\n"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", program],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=ROOT,
    )
    with parent:
        assert parent.stdin
        assert parent.stdout
        parent.stdin.write(form)
        parent.stdin.close()
        server = int(parent.stdout.readline())
        group = _wait_for(lambda: [pid for pid in _session(server) if pid != server])
        assert group, "the child is at work"
        parent.kill()
    assert _wait_for(lambda: not _session(server)), "server and children ended with the parent"


def _session(server: int) -> list[int]:
    """The server and its children: it leads its own session."""
    listed = subprocess.run(["ps", "-o", "pid=,stat=", "-s", str(server)], capture_output=True, text=True, check=False)
    return [int(line.split()[0]) for line in listed.stdout.splitlines() if "Z" not in line.split()[1]]


def _wait_for(condition):
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if found := condition():
            return found
        time.sleep(0.01)
    return None


def test_a_page_becomes_a_picture_in_the_same_kind_of_child(form: bytes) -> None:
    assert page_image(form, 1)[:8] == b"\x89PNG\r\n\x1a\n"
    assert len(page_image(form, 1, dpi=50)) < len(page_image(form, 1))
    with pytest.raises(Unreadable) as refused:
        page_image(form, 9)
    assert refused.value.reason == "P100"
    with pytest.raises(Unreadable) as refused:
        page_image(hostile.zip_named_pdf(), 1)
    assert refused.value.reason == "P101"
    assert len(page_image(hostile.huge_page(), 1)) < MIB


def test_xml_is_read_in_a_child_too() -> None:
    truth = invoice(33, rows=2)
    read = read_xml(xml(truth), today=truth.invoice_date)
    assert read.positions == truth.positions
    assert read.findings == ()
    with pytest.raises(Unreadable) as refused:
        read_xml(b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>")
    assert refused.value.reason == "P109"


def test_a_file_beyond_the_size_limit_is_not_even_sent() -> None:
    with pytest.raises(Unreadable) as refused:
        read_pdf(b"%PDF-" + b" " * (26 * MIB))
    assert refused.value.reason == "P110"


def test_the_reading_process_has_no_network_where_the_kernel_lets_it_give_that_up(
    sandbox: Sandbox, form: bytes
) -> None:
    unshare = shutil.which("unshare")
    if unshare is None or subprocess.run([unshare, "-Un", "true"], capture_output=True, check=False).returncode:
        pytest.skip("this kernel gives no network namespace to anybody")
    sandbox.call({"operation": "pdf"}, form, Limits())
    assert sandbox._process is not None
    theirs = Path(f"/proc/{sandbox._process.pid}/ns/net").readlink()
    assert theirs != Path("/proc/self/ns/net").readlink()
