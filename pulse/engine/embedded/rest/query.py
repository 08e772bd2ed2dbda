"""Queries: what REST shows, filters and sorts by, said in its own names, and made into one SQL statement."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import BigInteger, ColumnElement, Connection, FromClause, Integer, and_, exists, func, or_, select, true

from pulse.engine.embedded import tables, values
from pulse.engine.embedded.errors import RestProblem
from pulse.engine.embedded.rest.http import Call, Handler, Route, moment, unreadable
from pulse.engine.embedded.timers import to_ms

Condition = ColumnElement[bool]
Column = ColumnElement[Any]
Given = Mapping[str, Any]
Fields = dict[str, Column | None]
Filter = Callable[[Any, Given], Condition]

ALIASES: Final = {
    "processInstanceId": "instance_id",
    "rootProcessInstanceId": "instance_id",
    "processDefinitionId": "definition_id",
    "processDefinitionKey": "definition_key",
    "taskDefinitionKey": "activity_id",
}


def fields(spec: str, *sources: FromClause) -> Fields:
    """REST names to columns, the first table that has one: `name` or `name=column`. Without a column: always null."""
    found: Fields = {}
    for word in spec.split():
        name, _, column = word.partition("=")
        column = column or ALIASES.get(name) or re.sub(r"([A-Z])", r"_\1", name).lower()
        found[name] = next((source.c[column] for source in sources if column in source.c), None)
    return found


def shown(row: Given, told: Fields) -> dict[str, Any]:
    """A row under REST's names, moments printed; `row` is keyed by REST's names or by those of the columns."""
    found = {}
    for name, column in told.items():
        value = None if column is None else row[name] if name in row else row[column.key or ""]
        found[name] = moment(value) if column is not None and isinstance(column.type, BigInteger) else value
    return found


class Unfit(ValueError):
    """A parameter's value does not fit; `args[0]` says why."""


def truth(value: Any) -> bool:
    return value is True or str(value).lower() == "true"


def listed(value: Any) -> list[str]:
    """A list: JSON's, or a text with commas."""
    return (
        [str(item) for item in value] if isinstance(value, list) else [part for part in str(value).split(",") if part]
    )


def fitting(column: Column, value: Any) -> Any:
    """A parameter's value as the column holds it: dates as milliseconds, whole numbers."""
    java = "java.util.Date" if isinstance(column.type, BigInteger) else "java.lang.Integer"
    try:
        if isinstance(column.type, BigInteger):
            return to_ms(values.read_date(str(value)))
        return int(value) if isinstance(column.type, Integer) else value
    except (TypeError, ValueError):
        raise Unfit(f'Cannot convert value "{value}" to java type {java}') from None


_BY_SUFFIX: Final[Mapping[str, Callable[[Column, Any], Condition]]] = {
    "": lambda column, value: column == fitting(column, value),
    "In": lambda column, value: column.in_(listed(value)),
    "s": lambda column, value: column.in_(listed(value)),
    "Like": lambda column, value: column.like(str(value)),
    "Before": lambda column, value: column < fitting(column, value),
    "After": lambda column, value: column > fitting(column, value),
    "HigherThanOrEquals": lambda column, value: column >= fitting(column, value),
    "LowerThanOrEquals": lambda column, value: column <= fitting(column, value),
}
_COMPARE: Final[Mapping[str, Callable[[Column, Any], Condition]]] = {
    "eq": lambda column, value: column == value,
    "neq": lambda column, value: column != value,
    "gt": lambda column, value: column > value,
    "gteq": lambda column, value: column >= value,
    "lt": lambda column, value: column < value,
    "lteq": lambda column, value: column <= value,
    "like": lambda column, value: column.like(str(value)),
    "notLike": lambda column, value: ~column.like(str(value)),
}


def variable_value(operator: str, value: Any, *, ignore_case: bool) -> Condition:
    """A stored variable's value compared; a text matches texts only, a number numbers only."""
    column = tables.variable.c
    compare = _COMPARE.get(operator)
    if compare is None:
        raise Unfit("Invalid variable comparator specified: " + operator)
    if value is None:
        return compare(column.type, "Null")
    if isinstance(value, bool):
        return and_(column.type == "Boolean", compare(column.number_value, float(value)))
    if isinstance(value, int | float):
        return and_(column.type.notin_(["Boolean", "Date"]), compare(column.number_value, float(value)))
    if ignore_case:
        return compare(func.lower(column.text_value), str(value).lower())
    return compare(column.text_value, str(value))


def by_variables(instance_id: Column, *, live: bool = True) -> Filter:
    """Process variables: `name_op_value,…` in a URL (texts), a list of {name, operator, value} in a body."""

    def condition(value: Any, given: Given) -> Condition:
        column = tables.variable.c
        ignore_case = truth(given.get("variableValuesIgnoreCase"))
        found = []
        for item in value if isinstance(value, list) else [_split(part) for part in listed(value)]:
            if not isinstance(item, Mapping):
                raise unreadable()
            fits = variable_value(str(item.get("operator", "eq")), item.get("value"), ignore_case=ignore_case)
            here = [column.instance_id == instance_id, column.execution_id == instance_id, column.name == item["name"]]
            found.append(exists().where(*here, fits, *([column.live] if live else [])))
        return and_(true(), *found)

    return condition


