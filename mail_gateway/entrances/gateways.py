"""Several mailboxes and folders in one process: a gateway each, none of which stops another."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from typing import Protocol

import structlog

from mail_gateway.entrances.gateway import PollResult
from mail_gateway.entrances.health import Health

log = structlog.get_logger(__name__)

#: How long all of them may take to end, connections that have to be cut included.
_END_S = 12.0


class Poller(Protocol):
    """One folder of a mailbox, or one of a file system."""

    @property
    def health(self) -> Health:
        """How it is."""
        ...

    def poll_once(self) -> PollResult:
        """Does everything that is to do now."""
        ...

    def run(self, stop: threading.Event) -> None:
        """Does so again and again until `stop` is set."""
        ...

    def close(self) -> None:
        """Gives back what it holds."""
        ...


class Gateways:
    """Polled once, or run until they are stopped."""

    def __init__(self, gateways: Sequence[Poller]) -> None:
        self._gateways = gateways

    @property
    def health(self) -> list[Health]:
        """How each of them is."""
        return [gateway.health for gateway in self._gateways]

    def poll_once(self) -> tuple[PollResult, list[Exception]]:
        """Polls each; what all of them did (`idle` where none of them could read), and what went wrong."""
        results: list[PollResult] = []
        errors: list[Exception] = []
        for gateway in self._gateways:
            try:
                results.append(gateway.poll_once())
            except Exception as error:  # noqa: BLE001  the others are polled all the same
                health = gateway.health
                log.warning("poll failed", action="mail:poll:failed", mailbox=health.logged, folder=health.folder,
                            error=type(error).__name__, reason=health.reason)  # fmt: skip
                errors.append(error)
        return sum(results, PollResult(idle=bool(results))), errors

    def run(self, stop: threading.Event) -> None:
        """Runs all of them, each in a thread of its own, until `stop` is set."""
        threads = [
            threading.Thread(target=gateway.run, args=(stop,), name=f"mail-{number}", daemon=True)
            for number, gateway in enumerate(self._gateways, start=1)
        ]
        for thread in threads:
            thread.start()
        stop.wait()
        deadline = time.monotonic() + _END_S
        for thread in threads:
            thread.join(max(deadline - time.monotonic(), 0.0))
        left = sum(thread.is_alive() for thread in threads)
        if left:
            log.warning("gateways do not end", action="mail:stop", left=left)

    def close(self) -> None:
        """Logs all of them out and gives the leases back."""
        for gateway in self._gateways:
            gateway.close()
