"""`pulse mail again`, `ignore` and `retain`: looking after mails that have been settled."""

from __future__ import annotations

from typing import Annotated

import typer

from pulse.cli.house import actor, open_office

MailId = Annotated[int, typer.Argument(help="The mail's number, as `pulse mail ledger` shows it.", min=1)]


def again(mail_id: MailId) -> None:
    """Look at a mail once more at the next poll: no second case and no second answer come of the same documents."""
    from pulse.claims.mail_care import look_again

    mail = look_again(open_office(), mail_id, actor())
    typer.echo(f"Mail {mail.id} is looked at again with the next poll; it is {mail.outcome} {mail.reason}".rstrip())


def ignore(
    mail_id: MailId,
    comment: Annotated[str, typer.Option("--comment", "-c", help="Why it needs nothing.")],
) -> None:
    """Close a mail that waits for a person."""
    from pulse.claims import mail_care

    mail_care.ignore(open_office(), mail_id, actor(), comment)
    typer.echo(f"Mail {mail_id} is closed.")


def retain(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be deleted, and delete nothing.")] = False,
) -> None:
    """Delete words and sources of mails that are older than they are kept; `pulse mail` does it daily."""
    from pulse.claims.retain_mails import retain

    done = retain(open_office(), dry_run=dry_run)
    would = "would be forgotten" if dry_run else "forgotten"
    typer.echo(f"{done.mails} mails {would}: {done.sources} sources and {done.documents} documents without a case")
