"""`pulse mail test`: is the mailbox there?"""

from __future__ import annotations

import typer


def test() -> None:
    """Log in to the mailbox and list its folders; nothing is changed."""
    from pulse import wiring
    from pulse.settings import load
    from pulse.wiring import mail as wired

    settings = load()
    folders = wired.gateway(settings, wiring.office(settings)).check()
    typer.echo(f"{settings.imap_host}:{settings.imap_port} answers; folder {settings.imap_folder} is there")
    for folder in folders:
        typer.echo(f"  {folder}")
