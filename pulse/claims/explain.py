"""What was decided about a case, by which rule, table version and person, and what it waits for: as values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection

from db import audit, clients, decisions, invoices, letters, lists, medications, questions, risk_tables
from db.questions import Question
from pulse.base.reasons import Reason
from pulse.claims.money import accounts
from pulse.claims.money.shares import Shares
from pulse.claims.office import Office
from pulse.claims.relations import Relation, relations_of
from pulse.claims.revisions import Correction, corrections
from pulse.claims.risk_rows import TableRow, rows_of
from pulse.claims.rules.coverage import treatment_day
from pulse.claims.rules.decided import BilledLine, decided_lines
from pulse.claims.steps import case_of, codes
from pulse.claims.tasks import ASSISTANTS, CONTROLLERS
from pulse.engine.client import UserTask
from pulse.engine.errors import EngineError
from pulse.invoices.model import Finding

#: Tasks whose outcome stands in records of its own.
_TOLD_OTHERWISE = frozenset({"decide", "review_high_risk", "confirm"})


@dataclass(frozen=True, kw_only=True)
class FiredRow:
    """A row that fired: its code, and what it says in the version that judged (None where that was not kept)."""

    code: str
    row: TableRow | None


@dataclass(frozen=True, kw_only=True)
class PositionTold:
    """A position: what the lists said on its day, what became of it and why.

    `payable` is what the rules worked out, `approved` what the decision pays. `rule` is the risk's row, `parts` are
    those of the tables that it rests on, `asked` are the values that they were asked with.
    """

    line: invoices.Line
    day: date | None
    price_since: date | None
    payable: Decimal | None
    approved: Decimal | None
    reasons: tuple[Reason, ...]
    rule: FiredRow | None
    parts: tuple[FiredRow, ...]
    asked: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class RiskTold:
    """Which version of the risk tables judged, and when."""

    definition_id: str
    version: str
    assessed_at: datetime


@dataclass(frozen=True, kw_only=True)
class DoneTask:
    """A task that somebody did in our tasklist; `kind` by the model's id."""

    kind: str
    who: str
    at: datetime


@dataclass(frozen=True, kw_only=True)
class Explanation:
    """All that is known about why a case stands where it stands.

    `findings` are what the reading found wrong with the document itself. `tasks` are those beside deciding.
    `waits` are the open tasks of people, `stands_still` the steps with an incident; both None where the engine could
    not be asked, and empty where the workers go on by themselves or the case is closed.
    """

    case: invoices.Case
    client: clients.Client | None
    positions: tuple[PositionTold, ...]
    reasons: tuple[Reason, ...]
    list_import: lists.ListImport | None
    risk: RiskTold | None
    findings: tuple[Finding, ...]
    relations: tuple[Relation, ...]
    decisions: tuple[decisions.Decision, ...]
    shares: Shares | None
    letters: tuple[letters.Letter, ...]
    corrections: tuple[Correction, ...]
    #: What the provider was asked last.
    question: Question | None
    tasks: tuple[DoneTask, ...]
    waits: tuple[UserTask, ...] | None
    stands_still: tuple[str, ...] | None


def explain(office: Office, invoice_id: int) -> Explanation:
    """Everything about one case; raises `CaseMissing`."""
    with office.database.read() as connection:
        case = case_of(connection, invoice_id)
        assessed = decisions.assessments_of(connection, invoice_id)
        taken = decisions.of_invoice(connection, invoice_id)
        lines = invoices.lines(connection, invoice_id)
        asked = questions.of_invoice(connection, invoice_id)
        explained: dict[str, Any] = {
            "case": case,
            "client": clients.get(connection, case.client_id) if case.client_id is not None else None,
            "positions": _positions(connection, case, lines, assessed, taken[-1] if taken else None),
            "reasons": codes(case.reasons),
            "list_import": _list_of(connection, assessed[0].assessed_at if assessed else case.received_at),
            "risk": _risk(assessed[0]) if assessed else None,
            "findings": _findings(case, lines),
            "relations": tuple(relations_of(connection, invoice_id)),
            "tasks": _tasks(connection, invoice_id),
            "decisions": tuple(taken),
            "question": asked[-1] if asked else None,
            "shares": accounts.booked(connection, invoice_id, questions.round_of(connection, invoice_id)),
            "letters": tuple(letters.of_invoice(connection, invoice_id)),
        }
    waits, stands_still = _waits(office, case)
    made = tuple(corrections(office, invoice_id))
    return Explanation(**explained, corrections=made, waits=waits, stands_still=stands_still)


