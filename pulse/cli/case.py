"""What commands about one case share: how a case is named, and the house that has it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from pulse.claims.office import Office

CASE = typer.Argument(help="A case: its number, or its business key such as invoice-10000001.")


def case_number(case: str) -> int:
    """Of a number, or of a business key; anything else is wrong usage."""
    number = case.removeprefix("invoice-")
    if not (number.isascii() and number.isdigit()) or len(number) > 18:
        raise typer.BadParameter("a case is a number such as 10000001, or invoice-10000001", param_hint="CASE")
    return int(number)


def office_of_this_house() -> Office:
    """The office that the settings describe, its database at the newest schema; else exit code 1."""
    from db.upgrade import is_current
    from pulse import wiring
    from pulse.base.errors import PulseError
    from pulse.settings import load

    settings = load()
    wiring.start_logs(settings)
    office = wiring.office(settings)
    if not is_current(office.database):
        raise PulseError("the schema is not current: run `pulse db upgrade`")
    return office
