"""Executions, scopes and variables: how the tree of one instance grows, shrinks and is put on record.

The shape follows Camunda's process virtual machine (`PvmExecutionImpl`): a branch gets an execution of its own only
beside others, and the last branch left is folded into its scope.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

from pulse.engine.embedded import values
from pulse.engine.embedded.changes import Changes
from pulse.engine.embedded.juel import Execution as ExecutionBean
from pulse.engine.embedded.model import Activity, Process, RuleCall
from pulse.engine.embedded.state import Execution, State, Variable
from pulse.engine.embedded.timers import to_ms
from pulse.engine.embedded.values import TypedValue

Lookup = Callable[[str], TypedValue | None]


class Decide(Protocol):
    """Evaluates the decision that a business-rule task calls."""

    def __call__(self, rule: RuleCall, key: str, variables: Mapping[str, TypedValue]) -> list[dict[str, TypedValue]]:
        """The rules that hit, each with its outputs. Raises DecisionError."""


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
        self.folded: dict[str, Execution] = {}
        """Branches that were folded into their scope, which stands for them from then on."""

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
        self, holder: Execution, name: str, value: TypedValue, source: Execution | None = None, task: str | None = None
    ) -> None:
        """Set a variable in one execution; `source` is where the token stands that sets it."""
        scope = self.state.variables.setdefault(holder.id, {})
        variable = scope.get(name)
        if variable is None:
            variable = scope[name] = Variable(self.new_id(), value)
            if not value.transient:
                self.changes.insert("variable", self._variable_row(holder, name, variable, task))
        else:
            variable.value = value
            variable.revision += 1
            self.changes.update("variable", variable.id, revision=variable.revision, **columns(value))
        if not value.transient:
            self._detail(holder, name, variable, source or holder)

    def _variable_row(self, holder: Execution, name: str, variable: Variable, task: str | None) -> dict[str, Any]:
        return {
            "id": variable.id,
            "instance_id": self.state.id,
            "definition_id": self.state.definition_id,
            "execution_id": holder.id,
            "activity_instance_id": holder.scope_instance or holder.instance,
            "task_id": task,
            "name": name,
            "revision": 0,
            "live": True,
            "state": "CREATED",
            "created": self.now,
            **columns(variable.value),
        }

    def _detail(self, holder: Execution, name: str, variable: Variable, source: Execution) -> None:
        row = {
            "id": self.new_id(),
            "instance_id": self.state.id,
            "definition_id": self.state.definition_id,
            "execution_id": holder.id,
            "activity_instance_id": source.instance or source.scope_instance,
            "variable_id": variable.id,
            "name": name,
            "revision": variable.revision,
            "initial": self.state.version == 0 and holder.id == self.state.id and source.instance is None,
            "operation_id": self.context.operation,
            "time": self.now,
        }
        kept = columns(variable.value)
        self.changes.insert("detail", row | {"type": kept["type"], "value": kept["value"]})

    def remove_variable(self, execution: Execution, name: str) -> None:
        """Remove a variable that lives in this execution; nothing happens where there is none."""
        variable = self.state.variables.get(execution.id, {}).pop(name, None)
        if variable is not None:
            self.changes.update("variable", variable.id, live=False, state="DELETED")
            variable.revision += 1
            variable.value = TypedValue(variable.value.type, None)
            self._detail(execution, name, variable, execution)

    # --- history of activities ---

    def begin(self, execution: Execution, activity: Activity) -> None:
        """A token starts on an activity."""
        execution.activity, execution.active, execution.instance = activity.id, True, self.new_id()
        around = execution
        if activity.scope:
            execution.scope_instance = execution.instance
            around = self.state.parent(execution)
        row = {
            "id": execution.instance,
            "parent_id": self.state.scope_of(around).scope_instance,
            "activity_id": activity.id,
            "name": activity.name,
            "type": activity.type,
            "execution_id": execution.id,
            "instance_id": self.state.id,
            "definition_id": self.state.definition_id,
            "task_id": None,
            "start_time": self.now,
            "end_time": None,
            "canceled": False,
            "complete_scope": False,
        }
        self.changes.insert("activity", row)

    def conclude(self, execution: Execution, *, canceled: bool = False, complete_scope: bool = False) -> None:
        """The activity instance of an execution is over; so is what waited for it."""
        if execution.instance is not None and execution.instance != self.state.id:
            self.changes.update(
                "activity",
                execution.instance,
                end_time=self.now,
                execution_id=execution.id,
                canceled=canceled,
                complete_scope=complete_scope,
            )
        if execution.task is not None:
            self.changes.update("task", execution.task, end_time=self.now, **_ending(canceled))
            execution.task = None
        if execution.external is not None:
            self.changes.delete("external_task", execution.external)
            execution.external = None
        execution.instance = None

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
        for name in ("jobs", "incidents"):
            for identifier in getattr(last, name):
                self.changes.update(name[:-1], identifier, execution_id=scope.id)
            getattr(scope, name).update(getattr(last, name))
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
        for kind, table in (("task", "task"), ("external", "external_task")):
            identifier = getattr(old, kind)
            if identifier is not None:
                setattr(new, kind, identifier)
                setattr(old, kind, None)
                self.changes.update(table, identifier, execution_id=new.id)

    def remove(self, execution: Execution, *, canceled: bool = False) -> None:
        """Take an execution out of the tree, with its variables and with all that waits there."""
        for variable in self.state.variables.pop(execution.id, {}).values():
            self.changes.update("variable", variable.id, live=False)
        self.drop_jobs(execution, canceled=canceled)
        for identifier in execution.messages:
            self.changes.delete("subscription", identifier)
        del self.state.executions[execution.id]

    def drop_jobs(self, execution: Execution, *, canceled: bool = False) -> None:
        """Remove the jobs of an execution and close its incidents."""
        for identifier in execution.jobs:
            self.changes.delete("job", identifier)
        execution.jobs = {}
        state = "deleted" if canceled else "resolved"
        for identifier in execution.incidents:
            self.changes.update("incident", identifier, end_time=self.now, state=state)
        execution.incidents = {}

    def cancel(self, execution: Execution) -> None:
        """Take an execution out with all below it; what runs there ends as canceled."""
        for child in self.state.children(execution):
            self.cancel(child)
        if execution.external is not None:
            self.log_external(execution, "deletion")
        own = execution.scope_instance
        self.conclude(execution, canceled=True)
        if own is not None:
            execution.instance = own
            self.conclude(execution, canceled=True)
        self.remove(execution, canceled=True)

    def log_external(self, execution: Execution, kind: str, **more: Any) -> None:
        """Note an event of the external task that waits here; the store adds what the task's row holds."""
        row = {"id": self.new_id(), "task_id": execution.external, "kind": kind, "time": self.now}
        self.changes.insert("external_log", row | more)


def _ending(canceled: bool) -> dict[str, str]:
    return {"delete_reason": "deleted" if canceled else "completed", "state": "Deleted" if canceled else "Completed"}


def columns(value: TypedValue) -> dict[str, Any]:
    """A value as the store's columns: as it is, and as text or number for queries."""
    content = value.value
    number = float(content) if isinstance(content, bool | int | float) else None
    if value.type == "Date" and content is not None:
        number = float(to_ms(content))  # type: ignore[arg-type]
    text = content if isinstance(content, str) and value.type == "String" else None
    return {"type": value.type, "value": values.dump(value), "text_value": text, "number_value": number}
