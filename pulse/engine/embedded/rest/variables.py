"""Variables: of a process instance, of a task, and as a list of their own."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, or_
from starlette.responses import Response

from pulse.engine.embedded import tables, values
from pulse.engine.embedded.core import Core
from pulse.engine.embedded.engine import Unit
from pulse.engine.embedded.errors import RestProblem, TextTooLong
from pulse.engine.embedded.rest import instances, tasks
from pulse.engine.embedded.rest.http import Call, Route, Row, reading, truth, writing
from pulse.engine.embedded.rest.problems import invalid, missing, required, telling
from pulse.engine.embedded.rest.resource import Condition, Given, Resource, variable_value
from pulse.engine.embedded.state import Execution, Variable
from pulse.engine.embedded.values import TypedValue, from_rest, to_rest

_VARIABLE = tables.variable.c


def deserialized(row: Row, given: Given) -> dict[str, Any]:
    """A stored variable's value as REST tells it; lists leave out the content of bytes and files."""
    value = to_rest(values.load(row["value"]), deserialize=truth(given.get("deserializeValues", True)))
    if value["type"] == "File" or (value["type"] == "Bytes" and "_single" not in given):
        value["value"] = None
    return value


def _values(value: Any, given: Given) -> Condition:
    return or_(*(and_(_VARIABLE.name == one["name"], variable_value(one["operator"], one["value"])) for one in value))


VARIABLES = Resource(
    path="/variable-instance",
    tables=(tables.variable,),
    shown="id name processDefinitionId processInstanceId executionId taskId activityInstanceId value",
    nulls="caseInstanceId caseExecutionId batchId errorMessage tenantId",
    also="variableName=name variableType=type",
    base=_VARIABLE.live,
    filters={"variableValues": _values},
    more=deserialized,
    absent="Variable instance with Id '{}' does not exist.",
)


@dataclass(frozen=True, slots=True)
class Place:
    """Where variables live: an execution with those around it, seen from the user `task` that waits there."""

    core: Core
    execution: Execution
    task: str | None = None

    def own(self) -> dict[str, Variable]:
        """The variables of the place itself."""
        return self.core.state.variables.get(self.task or self.execution.id, {})

    def seen(self) -> dict[str, TypedValue]:
        """The variables of the place and around it."""
        around = self.core.state.visible(self.execution)
        return around | {name: variable.value for name, variable in self.own().items()}

    def set(self, name: str, value: TypedValue, *, local: bool) -> None:
        """Set a variable where it exists already, else in the process; in the place itself if `local`."""
        if local or (self.task and name in self.own()):
            self.core.set_local(self.execution, name, value, task=self.task)
        else:
            self.core.set_variable(self.execution, name, value)

    def remove(self, name: str, *, local: bool) -> None:
        """Remove a variable where it is found, if it is."""
        if local or (self.task and name in self.own()):
            self.core.remove_variable(self.execution, name, task=self.task)
        elif found := self.core.state.find(self.execution, name):
            self.core.remove_variable(found[0], name, self.execution)


