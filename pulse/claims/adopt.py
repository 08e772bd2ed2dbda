"""Adopt: a person says that a contradicting case is the corrected invoice which another case has asked for.

So it is where it came before the question, or from an address that proves nothing. What was asked about goes on with
it; the case that brought it ends as a repetition, without a letter and without its process.
"""

from __future__ import annotations

import contextlib

from sqlalchemy import Connection

from db import audit, invoices, links, mails, questions
from db.invoices import Case
from db.links import Link
from db.questions import Question
from letters.occasions import Kind
from pulse.base.errors import Conflict
from pulse.claims.kinship import serialise
from pulse.claims.office import Office
from pulse.claims.put_right import is_of, take_answer
from pulse.claims.steps import case_of
from pulse.engine.errors import NotFound


def question_for(office: Office, invoice_id: int) -> Question | None:
    """The one open question that this case, whose client nobody has checked yet, may be the answer to; of a case that
    was taken as an answer, and whose process has not heard of it, that question."""
    with office.database.read() as connection:
        case = case_of(connection, invoice_id)
        if case.duplicate_of is not None:
            return next(iter(questions.of_invoice(connection, case.duplicate_of)[-1:]), None)
        return _question_for(connection, case)


def adopt(office: Office, invoice_id: int, question_id: str, user: str) -> int:
    """Takes the case's invoice as the answer to this question; the id of the case that goes on.

    The same call again, after the engine was silent, ends what is left of the case's process. Raises `Conflict` where
    the question is not open any more, or is not about this invoice.
    """
    with office.database.read() as connection:
        case, question = case_of(connection, invoice_id), questions.get(connection, question_id)
    if question is None or case.duplicate_of != question.invoice_id:
        question = _taken(office, case, question_id, user)
    if case.process_instance_id is not None:
        with contextlib.suppress(NotFound):  # ended by an earlier call
            office.engine.delete_process_instance(case.process_instance_id, f"the answer to case {question.invoice_id}")
    return question.invoice_id


def _question_for(connection: Connection, case: Case) -> Question | None:
    if case.state == "completed" or case.client_id is not None:
        return None
    others = [one for one in invoices.earlier(connection, case.content) if one.id != case.id]
    asked = [
        questions.of_invoice(connection, one.id)[-1:]
        for one in others
        if one.state != "completed" and is_of(one.content, case.content)
    ]
    found = [one for newest in asked for one in newest if one.state == "open"]
    return found[0] if len(found) == 1 else None


def _taken(office: Office, case: Case, question_id: str, user: str) -> Question:
    now = office.clock.now()
    with office.database.write() as connection:
        serialise(connection, case.content, case.document_sha256)
        current = invoices.locked(connection, case.id)
        question = _question_for(connection, current) if current is not None else None
        locked = questions.locked(connection, question.id) if question is not None else None
        if current is None or locked is None or locked.id != question_id or locked.state != "open":
            raise Conflict("This question is closed already, or is not about this invoice.", question=question_id)
        mail = mails.get(connection, current.mail_id) if current.mail_id is not None else None
        # What other cases say of it is found anew, in its new place.
        own = [one for one in current.content.findings if not one.code.startswith("P5")]
        take_answer(
            connection,
            locked,
            mail.text if mail else "",
            by=user,
            actor=user,
            at=now,
            new=(current.content.with_findings(tuple(own)), current.document_sha256 or ""),
        )
        links.clear(connection, case.id)
        links.put(connection, [Link(invoice_id=case.id, other_id=locked.invoice_id, kind="repeats")], at=now)
        end = {"state": "completed", "closed_as": Kind.ALREADY_RECEIVED.value, "closed_at": now}
        invoices.set_case(connection, case.id, duplicate_of=locked.invoice_id, **end)
        audit.note(
            connection,
            "web:case:adopted",
            actor=user,
            at=now,
            invoice_id=case.id,
            by_case=locked.invoice_id,
        )
    return locked