def _split(text: str) -> Given:
    name, _, rest = text.partition("_")
    operator, sign, value = rest.partition("_")
    if not sign:
        raise Unfit("variable query parameter has to have format KEY_OPERATOR_VALUE.")
    return {"name": name, "operator": operator, "value": value}


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """A list that REST offers.

    `by`: names that filter by equality, and with the suffixes In, Like, Before, After by more. `flags`: conditions
    that hold where the parameter is true. `special`: any other filter. `more` completes what is shown of a row.
    """

    source: FromClause
    told: Fields
    by: Fields
    sorts: Fields
    flags: Mapping[str, Condition] = field(default_factory=dict)
    special: Mapping[str, Filter] = field(default_factory=dict)
    base: Condition = field(default_factory=true)
    more: Callable[[dict[str, Any], Given], dict[str, Any]] = lambda row, given: row
    check: Callable[[Given], None] = lambda given: None

    def _filter(self, name: str, value: Any, given: Given) -> Condition | None:
        if name in self.special:
            return self.special[name](value, given)
        if name in self.flags:
            return self.flags[name] if truth(value) else None
        for suffix, build in _BY_SUFFIX.items():
            column = self.by.get(name.removesuffix(suffix)) if name.endswith(suffix) else None
            if column is not None:
                return build(column, value)
        return None

    def _conditions(self, given: Given) -> list[Condition]:
        found = []
        for name, value in given.items():
            try:
                condition = None if value is None else self._filter(name, value, given)
            except Unfit as problem:
                message = f"Cannot set query parameter '{name}' to value '{value}': {problem}"
                raise RestProblem(400, "InvalidRequestException", message) from None
            found += [] if condition is None else [condition]
        return found

    def where(self, given: Given) -> list[Condition]:
        """The conditions of a request; those of each of its `orQueries` are alternatives."""
        self.check(given)
        either = [self._conditions(one) for one in given.get("orQueries") or []]
        return [self.base, *self._conditions(given), *(or_(*some) for some in either if some)]

    def order(self, given: Given) -> list[Column]:
        """The sort columns. RestProblem 400 for an unknown key or half a pair."""
        pairs = list(given.get("sorting") or [])
        if "sortBy" in given or "sortOrder" in given:
            pairs.append({"sortBy": given.get("sortBy"), "sortOrder": given.get("sortOrder")})
        found: list[Column] = []
        for key, direction in ((pair.get("sortBy"), pair.get("sortOrder")) for pair in pairs):
            if key is None or direction is None:
                message = "Only a single sorting parameter specified. sortBy and sortOrder required"
                raise RestProblem(400, "InvalidRequestException", message)
            column = self.sorts.get(key)
            if column is None or direction not in {"asc", "desc"}:
                name, value = ("sortBy", key) if column is None else ("sortOrder", direction)
                message = f"Cannot set query parameter '{name}' to value '{value}'"
                raise RestProblem(400, "InvalidRequestException", message)
            found.append(column.desc() if direction == "desc" else column.asc())
        return found

    def rows(
        self, connection: Connection, given: Given, first: int = 0, most: int | None = None
    ) -> list[dict[str, Any]]:
        """What is shown for a request; `most` rows from the `first` on."""
        columns = [column.label(name) for name, column in self.told.items() if column is not None]
        statement = select(*columns).select_from(self.source).where(*self.where(given))
        last = self.told.get("id")
        statement = statement.order_by(*self.order(given), *([] if last is None else [last]))
        if first or most is not None:
            statement = statement.offset(first).limit(2**31 if most is None else most)
        return [self.more(shown(dict(row), self.told), given) for row in connection.execute(statement).mappings()]

    def count(self, connection: Connection, given: Given) -> int:
        return connection.scalar(select(func.count()).select_from(self.source).where(*self.where(given))) or 0


def reader(query: Query, message: str, kind: str = "InvalidRequestException", **fixed: Any) -> Handler:
    """A handler that gives one row by the id in the path; RestProblem 404 with the message where there is none."""

    def read(call: Call) -> object:
        given = {**call.query, **fixed, "id": call.path["id"]}
        rows = call.read(lambda connection: query.rows(connection, given))
        if not rows:
            raise RestProblem(404, kind, message.format(call.path["id"]))
        return rows[0]

    return read


def routes(path: str, query: Query) -> list[Route]:
    """The list by GET and POST, and its counts."""

    def asked(call: Call) -> tuple[Given, int, int | None]:
        first, most = call.query.get("firstResult", "0"), call.query.get("maxResults")
        if not first.isdigit() or not (most or "0").isdigit():
            # the real engine has it so
            raise RestProblem(404, "QueryParamException", "HTTP 404 Not Found")
        return {**call.query, **call.body}, int(first), None if most is None else int(most)

    def rows(call: Call) -> object:
        given, first, most = asked(call)
        return call.read(lambda connection: query.rows(connection, given, first, most))

    def count(call: Call) -> object:
        given, _, _ = asked(call)
        return {"count": call.read(lambda connection: query.count(connection, given))}

    both = (("count", count), ("", rows))
    return [(method, f"{path}/{end}".rstrip("/"), handler) for end, handler in both for method in ("GET", "POST")]
