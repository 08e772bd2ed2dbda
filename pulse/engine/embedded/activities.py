"""What activities do by themselves: parameters, the rows of what they wait for, expressions and decisions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from pulse.engine.embedded import juel, timers
from pulse.engine.embedded.errors import ExpressionError
from pulse.engine.embedded.model import Activity
from pulse.engine.embedded.scopes import Lookup, Scopes, link_note
from pulse.engine.embedded.state import PROCESS, Execution, Row
from pulse.engine.embedded.values import NULL, TypedValue, from_python, json_object

DEFAULT_TASK_PRIORITY: Final = 50


class Activities(Scopes):
    """The work of activities within the tree of an instance."""

    skip_outputs = False
    """Whether what is canceled ends without its output parameters."""

    def open_scope(self, execution: Execution, activity: Activity) -> None:
        """A scope begins: its input parameters, then the timers and messages of its boundary events."""
        outside, inside = self.lookup(self.state.parent(execution)), self.lookup(execution)
        for name, given in activity.inputs:
            self.set_local(execution, name, _value(given, outside))
        for event in (self.process.activities[name] for name in activity.boundaries):
            if event.timer is not None:
                due = timers.due_ms(event.timer.kind, event.timer.value.evaluate(inside), self.now)
                self.add_job(execution, event, "timer", due=due, config=event.timer.told)
            elif event.message is not None:
                self.await_message(execution, event)

    def close_scope(self, execution: Execution, activity: Activity) -> None:
        """A scope ends: its output parameters go outwards."""
        self.at, self.closing = activity, True
        for name, given in activity.outputs:
            self.set_variable(self.state.parent(execution), name, _value(given, self.lookup(execution)))
        self.closing = False

    def cancel(self, execution: Execution) -> None:
        """Take an execution out with all below it; what runs there ends as canceled, its output parameters made."""
        for child in self.state.children(execution):
            self.cancel(child)
        if execution.scope not in {None, PROCESS} and execution.scope_instance is not None and not self.skip_outputs:
            self.close_scope(execution, self.process.activities[execution.scope or ""])
        if execution.external is not None:
            self.log_external(execution, "deletion")
        self.conclude(execution, canceled=True)
        if execution.scope_instance is not None:
            execution.instance = execution.scope_instance
            self.conclude(execution, canceled=True)
        self.remove(execution, canceled=True)

    # --- what an activity waits for ---

    def add_job(self, execution: Execution, activity: Activity, kind: str, **more: Any) -> None:
        """A job that continues the instance later: `timer`, `async-before` or `async-after`."""
        row = self.place(execution, activity, kind=kind, suspended=self.state.suspended, created=self.now)
        row |= {"retries": activity.job_retries, "priority": activity.job_priority, "config": None, "due": None}
        execution.jobs[row["id"]] = activity.id
        self.changes.insert("job", row | more)
        self.changes.jobs = True
        self.log_job(row["id"], "creation")

    def await_message(self, execution: Execution, activity: Activity) -> None:
        """A subscription for the message of a catch event, receive task or boundary event."""
        name = _text(activity.message, self.lookup(execution))
        row = self.place(execution, activity, event_name=name, created=self.now)
        execution.messages[row["id"]] = activity.id
        self.changes.insert("subscription", row)

    def await_worker(self, execution: Execution, activity: Activity) -> None:
        """An external task."""
        lookup = self.lookup(execution)
        row = self.place(execution, activity, created=self.now, suspended=self.state.suspended)
        row |= {"topic": _text(activity.topic, lookup) or "", "priority": _whole(activity.task_priority, lookup, 0)}
        row |= {"activity_instance_id": execution.instance, "business_key": self.state.business_key}
        row |= {"scopes": self.state.scope_ids(execution)}
        execution.external = row["id"]
        self.changes.insert("external_task", row)
        self.changes.topics.add(row["topic"])
        self.log_external(execution, "creation")

    def await_person(self, execution: Execution, activity: Activity) -> None:
        """A user task, offered to its candidates."""
        spec, form, lookup = activity.user_task, activity.form, self.lookup(execution)
        assert spec is not None
        templated = activity.name is not None and "${" in activity.name
        reference = {"key": form.ref, "binding": form.binding, "version": form.version} if form and form.ref else None
        row = self.place(
            execution,
            activity,
            activity_instance_id=execution.instance,
            name=_text(juel.parse(activity.name or ""), lookup) if templated else activity.name,
            description=_text(spec.description, lookup),
            assignee=_text(spec.assignee, lookup),
            priority=_whole(spec.priority, lookup, DEFAULT_TASK_PRIORITY),
            due=timers.date_of(spec.due.evaluate(lookup), "due date") if spec.due else None,
            follow_up=timers.date_of(spec.follow_up.evaluate(lookup), "follow up date") if spec.follow_up else None,
            created=self.now,
            state="Created",
            suspended=self.state.suspended,
            form_key=_text(form.key, lookup) if form else None,
            form_ref=reference,
        )
        execution.task = row["id"]
        self.changes.insert("task", row)
        self.changes.update("activity", execution.instance or "", task_id=row["id"])
        for kind, expressions in (("user_id", spec.candidate_users), ("group_id", spec.candidate_groups)):
            listed = ",".join(_text(expression, lookup) or "" for expression in expressions)
            for name in filter(None, map(str.strip, listed.split(","))):
                link = {"id": self.new_id(), "task_id": row["id"], "type": "candidate"}
                self.changes.insert("identity_link", link | {kind: name})
                self._note_link(row, "candidate", {kind: name})
        if row["assignee"]:
            self._note_link(row, "assignee", {"user_id": row["assignee"]})

    def _note_link(self, task: Row, kind: str, who: Row) -> None:
        note = link_note(self.new_id(), task, kind, who, by=self.context.user, now=self.now)
        self.changes.insert("link_log", note)

    # --- what an activity does at once ---

    def calculate(self, execution: Execution, activity: Activity) -> None:
        """A service task's expression or a business-rule task's decision; the result becomes a variable."""
        lookup, rule = self.lookup(execution), activity.rule
        if rule is not None:
            place: Row = {"instance_id": self.state.id, "process_definition_id": self.state.definition_id}
            place |= {"process_definition_key": self.state.definition_key}
            place |= {"activity_id": activity.id, "activity_instance_id": execution.instance}
            key = _text(rule.decision, lookup) or ""
            hits = self.context.decide(rule, key, self.state.visible(execution), place)
            result = _mapped(rule.mapping, hits) if activity.result_variable else NULL
        else:
            result = _untyped_null(activity.expression.evaluate(lookup)) if activity.expression else NULL
        if activity.result_variable:
            self.set_variable(execution, activity.result_variable, result)


def _value(given: object, lookup: Lookup) -> TypedValue:
    """A parameter's value: a text, a list or a map of expressions."""
    match given:
        case juel.Expression():
            return _untyped_null(given.evaluate(lookup))
        case tuple():
            return json_object([_value(item, lookup) for item in given])
        case Mapping():
            entries = {key: _value(given[key], lookup) for key in sorted(given)}
            return json_object(entries, "java.util.TreeMap")
    return NULL


