"""What each kind of activity does when a token enters it, and the waiting rows that it leaves."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from pulse.engine.embedded import juel, timers
from pulse.engine.embedded.errors import ExpressionError
from pulse.engine.embedded.model import Activity, Form
from pulse.engine.embedded.state import Execution
from pulse.engine.embedded.values import NULL, TypedValue, from_python, json_object

if TYPE_CHECKING:
    from pulse.engine.embedded.core import Core
    from pulse.engine.embedded.scopes import Scopes

DEFAULT_TASK_PRIORITY: Final = 50


def open_scope(core: Core, execution: Execution, activity: Activity) -> None:
    """A scope begins: its input parameters, then the timers and messages of its boundary events."""
    outside = core.lookup(core.state.parent(execution))
    for parameter in activity.inputs:
        core.set_local(execution, parameter.name, _value(parameter.value, outside))
    for name in activity.boundaries:
        event = core.process.activities[name]
        if event.timer is not None:
            due = timers.due_ms(event.timer.kind, event.timer.value.evaluate(core.lookup(execution)), core.now)
            add_job(core, execution, event, "timer", due=due)
        elif event.message is not None:
            add_message(core, execution, event)


def map_outputs(core: Core, execution: Execution, activity: Activity) -> None:
    """A scope ends: its output parameters go outwards."""
    lookup = core.lookup(execution)
    for parameter in activity.outputs:
        core.set_variable(core.state.parent(execution), parameter.name, _value(parameter.value, lookup))


def _value(given: object, lookup: Callable[[str], TypedValue | None]) -> TypedValue:
    match given:
        case None:
            return NULL
        case tuple():
            return json_object([_value(item, lookup) for item in given])
        case Mapping():
            entries = {key: _value(given[key], lookup) for key in sorted(given)}
            return json_object(entries, "java.util.TreeMap")
        case juel.Expression():
            return given.evaluate(lookup)
    raise AssertionError(given)


def _place(core: Scopes, execution: Execution, activity: Activity) -> dict[str, Any]:
    return {
        "instance_id": core.state.id,
        "execution_id": execution.id,
        "activity_id": activity.id,
        "definition_id": core.state.definition_id,
        "definition_key": core.state.definition_key,
    }


def add_job(
    core: Scopes,
    execution: Execution,
    activity: Activity,
    kind: str,
    *,
    config: str | None = None,
    due: int | None = None,
) -> None:
    """A job that continues the instance later: `timer`, `async-before` or `async-after`."""
    row = _place(core, execution, activity) | {
        "id": core.new_id(),
        "kind": kind,
        "config": config,
        "due": due,
        "retries": activity.retries.times,
        "priority": activity.job_priority,
        "suspended": core.state.suspended,
        "created": core.now,
    }
    execution.jobs[row["id"]] = activity.id
    core.changes.insert("job", row)
    core.changes.jobs = True


def add_message(core: Scopes, execution: Execution, activity: Activity) -> None:
    """Wait for a message."""
    assert activity.message is not None
    row = _place(core, execution, activity) | {
        "id": core.new_id(),
        "event_name": _text(activity.message, core, execution),
        "created": core.now,
    }
    execution.messages[row["id"]] = activity.id
    core.changes.insert("subscription", row)


def _text(expression: juel.Expression | None, core: Scopes, execution: Execution) -> str | None:
    if expression is None:
        return None
    value = expression.evaluate(core.lookup(execution)).value
    return None if value is None else str(value)


def _whole(expression: juel.Expression | None, core: Scopes, execution: Execution, default: int) -> int:
    text = _text(expression, core, execution)
    try:
        return default if text is None else int(float(text))
    except ValueError:
        raise ExpressionError(f"Priority value is not an Integer: '{text}'") from None


def _external(core: Core, execution: Execution, activity: Activity) -> None:
    assert activity.external is not None
    topic = _text(activity.external.topic, core, execution) or ""
    row = _place(core, execution, activity) | {
        "id": core.new_id(),
        "topic": topic,
        "activity_instance_id": execution.instance,
        "business_key": core.state.business_key,
        "priority": _whole(activity.external.priority, core, execution, 0),
        "scopes": core.state.scope_ids(execution),
        "suspended": core.state.suspended,
        "created": core.now,
        **dict.fromkeys(("worker_id", "lock_until", "retries", "error_message", "error_details")),
    }
    execution.external = row["id"]
    core.changes.insert("external_task", row)
    core.changes.topics.add(topic)
    core.log_external(execution, "creation")


def _user(core: Core, execution: Execution, activity: Activity) -> None:
    spec = activity.user_task
    assert spec is not None
    lookup = core.lookup(execution)
    identifier = core.new_id()
    row = _place(core, execution, activity) | {
        "id": identifier,
        "activity_instance_id": execution.instance,
        "name": _name(activity, core, execution),
        "description": _text(spec.description, core, execution),
        "assignee": _text(spec.assignee, core, execution),
        "owner": None,
        "delegation": None,
        "priority": _whole(spec.priority, core, execution, DEFAULT_TASK_PRIORITY),
        "due": timers.date_of(spec.due.evaluate(lookup), "due date") if spec.due else None,
        "follow_up": timers.date_of(spec.follow_up.evaluate(lookup), "follow up date") if spec.follow_up else None,
        "created": core.now,
        "updated": None,
        "end_time": None,
        "delete_reason": None,
        "state": "Created",
        "suspended": core.state.suspended,
        "form_key": _text(activity.form.key, core, execution) if activity.form else None,
        "form_ref": form_ref(activity.form),
    }
    execution.task = identifier
    core.changes.insert("task", row)
    core.changes.update("activity", execution.instance or "", task_id=identifier)
    for kind, expressions in (("user_id", spec.candidate_users), ("group_id", spec.candidate_groups)):
        for text in (_text(expression, core, execution) or "" for expression in expressions):
            for name in filter(None, map(str.strip, text.split(","))):
                link = {"id": core.new_id(), "task_id": identifier, "type": "candidate"}
                core.changes.insert("identity_link", link | {"user_id": None, "group_id": None, kind: name})


def _name(activity: Activity, core: Core, execution: Execution) -> str | None:
    if activity.name and "${" in activity.name:
        return _text(juel.parse(activity.name), core, execution)
    return activity.name


def form_ref(form: Form | None) -> dict[str, object] | None:
    """A form reference as REST shows it."""
    if form is None or form.ref is None:
        return None
    return {"key": form.ref, "binding": form.binding, "version": form.version}


def _service(core: Core, execution: Execution, activity: Activity) -> None:
    if activity.external is not None:
        _external(core, execution, activity)
        return
    if activity.rule is not None:
        _rule(core, execution, activity)
    elif activity.expression is not None:
        value = activity.expression.evaluate(core.lookup(execution))
        if activity.result_variable:
            core.set_variable(execution, activity.result_variable, value)
    core.soon(partial(core.leave, execution))


def _rule(core: Core, execution: Execution, activity: Activity) -> None:
    assert activity.rule is not None
    key = _text(activity.rule.decision, core, execution) or ""
    hits = core.context.decide(activity.rule, key, core.state.visible(execution))
    if activity.result_variable:
        core.set_variable(execution, activity.result_variable, _result(activity.rule.mapping, hits))


def _result(mapping: str, hits: list[dict[str, TypedValue]]) -> TypedValue:
    """A decision's result as one variable, as `camunda:mapDecisionResult` says."""
    if mapping.startswith("single") and len(hits) > 1:
        raise ExpressionError(f"The decision has {len(hits)} results; the mapping {mapping} takes one")
    if mapping in {"singleEntry", "collectEntries"} and any(len(hit) > 1 for hit in hits):
        raise ExpressionError(f"The decision has several outputs; the mapping {mapping} takes one")
    if mapping == "singleEntry":
        return next((value for hit in hits for value in hit.values()), NULL)
    if mapping == "singleResult":
        return json_object(hits[0], "java.util.HashMap") if hits else NULL
    if mapping == "collectEntries":
        return from_python([value for hit in hits for value in hit.values()])
    return from_python(hits)


