"""Doing a task: corrections, amounts by position, then the form, in this order, for pages and REST alike."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from pulse.base.errors import InvalidInput
from pulse.claims import tasks
from pulse.claims.correct import correct
from pulse.claims.kinship import reading_of
from pulse.claims.office import Office
from pulse.claims.review import add_review
from pulse.invoices.checks import ReadingState
from pulse.invoices.model import Finding


@dataclass(frozen=True, kw_only=True)
class Done:
    """What became of it: a reading that is still not complete keeps its task, with the findings that say why."""

    completed: bool
    reading: ReadingState | None = None
    findings: tuple[Finding, ...] = ()


def do_task(
    office: Office,
    task_id: str,
    user: str,
    values: Mapping[str, Any],
    *,
    corrections: Mapping[str, Any] | None = None,
    confirmed: bool = False,
    review: Mapping[int, Decimal] | None = None,
    revision: int | None = None,
    groups: Collection[str] | None = None,
) -> Done:
    """Stores what belongs to the task, and completes it; whoever stores something takes the task first.

    `corrections`: field paths with their values, for *Correct the reading*; `confirmed`: what still contradicts itself
    stands on the paper like that. `review`: CHF by position line, for a decision `partial`; amounts equal to those
    worked out are no review. `revision`: which change of a letter's wording the person has read. Raises as
    `tasks.complete`, `correct` and `add_review` do.
    """
    task = tasks.task(office, task_id)
    given, invoice_id = dict(values), task.invoice_id
    corrects = task.kind == "correct_reading" and given.get("correction") == "done"
    if corrections and not corrects:
        raise InvalidInput("Only *Correct the reading*, answered with done, takes corrections.", code="no_corrections")
    if review and given.get("decision") != "partial":
        raise InvalidInput("Only a decision in part takes amounts by position.", code="no_review")
    if invoice_id is not None and (corrects or review):
        tasks.claim(office, task_id, user, groups=groups)
        if corrects:
            content = correct(office, invoice_id, corrections or {}, user, confirmed=confirmed)
            reading, wrong = reading_of(content), tuple(one for one in content.findings if one.severity == "error")
            if reading != "complete":
                return Done(completed=False, reading=reading, findings=wrong)
        if review:
            given["review"] = add_review(office, invoice_id, review, user)
    return Done(completed=tasks.complete(office, task_id, user, given, revision=revision, groups=groups))
