"""`pulse worker`: works on the engine's external tasks, in one process or several."""

from __future__ import annotations

import contextlib
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from pulse.engine.worker import Status
    from pulse.settings import Settings


def worker(
    topics: Annotated[str | None, typer.Option(help="Only these, with commas between; default: all.")] = None,
    slots: Annotated[
        int | None, typer.Option(min=1, help="Tasks at once in each process; default: PULSE_WORKER_SLOTS.")
    ] = None,
    processes: Annotated[int, typer.Option(min=1, help="How many processes; one that dies is started again.")] = 1,
    health_port: Annotated[
        int | None,
        typer.Option(min=0, max=65535, help="Serve /healthz, /readyz and /metrics here; 0 picks a free port."),
    ] = None,
    report_to: Annotated[int | None, typer.Option(hidden=True)] = None,
) -> None:
    """Work on the engine's external tasks until SIGTERM; also relays the outbox.

    With --health-port the first line on stdout is the address. A terminal shows a line of progress.
    """
    import workers
    from pulse.cli.house import refuse_other_schema
    from pulse.settings import load

    names = [name.strip() for name in topics.split(",")] if topics else sorted(workers.TOPICS)
    unknown = sorted(set(names) - set(workers.TOPICS))
    if unknown:
        known = ", ".join(sorted(workers.TOPICS))
        raise typer.BadParameter(f"{', '.join(unknown)}: no such topic; there are {known}", param_hint="--topics")
    settings = load()
    refuse_other_schema(settings)
    if processes > 1:
        _many(settings, names, slots, processes, health_port)
    else:
        _one(settings, names, slots, health_port, report_to)


def _one(
    settings: Settings, names: list[str], slots: int | None, health_port: int | None, report_to: int | None
) -> None:
    from pulse import wiring
    from pulse.claims import relay
    from pulse.engine.worker.supervisor import report

    office = wiring.office(settings)
    running = wiring.worker(settings, office, topics=names, slots=slots)
    stopped = threading.Event()

    def stop(_signal: int, _frame: object) -> None:
        stopped.set()
        running.stop()

    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, stop)
    if report_to is not None:
        report(running, report_to)
    relaying = threading.Thread(target=relay.run, args=(office, stopped), name="relay", daemon=True)
    with _watched(settings, running.status, health_port, show=report_to is None):
        relaying.start()
        running.run()
    stopped.set()
    relaying.join(timeout=10)


def _many(settings: Settings, names: list[str], slots: int | None, processes: int, health_port: int | None) -> None:
    from pulse.engine.worker.supervisor import Supervisor

    options = ["--topics", ",".join(names), *(["--slots", str(slots)] if slots else [])]

    def command(report_to: int) -> list[str]:
        return [sys.executable, "-m", "pulse", "worker", *options, "--report-to", str(report_to)]

    supervisor = Supervisor(command, processes)
    with _watched(settings, supervisor.status, health_port, show=True):
        code = supervisor.run()
    raise typer.Exit(code)


@contextlib.contextmanager
def _watched(
    settings: Settings, status: Callable[[], Status], health_port: int | None, *, show: bool
) -> Iterator[None]:
    """Progress on a terminal, logs, and the health server where one is wanted."""
    from pulse import wiring

    with contextlib.ExitStack() as stack:
        if show and sys.stderr.isatty():
            from pulse.cli.progress import progress

            stack.enter_context(progress(status))  # before the logs, which go above it
        wiring.start_logs(settings)
        if health_port is not None:
            from pulse.engine.worker.health import HealthServer

            host = settings.worker_health_host
            typer.echo(stack.enter_context(HealthServer(status, host=host, port=health_port)).url)
        yield
