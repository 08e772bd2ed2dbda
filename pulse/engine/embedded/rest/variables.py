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
from pulse.engine.embedded.errors import RestProblem
from pulse.engine.embedded.rest import tasks
from pulse.engine.embedded.rest.http import Call, Route, Row, reading, truth, writing
from pulse.engine.embedded.rest.problems import invalid, missing, required, telling
from pulse.engine.embedded.rest.resource import Condition, Given, Resource, variable_value
from pulse.engine.embedded.state import Execution
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
class Holder:
    """What has variables: its place in paths, its names in messages, and how it is found."""

    path: str
    noun: str
    inner: str
    find: Callable[[Unit, Call], tuple[Core, Execution] | None]

    def _load(self, unit: Unit, call: Call, kind: str = "RestException") -> tuple[Core, Execution]:
        message = f"{self.inner} {call.id} doesn't exist: {self.inner} is null"
        return required(self.find(unit, call), RestProblem(500, kind, message, 0))

    def all(self, unit: Unit, call: Call) -> object:
        core, execution = self._load(unit, call, "NullValueException")
        return call.told(core.state.visible(execution))

    def _value(self, unit: Unit, call: Call) -> TypedValue:
        name = call.path["name"]
        with telling(f"Cannot get {self.noun} variable {name}"):
            core, execution = self._load(unit, call)
        found = core.state.find(execution, name)
        return required(found, missing(f"{self.noun} variable with name {name} does not exist"))[1].value

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

    def _change(self, unit: Unit, call: Call, given: Mapping[str, TypedValue], gone: Sequence[object] = ()) -> None:
        core, execution = self._load(unit, call)
        core.set_variables(execution, given)
        for name in map(str, gone):
            found = core.state.find(execution, name)
            if found is not None:
                core.remove_variable(found[0], name)
        unit.save(core)

    def modify(self, unit: Unit, call: Call) -> None:
        """`{modifications, deletions}` of the body."""
        deletions = call.body.get("deletions") or []
        if not isinstance(deletions, list):
            raise invalid("")
        self._change(unit, call, call.variables("modifications"), deletions)

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
        every, noun = f"{self.path}/{{id}}/variables", self.noun
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


def _of_instance(unit: Unit, call: Call) -> tuple[Core, Execution] | None:
    core = unit.load(call.id, operation=unit.operation())
    return None if core is None else (core, core.state.root)


def _of_task(unit: Unit, call: Call) -> tuple[Core, Execution] | None:
    row = tasks.waiting(unit, call.id)
    return None if row is None else tasks.load(unit, row, operation=unit.operation())


ROUTES: list[Route] = [
    *Holder("/process-instance", "process instance", "execution", _of_instance).routes(),
    *Holder("/task", "task", "task", _of_task).routes(),
    *VARIABLES.routes(),
]
