"""The core: one command on one instance, from its wait states to the next ones. No I/O; what changes is gathered.

Order and names of the steps are those of Camunda's atomic operations, so that history and ids come out alike.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Final

from pulse.engine.embedded import activities
from pulse.engine.embedded.errors import ExpressionError
from pulse.engine.embedded.model import Activity, Flow
from pulse.engine.embedded.scopes import Scopes
from pulse.engine.embedded.state import PROCESS, Execution
from pulse.engine.embedded.values import TypedValue

MOST_STEPS: Final = 10_000
"""A process that does not reach a wait state within so many steps goes in a circle."""


class Core(Scopes):
    """Runs one command to its end; any exception leaves the state unusable, and it is thrown away."""

    _agenda: list[Callable[[], None]]

    # --- commands ---

    def start(self, start: Activity, variables: Mapping[str, TypedValue]) -> None:
        """Begin the instance at a start event."""
        root = Execution(id=self.state.id, parent=None, scope=PROCESS, scope_instance=self.state.id)
        self.state.executions[root.id] = root
        if start.initiator is not None:
            self.set_local(root, start.initiator, TypedValue("String", self.context.user))
        for name, value in variables.items():
            self.set_local(root, name, value)
        self._run(partial(self.enter, root, start))

    def complete(self, execution: Execution) -> None:
        """The work that an activity waits for is done."""
        self._run(partial(self.leave, execution))

    def trigger(self, execution: Execution, activity: Activity) -> None:
        """A message or timer that `execution` waits for has come: a boundary event, or the activity itself."""
        if activity.attached_to is None:
            self._run(partial(self.leave, execution))
        else:
            self._run(partial(self._boundary, execution, activity))

    def error(self, execution: Execution, code: str, message: str | None) -> None:
        """A BPMN error: to the nearest boundary event that catches it, else the path ends as if it were done."""
        self._run(partial(self.throw, execution, code, message))

    def resume(self, execution: Execution, activity: Activity, kind: str, flow_id: str | None) -> None:
        """An asynchronous continuation goes on: before the activity, behind it along a flow, or at its end."""
        if kind == "async-before":
            self._run(partial(self.enter, execution, activity, resumed=True))
        elif flow_id is None:
            self._run(partial(self.end, execution, resumed=True))
        else:
            flow = next(flow for flow in activity.outgoing if flow.id == flow_id)
            self._run(partial(self._take, execution, flow))

    def delete(self, reason: str | None) -> None:
        """End the instance from outside."""
        for child in self.state.children(self.state.root):
            self.cancel(child)
        self.conclude(self.state.root, canceled=True)
        self._finish("EXTERNALLY_TERMINATED", reason)

    def _run(self, first: Callable[[], None]) -> None:
        self._agenda = [first]
        for _ in range(MOST_STEPS):
            if not self._agenda:
                return
            self._agenda.pop()()
        raise ExpressionError(f"The process took {MOST_STEPS} steps without a wait state")

    def soon(self, step: Callable[[], None]) -> None:
        """Run a step next, before those that already wait."""
        self._agenda.append(step)

    # --- into an activity ---

    def enter(self, execution: Execution, activity: Activity, *, resumed: bool = False) -> None:
        """A token arrives at an activity."""
        execution.activity, execution.instance, execution.active = activity.id, None, True
        if activity.async_before and not resumed:
            activities.add_job(self, execution, activity, "async-before")
            return
        if activity.type == "terminateEndEvent":
            execution = self._interrupt(execution)
        if activity.scope:
            execution.activity, execution.active = None, False
            execution = self.create(execution, scope=activity.id)
        self.begin(execution, activity)
        if activity.scope:
            activities.open_scope(self, execution, activity)
        activities.BEHAVIOURS[activity.type](self, execution, activity)

    def _interrupt(self, execution: Execution) -> Execution:
        """Cancel all that runs in the scope around, and go on in the scope's own execution."""
        scope = self.state.scope_of(execution)
        for child in self.state.children(scope):
            self.cancel(child)
        return scope

    # --- out of an activity ---

    def leave(self, execution: Execution) -> None:
        """An activity is done: along all its flows whose conditions hold, else the default."""
        activity = self.activity_of(execution)
        chosen = self.choose(execution, activity)
        if chosen:
            self.leave_by(execution, chosen)
        else:
            self.end(execution)

    def choose(self, execution: Execution, activity: Activity) -> list[Flow]:
        """The flows that a task takes. ExpressionError where there are flows and none can be taken."""
        lookup = self.lookup(execution)
        default = [flow for flow in activity.outgoing if flow.id == activity.default]
        others = [flow for flow in activity.outgoing if flow.id != activity.default]
        chosen = [flow for flow in others if flow.condition is None or flow.condition.condition(lookup)] or default
        if activity.outgoing and not chosen:
            raise ExpressionError(
                f"ENGINE-02004 No outgoing sequence flow for the element with id '{activity.id}' "
                "could be selected for continuing the process."
            )
        return chosen

    def leave_by(self, execution: Execution, flows: Sequence[Flow]) -> None:
        """Leave along the given flows; more than one fork the token."""
        activity = self.activity_of(execution)
        execution = self._close(execution, activity, complete_scope=False)
        branches = [execution]
        for _ in flows[1:]:
            scope = self.state.parent(execution) if execution.concurrent else execution
            known = set(self.state.executions)
            new = self.branch(scope)
            if scope is execution and len(branches) == 1:
                beside = next(one for one in self.state.children(scope) if one.id not in known and one is not new)
                branches[0] = beside
            branches.append(new)
        for branch, flow in reversed(list(zip(branches, flows, strict=True))):
            self.soon(partial(self._follow, branch, flow, activity))

    def _follow(self, execution: Execution, flow: Flow, left: Activity) -> None:
        execution = self.folded.get(execution.id, execution)
        if execution.id not in self.state.executions:
            return  # a branch that came before has ended the scope
        if left.async_after:
            execution.activity, execution.active = left.id, True
            activities.add_job(self, execution, left, "async-after", config=flow.id)
        else:
            self._take(execution, flow)

    def _take(self, execution: Execution, flow: Flow) -> None:
        self.enter(execution, self.process.activities[flow.target])

    def end(self, execution: Execution, *, resumed: bool = False) -> None:
        """A path ends here; with the last one its scope is done."""
        activity = self.activity_of(execution)
        if activity.async_after and not resumed:
            activities.add_job(self, execution, activity, "async-after")
            return
        execution = self._close(execution, activity, complete_scope=True)
        if execution.concurrent:
            parent = self.state.parent(execution)
            self.remove(execution)
            self.fold(parent)
        elif activity.parent is None:
            self._finish("COMPLETED")
        else:
            execution.activity, execution.instance = activity.parent, execution.scope_instance
            self.soon(partial(self.leave, execution))

    def _close(self, execution: Execution, activity: Activity, *, complete_scope: bool) -> Execution:
        """The activity ends; where it had a scope of its own, the execution around goes on."""
        if activity.scope:
            activities.map_outputs(self, execution, activity)
        self.conclude(execution, complete_scope=complete_scope)
        if not activity.scope or execution.scope != activity.id:
            return execution
        around = self.state.parent(execution)
        around.activity, around.instance, around.active = activity.id, None, True
        self.remove(execution)
        return around

    def join(self, execution: Execution, activity: Activity) -> None:
        """A parallel gateway: wait for all incoming flows, then take all outgoing ones."""
        execution.active = False
        arrived = [execution]
        if execution.concurrent:
            siblings = self.state.children(self.state.parent(execution))
            arrived = [one for one in siblings if one.activity == activity.id and not one.active]
        if len(arrived) != max(activity.incoming, 1):
            return
        for other in arrived:
            if other is not execution:
                self.conclude(other)
                self.remove(other)
        if execution.concurrent and len(arrived) > 1:
            scope = self.state.parent(execution)
            if self.fold(scope):
                execution = scope
        execution.active = True
        if activity.outgoing:
            self.leave_by(execution, activity.outgoing)
        else:
            self.end(execution)

    # --- events ---

    def _boundary(self, execution: Execution, event: Activity) -> None:
        """A boundary event fires; `execution` is the scope of the activity that it is attached to."""
        around = self.state.parent(execution)
        if event.interrupting:
            self.cancel(execution)
        else:
            around = self.branch(self.state.scope_of(around))
        self.soon(partial(self.enter, around, event))

    def throw(self, execution: Execution, code: str, message: str | None) -> None:
        """Look for the boundary event that catches an error, from the inside out."""
        for activity in self.process.scopes_of(self.activity_of(execution)):
            event = self._catcher(activity, code)
            if event is None:
                continue
            holder = next(one for one in self.state.outwards(execution) if one.scope == activity.id)
            around = self.state.parent(holder)
            error = event.error
            assert error is not None
            if error.code_variable:
                self.set_variable(around, error.code_variable, TypedValue("String", code))
            if error.message_variable:
                self.set_variable(around, error.message_variable, TypedValue("String", message))
            self._boundary(holder, event)
            return
        if execution.external is not None:
            self.log_external(execution, "deletion")
        self.end(execution)

    def _catcher(self, activity: Activity, code: str) -> Activity | None:
        events = [self.process.activities[name] for name in activity.boundaries]
        catching = [event for event in events if event.error is not None and event.error.code in {None, code}]
        # an event for this very code before one for any
        return min(catching, key=lambda event: event.error is not None and event.error.code is None, default=None)

    def _finish(self, outcome: str, reason: str | None = None) -> None:
        self.state.ended = True
        changed = {"end_time": self.now, "state": outcome, "delete_reason": reason}
        self.remove(self.state.root, canceled=outcome != "COMPLETED")
        self.changes.update("instance", self.state.id, **changed)

    def activity_of(self, execution: Execution) -> Activity:
        """The activity that an execution stands on."""
        return self.process.activities[execution.activity or ""]
