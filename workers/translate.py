"""What all workers share: the case's id, the step, and errors in the engine's words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from hashlib import sha256
from typing import TypeVar

from pulse.base.errors import InvalidInput, NotFound, Unavailable
from pulse.claims.errors import BusinessError
from pulse.claims.ports import SentUnavailable
from pulse.claims.send_letter import HeldBack, StillSending
from pulse.claims.steps import Step
from pulse.engine.errors import EngineUnavailable
from pulse.engine.worker import BpmnError, DependencyDown, ExternalTask, Fatal, Postpone, Retry
from workers.needs import absent

#: A fault of our own is tried a few times, then it is an operator's business. Servers that are away cost no attempt.
QUICK_RETRY = Retry(attempts=5, first_s=5.0, factor=4.0, longest_s=600.0)
#: A mail server may put a mail off for hours.
MAIL_RETRY = Retry(attempts=12, first_s=20.0, factor=2.0, longest_s=1800.0)

#: So long a letter waits, again and again, for the Sent mailbox where it must be looked up, or for a claim that was
#: left behind to grow old; others leave meanwhile.
LOOK_AGAIN_S = 20.0


@dataclass(frozen=True)
class Case:
    """The variable that every topic reads."""

    invoice_id: int


@dataclass(frozen=True)
class Addressed(Case):
    """A letter of the case: to whom, and which."""

    recipient: str
    kind: str


Given = TypeVar("Given", bound=Case)
Answer = TypeVar("Answer")


def translated(work: Callable[[Given, ExternalTask], Answer]) -> Callable[[Given, ExternalTask], Answer]:
    """Business errors become BPMN errors; what no retry heals an incident at once; a server that is away gives the task
    back; a letter that somebody may be sending waits; all else is tried again.

    Messages of our own errors hold no personal data; other exceptions are stripped by the worker's run time.
    """

    @wraps(work)
    def handler(given: Given, task: ExternalTask) -> Answer:
        if (task.business_key or "") not in ("", f"invoice-{given.invoice_id}"):
            raise Fatal("the variable invoice_id does not fit the business key")
        try:
            return work(given, task)
        except BusinessError as error:
            raise BpmnError(error.bpmn_code, error.message, error.variables) from error
        except (InvalidInput, NotFound) as error:
            raise Fatal(f"{error.reason}: {error.message}") from error
        except HeldBack as error:
            raise Postpone(error.message, error.wait_s) from error
        except (SentUnavailable, StillSending) as error:
            raise Postpone(error.message, LOOK_AGAIN_S) from error
        except (Unavailable, EngineUnavailable) as error:
            name = absent(error)
            if name is None:
                raise
            raise DependencyDown(name) from error

    return handler


def step(case: Case, task: ExternalTask) -> Step:
    """The step under which the answer is kept: the case's, so that an engine that was set up anew and counts its
    activities from the start never meets another case's answer."""
    key = f"{case.invoice_id}/{task.topic}/{task.activity_instance_id}"
    return Step(activity_instance_id=sha256(key.encode()).hexdigest(), topic=task.topic)
