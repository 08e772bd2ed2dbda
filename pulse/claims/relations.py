"""What a case has to do with others, told from it."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection

from db import links

_SEEN_FROM_THE_OTHER: dict[links.Kind, str] = {
    "repeats": "repeated_by",
    "reminds": "reminded_by",
    "copies": "copied_by",
    "cancels": "cancelled_by",
    "corrects": "corrected_by",
    "conflicts": "conflicts",
}


@dataclass(frozen=True, kw_only=True)
class Relation:
    """Another case that this one belongs to, told from this one: it `cancels` the other or is `cancelled_by` it."""

    kind: str
    case_id: int


def relations_of(connection: Connection, invoice_id: int) -> list[Relation]:
    """The cases that this one belongs to, in both directions, oldest first."""
    found = [
        Relation(kind=link.kind, case_id=link.other_id)
        if link.invoice_id == invoice_id
        else Relation(kind=_SEEN_FROM_THE_OTHER[link.kind], case_id=link.invoice_id)
        for link in links.of_case(connection, invoice_id)
    ]
    return sorted(found, key=lambda one: one.case_id)
