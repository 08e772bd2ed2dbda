"""`pulse doctor`: what is set, what answers, what is missing, in words."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from pulse.claims.office import Office
    from pulse.settings import Settings


#: Certificates that end within this time are warned of.
_SOON = timedelta(days=30)


class _Doubt(Exception):
    """Something works and may yet not be what was meant; the message says what to do."""


def doctor() -> None:
    """Try every server that Pulse needs and say what is wrong; exit code 1 if anything is, warnings apart."""
    from sqlalchemy.exc import SQLAlchemyError

    from db.upgrade import demand_current
    from pulse import wiring
    from pulse.base.errors import PulseError
    from pulse.engine.errors import EngineError
    from pulse.settings import load
    from pulse.wiring import letters as wired

    settings = load()
    office = wiring.office(settings)

    def database() -> str:
        demand_current(office.database)
        return settings.database.split("@")[-1]

    def engine() -> str:
        return f"{settings.engine_url}, version {office.engine.version()}"

    def process() -> str:
        return f"decision {office.engine.decision_definition('medication_risk').id}"

    def documents() -> str:
        return f"{office.documents.check()}, written to, read from and deleted from"

    checks: list[tuple[str, Callable[[], str]]] = [
        ("database", database),
        ("documents", documents),
        *_watch_checks(settings),
        ("engine", engine),
        ("models", process),
        ("clients", lambda: _clients(office)),
        ("people", lambda: _people(office, settings)),
        *_mail_checks(office),
        ("letters", lambda: wired.wording(settings, office)),
        ("protection", lambda: _protection(office)),
        ("certificates", lambda: _certificates(office, settings)),
    ]
    failed = False
    for name, check in checks:
        try:
            typer.echo(f"ok    {name}: {check()}")
        except _Doubt as doubt:
            typer.echo(f"warn  {name}: {doubt}")
        except (PulseError, EngineError) as error:
            failed = True
            typer.echo(f"FAIL  {name}: {error}")
        except SQLAlchemyError as error:  # as it is where a schema is not current
            failed = True
            typer.echo(f"FAIL  {name}: the database cannot answer ({type(error).__name__})")
    raise typer.Exit(1 if failed else 0)


def _watch_checks(settings: Settings) -> list[tuple[str, Callable[[], str]]]:
    """One for the watched folder, where there is one."""
    url = settings.watch_url
    if url is None:
        return []

    def watched() -> str:
        from mail_gateway.entrances.folder import Folder

        folder = Folder(url, names=settings.watch_names)
        return f"{folder.name}, {len(folder.files())} files wait"

    return [("watch", watched)]


def _mail_checks(office: Office) -> list[tuple[str, Callable[[], str]]]:
    """One for each mailbox, the mail server and the mailbox of sent letters."""
    from pulse.base.errors import PulseError

    try:
        names = [facts.name for facts in office.mailboxes.facts()]
    except PulseError:  # what is wrong with the settings is said by the first
        return [("mailboxes", lambda: str(office.mailboxes.names()))]

    def tested(name: str) -> str:
        report = office.mailboxes.test(name)
        if not report.works:
            raise PulseError(report.words)
        if report.code:
            raise _Doubt(report.words)
        return report.words

    return [(f"mail {name}", partial(tested, name)) for name in names]


def _clients(office: Office) -> str:
    """Where insured persons are looked up, after asking it."""
    if office.directory is None:
        return "our own table"
    office.directory.check()
    return office.directory.name


def _people(office: Office, settings: Settings) -> str:
    """How many may decide; raises `_Doubt` where that may be everybody, or not all who should."""
    from db import users
    from pulse.claims.people import engine_people

    with office.database.read() as connection:
        ours = sum(user.active for user in users.everyone(connection))
    theirs = set().union(*engine_people(office).values())
    if not theirs and settings.engine_login:
        raise _Doubt(
            f"{ours} of Pulse; the engine shows our login nobody in assistants or controllers. Where people decide "
            "in the engine's Tasklist, give that login READ on users; without it their decisions are refused"
            + ("." if ours else ", or, with nobody of Pulse either, taken in any name.")
        )
    if not ours and not theirs:
        raise _Doubt("nobody is known, so every name may decide: make people with `pulse user create`.")
    return f"{ours} of Pulse, {len(theirs)} of the engine"


def _protection(office: Office) -> str:
    """How letters are protected; raises `_Doubt` where that sends letters by post that could go by mail."""
    from db import protection

    policy = office.policy
    said = f"to clients {policy.letter_protection}, to providers {policy.letter_protection_provider}"
    if "smime" not in (policy.letter_protection, policy.letter_protection_provider):
        return said
    with office.database.read() as connection:
        found = protection.certificates(connection)
    soon = office.clock.now() + _SOON
    ending = sum(one.valid_until <= soon for one in found)
    if ending or not found:
        raise _Doubt(f"{said}; {len(found)} certificates on file, {ending} of them over or ending within 30 days.")
    return f"{said}; {len(found)} certificates on file"


def _certificates(office: Office, settings: Settings) -> str:
    """Until when our own are good; raises `_Doubt` where one is over or ends soon."""
    from pulse.base.clock import SWISS_TIME
    from pulse.wiring.certificates import own_certificates

    found = own_certificates(settings)
    said = ", ".join(f"{one.purpose} until {one.ends.astimezone(SWISS_TIME):%Y-%m-%d}" for one in found)
    if any(one.ends <= office.clock.now() + _SOON for one in found):
        raise _Doubt(f"{said}: renew what is over or ends within {_SOON.days} days.")
    return said or "none of our own"