def _positions(
    connection: Connection,
    case: invoices.Case,
    lines: list[invoices.Line],
    assessed: list[decisions.Assessment],
    decision: decisions.Decision | None,
) -> tuple[PositionTold, ...]:
    days = {one.line: treatment_day(case.content, one) for one in case.content.positions}
    since = _price_days(connection, lines, days)
    approved = _approved(connection, lines, decision)
    judged = {one.line: one for one in assessed}
    rows = _rows(connection, assessed)
    return tuple(
        PositionTold(
            line=line,
            day=days.get(line.line),
            price_since=since.get(line.line),
            payable=line.payable,
            approved=approved.get(line.line),
            reasons=codes(line.reasons),
            rule=_fired(judged, line.line, rows, "rule"),
            parts=_parts(judged, line.line, rows),
            asked=judged[line.line].inputs if line.line in judged else {},
        )
        for line in lines
    )


def _price_days(
    connection: Connection, lines: list[invoices.Line], days: Mapping[int, date | None]
) -> dict[int, date | None]:
    """Since when the price that a line was compared with holds, as far as the lists still say the same."""
    asked = {
        line.line: (line.gtin, day) for line in lines if line.gtin and line.listed and (day := days.get(line.line))
    }
    known = medications.facts_on(connection, asked.values())
    prices = {line.line: line.listed_price for line in lines}
    return {
        line: known[pack].price_since
        for line, pack in asked.items()
        if pack in known and known[pack].maximum_price == prices[line]
    }


def _approved(
    connection: Connection, lines: list[invoices.Line], decision: decisions.Decision | None
) -> dict[int, Decimal | None]:
    if decision is None:
        return {}
    review = decisions.review(connection, decision.review_id) if decision.review_id else None
    billed = [BilledLine(line=one.line, billed=one.amount, payable=one.payable) for one in lines]
    decided = decided_lines(decision.decision, decision.payable_amount, billed, review.amounts() if review else None)
    return {one.line: one.approved for one in decided}


def _findings(case: invoices.Case, lines: list[invoices.Line]) -> tuple[Finding, ...]:
    """Errors of the reading that no step after it has said in its own place."""
    said = {*codes(case.reasons), *(reason for line in lines for reason in codes(line.reasons))}
    return tuple(one for one in case.content.findings if one.severity == "error" and one.code not in said)


def _tasks(connection: Connection, invoice_id: int) -> tuple[DoneTask, ...]:
    """Decisions and corrections have records of their own, which tell more."""
    done = (row for row in audit.of_invoice(connection, invoice_id) if row["action"] == "web:task:completed")
    return tuple(
        DoneTask(kind=row["details"]["kind"], who=row["actor"], at=row["at"])
        for row in done
        if row["details"]["kind"] not in _TOLD_OTHERWISE
    )


def _rows(connection: Connection, assessed: list[decisions.Assessment]) -> dict[str, TableRow]:
    table = risk_tables.get(connection, assessed[0].decision_definition_id) if assessed else None
    return rows_of(table.model) if table is not None else {}


def _fired(
    judged: Mapping[int, decisions.Assessment], line: int, rows: Mapping[str, TableRow], output: str
) -> FiredRow | None:
    code = judged[line].outputs.get(output) if line in judged else None
    return FiredRow(code=str(code), row=rows.get(str(code))) if code else None


def _parts(judged: Mapping[int, decisions.Assessment], line: int, rows: Mapping[str, TableRow]) -> tuple[FiredRow, ...]:
    outputs = judged[line].outputs if line in judged else {}
    fired = (_fired(judged, line, rows, name) for name in outputs if name.endswith("_rule"))
    return tuple(one for one in fired if one is not None)


def _risk(assessment: decisions.Assessment) -> RiskTold:
    _, _, rest = assessment.decision_definition_id.partition(":")
    return RiskTold(
        definition_id=assessment.decision_definition_id,
        version=rest.partition(":")[0],
        assessed_at=assessment.assessed_at,
    )


def _list_of(connection: Connection, at: datetime) -> lists.ListImport | None:
    """The Spezialitätenliste that was in force with us at a moment."""
    known = [one for one in lists.imports_of(connection, "sl") if one.imported_at <= at]
    return max(known, key=lambda one: (one.list_date, one.id), default=None)


def _waits(office: Office, case: invoices.Case) -> tuple[tuple[UserTask, ...] | None, tuple[str, ...] | None]:
    process = case.process_instance_id
    if case.state == "completed" or process is None:
        return (), ()
    groups = [ASSISTANTS, CONTROLLERS]
    try:
        open_tasks = office.engine.tasks(
            process_instance_id=process, candidate_groups=groups, include_assigned_tasks=True
        )
        incidents = office.engine.incidents(process)
    except EngineError:
        return None, None
    waits = tuple(task for task in open_tasks if task.process_instance_id == process)
    return waits, tuple(incident.activity_id or incident.incident_type for incident in incidents)
