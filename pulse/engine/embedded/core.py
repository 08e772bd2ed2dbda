"""The core: one command on one instance, from its wait states to the next ones. No I/O; what changes is gathered.

Order and names of the steps are those of Camunda's atomic operations, so that history and ids come out alike.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from itertools import islice
from typing import ClassVar, Final

from pulse.engine.embedded.activities import Activities
from pulse.engine.embedded.errors import EmbeddedError, ExpressionError, RestProblem
from pulse.engine.embedded.model import Activity, Flow
from pulse.engine.embedded.state import PROCESS, Execution
from pulse.engine.embedded.values import TypedValue

MOST_STEPS: Final = 10_000
"""A process that does not reach a wait state within so many steps goes in a circle."""


class Core(Activities):
    """Runs one command to its end; any exception leaves the state unusable, and it is thrown away."""

    _agenda: list[Callable[[], None]]
    _last_seen: Mapping[str, TypedValue] | None = None

    @property
    def seen(self) -> Mapping[str, TypedValue]:
        """The variables of the whole instance; of one that has ended, as they were at its end."""
        return self.state.visible(self.state.root) if self._last_seen is None else self._last_seen

    # --- commands ---

    def start(self, start: Activity, variables: Mapping[str, TypedValue]) -> None:
        """Begin the instance at a start event."""
        root = Execution(id=self.state.id, parent=None, scope=PROCESS, scope_instance=self.state.id)
        self.state.executions[root.id] = root
        if start.initiator is not None:
            self.set_local(root, start.initiator, TypedValue("String", self.context.user))
        for name, value in variables.items():
            self.set_local(root, name, value)
        self._run(partial(self._enter, root, start))

    def complete(self, execution: Execution) -> None:
        """The work that an activity waits for is done."""
        self._run(partial(self._leave, execution))

    def trigger(self, execution: Execution, activity: Activity) -> None:
        """A message or timer that `execution` waits for has come: a boundary event, or the activity itself."""
        boundary = activity.attached_to is not None
        self._run(partial(self._boundary, execution, activity) if boundary else partial(self._leave, execution))

    def error(self, execution: Execution, code: str, message: str | None) -> None:
        """A BPMN error: to the nearest boundary event that catches it, else the path ends as if it were done.

        Raises ExpressionError for whatever goes wrong on the way from there.
        """
        if not code:
            raise ExpressionError("Error Code is empty")
        try:
            self._run(partial(self._throw, execution, code, message))
        except EmbeddedError as problem:
            message = f"ENGINE-13033 Propagation of bpmn error {code} failed. {problem}"
            raise ExpressionError(message) from problem

    def resume(self, execution: Execution, activity: Activity, kind: str, flow_id: str | None) -> None:
        """An asynchronous continuation goes on: before the activity, behind it along a flow, or at its end."""
        if kind == "async-before":
            self._run(partial(self._enter, execution, activity, resumed=True))
        elif flow_id is None:
            self._run(partial(self._end, execution, activity, resumed=True))
        else:
            target = next(flow.target for flow in activity.outgoing if flow.id == flow_id)
            self._run(partial(self._enter, execution, self.process.activities[target]))

    def delete(self, reason: str | None, *, skip_outputs: bool = False) -> None:
        """End the instance from outside; `skip_outputs` leaves out the output parameters of what is canceled."""
        self.skip_outputs = skip_outputs
        self._cancel_within(self.state.root)
        self.conclude(self.state.root, canceled=True)
        self._finish("EXTERNALLY_TERMINATED", reason)

    def _run(self, first: Callable[[], None]) -> None:
        self._agenda = [first]
        for _ in range(MOST_STEPS):
            if not self._agenda:
                return
            self._agenda.pop()()
        raise ExpressionError(f"The process took {MOST_STEPS} steps without a wait state")

    def _soon(self, step: Callable[[], None]) -> None:
        """Run a step next, before those that already wait."""
        self._agenda.append(step)

    # --- into an activity ---

    def _enter(self, execution: Execution, activity: Activity, *, resumed: bool = False) -> None:
        """A token arrives at an activity."""
        self.at = activity
        execution.activity, execution.instance, execution.active = activity.id, None, True
        if activity.async_before and not resumed:
            self.add_job(execution, activity, "async-before")
            return
        if activity.type == "terminateEndEvent":
            execution = self.state.scope_of(execution)
            self._cancel_within(execution)
        if activity.scope:
            execution.activity, execution.active = None, False
            execution = self.create(execution, scope=activity.id)
        self.begin(execution, activity)
        if activity.scope:
            self.open_scope(execution, activity)
        self._BEHAVIOURS.get(activity.type, Core._pass)(self, execution, activity)

    def _cancel_within(self, scope: Execution) -> None:
        for child in self.state.children(scope):
            self.cancel(child)

    def _pass(self, execution: Execution, activity: Activity) -> None:
        self._soon(partial(self._leave, execution))

    def _service(self, execution: Execution, activity: Activity) -> None:
        if activity.topic is not None:
            self.await_worker(execution, activity)
        else:
            self.calculate(execution, activity)
            self._pass(execution, activity)

    def _sub_process(self, execution: Execution, activity: Activity) -> None:
        self._soon(partial(self._enter, execution, self.process.activities[activity.initial or ""]))

    def _exclusive(self, execution: Execution, activity: Activity) -> None:
        self._leave_by(execution, activity, self._choose(execution, activity, most=1))

    def _join(self, execution: Execution, activity: Activity) -> None:
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
            execution = scope if self.fold(scope) else execution
        execution.active = True
        self._leave_by(execution, activity, activity.outgoing)

    def _error_end(self, execution: Execution, activity: Activity) -> None:
        self._throw(execution, (activity.error.code if activity.error else None) or "", None)

    # --- out of an activity ---

    def _leave(self, execution: Execution) -> None:
        """An activity is done: along all its flows whose conditions hold, else the default."""
        self.at = activity = self.activity_of(execution)
        self._leave_by(execution, activity, self._choose(execution, activity))

    def _choose(self, execution: Execution, activity: Activity, most: int | None = None) -> list[Flow]:
        """The flows whose conditions hold, `most` of them, else the default. ExpressionError where there is neither."""
        lookup = self.lookup(execution)
        default = [flow for flow in activity.outgoing if flow.id == activity.default]
        others = (flow for flow in activity.outgoing if flow.id != activity.default)
        holding = (flow for flow in others if flow.condition is None or flow.condition.condition(lookup))
        chosen = list(islice(holding, most)) or default
        if activity.outgoing and not chosen:
            raise ExpressionError(
                f"ENGINE-02004 No outgoing sequence flow for the element with id '{activity.id}' "
                "could be selected for continuing the process."
            )
        return chosen

    def _leave_by(self, execution: Execution, activity: Activity, flows: Sequence[Flow]) -> None:
        """Leave along the given flows; more than one fork the token, none ends its path."""
        self.at = activity
        if not flows:
            self._end(execution, activity)
            return
        execution = self._close(execution, activity, complete_scope=False)
        scope = self.state.parent(execution) if execution.concurrent else execution
        branches = [execution, *(self.branch(scope) for _ in flows[1:])]
        if len(branches) > 1 and scope is execution:
            branches[0] = self.state.children(scope)[0]  # the first fork has made a branch of what stood in the scope
        for branch, flow in reversed(list(zip(branches, flows, strict=True))):
            self._soon(partial(self._follow, branch, flow, activity))

    def _follow(self, execution: Execution, flow: Flow, left: Activity) -> None:
        execution = self.folded.get(execution.id, execution)
        if execution.id not in self.state.executions:
            return  # a branch that came before has ended the scope
        if left.async_after:
            execution.activity, execution.active = left.id, True
            self.add_job(execution, left, "async-after", config=flow.id)
        else:
            self._enter(execution, self.process.activities[flow.target])

    def _end(self, execution: Execution, activity: Activity, *, resumed: bool = False) -> None:
        """A path ends here; with the last one its scope is done.

        RestProblem where an activity with outputs is the last one of the process: the real engine has no place for
        them then, and stumbles.
        """
        self.at = activity
        if activity.async_after and not resumed:
            self.add_job(execution, activity, "async-after")
            return
        execution = self._close(execution, activity, complete_scope=True)
        if execution.concurrent:
            parent = self.state.parent(execution)
            self.remove(execution)
            self.fold(parent)
        elif activity.parent is None:
            if activity.outputs:
                message = f"The outputs of '{activity.id}', the last activity of the process, have no scope to go to"
                raise RestProblem(500, "NullPointerException", message)
            self._finish("COMPLETED")
        else:
            execution.activity, execution.instance = activity.parent, execution.scope_instance
            self._soon(partial(self._leave, execution))

    def _close(self, execution: Execution, activity: Activity, *, complete_scope: bool) -> Execution:
        """The activity ends; where it had a scope of its own, the execution around goes on."""
        if activity.scope:
            self.close_scope(execution, activity)
        self.conclude(execution, complete_scope=complete_scope)
        if not activity.scope or execution.scope != activity.id:
            return execution
        around = self.state.parent(execution)
        around.activity, around.instance, around.active = activity.id, None, True
        self.remove(execution)
        return around

    def _finish(self, outcome: str, reason: str | None = None) -> None:
        self.state.ended = True
        self._last_seen = self.state.visible(self.state.root)
        self.remove(self.state.root, canceled=outcome != "COMPLETED")
        self.changes.update("instance", self.state.id, end_time=self.now, state=outcome, delete_reason=reason)

    # --- events ---

    def _boundary(self, execution: Execution, event: Activity) -> None:
        """A boundary event fires; `execution` is the scope of the activity that it is attached to."""
        around = self.state.parent(execution)
        if event.interrupting:
            self.cancel(execution)
        else:
            around = self.branch(self.state.scope_of(around))
        self._soon(partial(self._enter, around, event))

    def _throw(self, execution: Execution, code: str, message: str | None) -> None:
        """Look for the boundary event that catches an error, from the inside out."""
        thrower = self.activity_of(execution)
        for activity in self.process.scopes_of(thrower):
            events = [self.process.activities[name] for name in activity.boundaries]
            catching = {event.error.code: event for event in reversed(events) if event.error is not None}
            # an event for this very code before one for any
            event = catching.get(code) or catching.get(None)
            if event is None or event.error is None:
                continue
            holder = next(one for one in self.state.outwards(execution) if one.scope == activity.id)
            for name, value in ((event.error.code_variable, code), (event.error.message_variable, message)):
                if name:
                    self.set_variable(holder, name, TypedValue("String", value))
            self._boundary(holder, event)
            return
        if execution.external is not None:
            self.log_external(execution, "deletion")
        self.end_task(execution, "deleted")
        self._end(execution, thrower)

    _BEHAVIOURS: ClassVar[Mapping[str, Callable[[Core, Execution, Activity], None]]] = {
        "noneEndEvent": _end,
        "terminateEndEvent": _end,
        "errorEndEvent": _error_end,
        "intermediateMessageCatch": Activities.await_message,
        "receiveTask": Activities.await_message,
        "serviceTask": _service,
        "businessRuleTask": _service,
        "userTask": Activities.await_person,
        "exclusiveGateway": _exclusive,
        "parallelGateway": _join,
        "subProcess": _sub_process,
    }
    """What an activity does when a token enters it; an event that has happened passes it on."""
