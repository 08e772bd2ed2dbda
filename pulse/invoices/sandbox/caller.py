"""The parent's side of the fork server: safe from any thread; a child's death is a named problem here, nothing more."""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path

import structlog

from pulse.base.errors import Unavailable, Unreadable
from pulse.base.reasons import Reason
from pulse.invoices.sandbox import wire
from pulse.invoices.sandbox.wire import Limits

log = structlog.get_logger(__name__)

#: Beyond the child's wall limit: the fork server starts (once), the child is collected.
_GRACE_S = 15.0
#: The only settings that the fork server sees: no password reaches a process that opens strangers' files.
_ENVIRONMENT = ("PATH", "LANG", "LC_ALL", "TMPDIR", "LD_LIBRARY_PATH", "TESSDATA_PREFIX")


#: A large answer that lies unread in the channel leaves no room for the word behind it.
_UNKNOWN: dict[str, object] = {"signal": 0, "overdue": False, "peak_bytes": 0, "cpu_s": 0.0}


class ServerGone(Unavailable):
    """The reading process ended before it answered."""

    code = "reader_unavailable"


@dataclass(frozen=True)
class Usage:
    """What a child used."""

    peak_bytes: int = 0
    cpu_s: float = 0.0


class Sandbox:
    """Starts the fork server at the first call, and again should it die."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None

    def start(self) -> None:
        """Starts the fork server if it does not run; does not wait until it is warm."""
        with self._lock:
            self._ensure()

    def stop(self) -> None:
        """Ends the fork server and its children."""
        with self._lock:
            self._discard()

    def call(self, request: dict[str, object], data: bytes, limits: Limits) -> tuple[bytes, Usage]:
        """The child's answer and what it used.

        Raises `Unreadable` as the child says, with P106 if it died of its limits; `ServerGone` if no server answers.
        """
        payload = json.dumps(request).encode() + b"\n" + data
        try:
            return self._call(payload, limits)
        except ServerGone:
            log.warning("the reading process is gone, another one is started", action="read")
            return self._call(payload, limits)

    def forget(self) -> None:
        """In a forked copy of this process: the server belongs to the original, and so may the lock."""
        self._lock = threading.Lock()
        if self._control:
            self._control.close()
        if self._process:
            self._process.returncode = 0  # not ours to wait for
        self._process = self._control = None

    def _call(self, payload: bytes, limits: Limits) -> tuple[bytes, Usage]:
        process, channel = self._order(limits)
        with channel:
            channel.settimeout(limits.time_s + _GRACE_S)
            answer: tuple[bytes, bytes] | None = None
            try:
                with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                    wire.send_frame(channel, wire.REQUEST, payload)
                while frame := wire.receive_frame(channel):
                    if frame[0] == wire.STATUS:
                        return _result(answer, json.loads(frame[1]))
                    answer = answer or frame
                if answer:
                    return _result(answer, _UNKNOWN)
            except TimeoutError:
                self._retire(process)
                raise Unreadable("Reading took too long.", code=Reason.LIMITS_EXCEEDED) from None
            except (wire.BrokenFrame, ValueError):
                raise Unreadable("The document is damaged.", code=Reason.DAMAGED) from None
            except OSError:
                pass
        self._retire(process)
        raise ServerGone

    def _order(self, limits: Limits) -> tuple[subprocess.Popen[bytes], socket.socket]:
        """Has a child forked; the server that it comes from, and our end of its channel."""
        ours, theirs = socket.socketpair()
        with theirs, self._lock:
            process, control = self._ensure()
            try:
                socket.send_fds(control, [limits.pack()], [theirs.fileno()])
            except OSError:
                ours.close()
                self._discard()
                raise ServerGone from None
        return process, ours

    def _retire(self, process: subprocess.Popen[bytes]) -> None:
        """Ends this server, unless another thread has replaced it already."""
        with self._lock:
            if self._process is process:
                self._discard()

    def _ensure(self) -> tuple[subprocess.Popen[bytes], socket.socket]:
        if self._process is not None and self._process.poll() is not None:
            self._discard()
        if self._process is None or self._control is None:
            ours, theirs = socket.socketpair()
            with theirs:
                self._process = subprocess.Popen(  # noqa: S603  our own module by our own interpreter
                    [sys.executable, "-m", "pulse.invoices.sandbox.fork_server", str(theirs.fileno())],
                    pass_fds=[theirs.fileno()],
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                    env=_environment(),
                    start_new_session=True,
                )
            self._control = ours
        return self._process, self._control

    def _discard(self) -> None:
        process, control = self._process, self._control
        self._process = self._control = None
        if control:
            control.close()
        if process:
            try:
                process.wait(timeout=2)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _environment() -> dict[str, str]:
    kept = {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ}
    return {**kept, "PYTHONPATH": os.pathsep.join(path or str(Path.cwd()) for path in sys.path)}


def _result(answer: tuple[bytes, bytes] | None, status: dict[str, object]) -> tuple[bytes, Usage]:
    usage = Usage(int(str(status["peak_bytes"])), float(str(status["cpu_s"])))
    if answer and answer[0] == wire.RESULT:
        return answer[1], usage
    measured = {"peak_mib": usage.peak_bytes >> 20, "cpu_s": usage.cpu_s}
    if answer and answer[0] == wire.PROBLEM:
        problem = json.loads(answer[1])
        raise Unreadable(problem["message"], code=problem["code"], **{**measured, **problem["details"]})
    number = int(str(status["signal"]))
    name = "overdue" if status["overdue"] else signal.Signals(number).name if number else "exit"
    raise Unreadable(
        "The document needs more time or memory than is allowed.",
        code=Reason.LIMITS_EXCEEDED,
        ended_by=name,
        **measured,
    )


SANDBOX = Sandbox()
atexit.register(SANDBOX.stop)
os.register_at_fork(after_in_child=SANDBOX.forget)
