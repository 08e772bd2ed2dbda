"""Differences between the embedded engine and the real one that are meant to stay; the engine's README has them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from contract_pair import Answer, Call


@dataclass(frozen=True)
class Difference:
    """`matches` is true for an answer of ours that may differ; without it, no story of the runner comes there."""

    id: str
    reason: str
    matches: Callable[[Call, Answer, Answer], bool] = lambda call, ours, real: False


Row = dict[str, Any]


def _either(*matchers: Callable[[Call, Answer, Answer], bool]) -> Callable[[Call, Answer, Answer], bool]:
    return lambda call, ours, real: any(matches(call, ours, real) for matches in matchers)


def _only(path: str, key: str, where: Callable[[Row], bool]) -> Callable[[Call, Answer, Answer], bool]:
    """Answers of a path that are the same but for one key, in the rows that `where` picks."""

    def alike(ours: Row, real: Row) -> bool:
        return ours == real or (where(ours) and ours | {key: None} == real | {key: None})

    def matches(call: Call, ours: Answer, real: Answer) -> bool:
        listed = isinstance(ours.body, list) and isinstance(real.body, list) and len(ours.body) == len(real.body)
        return listed and call.path.startswith(path) and all(map(alike, ours.body, real.body))

    return matches


UNBRANCHED = {"contract-jobs", "contract-rules"}
"""The processes of the runner whose tasks never stand beside another branch."""

DIFFERENCES: tuple[Difference, ...] = (
    Difference("refused-constructs", "Other constructs than ours are refused at deployment."),
    Difference("no-such-resource", "Tenants, filters, authorisations, batches, migration: there are no such paths."),
    Difference("suspension-at-a-later-date", "It is refused; better than to suspend at once."),
    Difference("hal-list", "A HAL list has no linked users and definitions."),
    Difference("required-decisions", "History keeps the decision that was asked for."),
    Difference("times-in-utc", "A date without an offset is UTC, not the server's zone."),
    Difference("wrong-passwords", "They lock nobody out."),
    Difference(
        "parameter-of-a-sub-process",
        "History has an input parameter of a sub-process with the sub-process, not with the activity around it.",
        _only("/history/variable-instance?", "activityInstanceId", lambda row: row["name"] == "inner_x"),
    ),
    Difference(
        "execution-of-a-task-left-alone",
        "Where a branch beside a task ends, history shows the execution that the task is in now, not its first one.",
        _either(
            _only("/history/task?", "executionId", lambda row: row["processDefinitionKey"] not in UNBRANCHED),
            _only(
                "/history/activity-instance?",
                "executionId",
                lambda row: row["activityType"] == "userTask" and row["processDefinitionKey"] not in UNBRANCHED,
            ),
        ),
    ),
    Difference(
        "assignee-of-a-resolved-task",
        "History's activity has the task's assignee as it is now, not whom it was delegated to before.",
        _only("/history/activity-instance?", "assignee", lambda row: row["activityType"] == "userTask"),
    ),
)
"""At most ten; none in external tasks, messages, incidents or retries."""


def allowed(call: Call, ours: Answer, real: Answer) -> bool:
    return any(difference.matches(call, ours, real) for difference in DIFFERENCES)
