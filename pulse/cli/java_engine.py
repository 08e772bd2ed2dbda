"""`pulse engine --kind operaton|camunda`: a Java engine in the foreground."""

from __future__ import annotations

import shlex
import signal
from collections.abc import Sequence
from ipaddress import ip_address
from pathlib import Path

import typer

from pulse.engine.java import Build, Database, JavaEngine, JavaEngineError, Kind, build
from pulse.settings import Settings


def serve(settings: Settings, kind: Kind, *, host: str, port: int, define: Sequence[str]) -> None:
    """Build it if need be, start it, print its REST root, and stay until SIGTERM; exit code 1 if it cannot run."""
    on_postgresql = settings.engine_store.startswith("postgresql")
    if _login(settings) is None and (on_postgresql or not _is_loopback(host)):
        where = "keeps its state in PostgreSQL" if on_postgresql else f"listens on {host}"
        raise typer.BadParameter(f"an engine that {where} wants PULSE_ENGINE_USER and PULSE_ENGINE_PASSWORD")
    properties = dict(_property(text) for text in define)
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, _stop)
    folder = settings.data_dir.resolve() / "engines"
    try:
        built = build(kind, folder, properties=properties, report=_tell)
        with _engine(settings, built, folder, host, port) as engine:
            typer.echo(engine.url)
            _tell(f"Tasklist, Cockpit and Admin: {engine.webapp_url}/ as {engine.user}. Log: {engine.log}")
            engine.wait()
    except JavaEngineError as error:
        _tell(f"pulse: {error} [{error.code}]")
        raise typer.Exit(1) from None


def _engine(settings: Settings, built: Build, folder: Path, host: str, port: int) -> JavaEngine:
    """Without a login in the settings REST is open, and demo with the password demo may use the web applications."""
    if settings.engine_store.startswith("postgresql"):
        database = Database.postgresql(settings.engine_store)
    else:
        database = Database.in_file(folder / built.kind)
    login = _login(settings)
    user, password = login or ("demo", "demo")
    return JavaEngine(
        built,
        log=folder / f"{built.kind}-{port or 'any'}.log",
        host=host,
        port=port,
        user=user,
        password=password,
        login=login is not None,
        database=database,
        java_options=shlex.split(settings.engine_java_options),
    )


def _login(settings: Settings) -> tuple[str, str] | None:
    if not settings.engine_user:
        return None
    if not settings.engine_password:
        raise typer.BadParameter("PULSE_ENGINE_USER wants a PULSE_ENGINE_PASSWORD beside it")
    return settings.engine_user, settings.engine_password.get_secret_value()


def _property(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not (name and equals):
        raise typer.BadParameter(f"{text!r} is not NAME=VALUE", param_hint="--define")
    return name, value


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def _tell(line: str) -> None:
    typer.echo(line, err=True)


def _stop(_signal: int, _frame: object) -> None:
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, signal.SIG_IGN)  # it is being stopped: a second signal shall not leave half of that undone
    raise SystemExit(0)