def _catch(core: Core, execution: Execution, activity: Activity) -> None:
    add_message(core, execution, activity)


def _pass(core: Core, execution: Execution, activity: Activity) -> None:
    core.soon(partial(core.leave, execution))


def _exclusive(core: Core, execution: Execution, activity: Activity) -> None:
    lookup = core.lookup(execution)
    for flow in activity.outgoing:
        if flow.id != activity.default and (flow.condition is None or flow.condition.condition(lookup)):
            core.leave_by(execution, [flow])
            return
    # only the default is left, or nothing: then `leave` says so
    default = [flow for flow in activity.outgoing if flow.id == activity.default]
    if default:
        core.leave_by(execution, default)
    else:
        core.leave(execution)


def _error_end(core: Core, execution: Execution, activity: Activity) -> None:
    assert activity.error is not None
    core.throw(execution, activity.error.code or "", None)


def _sub_process(core: Core, execution: Execution, activity: Activity) -> None:
    core.soon(partial(core.enter, execution, core.process.activities[activity.initial or ""]))


def _join(core: Core, execution: Execution, activity: Activity) -> None:
    core.join(execution, activity)


def _end(core: Core, execution: Execution, activity: Activity) -> None:
    core.end(execution)


BEHAVIOURS: Final[Mapping[str, Callable[[Core, Execution, Activity], None]]] = {
    "startEvent": _pass,
    "messageStartEvent": _pass,
    "noneEndEvent": _end,
    "terminateEndEvent": _end,
    "errorEndEvent": _error_end,
    "boundaryError": _pass,
    "boundaryTimer": _pass,
    "boundaryMessage": _pass,
    "intermediateMessageCatch": _catch,
    "receiveTask": _catch,
    "serviceTask": _service,
    "businessRuleTask": _service,
    "userTask": _user,
    "exclusiveGateway": _exclusive,
    "parallelGateway": _join,
    "subProcess": _sub_process,
}
