"""`pulse read FILE… [--schema]`: invoices as JSON on stdout, problems as JSON on stderr."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from pulse.invoices import Invoice

UNREADABLE, WRONG_USAGE = 3, 2


def read(
    files: Annotated[list[Path] | None, typer.Argument(help="Invoices: PDF, or generalInvoiceRequest as .xml.")] = None,
    schema: Annotated[bool, typer.Option("--schema", help="Print the JSON Schema of an invoice and end.")] = False,
) -> None:
    """Read invoices: one line of JSON per file on stdout; problems on stderr, then exit code 3."""
    if schema:
        from pulse.invoices import Invoice as Model

        _print(Model.model_json_schema(mode="serialization"))
        return
    if not files:
        raise typer.BadParameter("name at least one file", param_hint="FILE")
    for path in files:
        if not path.is_file():
            raise typer.BadParameter(f"there is no file {path}", param_hint="FILE")
    unreadable = sum(not _read_one(path, many=len(files) > 1) for path in files)
    raise typer.Exit(UNREADABLE if unreadable else 0)


def _read_one(path: Path, *, many: bool) -> bool:
    from pulse.base.errors import Unreadable
    from pulse.invoices.reading import read_pdf, read_xml

    reader = read_xml if path.suffix.lower() == ".xml" else read_pdf
    try:
        invoice: Invoice = reader(path.read_bytes())
    except Unreadable as error:
        problem = {"file": str(path), "code": error.reason, "message": error.message, "details": error.details}
        sys.stderr.write(json.dumps(problem, ensure_ascii=False) + "\n")
        return False
    _print(invoice.to_json(), indent=None if many else 2)
    return True


def _print(value: Any, indent: int | None = 2) -> None:
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=indent) + "\n")
