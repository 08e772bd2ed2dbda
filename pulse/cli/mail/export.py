"""`pulse mail export`: documents as a ZIP with an index."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from pulse.cli.house import actor, open_office


def export(
    first: Annotated[datetime, typer.Option("--from", help="First day of receipt.", formats=["%Y-%m-%d"])],
    last: Annotated[datetime, typer.Option("--to", help="Last day of receipt.", formats=["%Y-%m-%d"])],
    output: Annotated[Path, typer.Option("--output", "-o", help="The ZIP file to write.")],
    provider: Annotated[str, typer.Option(help="Part of a provider's name or mail address, its GLN or ZSR.")] = "",
    number: Annotated[str, typer.Option(help="An invoice's number, or its beginning.")] = "",
) -> None:
    """Write the documents received in these days into a ZIP, with index.csv and index.json."""
    from db.archive import Wanted
    from pulse.base.clock import SWISS_TIME
    from pulse.claims import export_documents

    wanted = Wanted(
        since=first.replace(tzinfo=SWISS_TIME),
        until=(last + timedelta(days=1)).replace(tzinfo=SWISS_TIME),
        provider=provider.strip(),
        number=number.strip(),
    )
    draft = output.with_name(f"{output.name}.part")
    try:
        with draft.open("xb") as file:
            for piece in export_documents.export(open_office(), wanted, by=actor()):
                file.write(piece)
        draft.replace(output)
    finally:
        draft.unlink(missing_ok=True)
    typer.echo(f"{output}: {output.stat().st_size} bytes")
