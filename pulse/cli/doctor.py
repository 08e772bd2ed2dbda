"""`pulse doctor`: what is set, what answers, what is missing, in words."""

from __future__ import annotations

from collections.abc import Callable

import typer


def doctor() -> None:
    """Try every server that Pulse needs and say what is wrong; exit code 1 if anything is."""
    from pulse import wiring
    from pulse.base.errors import PulseError
    from pulse.engine.errors import EngineError
    from pulse.settings import load

    settings = load()
    office = wiring.office(settings)

    def database() -> str:
        from db.upgrade import is_current

        if not is_current(office.database):
            raise PulseError("the schema is not current: run `pulse db upgrade`")
        return settings.database.split("@")[-1]

    def engine() -> str:
        return f"{settings.engine_url}, version {office.engine.version()}"

    def process() -> str:
        return f"decision {office.engine.decision_definition('medication_risk').id}"

    def documents() -> str:
        digest = office.documents.put(b"pulse doctor")
        return f"{settings.documents}, {len(office.documents.get(digest))} bytes written and read"

    def mailbox() -> str:
        wiring.gateway(settings, office).check()
        return f"{settings.imap_host}:{settings.imap_port}, folder {settings.imap_folder}"

    def sent() -> str:
        office.sent.holds("<doctor@pulse.invalid>")
        return "copies can be looked up"

    checks: list[tuple[str, Callable[[], str]]] = [
        ("database", database),
        ("documents", documents),
        ("engine", engine),
        ("models", process),
        ("mailbox", mailbox),
        ("sent mailbox", sent),
    ]
    failed = False
    for name, check in checks:
        try:
            typer.echo(f"ok    {name}: {check()}")
        except (PulseError, EngineError) as error:
            failed = True
            typer.echo(f"FAIL  {name}: {error}")
    raise typer.Exit(1 if failed else 0)
