"""Looks at an instance: the calls that read all that an engine tells of it, while it runs and afterwards."""

from __future__ import annotations

from contract_pair import Call

HISTORY = (
    "activity-instance", "task", "variable-instance", "incident", "external-task-log", "detail", "decision-instance",
)  # fmt: skip
_OPTIONS = {
    "variable-instance": "&deserializeValues=false", "detail": "&deserializeValues=false",
    "decision-instance": "&includeInputs=true&includeOutputs=true",
}  # fmt: skip


def histories(instance: str) -> list[Call]:
    """All that history tells of an instance."""
    only = f"processInstanceId={instance}"
    return [
        Call("GET", f"/history/process-instance/{instance}"),
        *(Call("GET", f"/history/{kind}?{only}{_OPTIONS.get(kind, '')}") for kind in HISTORY),
    ]


def live(instance: str) -> list[Call]:
    """All that an engine tells of a running instance."""
    return [
        Call("GET", f"/process-instance/{instance}"),
        Call("GET", f"/process-instance/{instance}/activity-instances"),
        Call("GET", f"/event-subscription?processInstanceId={instance}"),
        Call("GET", f"/incident?processInstanceId={instance}"),
        Call("GET", f"/variable-instance?processInstanceIdIn={instance}&deserializeValues=false"),
    ]
