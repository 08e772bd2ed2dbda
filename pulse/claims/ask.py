"""Ask the provider: what a controller wants to know before a case is decided, asked once a round.

The token that an answer carries is 128 random bits. The database knows its SHA-256 alone, which is also the name under
which the document store keeps it: whoever reads the database cannot answer in a provider's name.
"""

from __future__ import annotations

import hashlib
import re
from datetime import datetime
from typing import Any

from lxml import etree
from sqlalchemy import Connection

from db import audit, questions
from db.questions import Question
from pulse.claims.office import Office
from pulse.claims.rules.decision import Refused
from pulse.claims.start import ANSWERED
from pulse.engine.client import EngineClient
from pulse.engine.errors import NotFound, Unauthorized

_TOKEN = re.compile(r"(?<![0-9A-Za-z-])P-([0-9a-f]{32})(?![0-9A-Za-z])", re.IGNORECASE)
#: What a person puts before a question of a list.
_MARK = re.compile(r"^\s*(?:[-–—•*]|\d{1,2}[.)])\s+")
_MOST = 20
_MESSAGE = "{http://www.omg.org/spec/BPMN/20100524/MODEL}message"
_CANNOT_WAIT = (
    "This case began with an older version of the process, which cannot wait for an answer: "
    "ask by telephone, or decide without it."
)


def questions_in(comment: str) -> tuple[str, ...]:
    """The questions of a decider's comment: one a line, at most 20; what is more stands in the last one."""
    lines = [found for line in comment.splitlines() if (found := " ".join(_MARK.sub("", line).split()))]
    return (*lines[: _MOST - 1], " ".join(lines[_MOST - 1 :])) if len(lines) > _MOST else tuple(lines)


def new_token(office: Office) -> str:
    """Makes and keeps a token; its SHA-256 in hex."""
    return office.documents.put(office.new_id().encode())


def ask(
    office: Office, connection: Connection, decision: dict[str, Any], asked: tuple[str, ...], token_hash: str
) -> None:
    """Opens the question, in the transaction that stores the decision `ask`."""
    now = decision["decided_at"]
    questions.add(
        connection,
        id=office.new_id(),
        invoice_id=decision["invoice_id"],
        number=decision["round"],
        token_hash=token_hash,
        questions=list(asked),
        asked_by=decision["decided_by"],
        asked_at=now,
        remind_at=now + office.policy.ask_remind_after,
        give_up_at=now + office.policy.ask_give_up_after,
    )


def mark_of(office: Office, question: Question) -> str:
    """What an answer quotes: `[P-…]`, in the mail's subject and text."""
    return f"[P-{office.documents.get(question.token_hash).decode()}]"


def token_hashes_in(text: str) -> tuple[str, ...]:
    """The SHA-256 of each token that a text quotes, wherever it stands, in any case; at most 20."""
    found = dict.fromkeys(match[1].lower() for match in _TOKEN.finditer(text))
    return tuple(hashlib.sha256(token.encode()).hexdigest() for token in list(found)[:_MOST])


def demand_waiting(engine: EngineClient, definition_id: str | None) -> None:
    """Raises `Refused` where this version of the process knows no answers: a case that began before they were built,
    or before the model was deployed that waits for them, goes on as it began."""
    if definition_id is None:
        return
    try:
        text = engine.process_model(definition_id)
    except (NotFound, Unauthorized):  # an engine that does not show its models to our login
        return
    model = etree.fromstring(text.encode(), etree.XMLParser(resolve_entities=False))
    if not any(message.get("name") == ANSWERED for message in model.iter(_MESSAGE)):
        raise Refused(_CANNOT_WAIT)


def waits_until(office: Office, invoice_id: int) -> tuple[datetime, datetime] | None:
    """When the provider is reminded, and when nobody waits any more; None where nothing is asked."""
    with office.database.read() as connection:
        asked = questions.of_invoice(connection, invoice_id)
    return (asked[-1].remind_at, asked[-1].give_up_at) if asked else None


def is_open(connection: Connection, invoice_id: int) -> bool:
    """Whether the case waits for an answer that has not come."""
    asked = questions.of_invoice(connection, invoice_id)
    return bool(asked) and asked[-1].state == "open"


def answered_in_words(connection: Connection, invoice_id: int) -> bool:
    """Whether the newest answer is one that only a person can weigh: words, and no new invoice."""
    asked = questions.of_invoice(connection, invoice_id)
    return bool(asked) and asked[-1].state == "answered" and asked[-1].document_sha256 is None


def give_up(connection: Connection, invoice_id: int, *, office: Office) -> None:
    """The time is up: what is sent back now is no longer waited for."""
    asked = questions.of_invoice(connection, invoice_id)
    if not asked or asked[-1].state != "open":
        return
    now = office.clock.now()
    questions.set_question(connection, asked[-1].id, state="given_up", closed_at=now)
    audit.note(connection, "claims:question:given_up", actor="pulse", at=now, invoice_id=invoice_id)
