"""A letter as plain text, for a terminal: the parts of the PDF in its order, with its values."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from functools import singledispatch
from itertools import zip_longest

from letters import plain
from letters.content import Entry, Items, Part, Positions, Section, Signature, bill_entries, content_of
from letters.facts import Facts
from letters.texts import Texts, default_texts
from letters.writer import Wording

_WIDTH = 100


def render_text(facts: Facts, wording: Wording, texts: Texts | None = None) -> str:
    """The whole letter, lines of 100 signs at most but for long words. Raises `BadTemplate`."""
    content = content_of(facts, wording, texts or default_texts())
    blocks = [
        "\n".join(map(plain.clean, content.addressee.lines)),
        _entries((*content.desk, *content.entries)),
        content.subject,
        *(block for part in content.parts for block in _blocks(part)),
        *(_entries(bill_entries(bill, content.language)) for bill in content.bills),
    ]
    return "\n\n".join(blocks) + "\n"


@singledispatch
def _blocks(part: Part) -> Iterator[str]:
    raise TypeError(part)


@_blocks.register
def _section(part: Section) -> Iterator[str]:
    first, *rest = (textwrap.fill(paragraph, _WIDTH, break_on_hyphens=False) for paragraph in part.paragraphs)
    yield f"{part.heading}\n{first}" if part.heading else first
    yield from rest


@_blocks.register
def _items(part: Items) -> Iterator[str]:
    lines = (textwrap.fill(item, _WIDTH, initial_indent="- ", subsequent_indent="  ") for item in part.items)
    yield "\n".join((part.heading, *lines))


@_blocks.register
def _positions(part: Positions) -> Iterator[str]:
    table = (tuple((heading,) for _, heading in part.columns), *part.rows, part.total)
    lines = [[plain.clean(cell) for cell in line] for row in table for line in zip_longest(*row, fillvalue="")]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    figures = [name in ("quantity", "billed", "approved") for name, _ in part.columns]
    yield "\n".join(
        "  ".join(
            cell.rjust(width) if figure else cell.ljust(width)
            for cell, width, figure in zip(line, widths, figures, strict=True)
        ).rstrip()
        for line in lines
    )


@_blocks.register
def _signature(part: Signature) -> Iterator[str]:
    yield from part.closing
    yield "\n".join((part.name, *part.lines, *part.unsigned))


def _entries(entries: tuple[Entry, ...]) -> str:
    width = max(len(label) for label, _ in entries)
    return "\n".join(f"{label.ljust(width)}  {plain.clean(value)}" for label, value in entries)
