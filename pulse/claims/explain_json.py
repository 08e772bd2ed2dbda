"""An explanation for programs: codes and values, with the same sentences beside them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from pulse.base.reasons import Reason
from pulse.claims.explain import Explanation, FiredRow, PositionTold
from pulse.claims.explain_words import Section
from pulse.claims.rules.settlement import billed_total
from pulse.claims.rules.sources import SOURCES


def as_json(told: Explanation, sections: Sequence[Section]) -> dict[str, Any]:
    """Amounts as text with two decimals, moments in UTC; `text` are the sections in words.

    `waits_for` and `stands_still` are null where the engine could not be asked.
    """
    case, risk, imported = told.case, told.risk, told.list_import
    return {
        "case": case.id,
        "business_key": case.business_key,
        "state": case.state,
        "closed_as": case.closed_as,
        "billed": _plain(billed_total(case.content)),
        "payable": _plain(case.payable_amount),
        "outcome": case.outcome,
        "risk": case.risk,
        "reasons": _reasons(told.reasons),
        "findings": [{"code": one.code.value, "field": one.field} for one in told.findings],
        "relations": [{"kind": one.kind, "case": one.case_id} for one in told.relations],
        "table": None if risk is None else {key: _plain(value) for key, value in asdict(risk).items()},
        "list": None
        if imported is None
        else {"date": _plain(imported.list_date), "imported_at": _plain(imported.imported_at)},
        "positions": [_position(one) for one in told.positions],
        "decisions": [
            {
                "decision": one.decision,
                "reason": one.reason_code,
                "payable": _plain(one.payable_amount),
                "by": one.decided_by,
                "automated": one.automated,
                "at": _plain(one.decided_at),
                "comment": one.comment,
            }
            for one in told.decisions
        ],
        "cost_share": None
        if told.shares is None
        else {name: _plain(getattr(told.shares, name)) for name in ("franchise", "copayment", "paid")},
        "letters": [
            {"kind": one.kind, "to": one.recipient, "state": one.state, "at": _plain(one.settled_at or one.created_at)}
            for one in told.letters
        ],
        "waits_for": None
        if told.waits is None
        else [
            {"task": one.task_definition_key, "assignee": one.assignee, "due": _plain(one.due)} for one in told.waits
        ],
        "stands_still": None if told.stands_still is None else list(told.stands_still),
        "text": [{"title": one.title, "lines": [line.text for line in one.lines]} for one in sections],
    }


def _position(one: PositionTold) -> dict[str, Any]:
    line = one.line
    return {
        "line": line.line,
        "gtin": line.gtin,
        "day": _plain(one.day),
        "billed": _plain(line.amount),
        "payable": _plain(one.payable),
        "approved": _plain(one.approved),
        "outcome": line.outcome,
        "listed": line.listed,
        "listed_price": _plain(line.listed_price),
        "price_since": _plain(one.price_since),
        "reasons": _reasons(one.reasons),
        "rule": None if one.rule is None else _row(one.rule),
        "rests_on": [_row(part) for part in one.parts],
        "asked": dict(one.asked),
    }


def _row(fired: FiredRow) -> dict[str, Any]:
    row = fired.row
    conditions = [{"column": column, "cell": cell} for column, cell in row.conditions] if row else []
    return {
        "code": fired.code,
        "table": row.table if row else None,
        "text": row.text if row else None,
        "conditions": conditions,
    }


def _reasons(reasons: Sequence[Reason]) -> list[dict[str, str | None]]:
    return [{"code": one.value, "source": SOURCES.get(one)} for one in reasons]


def _plain(value: object) -> Any:
    if isinstance(value, Decimal):
        return f"{value:.2f}"
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    return value.isoformat() if isinstance(value, date) else value