def _untyped_null(value: TypedValue) -> TypedValue:
    """What an expression gives: of a variable without a value its type is not known any more."""
    return NULL if value.value is None else value


def _text(expression: juel.Expression | None, lookup: Lookup) -> str | None:
    value = None if expression is None else expression.evaluate(lookup).value
    return None if value is None else str(value)


def _whole(expression: juel.Expression | None, lookup: Lookup, default: int) -> int:
    text = _text(expression, lookup)
    try:
        return default if text is None else int(float(text))
    except ValueError:
        raise ExpressionError(f"Priority value is not an Integer: '{text}'") from None


def _mapped(mapping: str, hits: list[dict[str, TypedValue]]) -> TypedValue:
    """A decision's result as one variable, as `camunda:mapDecisionResult` says."""
    if mapping.startswith("single") and len(hits) > 1:
        raise ExpressionError(f"The decision has {len(hits)} results; the mapping {mapping} takes one")
    if mapping in {"singleEntry", "collectEntries"} and any(len(hit) > 1 for hit in hits):
        raise ExpressionError(f"The decision has several outputs; the mapping {mapping} takes one")
    entries = [value for hit in hits for value in hit.values()]
    match mapping:
        case "singleEntry":
            return entries[0] if entries else NULL
        case "singleResult":
            return json_object(hits[0], "java.util.HashMap") if hits else NULL
        case "collectEntries":
            return from_python(entries)
    return from_python(hits)
