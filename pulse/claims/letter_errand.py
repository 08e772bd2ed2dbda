"""Letters that no process sends: already received, notices, and reminders of a question."""

from __future__ import annotations

from db import letters
from db.outbox import Errand
from letters.occasions import Kind
from pulse.base.errors import NotFound
from pulse.claims.ask import is_open
from pulse.claims.office import Office
from pulse.claims.send_letter import send, send_letter
from pulse.claims.write_letter import write_letter


def do_letter(office: Office, errand: Errand) -> None:
    """Writes and sends the errand's letter: `{"letter_id"}` names one that is written, else `{"recipient", "kind"}`."""
    letter_id = errand.payload.get("letter_id")
    if letter_id is None:
        assert errand.invoice_id is not None
        recipient, kind = errand.payload["recipient"], errand.payload["kind"]
        if kind == Kind.QUESTION_REMINDER and not _still_asked(office, errand.invoice_id):
            return
        write_letter(office, errand.invoice_id, recipient, kind)
        send_letter(office, errand.invoice_id, recipient, kind)
        return
    with office.database.read() as connection:
        letter = letters.get(connection, letter_id)
    if letter is None:
        raise NotFound(letter=letter_id)
    send(office, letter)


def _still_asked(office: Office, invoice_id: int) -> bool:
    with office.database.read() as connection:
        return is_open(connection, invoice_id)
