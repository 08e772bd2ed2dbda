"""Resume: leads a case on whose question was answered or withdrawn, once, however often that is tried."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from db import audit, invoices, mails, questions
from db.invoices import Case
from db.outbox import Errand
from db.questions import Question
from pulse.base.errors import Conflict, NotFound
from pulse.claims.office import Office
from pulse.claims.put_right import CLOSED
from pulse.claims.start import ANSWERED, start_variables
from pulse.claims.steps import case_of
from pulse.engine.client import EngineClient
from pulse.engine.errors import MessageNotMatched

#: What a case forgets when it begins anew.
_ANEW: dict[str, object] = {
    "client_id": None,
    "provider_id": None,
    "risk": None,
    "reasons": "",
    "outcome": None,
    "payable_amount": None,
    "payee": None,
}


class NotWaiting(Conflict):
    """The process does not wait for the answer yet: the question's letter is still on its way."""

    code = "not_waiting_yet"


def resume(office: Office, engine: EngineClient, errand: Errand) -> None:
    """Does one errand `correlate`. An answer that finds the case at its end goes to a person.

    The case's next round begins in the database before the message is sent, so that no worker meets the old one's
    decision. Whether an earlier try got through is known by what the process did since: it waits no more, or it has
    asked again.

    Raises `NotWaiting` while the question's letter is on its way, and what the engine raises.
    """
    question, case, asked_again = _read(office, errand)
    begun = question.closed_at is not None
    if begun and asked_again:
        return
    if not _waits(engine, case):
        if begun:
            return
        if case.state != "completed":
            raise NotWaiting(invoice_id=case.id)
        _too_late(office, question)
        return
    case = _begin_round(office, question, case)
    try:
        with office.traces.span("provider answered", case.id):
            variables = start_variables(case, office.policy)
            engine.correlate(ANSWERED, business_key=case.business_key, variables=variables)
    except MessageNotMatched as error:  # given up in between
        with office.database.write() as connection:
            questions.set_question(connection, question.id, closed_at=None)
        raise NotWaiting(invoice_id=case.id) from error


def _read(office: Office, errand: Errand) -> tuple[Question, Case, bool]:
    with office.database.read() as connection:
        question = questions.get(connection, errand.payload["question_id"])
        if question is None:
            raise NotFound("There is no such question.", question=errand.payload["question_id"])
        case = case_of(connection, question.invoice_id)
        again = questions.of_round(connection, question.invoice_id, question.number + 1)
    return question, case, again is not None


def _waits(engine: EngineClient, case: Case) -> bool:
    query = {"process_instance_id": case.process_instance_id, "message_event_subscription_name": ANSWERED}
    return bool(engine.get("/execution", **query))


def _begin_round(office: Office, question: Question, case: Case) -> Case:
    """The next round, with its own 24 hours, as if the invoice had come now."""
    now, policy = office.clock.now(), office.policy
    with office.database.write() as connection:
        if questions.get(connection, question.id) == question and question.closed_at is None:
            questions.set_question(connection, question.id, closed_at=now)
            due = {"remind_at": now + policy.remind_after, "due_at": now + policy.due_after}
            invoices.set_case(connection, case.id, **_ANEW, **due)
            audit.note(
                connection,
                "relay:question:closed",
                actor="relay",
                at=now,
                invoice_id=case.id,
                state=question.state,
                round=question.number + 1,
            )
        return case_of(connection, case.id)


def _too_late(office: Office, question: Question) -> None:
    """The case came to its end while the answer was on its way: a person reads it, and a corrected invoice is looked at
    anew, as one that comes after the end."""
    now = office.clock.now()
    with office.database.write() as connection:
        if question.mail_id is not None:
            _hand_back(connection, question, question.mail_id, at=now)
        audit.note(
            connection,
            "relay:question:too_late",
            actor="relay",
            at=now,
            invoice_id=question.invoice_id,
            mail=question.mail_id,
        )


def _hand_back(connection: Connection, question: Question, mail_id: int, *, at: datetime) -> None:
    mail = mails.get(connection, mail_id)
    if mail is not None and mail.outcome == "pending":
        raise NotWaiting(mail=mail_id)  # what became of it is not on record yet, and would be written over this
    again = {"again_at": at, "attempts": 0} if question.document_sha256 else {}
    mails.set_mail(connection, mail_id, outcome="person", reason=CLOSED, **again)
    questions.set_question(
        connection,
        question.id,
        state="given_up",
        closed_at=at,
        answer="",
        answered_by="",
        answered_at=None,
        mail_id=None,
        document_sha256=None,
    )
