"""`pulse worker`, `pulse web`, `pulse engine`, `pulse deploy`: the processes of a running Pulse."""

from __future__ import annotations

import signal
import threading
from typing import Annotated, Literal

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


def web(
    port: Annotated[int | None, typer.Option(help="Port; 0 picks a free one. Default: PULSE_WEB_PORT.")] = None,
) -> None:
    """Serve the pages and the REST interface until SIGTERM; the first line on stdout is the address."""
    from pulse import wiring
    from pulse.invoices.reading import warm_up
    from pulse.settings import load
    from pulse.web.server import listen

    settings = load()
    wiring.start_logs(settings)
    warm_up()
    application = wiring.web(settings, wiring.office(settings))
    chosen = settings.web_port if port is None else port
    server = listen(application, host=settings.web_host, port=chosen)

    def stop(_signal: int, _frame: object) -> None:
        raise SystemExit(0)

    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, stop)
    typer.echo(f"http://{settings.web_host}:{server.effective_port}")
    server.run()


def engine(
    port: Annotated[int, typer.Option(help="Port; 0 picks a free one.")] = 8085,
    host: Annotated[str, typer.Option(help="Interface to listen on.")] = "127.0.0.1",
    kind: Annotated[Literal["embedded"], typer.Option(help="Which engine.")] = "embedded",
) -> None:
    """Run the embedded process engine until SIGTERM; the first line on stdout is its REST root."""
    from pulse import logs
    from pulse.engine.embedded.server import serve
    from pulse.settings import load

    settings = load()
    logs.set_up(level=settings.log_level, style=settings.log_format)
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    serve(settings.engine_store, host, port, typer.echo)


def deploy() -> None:
    """Deploy the process, its forms and its decision table; unchanged models make no new version."""
    from pulse import wiring
    from pulse.claims.deploy import deploy as run
    from pulse.settings import load

    typer.echo(f"Deployed: {run(wiring.engine_client(load()))}")
