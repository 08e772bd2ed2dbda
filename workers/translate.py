"""What all workers share: the case's id, the step, and errors in the engine's words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict
from functools import wraps
from hashlib import sha256
from typing import Any

from pulse.base.errors import InvalidInput, NotFound
from pulse.claims.errors import BusinessError
from pulse.claims.steps import Step
from pulse.engine.worker import BpmnError, ExternalTask, Fatal, Retry

#: Registers and database: a moment of absence is survived, a longer one is an operator's business.
QUICK_RETRY = Retry(attempts=5, first_s=5.0, factor=4.0, longest_s=600.0)
#: Mail: servers are away for hours, and a claim that somebody left must grow old before it is looked into.
MAIL_RETRY = Retry(attempts=12, first_s=20.0, factor=2.0, longest_s=1800.0)

Work = Callable[[ExternalTask], Mapping[str, object] | None]


def translated(work: Work) -> Work:
    """Business errors become BPMN errors; what no retry heals an incident at once; all else is tried again.

    Messages of our own errors hold no personal data; other exceptions are stripped by the worker's run time.
    """

    @wraps(work)
    def handler(task: ExternalTask) -> Mapping[str, object] | None:
        try:
            return work(task)
        except BusinessError as error:
            raise BpmnError(error.bpmn_code, error.message, error.variables) from error
        except (InvalidInput, NotFound) as error:
            raise Fatal(f"{error.reason}: {error.message}") from error

    return handler


def invoice_id(task: ExternalTask) -> int:
    """The case's id: variable `invoice_id`, which must fit the business key."""
    found = text(task, "invoice_id")
    if not found.isdigit() or (task.business_key or "") not in ("", f"invoice-{found}"):
        raise Fatal("the variable invoice_id is missing, or does not fit the business key")
    return int(found)


def text(task: ExternalTask, name: str) -> str:
    """A variable as text; empty where it is missing or null."""
    value = task.variables.get(name)
    return "" if value is None else str(value)


def step(task: ExternalTask) -> Step:
    """The step under which the answer is kept: the case's, so that an engine that was set up anew and counts its
    activities from the start never meets another case's answer."""
    key = f"{invoice_id(task)}/{task.topic}/{task.activity_instance_id}"
    return Step(activity_instance_id=sha256(key.encode()).hexdigest(), topic=task.topic)


def variables(answer: Any) -> dict[str, object]:
    """An answer's fields as process variables."""
    return asdict(answer)
