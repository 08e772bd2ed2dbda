"""Executions, scopes and variables: how the tree of one instance grows, shrinks and is put on record.

The shape follows Camunda's process virtual machine (`PvmExecutionImpl`): a branch gets an execution of its own only
beside others, and the last branch left is folded into its scope.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, Final

from pulse.engine.embedded import values
from pulse.engine.embedded.juel import Execution as ExecutionBean
from pulse.engine.embedded.model import Activity, Process, RuleCall
from pulse.engine.embedded.state import Changes, Execution, Row, State, Variable
from pulse.engine.embedded.timers import to_ms
from pulse.engine.embedded.values import TypedValue

Lookup = Callable[[str], TypedValue | None]
Decide = Callable[[RuleCall, str, Mapping[str, TypedValue], Row], list[dict[str, TypedValue]]]
"""Evaluates the decision of a key for a business-rule task, with variables; the row says in history who asked.

Gives the rules that hit, each with its outputs. Raises DecisionError.
"""
WAITING: Final = {"task": "task", "external": "external_task"}
"""What an activity may wait for, by the execution's field, and its table."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What a command brings along: the time, a source of ids, who asks, and a way to decisions."""

    now_ms: int
    new_id: Callable[[], str]
    user: str | None
    decide: Decide
    operation: str | None = None
    """The id that the history of variables gives for a change by a person."""


