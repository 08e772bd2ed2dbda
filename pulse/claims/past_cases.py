"""Past cases as files: the question that each was, without names, and the answer that the rules gave then.

A file is what `pulse evaluate positions` reads, with two things beside it: `expected`, the answer in the shape that
this command prints, and `asked`, the values that the risk tables were asked. So a changed list, setting, rule or risk
table is tried on them before it goes live.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError
from sqlalchemy import Connection

from db import clients, decisions, invoices
from pulse.base.clock import swiss_date
from pulse.base.errors import InvalidInput
from pulse.base.identifiers import is_indication_code
from pulse.claims.evaluate import Evaluation, NotAQuestion, Question, question_of
from pulse.claims.office import Office
from pulse.claims.past_risk import Asked, Risk
from pulse.claims.position_facts import surroundings_of
from pulse.claims.rules.facts import Rules
from pulse.claims.rules.position import Outcome
from pulse.invoices.model import Invoice, Party, Patient, Payment, Position

_PAGE = 200
_CODE = re.compile(r"\d{5}\.\d{2}")


class NotAPastCase(InvalidInput):
    """The file is not a past case."""

    code = "not_a_past_case"


class LineAnswer(BaseModel):
    """What became of a position; `payable` in CHF."""

    model_config = ConfigDict(frozen=True, coerce_numbers_to_str=True)
    outcome: Outcome
    payable: Decimal
    reasons: tuple[str, ...] = ()


class Answer(BaseModel):
    """What became of an invoice, as `pulse evaluate positions --json` tells it; only the positions must be there."""

    model_config = ConfigDict(frozen=True, coerce_numbers_to_str=True)
    positions: tuple[LineAnswer, ...]
    outcome: Outcome | None = None
    payable_amount: Decimal | None = None
    risk: Risk | None = None

    @property
    def payable(self) -> Decimal:
        """Of the invoice, in CHF."""
        if self.payable_amount is not None:
            return self.payable_amount
        return sum((line.payable for line in self.positions), Decimal(0))


class _Beside(BaseModel):
    """What a file holds beside the question."""

    expected: Answer | None = None
    asked: dict[int, dict[str, bool | int | float | str | None]] = {}


@dataclass(frozen=True, kw_only=True)
class PastCase:
    """A question with the answer of then, where the file has one, and what the risk tables were asked."""

    path: Path
    question: Question
    expected: Answer | None
    asked: Asked

    @property
    def name(self) -> str:
        return self.path.stem


def read(path: Path) -> PastCase:
    """Reads a file. Raises `NotAPastCase` with the file's name and what is wrong in it."""
    try:
        text = path.read_text(encoding="utf-8")
        data = json.loads(text, parse_float=Decimal)
        found = {name: data.pop(name) for name in ("expected", "asked") if isinstance(data, dict) and name in data}
        if "asked" in found:  # with the numbers as they were asked, not as amounts
            found["asked"] = json.loads(text)["asked"]
        beside = _Beside.model_validate(found)
        question = question_of(json.dumps(data, default=str))
    except ValidationError as error:
        wrong = "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors()[:5])
        raise NotAPastCase(f"{path.name}: {wrong}") from error
    except (ValueError, RecursionError, NotAQuestion) as error:
        raise NotAPastCase(f"{path.name}: {error}") from error
    answer = beside.expected
    if answer is not None and len(answer.positions) != len(question.invoice.positions):
        raise NotAPastCase(f"{path.name}: the answer has another number of positions than the invoice")
    return PastCase(path=path, question=question, expected=answer, asked=beside.asked)


def save(case: PastCase, answer: Evaluation, risk: Risk | None) -> None:
    """Puts an answer in the place of the expected one. Raises `OSError`."""
    data = json.loads(case.path.read_text(encoding="utf-8"))
    expected = answer.to_json() | ({"risk": risk.model_dump(mode="json")} if risk else {})
    _write(case.path, data | {"expected": expected})


def export(office: Office, folder: Path, rules: Rules, *, since: date | None, most: int) -> int:
    """Writes the newest settled cases, one file each, named by the case; returns how many.

    Names, addresses, numbers and accounts of persons stay out, and free text but for an Indikationscode. What was
    billed for whom stays health data, if under a pseudonym. Raises `OSError` where the folder cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    count = 0
    with office.database.read() as connection:
        for case in _settled(connection, since):
            if count == most:
                break
            data = _question(connection, case, rules)
            if data is not None:
                _write(folder / f"{case.id}.json", data | {"expected": _answer(connection, case)})
                count += 1
    return count


def _settled(connection: Connection, since: date | None) -> Iterator[invoices.Case]:
    """Cases that the rules have worked out, newest first, received on that day or later."""
    before: int | None = None
    while page := invoices.page(connection, before=before, limit=_PAGE):
        for case in page:
            recent = since is None or swiss_date(case.received_at) >= since
            if recent and case.outcome is not None and case.client_id is not None:
                yield case
        before = page[-1].id


def _question(connection: Connection, case: invoices.Case, rules: Rules) -> dict[str, Any] | None:
    client = clients.get(connection, case.client_id) if case.client_id is not None else None
    if client is None:
        return None
    around = surroundings_of(connection, case, client, rules)
    gtins = set(around.articles.gtins.values())
    return {
        "client": {
            "insurance_number": f"case-{case.id}",
            "covered_from": client.covered_from.isoformat(),
            "covered_until": client.covered_until.isoformat() if client.covered_until else None,
            "law": client.law,
        },
        "invoice": _nameless(case.content).to_json(),
        "approvals": [_plain(vars(one)) for one in around.approvals],
        "history": [
            _plain({name: value for name, value in vars(one).items() if name not in ("invoice_id", "line")})
            for one in around.history
            if one.gtin in gtins
        ],
        "asked": {one.line: one.inputs for one in decisions.assessments_of(connection, case.id)},
    }


def _nameless(invoice: Invoice) -> Invoice:
    def party(one: Party) -> Party:
        return Party(gln=one.gln, zsr=one.zsr)

    return invoice.model_copy(
        update={
            "guid": None,
            "invoice_number": None,
            "refers_to": None,
            "biller": party(invoice.biller),
            "provider": party(invoice.provider),
            "prescriber": Party(),
            "patient": Patient(),
            "payment": Payment(),
            "positions": tuple(_without_remark(position) for position in invoice.positions),
            "fields": {},
            "findings": (),
        }
    )


def _without_remark(position: Position) -> Position:
    codes = [code for code in _CODE.findall(position.remark or "") if is_indication_code(code)]
    return position.model_copy(update={"remark": " ".join(codes) or None})


def _answer(connection: Connection, case: invoices.Case) -> dict[str, Any]:
    """As the case has it on record."""
    lines: Sequence[invoices.Line] = invoices.lines(connection, case.id)
    assessments = decisions.assessments_of(connection, case.id)
    rules = {one.line: str(one.outputs.get("rule")) for one in assessments}
    return {
        "positions": [
            {"outcome": line.outcome, "payable": f"{line.payable or 0:.2f}", "reasons": line.reasons.split()}
            for line in lines
        ],
        "outcome": case.outcome,
        "payable_amount": f"{case.payable_amount or 0:.2f}",
        "risk": {"level": case.risk, "rules": rules} if assessments else None,
    }


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: str(value) for name, value in values.items() if value is not None}


def _write(path: Path, data: Mapping[str, Any]) -> None:
    path.write_text(json.dumps(data, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