@dataclass(frozen=True, slots=True)
class Holder:
    """What has variables: its place in paths, its names in messages, and how it is found; `local` its own alone."""

    path: str
    noun: str
    inner: str
    find: Callable[[Unit, Call], Place | None]
    local: bool = False

    def _load(self, unit: Unit, call: Call, kind: str = "RestException") -> Place:
        message = f"{self.inner} {call.id} doesn't exist: {self.inner} is null"
        return required(self.find(unit, call), RestProblem(500, kind, message, 0))

    def _values(self, place: Place) -> dict[str, TypedValue]:
        return {name: one.value for name, one in place.own().items()} if self.local else place.seen()

    def all(self, unit: Unit, call: Call) -> object:
        return call.told(self._values(self._load(unit, call, "NullValueException")))

    def _value(self, unit: Unit, call: Call) -> TypedValue:
        name = call.path["name"]
        with telling(f"Cannot get {self.noun} variable {name}"):
            values = self._values(self._load(unit, call))
        return required(values.get(name), missing(f"{self.noun} variable with name {name} does not exist"))

    def one(self, unit: Unit, call: Call) -> object:
        return to_rest(self._value(unit, call), deserialize=truth(call.query.get("deserializeValue", True)))

    def data(self, unit: Unit, call: Call) -> Response:
        """The content of bytes or of a file."""
        value = self._value(unit, call)
        if value.type not in {"Bytes", "File"}:
            raise invalid(f"Value of variable with id {call.id} is not a binary value.")
        kind = str(value.info.get("mimeType") or "application/octet-stream")
        headers = {"Content-Disposition": f'attachment; filename="{value.info.get("filename", "")}"'}
        return Response(value.value if isinstance(value.value, bytes) else b"", media_type=kind, headers=headers)

    def _change(
        self, unit: Unit, call: Call, given: Mapping[str, TypedValue], gone: Sequence[object] = (), status: int = 400
    ) -> None:
        """Set and remove variables; a text that is too long is told with the `status`."""
        place = self._load(unit, call)
        for name, value in given.items():
            place.set(name, value, local=self.local)
        for name in map(str, gone):
            place.remove(name, local=self.local)
        try:
            unit.save(place.core)
        except TextTooLong:
            raise RestProblem(status, "RestException", "Variable value is too long", 0) from None
        doing = "SetVariable" if not gone else "ModifyVariable" if given else "RemoveVariable"
        unit.record("Variable", doing, place.core.about(place.execution) | {"task_id": place.task})

    def modify(self, unit: Unit, call: Call) -> None:
        """`{modifications, deletions}` of the body."""
        deletions = call.body.get("deletions") or []
        if not isinstance(deletions, list):
            raise invalid("")
        self._change(unit, call, call.variables("modifications"), deletions, status=500)

    def put(self, unit: Unit, call: Call) -> None:
        self._change(unit, call, {call.path["name"]: from_rest(call.body)})

    def put_data(self, unit: Unit, call: Call) -> None:
        """A file or bytes by multipart."""
        file = required(next(iter(call.files), None), invalid("No 'data' form part"))
        info = {"filename": file.name} | ({"mimeType": file.content_type} if file.content_type else {})
        is_file = call.fields.get("valueType") == "File"
        value = TypedValue("File", file.data, info) if is_file else TypedValue("Bytes", file.data)
        self._change(unit, call, {call.path["name"]: value})

    def delete(self, unit: Unit, call: Call) -> None:
        self._change(unit, call, {}, [call.path["name"]])

    def routes(self) -> list[Route]:
        every, noun = f"{self.path}/{{id}}/{'localVariables' if self.local else 'variables'}", self.noun
        one = every + "/{name}"
        return [
            reading(every, self.all),
            writing("POST", every, self.modify, f"Cannot modify variables for {noun} {{id}}"),
            reading(one, self.one),
            writing("PUT", one, self.put, f"Cannot put {noun} variable {{name}}"),
            writing("DELETE", one, self.delete, f"Cannot delete {noun} variable {{name}}"),
            reading(one + "/data", self.data),
            writing("POST", one + "/data", self.put_data, f"Cannot put {noun} variable {{name}}"),
        ]


def _of_instance(unit: Unit, call: Call) -> Place | None:
    core = unit.load(call.id)
    return None if core is None else Place(core, core.state.root)


def _of_execution(unit: Unit, call: Call) -> Place | None:
    core = unit.load(instances.holding(unit, call.id))
    return None if core is None else Place(core, core.state.executions[call.id])


def _of_task(unit: Unit, call: Call) -> Place | None:
    row = tasks.waiting(unit, call.id)
    return None if row is None else Place(*tasks.load(unit, row), call.id)


ROUTES: list[Route] = [
    *Holder("/process-instance", "process instance", "execution", _of_instance).routes(),
    *Holder("/execution", "execution", "execution", _of_execution, local=True).routes(),
    *Holder("/task", "task", "task", _of_task).routes(),
    *Holder("/task", "task", "task", _of_task, local=True).routes(),
    *VARIABLES.routes(),
]
