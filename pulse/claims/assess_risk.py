"""Assess risk: every position through the decision table; the gravest answer counts."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from weakref import WeakKeyDictionary

import structlog
from sqlalchemy import Connection

from db import audit, clients, decisions, invoices, risk_tables
from pulse.base.reasons import Reason
from pulse.claims.errors import BUSINESS_ERROR, BusinessError
from pulse.claims.office import Office
from pulse.claims.risk_facts import risk_facts
from pulse.claims.rules.risk_inputs import gravest, reasons_of
from pulse.claims.steps import Step, answered, case_of, keep, replaced, text_of
from pulse.engine.client import EngineClient
from pulse.engine.client.records import DecisionDefinition
from pulse.engine.errors import BadRequest, EngineRejected, ServerFault

log = structlog.get_logger(__name__)

DECISION = "medication_risk"
#: How long the newest version's id is believed; a deployment counts after at most this.
_BELIEVED = timedelta(seconds=30)
_versions: WeakKeyDictionary[EngineClient, tuple[str, datetime]] = WeakKeyDictionary()


@dataclass(frozen=True, kw_only=True)
class RiskAssessment:
    """The process variables of `assess-risk`; `sl_decision`: every medication stood on the list on its
    day."""

    risk: str
    reasons: str
    sl_decision: bool


def assess_risk(office: Office, invoice_id: int, *, step: Step | None = None) -> RiskAssessment:
    """Evaluates the table by its version's id and stores inputs, outputs and that id with the case.

    Raises `BusinessError` (`business_error`) where the table gives no answer, or more than one: a person looks, and
    nothing is approved by default.
    """
    with office.database.read() as connection:
        known = answered(connection, step, RiskAssessment)
        if known is not None:
            return known
        case = case_of(connection, invoice_id)
        lines = invoices.lines(connection, invoice_id)
        inputs = _inputs(connection, case, lines)
    definition_id = _definition_id(office)
    answers = _evaluate(office.engine, definition_id, inputs)
    assessment = RiskAssessment(
        risk=gravest(list(answers.values())),
        reasons=text_of(reasons_of(list(answers.values()))),
        sl_decision=all(line.listed for line in lines if line.line in inputs),
    )
    now = office.clock.now()
    with office.database.write() as connection:
        decisions.set_assessments(
            connection,
            invoice_id,
            [
                {
                    "line": line,
                    "decision_definition_id": definition_id,
                    "inputs": inputs[line],
                    "outputs": dict(answer),
                    "assessed_at": now,
                }
                for line, answer in answers.items()
            ],
        )
        rules = [{"line": n, "risk_rule": str(a["rule"])[:20], "risk_level": a["level"]} for n, a in answers.items()]
        invoices.set_lines(connection, invoice_id, rules)
        reasons = replaced(case.reasons, ("P7",), reasons_of(list(answers.values())))
        invoices.set_case(connection, invoice_id, risk=assessment.risk, reasons=reasons)
        audit.note(
            connection,
            "claims:risk:assessed",
            actor="worker",
            at=now,
            invoice_id=invoice_id,
            risk=assessment.risk,
            reasons=assessment.reasons,
            table=definition_id,
        )
        keep(connection, step, invoice_id, assessment, at=now)
    return assessment


def _inputs(connection: Connection, case: invoices.Case, lines: list[invoices.Line]) -> dict[int, dict[str, Any]]:
    client = clients.get(connection, case.client_id) if case.client_id is not None else None
    if client is None:
        raise BusinessError(BUSINESS_ERROR, Reason.NOT_INSURED)
    return risk_facts(connection, case, client, lines)


def _definition_id(office: Office) -> str:
    """The newest version of the table, asked for again now and then; a new one is kept with the cases."""
    now = office.clock.now()
    known = _versions.get(office.engine)
    if known is not None and timedelta() <= now - known[1] < _BELIEVED:
        return known[0]
    newest = office.engine.decision_definition(DECISION)
    if known is None or known[0] != newest.id:
        _keep(office, newest, now)
    _versions[office.engine] = (newest.id, now)
    return newest.id


def _keep(office: Office, newest: DecisionDefinition, now: datetime) -> None:
    """What the table's rows say must be tellable when the engine has forgotten this version. An engine that shows no
    model hinders no case."""
    with office.database.read() as connection:
        if risk_tables.get(connection, newest.id) is not None:
            return
    try:
        model = office.engine.decision_model(newest.id)
    except EngineRejected as error:
        log.warning("risk table not kept", action="assess-risk", table=newest.id, error=str(error))
        return
    with office.database.write() as connection:
        risk_tables.keep(connection, newest.id, version=newest.version, model=model, at=now)


def _evaluate(
    engine: EngineClient, definition_id: str, inputs: Mapping[int, Mapping[str, Any]]
) -> dict[int, Mapping[str, Any]]:
    """The one answer for each line; equal inputs are asked once."""
    asked: dict[str, Mapping[str, Any]] = {}
    answers: dict[int, Mapping[str, Any]] = {}
    for line, variables in inputs.items():
        key = json.dumps(variables, sort_keys=True)
        if key not in asked:
            asked[key] = _ask(engine, definition_id, variables)
        answers[line] = asked[key]
    return answers


def _ask(engine: EngineClient, definition_id: str, variables: Mapping[str, Any]) -> Mapping[str, Any]:
    """A table that cannot answer is no answer (engine: 400 or 500); an engine that is away is tried again."""
    try:
        rules = engine.evaluate_decision(definition_id, variables)
    except (BadRequest, ServerFault) as error:
        raise BusinessError(BUSINESS_ERROR, Reason.DECISION_INCOMPLETE, "The risk table has failed.") from error
    if len(rules) != 1 or rules[0].get("level") not in ("low", "high"):
        raise BusinessError(BUSINESS_ERROR, Reason.DECISION_INCOMPLETE, "The risk table gave no single answer.")
    return rules[0]
