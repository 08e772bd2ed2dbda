"""`pulse worker`: works on the engine's external tasks."""

from __future__ import annotations

import signal
import threading
from typing import Annotated

import typer


def worker(
    slots: Annotated[int | None, typer.Option(help="Tasks worked on at once; default: PULSE_WORKER_SLOTS.")] = None,
) -> None:
    """Work on the engine's external tasks until SIGTERM; also relays the outbox."""
    from pulse import wiring
    from pulse.claims import relay
    from pulse.settings import load

    settings = load()
    wiring.start_logs(settings)
    office = wiring.office(settings)
    running = wiring.worker(settings, office, slots=slots)
    stopped = threading.Event()

    def stop(_signal: int, _frame: object) -> None:
        stopped.set()
        running.stop()

    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, stop)
    relaying = threading.Thread(target=relay.run, args=(office, stopped), name="relay", daemon=True)
    relaying.start()
    running.run()
    stopped.set()
    relaying.join(timeout=10)
