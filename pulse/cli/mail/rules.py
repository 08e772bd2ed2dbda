"""`pulse mail rules`: which rules the mailboxes have, what they would do, and changes to them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pulse.cli.house import actor, open_office

if TYPE_CHECKING:
    from pulse.claims.mail_rules import Listed
    from pulse.claims.mailboxes import Foreseen

app = typer.Typer(help="Rules of the mailboxes: what becomes of which mails.")

NAME = Annotated[str, typer.Argument(metavar="NAME", help="The rule's name.")]


@app.callback(invoke_without_command=True)
def rules(
    context: typer.Context,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
    trying: Annotated[
        bool, typer.Option("--try", help="Show which rule takes each of the last mails; nothing is changed.")
    ] = False,
    last: Annotated[int, typer.Option(min=1, max=1000, help="How many mails of each mailbox, with --try.")] = 50,
    mailbox: Annotated[str | None, typer.Option(help="One mailbox alone, with --try; default: all.")] = None,
) -> None:
    """List the rules in their order, or try them."""
    if context.invoked_subcommand is not None:
        return
    office = open_office()
    if not trying:
        from pulse.claims.mail_rules import listed

        _show_rules(listed(office), as_json=as_json)
        return
    names = [mailbox] if mailbox is not None else office.mailboxes.names()
    for name in names:
        _show_foreseen(name, office.mailboxes.foresee(name, last), as_json=as_json)


@app.command()
def export(
    output: Annotated[Path | None, typer.Option("--output", "-o", help="The file to write; default: stdout.")] = None,
) -> None:
    """Write all rules as TOML, as `import` reads them."""
    from pulse.claims.mail_rules import listed
    from pulse.claims.mail_rules_file import to_toml

    text = to_toml([one.rule for one in listed(open_office())])
    if output is None:
        typer.echo(text, nl=False)
    else:
        output.write_text(text, encoding="utf-8")


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(metavar="FILE.toml", exists=True, dir_okay=False, help="[[rule]] tables.")],
) -> None:
    """Put the rules of a file in the place of all there are: all of them, or none where one has a mistake."""
    from pulse.base.errors import InvalidInput
    from pulse.claims.mail_rule import RuleMistakes
    from pulse.claims.mail_rules import listed, replace_all
    from pulse.claims.mail_rules_file import from_toml

    office = open_office()
    try:
        found = from_toml(file.read_text(encoding="utf-8"), office.policy)
        replace_all(office, found, by=actor())
    except RuleMistakes as error:
        for mistake in error.mistakes:
            typer.echo(f"{file}: {mistake}", err=True)
        typer.echo("Nothing was imported.", err=True)
        raise typer.Exit(2) from error
    except (InvalidInput, UnicodeDecodeError) as error:
        typer.echo(f"{file}: {error}. Nothing was imported.", err=True)
        raise typer.Exit(2) from error
    typer.echo(f"{len(found)} rules are in force from the next look into the mailboxes on.")
    for one in listed(office):
        if one.warning:
            typer.echo(f"{one.rule.name}: {one.warning}", err=True)


@app.command()
def on(name: NAME) -> None:
    """Switch a rule on."""
    _switch(name, on=True)


@app.command()
def off(name: NAME) -> None:
    """Switch a rule off: it stays in its place and takes no mail."""
    _switch(name, on=False)


@app.command()
def move(name: NAME, place: Annotated[int, typer.Argument(metavar="PLACE", min=1, help="1 is asked first.")]) -> None:
    """Put a rule into another place."""
    from pulse.claims.mail_rules import move as run

    typer.echo(f"{name} is number {run(open_office(), name, place, by=actor())} now.")


def _switch(name: str, *, on: bool) -> None:
    from pulse.claims.mail_rules import switch

    switch(open_office(), name, on=on, by=actor())
    typer.echo(f"{name} is {'on' if on else 'off'}.")


def _show_rules(found: Sequence[Listed], *, as_json: bool) -> None:
    if as_json:
        for one in found:
            typer.echo(json.dumps(one.as_json(), ensure_ascii=False))
        return
    if not found:
        typer.echo("There are no mail rules: every mail is taken as usual.")
    for one in found:
        state = "" if one.rule.enabled else "  (off)"
        typer.echo(f"{one.place:>3}  {one.rule.name}{state}")
        typer.echo(f"     {'; '.join(one.rule.when_words) or 'every mail'}")
        typer.echo(f"     → {one.rule.then_words}")
        if one.warning:
            typer.echo(f"     ! {one.warning}")


def _show_foreseen(mailbox: str, found: Sequence[Foreseen], *, as_json: bool) -> None:
    from dataclasses import asdict

    if as_json:
        for one in found:
            at = one.received_at.isoformat() if one.received_at else None
            typer.echo(json.dumps({"mailbox": mailbox} | asdict(one) | {"received_at": at}, ensure_ascii=False))
        return
    typer.echo(f"{mailbox}: the last {len(found)} mails" if found else f"{mailbox}: no mails")
    for one in found:
        at = f"{one.received_at:%Y-%m-%d %H:%M}" if one.received_at else "-"
        typer.echo(f"  {at:<16}  {one.folder}  {one.sender or '-'}  {one.subject or '(no subject)'}")
        typer.echo(f"  {'':<16}  → {f'{one.rule}: ' if one.rule else ''}{one.words}")
