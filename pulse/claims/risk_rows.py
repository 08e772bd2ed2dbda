"""A risk table's rows in the words of whoever wrote them: by the code that a row gives as its rule."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from lxml import etree

_TEXT = "{*}text"


@dataclass(frozen=True, kw_only=True)
class TableRow:
    """A row: its table's name, its annotation, and what it asks for, each as the column's label and the cell."""

    table: str
    text: str
    conditions: tuple[tuple[str, str], ...]


@lru_cache(maxsize=8)
def rows_of(model: str) -> dict[str, TableRow]:
    """The rows of a DMN file by code, which is the literal of their first output; none of what is no DMN."""
    rows: dict[str, TableRow] = {}
    for decision in _decisions(model.encode()):
        for rule in decision.iterfind("{*}decisionTable/{*}rule"):
            code = (rule.findtext(f"{{*}}outputEntry/{_TEXT}") or "").strip().strip('"')
            if code:
                rows[code] = TableRow(
                    table=decision.get("name") or decision.get("id") or "",
                    text=(rule.findtext("{*}description") or "").strip(),
                    conditions=_conditions(decision, rule),
                )
    return rows


def outputs_of(model: bytes, decision_id: str) -> frozenset[str]:
    """The names of a table's outputs; none where the file holds no such decision."""
    tables = (decision for decision in _decisions(model) if decision.get("id") == decision_id)
    outputs = (output for table in tables for output in table.iterfind("{*}decisionTable/{*}output"))
    return frozenset(output.get("name") or "" for output in outputs)


def _decisions(model: bytes) -> list[etree._Element]:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)
    try:
        return list(etree.fromstring(model, parser).iterfind("{*}decision"))
    except etree.XMLSyntaxError:
        return []


def _conditions(decision: etree._Element, rule: etree._Element) -> tuple[tuple[str, str], ...]:
    columns = [column.get("label") or "" for column in decision.iterfind("{*}decisionTable/{*}input")]
    cells = [(cell.findtext(_TEXT) or "").strip() for cell in rule.iterfind("{*}inputEntry")]
    return tuple((label, cell) for label, cell in zip(columns, cells, strict=False) if cell not in ("", "-"))
