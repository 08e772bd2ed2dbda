"""When a case is done: every letter that its end owes has been sent, or went by post."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from db import audit, invoices, letters
from letters.occasions import DECISIONS, Kind, Recipient

#: Kinds that the process sends, and whose unknown deliveries are its own tasks.
BY_PROCESS = frozenset({*DECISIONS, Kind.RETURNED, Kind.NOT_INSURED, Kind.QUESTION})
#: Kinds that end a case.
CLOSING = (BY_PROCESS - {Kind.QUESTION}) | {Kind.ALREADY_RECEIVED}
SETTLED = frozenset({"sent", "by_post"})


def due_recipients(connection: Connection, case: invoices.Case, kind: Kind) -> frozenset[Recipient]:
    """Who gets a letter of this kind when it ends this case (contracts §5).

    A return goes to the provider; to the client too where the client is known and no position had a valid GTIN.
    """
    if kind in DECISIONS:
        return frozenset({Recipient.CLIENT, Recipient.PROVIDER})
    if kind is Kind.RETURNED and case.client_id is not None:
        lines = invoices.lines(connection, case.id)
        looked_up = any(line.listed is not None for line in lines)
        valid = any(line.gtin for line in lines)
        if looked_up and not valid:
            return frozenset({Recipient.CLIENT, Recipient.PROVIDER})
    return frozenset({Recipient.PROVIDER})


def close_if_done(connection: Connection, invoice_id: int, kind: Kind, *, at: datetime) -> bool:
    """Closes the case in the caller's transaction once all letters of its end are settled; whether it did."""
    if kind not in CLOSING:
        return False
    case = invoices.locked(connection, invoice_id)
    if case is None or case.state == "completed":
        return False
    written = [letter for letter in letters.of_invoice(connection, invoice_id) if letter.kind == kind]
    newest = max((letter.round for letter in written), default=0)
    settled = {letter.recipient for letter in written if letter.round == newest and letter.state in SETTLED}
    if not due_recipients(connection, case, kind) <= settled:
        return False
    invoices.set_case(connection, invoice_id, state="completed", closed_as=kind.value, closed_at=at)
    audit.note(connection, "claims:case:closed", actor="worker", at=at, invoice_id=invoice_id, closed_as=kind.value)
    return True