class Scopes:
    """The tree of one instance while a command runs, and the row changes that come of it."""

    def __init__(self, process: Process, state: State, context: Context) -> None:
        self.process = process
        self.state = state
        self.context = context
        self.now = context.now_ms
        self.new_id = context.new_id
        self.changes = Changes()
        self.at: Activity | None = None
        """The activity that is at work, or was the last one."""
        self.too_long = False
        """Whether a text was set that cannot be stored."""
        self.closing = False
        """Whether output parameters are being made."""
        self._written: set[str] = set()
        """The variables that this command has made or changed."""
        self.folded: dict[str, Execution] = {}
        """Branches that were folded into their scope, which stands for them from then on."""

    def activity_of(self, execution: Execution) -> Activity:
        """The activity that an execution stands on."""
        return self.process.activities[execution.activity or ""]

    def _row(self, execution: Execution, **more: Any) -> Row:
        """A new row about an execution."""
        place = {"instance_id": self.state.id, "definition_id": self.state.definition_id, "execution_id": execution.id}
        return {"id": self.new_id(), **place, **more}

    def place(self, execution: Execution, activity: Activity, **more: Any) -> Row:
        """A new row about an activity of the model where an execution stands or waits."""
        return self._row(execution, activity_id=activity.id, definition_key=self.state.definition_key, **more)

    def about(self, execution: Execution) -> Row:
        """Where an execution stands, for what is put on record beside it."""
        place = {"id": execution.id, "instance_id": self.state.id, "definition_id": self.state.definition_id}
        return place | {"definition_key": self.state.definition_key, "activity_id": execution.activity}

    # --- variables ---

    def lookup(self, execution: Execution) -> Lookup:
        """How an expression sees variables from here; `execution` is the bean of that name."""

        def find(name: str) -> TypedValue | None:
            found = self.state.find(execution, name)
            if found is not None:
                return found[1].value
            return self._bean(execution) if name == "execution" else None

        return find

    def _bean(self, execution: Execution) -> TypedValue:
        properties = {
            "id": execution.id,
            "processInstanceId": self.state.id,
            "processBusinessKey": self.state.business_key,
            "businessKey": self.state.business_key,
            "processDefinitionId": self.state.definition_id,
            "currentActivityId": execution.activity,
            "activityInstanceId": execution.instance,
        }
        bean = ExecutionBean(self.lookup(execution), properties, partial(self.set_variable, execution))
        return TypedValue("Bean", bean)

    def set_variable(self, execution: Execution, name: str, value: TypedValue) -> None:
        """Set a variable where it exists on the way outwards, else in the process."""
        found = self.state.find(execution, name)
        self.set_local(found[0] if found else self.state.root, name, value, execution)

    def set_variables(self, execution: Execution, variables: Mapping[str, TypedValue]) -> None:
        for name, value in variables.items():
            self.set_variable(execution, name, value)

    def set_local(
        self,
        holder: Execution,
        name: str,
        value: TypedValue,
        source: Execution | None = None,
        *,
        task: str | None = None,
    ) -> None:
        """Set a variable in one execution, or in the user `task` that waits there.

        `source` is where the token stands that sets it. A variable of its own updates a task.
        """
        scope = self.state.variables.setdefault(task or holder.id, {})
        variable = scope.get(name)
        if variable is not None:
            variable.value = value
            variable.revision = self._revision(variable)
            self.changes.update("variable", variable.id, revision=variable.revision, **columns(value))
        else:
            row = self._row(holder, name=name, revision=0, live=True, state="CREATED", created=self.now, task_id=task)
            row |= columns(value) | {"activity_instance_id": (not task and holder.scope_instance) or holder.instance}
            variable = scope[name] = Variable(row["id"], value)
            self._written.add(row["id"])
            if not value.transient:
                self.changes.insert("variable", row)
        if task is not None:
            self.changes.update("task", task, updated=self.now, state="Updated")
        if not value.transient:
            self.too_long = self.too_long or value.too_long
            self._detail(holder, name, variable, source or holder, task)

    def _revision(self, variable: Variable) -> int:
        """The next revision of a variable: writes of one command share theirs."""
        written = variable.id in self._written
        self._written.add(variable.id)
        return variable.revision + (not written)

    def _detail(self, holder: Execution, name: str, variable: Variable, source: Execution, task: str | None) -> None:
        initial = self.state.version == 0 and holder.id == self.state.id and source.instance is None
        row = self._row(holder, variable_id=variable.id, name=name, revision=variable.revision, initial=initial)
        row |= {"type": variable.value.type, "value": values.dump(variable.value), "time": self.now, "task_id": task}
        row |= {"activity_instance_id": self._standing(source)}
        self.changes.insert("detail", row | {"operation_id": self.context.operation})

    def note_fields(
        self, given: Mapping[str, TypedValue], execution: Execution | None = None, *, task: str | None = None
    ) -> None:
        """Keep in history the texts that were submitted with a form (DefaultFormHandler): that of the user `task` where
        an execution waits, or else that of the start, before the instance has any execution."""
        place = {"instance_id": self.state.id, "definition_id": self.state.definition_id, "task_id": task}
        place["execution_id"] = self.state.id if execution is None else execution.id
        place["activity_instance_id"] = self.state.id if execution is None else self._standing(execution)
        more = {"revision": 0, "initial": False, "time": self.now, "operation_id": self.context.operation}
        for name, value in given.items():
            if value.type == "String" and value.value is not None:
                what = {"id": self.new_id(), "name": name, "type": value.type, "value": values.dump(value)}
                self.changes.insert("detail", place | more | what)

    def _standing(self, source: Execution) -> str | None:
        """The activity instance that history tells of a variable set from here."""
        scope = self.state.scope_of(source)
        if self.closing:
            return scope.scope_instance
        if source.instance is None and source.activity in source.jobs.values():
            return None
        return source.instance or self._inner(source if source.scope_instance else scope).scope_instance

    def _inner(self, execution: Execution) -> Execution:
        """The sub-process that an execution waits for, where that is all it does; else itself."""
        children = self.state.children(execution)
        alone = len(children) == 1 and not children[0].concurrent
        inside = alone and self.process.activities[children[0].scope or ""].type == "subProcess"
        return children[0] if inside else execution

    def remove_variable(
        self, execution: Execution, name: str, source: Execution | None = None, *, task: str | None = None
    ) -> None:
        """Remove a variable that lives in this execution, or in the user task there; nothing where there is none.

        `source` is where the token stands that removes it.
        """
        variable = self.state.variables.get(task or execution.id, {}).pop(name, None)
        if variable is not None:
            self.changes.update("variable", variable.id, live=False, state="DELETED")
            gone = Variable(variable.id, variable.value.removed, self._revision(variable))
            self._detail(execution, name, gone, source or execution, task)

    def _forget(self, holder: str) -> None:
        """The variables of an execution or user task that is over live no longer."""
        for variable in self.state.variables.pop(holder, {}).values():
            self.changes.update("variable", variable.id, live=False)

    # --- history ---

    def begin(self, execution: Execution, activity: Activity) -> None:
        """A token starts on an activity."""
        around = self.state.parent(execution) if activity.scope else execution
        row = self._row(execution, activity_id=activity.id, name=activity.name, type=activity.type)
        row |= {"parent_id": self.state.scope_of(around).scope_instance, "start_time": self.now}
        self.changes.insert("activity", row)
        execution.activity, execution.active, execution.instance = activity.id, True, row["id"]
        if activity.scope:
            execution.scope_instance = execution.instance

    def conclude(self, execution: Execution, *, canceled: bool = False, complete_scope: bool = False) -> None:
        """The activity instance of an execution is over; so is what waited for it."""
        if execution.instance is not None and execution.instance != self.state.id:
            ended = {"end_time": self.now, "execution_id": execution.id}
            ended |= {"canceled": canceled, "complete_scope": complete_scope}
            self.changes.update("activity", execution.instance, **ended)
        self.end_task(execution, "deleted" if canceled else "completed")
        if execution.external is not None:
            self.changes.delete("external_task", execution.external)
        execution.external = execution.instance = None

    def end_task(self, execution: Execution, outcome: str) -> None:
        """The user task that waits here, if one does, is over."""
        if execution.task is not None:
            ended = {"end_time": self.now, "delete_reason": outcome, "state": outcome.capitalize()}
            self.changes.update("task", execution.task, **ended)
            self._forget(execution.task)
            execution.task = None

    def log_external(self, execution: Execution, kind: str, **more: Any) -> str:
        """Note an event of the external task that waits here; the store adds what the task's row holds. Its id."""
        row = {"id": self.new_id(), "task_id": execution.external, "kind": kind, "time": self.now}
        self.changes.insert("external_log", row | more)
        return str(row["id"])

    def log_job(self, job_id: str, outcome: str, **more: Any) -> str:
        """Note what became of a job; the store adds what the job's row holds. The id of the note."""
        row = {"id": self.new_id(), "job_id": job_id, "outcome": outcome, "time": self.now}
        self.changes.insert("job_log", row | more)
        return str(row["id"])

    def open_incident(self, execution: Execution, kind: str, cause: Row, message: str | None, **more: Any) -> None:
        """A job or external task has no retries left; `cause` is its row. Once until it is resolved."""
        if cause["id"] in execution.incidents.values():
            return
        row = self.place(execution, self.process.activities[cause["activity_id"]], time=self.now, state="open")
        row |= {"type": kind, "configuration": cause["id"], "message": message}
        execution.incidents[row["id"]] = cause["id"]
        self.changes.insert("incident", row | more)

    def resolve_incidents(self, execution: Execution, cause: str | None = None, state: str = "resolved") -> None:
        """Close the incidents of an execution, or those of one job or external task."""
        for incident, configuration in list(execution.incidents.items()):
            if cause in {None, configuration}:
                del execution.incidents[incident]
                self.changes.update("incident", incident, end_time=self.now, state=state)

    # --- the tree ---

    def create(self, parent: Execution, **more: Any) -> Execution:
        execution = Execution(id=self.new_id(), parent=parent.id, **more)
        self.state.executions[execution.id] = execution
        return execution

    def branch(self, scope: Execution) -> Execution:
        """A new branch within a scope; what ran there alone becomes a branch too."""
        others = self.state.children(scope)
        if not others:
            self._move(scope, self.create(scope, concurrent=True))
        elif len(others) == 1 and not others[0].concurrent:
            beside = self.create(scope, concurrent=True, active=False)
            others[0].parent = beside.id
        scope.activity, scope.instance, scope.active = None, None, False
        return self.create(scope, concurrent=True)

    def fold(self, scope: Execution) -> bool:
        """Fold the last branch left into its scope; whether there was one."""
        children = self.state.children(scope)
        if len(children) != 1 or not children[0].concurrent:
            return False
        last = children[0]
        scope.active = scope.active or last.active
        self._move(last, scope)
        for table, moved in (("job", last.jobs), ("incident", last.incidents)):
            for identifier in moved:
                self.changes.update(table, identifier, execution_id=scope.id)
        scope.jobs |= last.jobs
        scope.incidents |= last.incidents
        for name, variable in self.state.variables.pop(last.id, {}).items():
            self.state.variables.setdefault(scope.id, {})[name] = variable
            self.changes.update("variable", variable.id, execution_id=scope.id)
        for inner in self.state.children(last):
            inner.parent = scope.id
        del self.state.executions[last.id]
        self.folded[last.id] = scope
        return True

    def _move(self, old: Execution, new: Execution) -> None:
        """Let one execution stand where another stood."""
        new.activity, new.instance, old.activity, old.instance = old.activity, old.instance, None, None
        for field, table in WAITING.items():
            identifier = getattr(old, field)
            if identifier is not None:
                setattr(new, field, identifier)
                setattr(old, field, None)
                self.changes.update(table, identifier, execution_id=new.id)
                for variable in self.state.variables.get(identifier, {}).values():
                    self.changes.update("variable", variable.id, execution_id=new.id)

    def remove(self, execution: Execution, *, canceled: bool = False) -> None:
        """Take an execution out of the tree, with its variables and with all that waits there."""
        self._forget(execution.id)
        for job in execution.jobs:
            self.log_job(job, "deletion")
            self.changes.delete("job", job)
            self.resolve_incidents(execution, job, state="deleted")
        for subscription in execution.messages:
            self.changes.delete("subscription", subscription)
        self.resolve_incidents(execution, state="deleted" if canceled else "resolved")
        del self.state.executions[execution.id]


def link_note(identifier: str, task: Row, kind: str, who: Row, *, by: str | None, now: int, added: bool = True) -> Row:
    """What history keeps where someone (`user_id` or `group_id`) is linked to a task, or is no longer."""
    place = {name: task[name] for name in ("instance_id", "definition_id", "definition_key")}
    done = {"operation": "add" if added else "delete", "type": kind, "assigner_id": by, "time": now}
    return {"id": identifier, "task_id": task["id"], "user_id": None, "group_id": None} | place | done | who


def columns(value: TypedValue) -> Row:
    """A value as the store's columns: as it is, and as text or number for queries."""
    content = value.value
    number = float(content) if isinstance(content, bool | int | float) else None
    if isinstance(content, datetime):
        number = float(to_ms(content))
    text = content if isinstance(content, str) and value.type == "String" else None
    return {"type": value.type, "value": values.dump(value), "text_value": text, "number_value": number}
