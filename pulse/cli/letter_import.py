"""`pulse letter certificate import` and `pulse letter passwords`: many at once, each bad row named."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pulse.cli.house import actor, open_database

if TYPE_CHECKING:
    from db.database import Database

_Row = dict[str, str]


def certificates(
    source: Annotated[
        Path, typer.Argument(help="CSV with the columns address and certificate.", exists=True, dir_okay=False)
    ],
) -> None:
    """Put the certificates of a CSV on file; exit code 1 where a row cannot be used, which is named.

    The column certificate holds PEM, the base64 of DER, or the name of a file beside the CSV. A row's address must be
    one that its certificate names.
    """
    from pulse.base.clock import SystemClock
    from pulse.claims.mail_certificates import take_certificate

    def take(database: Database, row: _Row) -> str:
        data = _certificate(row["certificate"], source.parent)
        found = take_certificate(database, data, at=SystemClock().now(), by=actor(), of=row["address"])
        return f"{', '.join(found.addresses)}, until {found.valid_until:%Y-%m-%d}"

    _each_row(source, ("address", "certificate"), take)


def passwords(
    source: Annotated[Path, typer.Argument(help="CSV with the columns number and password.", exists=True)],
) -> None:
    """Put the passwords of a CSV on file that were agreed on; exit code 1 where a row cannot be used, which is named.

    The column number holds an insured, AHV or card number, or a provider's GLN or ZSR number. No password is shown.
    """
    from pulse.base.clock import SystemClock
    from pulse.claims.letter_passwords import set_for_number

    def take(database: Database, row: _Row) -> str:
        with database.write() as connection:
            set_for_number(connection, row["number"], row["password"], at=SystemClock().now(), by=actor())
        return "on file"

    _each_row(source, ("number", "password"), take)


def _each_row(source: Path, columns: tuple[str, str], take: Callable[[Database, _Row], str]) -> None:
    from pulse.base.errors import PulseError

    taken = failed = 0
    with open_database() as database:
        for line, row in _rows(source, columns):
            try:
                typer.echo(f"line {line}: {take(database, row)}")
                taken += 1
            except (PulseError, OSError) as error:
                typer.echo(f"line {line}: {error}", err=True)
                failed += 1
    typer.echo(f"{taken} on file, {failed} refused")
    raise typer.Exit(1 if failed else 0)


def _rows(source: Path, columns: tuple[str, str]) -> Iterator[tuple[int, _Row]]:
    """Each row with the line that it ends on; blanks around values fall away. A semicolon may part the columns."""
    try:
        text = source.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise typer.BadParameter(f"{source} is not UTF-8", param_hint="SOURCE") from None
    delimiter = ";" if ";" in text.partition("\n")[0] else ","
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter)
    if missing := [name for name in columns if name not in (reader.fieldnames or ())]:
        raise typer.BadParameter(f"{source} has no column {' and '.join(missing)}", param_hint="SOURCE")
    for row in reader:
        yield reader.line_num, {name: (row[name] or "").strip() for name in columns}


def _certificate(cell: str, folder: Path) -> bytes:
    """What a cell holds, or the file beside the CSV that it names; what is neither is for the reader to refuse."""
    import base64
    import binascii

    if "-----BEGIN" in cell:
        return cell.encode()
    if cell and Path(cell).name == cell and (folder / cell).is_file():
        return (folder / cell).read_bytes()
    try:
        return base64.b64decode("".join(cell.split()), validate=True)
    except (binascii.Error, ValueError):
        return b""
