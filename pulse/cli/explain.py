"""`pulse explain`: why a case stands where it stands."""

from __future__ import annotations

import json
import sys
import textwrap
from enum import StrEnum
from typing import Annotated

import typer

from pulse.cli.case import CASE, case_number
from pulse.cli.house import open_office

_WIDTH = 110
_INDENT = "    "


class Lang(StrEnum):
    """Languages of the explanation."""

    EN = "en"
    DE = "de"


def explain(
    case: Annotated[str, CASE],
    *,
    lang: Annotated[Lang, typer.Option(help="Language of the sentences.")] = Lang.EN,
    names: Annotated[bool, typer.Option("--names", help="Also tell who is insured and who billed.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")] = False,
) -> None:
    """Tell in words what was decided about a case, by which rule, table version and person.

    Examples: pulse explain 10000001, pulse explain invoice-10000001 --lang de --names
    """
    from pulse.claims.explain import explain as run
    from pulse.claims.explain_json import as_json as plain
    from pulse.claims.explain_words import in_words

    number = case_number(case)
    told = run(open_office(), number)
    sections = in_words(told, "de" if lang is Lang.DE else "en", names=names)
    if as_json:
        sys.stdout.write(json.dumps(plain(told, sections), ensure_ascii=False) + "\n")
        return
    for section in sections:
        typer.secho(section.title, bold=True)
        for line in section.lines:
            indent = _INDENT * line.depth + "  "
            for text in line.text.splitlines() or [""]:
                typer.echo(textwrap.fill(text, _WIDTH, initial_indent=indent, subsequent_indent=indent + "  "))
        typer.echo()
