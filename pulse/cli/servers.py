"""`pulse web`, `pulse engine`, `pulse deploy`: the processes of a running Pulse."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import Annotated, Literal

import typer


def web(
    port: Annotated[int | None, typer.Option(help="Port; 0 picks a free one. Default: PULSE_WEB_PORT.")] = None,
) -> None:
    """Serve the pages and the REST interface until SIGTERM; the first line on stdout is the address."""
    from pulse import wiring
    from pulse.cli.house import refuse_other_schema
    from pulse.invoices.reading import warm_up
    from pulse.settings import load
    from pulse.web.server import listen

    settings = load()
    wiring.start_logs(settings)
    refuse_other_schema(settings)
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
    kind: Annotated[
        Literal["embedded", "operaton", "camunda"], typer.Option(help="The others need Java and Maven.")
    ] = "embedded",
    define: Annotated[
        list[str] | None, typer.Option("--define", "-D", help="Property for Maven: engine.version=1.0.4.")
    ] = None,
) -> None:
    """Run a process engine until SIGTERM; the first line on stdout is its REST root."""
    from pulse import logs
    from pulse.settings import load

    settings = load()
    logs.set_up(level=settings.log_level, style=settings.log_format)
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    if kind != "embedded":
        from pulse.cli import java_engine

        java_engine.serve(settings, kind, host=host, port=port, define=define or [])
        return
    from pulse.engine.embedded.people import Login
    from pulse.engine.embedded.server import serve

    user, password = settings.engine_user, settings.engine_password
    login = Login(user, password.get_secret_value()) if user and password else None
    serve(settings.engine_store, host, port, typer.echo, login=login)


def deploy(
    models_only: Annotated[bool, typer.Option("--models-only", help="No groups, filters, rights.")] = False,
    demo_users: Annotated[bool, typer.Option("--demo-users", help="Also users to try the Tasklist with.")] = False,
    risk_table: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="Your own DMN file in the place of ours.")
    ] = None,
) -> None:
    """Deploy the models; make groups, filters and rights for the engine's own Tasklist and Cockpit.

    Unchanged models make no new version, and what is there already is left as it is.
    """
    from pulse.base.errors import PulseError
    from pulse.engine.errors import EngineError

    try:
        _deploy(models_only=models_only, demo_users=demo_users, risk_table=risk_table)
    except EngineError as error:
        raise PulseError(f"The engine: {error}", code=error.code) from error


def _deploy(*, models_only: bool, demo_users: bool, risk_table: Path | None) -> None:
    import secrets

    from pulse import wiring
    from pulse.claims import engine_access
    from pulse.claims.deploy import deploy as run
    from pulse.settings import load

    engine = wiring.engine_client(load())
    typer.echo(f"Deployed: {run(engine, risk_table=risk_table.read_bytes() if risk_table else None)}")
    if not models_only:
        access = engine_access.give_access(engine)
        for line in access.made:
            typer.echo(f"Made: {line}")
        for line in access.left_out:
            typer.echo(f"Left out: {line}", err=True)
        if not access.made and not access.left_out:
            typer.echo("Groups, filters and rights: as they were.")
    if demo_users:
        made = engine_access.add_users(engine, engine_access.DEMO_USERS, lambda: secrets.token_urlsafe(9))
        for login, password in made.items():
            typer.echo(f"User: {login} {password}")
