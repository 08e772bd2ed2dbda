"""The warm process that has the readers loaded and forks a child for every document.

It is single-threaded, holds no secret (its environment is cleared), and has no network where the kernel lets it give
that up. It enforces the wall limit, collects the dead and says what they used. It ends when its parent ends: the
control socket closes. Run as `python -m pulse.invoices.sandbox.fork_server FD`.

What a document costs here beside its reading is mostly the kernel's: copying and dropping the child's page tables, and
a copy of each page that the child writes to, which reference counts do to most pages it looks at. Tried and left out,
for no gain could be measured: copying those pages in one call beforehand (all of them, or those that a first child had
written to), huge pages, malloc in place of Python's allocator, filling that one's holes, fewer libraries, more
rehearsals.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import json
import os
import select
import signal
import socket
import sys
import time
from dataclasses import dataclass

from pulse.invoices.sandbox import one_document, wire

_CLONE_NEWUSER, _CLONE_NEWNET = 0x10000000, 0x40000000
_LARGEST_WAIT_S = 3600.0


@dataclass
class _Child:
    channel: socket.socket
    deadline: float
    overdue: bool = False


class ForkServer:
    """Forks on order; `run` returns when the parent is gone."""

    def __init__(self, control: socket.socket) -> None:
        self._control = control
        self._children: dict[int, _Child] = {}
        self._wake, wake = socket.socketpair()
        wake.setblocking(False)
        self._wake.setblocking(False)
        self._wake_end = wake
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(wake.fileno(), warn_on_full_buffer=False)

    def run(self) -> None:
        """Serves until the control socket closes; then kills what still runs."""
        while True:
            ready, _, _ = select.select([self._control, self._wake], [], [], self._wait_s())
            if self._wake in ready:
                with contextlib.suppress(BlockingIOError):
                    self._wake.recv(4096)
            self._bury()
            self._kill_overdue()
            if self._control in ready and not self._take_order():
                break
        for pid in self._children:
            os.kill(pid, signal.SIGKILL)

    def _wait_s(self) -> float:
        deadlines = [child.deadline for child in self._children.values() if not child.overdue]
        return max(0.0, min(deadlines) - time.monotonic()) if deadlines else _LARGEST_WAIT_S

    def _take_order(self) -> bool:
        order, descriptors, _, _ = socket.recv_fds(self._control, wire.ORDER_SIZE, 1)
        if not order or not descriptors:
            return False
        channel = socket.socket(fileno=descriptors[0])
        limits = wire.Limits.unpack(order)
        server = os.getpid()
        pid = os.fork()
        if pid == 0:
            self._become_child(channel, limits, server)
        self._children[pid] = _Child(channel, time.monotonic() + limits.time_s)
        return True

    def _become_child(self, channel: socket.socket, limits: wire.Limits, server: int) -> None:
        """Never returns: whatever happens, the child ends here."""
        try:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            for other in (self._control, self._wake, self._wake_end, *(one.channel for one in self._children.values())):
                other.close()
            one_document.serve(channel, limits, server)
            os._exit(0)
        finally:
            os._exit(1)

    def _kill_overdue(self) -> None:
        now = time.monotonic()
        for pid, child in self._children.items():
            if not child.overdue and now >= child.deadline:
                child.overdue = True
                os.kill(pid, signal.SIGKILL)

    def _bury(self) -> None:
        while self._children:
            pid, status, usage = os.wait4(-1, os.WNOHANG)
            if pid == 0:
                return
            child = self._children.pop(pid)
            said = {
                "signal": os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0,
                "overdue": child.overdue,
                "peak_bytes": usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024),
                "cpu_s": round(usage.ru_utime + usage.ru_stime, 3),
            }
            child.channel.setblocking(False)
            with contextlib.suppress(OSError):
                wire.send_frame(child.channel, wire.STATUS, json.dumps(said).encode())
            child.channel.close()


def _give_up_network() -> None:
    """A new user and network namespace, where the kernel allows it to anybody (Linux)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).unshare(_CLONE_NEWUSER | _CLONE_NEWNET)


def main() -> None:
    """Loads the readers, then serves."""
    control = socket.socket(fileno=int(sys.argv[1]))
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    one_document.load()
    _give_up_network()
    gc.collect()
    gc.freeze()
    # A child lives for one document, within its memory limit: there is nothing to collect in time.
    gc.disable()
    ForkServer(control).run()


if __name__ == "__main__":
    main()
