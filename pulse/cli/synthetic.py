"""`pulse synthetic --count N --out DIR`: invented invoices as PDF, each with the JSON that reading it should give."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer


def synthetic(
    out: Annotated[Path, typer.Option(help="Folder for the files; made if need be.")],
    count: Annotated[int, typer.Option(min=1, max=10_000, help="How many invoices.")] = 10,
    seed: Annotated[int, typer.Option(help="The same seed gives the same invoices.")] = 1,
    annex: Annotated[bool, typer.Option("--annex/--no-annex", help="With or without the sheets of QR codes.")] = True,
) -> None:
    """Print invented invoices: NNNN.pdf and the expected NNNN.json."""
    from pulse.synthetic import form_pdf, invoice

    out.mkdir(parents=True, exist_ok=True)
    for number in range(1, count + 1):
        truth = invoice(seed * 10_000 + number)
        (out / f"{number:04d}.pdf").write_bytes(form_pdf(truth, annex=annex))
        expected = json.dumps(truth.to_json(), ensure_ascii=False, indent=2)
        (out / f"{number:04d}.json").write_text(expected + "\n", encoding="utf-8")
    typer.echo(f"{count} invoices are in {out}.")
