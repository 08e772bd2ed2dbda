"""How commands name a case."""

from __future__ import annotations

import typer

CASE = typer.Argument(help="A case: its number, or its business key such as invoice-10000001.")


def case_number(case: str) -> int:
    """Of a number, or of a business key; anything else is wrong usage."""
    number = case.removeprefix("invoice-")
    if not (number.isascii() and number.isdigit()) or len(number) > 18:
        raise typer.BadParameter("a case is a number such as 10000001, or invoice-10000001", param_hint="CASE")
    return int(number)
