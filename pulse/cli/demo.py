"""`pulse demo`: the whole chain on one machine."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def demo(
    once: Annotated[bool, typer.Option(help="Let scripted people decide, wait for the last letter, and end.")] = False,
    model: Annotated[str | None, typer.Option(help="Name or path of a chat model that words the letters.")] = None,
    timeout: Annotated[float, typer.Option(help="With --once: seconds until every case must be closed.")] = 0,
    port: Annotated[int, typer.Option(help="Port of the web pages, if it is free.")] = 8080,
    folder: Annotated[Path | None, typer.Option(help="Where its data lies; default: the data folder.")] = None,
) -> None:
    """Start everything on this machine, mail in sample invoices, and say where to look."""
    from pulse import logs
    from pulse.demo.run import run
    from pulse.settings import load

    settings = load()
    logs.set_up(level="warning")
    try:
        run(
            folder=folder or settings.data_dir / "demo",
            once=once,
            model=model,
            timeout_s=timeout or (900 if model else 180),
            web_port=port,
        )
    except KeyboardInterrupt:
        typer.echo("\nStopped.")
