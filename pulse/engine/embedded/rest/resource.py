"""A resource: what REST shows of a table's rows, filters and sorts by, said in REST's own names."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    ColumnElement,
    FromClause,
    Integer,
    Table,
    and_,
    exists,
    func,
    or_,
    select,
    true,
)

from pulse.engine.embedded import tables, values
from pulse.engine.embedded.engine import Unit
from pulse.engine.embedded.errors import RestProblem
from pulse.engine.embedded.rest.http import Call, Route, Row, reading, truth
from pulse.engine.embedded.rest.problems import invalid
from pulse.engine.embedded.timers import from_ms, to_ms

Condition = ColumnElement[bool]
Column = ColumnElement[Any]
Given = Mapping[str, Any]
Rows = list[dict[str, Any]]
Filter = Callable[[Any, Given], Condition]
"""A condition from a parameter's value and all parameters; `_now` among them is the engine's clock."""

ALIASES: Final = {
    "processInstanceId": "instance_id",
    "rootProcessInstanceId": "instance_id",
    "processDefinitionId": "definition_id",
    "processDefinitionKey": "definition_key",
    "taskDefinitionKey": "activity_id",
}
"""Names that are no camelCase of their column, wherever they stand."""


# --- values of parameters ---


class Unfit(ValueError):
    """A parameter's value does not fit; `args[0]` says why."""


def moment(milliseconds: int | None) -> str | None:
    """A moment of the store as REST prints it."""
    return None if milliseconds is None else values.print_date(from_ms(milliseconds))


def listed(value: Any) -> list[str]:
    """A list: JSON's, or a text with commas."""
    return [str(item) for item in (value if isinstance(value, list) else str(value).split(",")) if item != ""]


def fitting(column: Column, value: Any) -> Any:
    """A parameter's value as the column holds it: dates as milliseconds, whole numbers, truth values."""
    kind = column.type
    try:
        if isinstance(kind, BigInteger):
            return to_ms(values.read_date(str(value)))
        return truth(value) if isinstance(kind, Boolean) else int(value) if isinstance(kind, Integer) else value
    except (TypeError, ValueError):
        java = "java.util.Date" if isinstance(kind, BigInteger) else "java.lang.Integer"
        raise Unfit(f'Cannot convert value "{value}" to java type {java}') from None


def _among(column: Column, value: Any) -> Condition:
    return column.in_([fitting(column, item) for item in listed(value)])


def _like(column: Column, value: Any) -> Condition:
    return column.like(str(value))


_BY_SUFFIX: Final[Mapping[str, Callable[[Column, Any], Any]]] = {
    "": lambda column, value: column == fitting(column, value),
    "In": _among,
    "s": _among,
    "Like": _like,
    "Before": lambda column, value: column < fitting(column, value),
    "After": lambda column, value: column > fitting(column, value),
    "HigherThanOrEquals": lambda column, value: column >= fitting(column, value),
    "LowerThanOrEquals": lambda column, value: column <= fitting(column, value),
}
_BY_OPERATOR: Final[Mapping[str, Callable[[Column, Any], Any]]] = {
    "eq": operator.eq, "neq": operator.ne, "gt": operator.gt, "gteq": operator.ge, "lt": operator.lt,
    "lteq": operator.le, "like": _like, "notLike": lambda column, value: ~_like(column, value),
}  # fmt: skip


def variable_value(comparison: str, value: Any, *, ignore_case: bool = False) -> Condition:
    """A stored variable's value compared; a text matches texts only, a number numbers only."""
    column, compare = tables.variable.c, _BY_OPERATOR.get(comparison)
    if compare is None:
        raise Unfit("Invalid variable comparator specified: " + comparison)
    if value is None:
        return and_(compare(column.type, "Null"))
    if isinstance(value, int | float):
        kind = column.type == "Boolean" if isinstance(value, bool) else column.type.notin_(["Boolean", "Date"])
        return and_(kind, compare(column.number_value, float(value)))
    text = (func.lower(column.text_value), str(value).lower()) if ignore_case else (column.text_value, str(value))
    return and_(compare(*text))


def here(instance_id: Column) -> Condition:
    """Variables that live in the process itself, not in a scope within."""
    column = tables.variable.c
    return and_(column.instance_id == instance_id, column.execution_id == instance_id, column.task_id.is_(None))


def by_variables(place: Condition, kind: str = "variable", *, live: bool = True) -> Filter:
    """Variables of a place: `name_op_value,…` in a URL (texts), a list of {name, operator, value} in a body."""

    def condition(value: Any, given: Given) -> Condition:
        column, ignore_case = tables.variable.c, truth(given.get("variableValuesIgnoreCase"))
        found = []
        for item in value if isinstance(value, list) else [_split(part) for part in listed(value)]:
            if not isinstance(item, Mapping):
                raise invalid("")
            comparison = str(item.get("operator", "eq"))
            if comparison not in _BY_OPERATOR:
                raise invalid(f"Invalid {kind} comparator specified: {comparison}")
            fits = variable_value(comparison, item.get("value"), ignore_case=ignore_case)
            found.append(exists().where(place, column.name == item["name"], fits, column.live if live else true()))
        return and_(true(), *found)

    return condition


def _split(text: str) -> Given:
    parts = text.split("_", 2)
    if len(parts) < 3:
        raise Unfit("variable query parameter has to have format KEY_OPERATOR_VALUE.")
    return dict(zip(("name", "operator", "value"), parts, strict=True))


# --- resources ---


def _fields(words: str, sources: tuple[Table, ...]) -> dict[str, Column]:
    """REST names to columns, of the first table that has one: `name`, `name=column` or `name=table.column`."""
    found: dict[str, Column] = {}
    for word in words.split():
        name, _, place = word.partition("=")
        place = place or ALIASES.get(name) or re.sub(r"([A-Z])", r"_\1", name).lower()
        table, _, column = place.rpartition(".")
        found[name] = next(one.c[column] for one in sources if column in one.c and one.name.endswith(table))
    return found


def _flags(table: Table) -> dict[str, Condition]:
    """The truth values that one may ask for because of a table's columns."""
    column, found = table.c, dict[str, Condition]()
    if "suspended" in column:
        found |= {"suspended": column.suspended, "active": ~column.suspended}
    if "end_time" in column:
        found |= {"finished": column.end_time.is_not(None), "unfinished": column.end_time.is_(None)}
    if "retries" in column:
        left = or_(column.retries.is_(None), column.retries > 0)
        found |= {"withRetriesLeft": left, "noRetriesLeft": column.retries == 0}
    return found


#: What `more` gives for a key that this row does not have.
LEFT_OUT: Final = object()


@dataclass(frozen=True, kw_only=True, eq=False)
class Resource:
    """The rows of a table (and of those that it refers to), listed, counted and read one by one.

    `shown` are the keys of a row, those that begin with `_` for `more` alone; `nulls` the keys that are always null;
    `also` further names to filter and sort by. `filters` are parameters with a meaning of their own: a condition for
    where the parameter is true, or a Filter. `more` completes a row, `check` refuses parameters that do not go
    together, `absent` is told where one row is asked for that is not there.
    """

    path: str
    tables: tuple[Table, ...]
    shown: str
    nulls: str = "tenantId"
    also: str = ""
    base: Condition = field(default_factory=true)
    filters: Mapping[str, Condition | Filter] = field(default_factory=dict)
    sorts: Mapping[str, Column] = field(default_factory=dict)
    more: Callable[[Row, Given], Row] = lambda row, given: {}
    check: Callable[[Given], None] = lambda given: None
    absent: str = ""
    absent_type: str = "InvalidRequestException"

    def __post_init__(self) -> None:
        assert self._named  # a name without a column fails here, at import

    @cached_property
    def source(self) -> FromClause:
        """The table joined with the others, each by its column: `task_id`, `instance_id`, `definition_id`."""
        table, *others = self.tables
        found: FromClause = table
        for other in others:
            reference = table.c[other.name.rpartition("_")[2] + "_id"]
            found = found.join(other, reference == other.c.id, isouter=other is not tables.instance)
        return found

    @cached_property
    def columns(self) -> dict[str, Column]:
        return _fields(self.shown, self.tables)

    @cached_property
    def _named(self) -> dict[str, Column]:
        return {**self.columns, **_fields(self.also, self.tables), **self.sorts}

    @cached_property
    def _filters(self) -> dict[str, Condition | Filter]:
        return {**_flags(self.tables[0]), **self.filters}

    def tell(self, row: Row, given: Given | None = None) -> dict[str, Any]:
        """What REST shows of a row that is keyed by REST's names."""
        shown: dict[str, Any] = dict.fromkeys(self.nulls.split())
        for name, column in self.columns.items():
            shown[name] = moment(row[name]) if isinstance(column.type, BigInteger) else row[name]
        shown |= self.more(row, given or {})
        return {name: value for name, value in shown.items() if not name.startswith("_") and value is not LEFT_OUT}

    def tell_stored(self, row: Row) -> dict[str, Any]:
        """What REST shows of a row that is keyed by its columns."""
        return self.tell({name: row.get(column.key or "") for name, column in self.columns.items()})

    def _condition(self, name: str, value: Any, given: Given) -> Condition | None:
        own = self._filters.get(name)
        if isinstance(own, ColumnElement):
            return own if truth(value) else None
        if own is not None:
            return own(value, given)
        for suffix, compare in _BY_SUFFIX.items():
            column = self._named.get(name.removesuffix(suffix)) if name.endswith(suffix) else None
            if column is not None:
                return and_(compare(column, value))
        return None

    def conditions(self, given: Given) -> list[Condition]:
        """What the parameters of a request ask for. RestProblem 400 for a value that does not fit."""
        found = []
        for name, value in given.items():
            try:
                found.append(None if value is None else self._condition(name, value, given))
            except Unfit as problem:
                raise invalid(f"Cannot set query parameter '{name}' to value '{value}': {problem}") from None
        return [condition for condition in found if condition is not None]

    def _where(self, given: Given) -> list[Condition]:
        """The conditions of a request; those of each of its `orQueries` are alternatives."""
        self.check(given)
        either = [self.conditions(one) for one in given.get("orQueries") or []]
        return [self.base, *self.conditions(given), *(or_(*some) for some in either if some)]

    def _order(self, given: Given) -> list[Column]:
        """The sort columns, the id last. RestProblem 400 for an unknown key or half a pair."""
        pairs = list(given.get("sorting") or []) + ([given] if {"sortBy", "sortOrder"} & given.keys() else [])
        found: list[Column] = []
        for key, direction in ((pair.get("sortBy"), pair.get("sortOrder")) for pair in pairs):
            if key is None or direction is None:
                raise invalid("Only a single sorting parameter specified. sortBy and sortOrder required")
            column = self._named.get(key)
            if column is None or direction not in {"asc", "desc"}:
                name, value = ("sortBy", key) if column is None else ("sortOrder", direction)
                raise invalid(f"Cannot set query parameter '{name}' to value '{value}'")
            found.append(column.desc() if direction == "desc" else column.asc())
        return [*found, *([self.columns["id"]] if "id" in self.columns else [])]

    def rows(self, unit: Unit, given: Given, first: int = 0, most: int | None = None) -> Rows:
        """What is shown for a request; `most` rows from the `first` on."""
        given = {**given, "_now": unit.now}
        columns = [column.label(name) for name, column in self.columns.items()]
        statement = select(*columns).select_from(self.source).where(*self._where(given)).order_by(*self._order(given))
        if first or most is not None:
            statement = statement.offset(first).limit(2**31 if most is None else most)
        return [self.tell(dict(row), given) for row in unit.connection.execute(statement).mappings()]

    def page(self, unit: Unit, call: Call) -> Rows:
        """The page that a request asks for."""
        first, most = call.query.get("firstResult", "0"), call.query.get("maxResults")
        if not first.isdigit() or not (most or "0").isdigit():
            # the real engine has it so
            raise RestProblem(404, "QueryParamException", "HTTP 404 Not Found")
        return self.rows(unit, {**call.query, **call.body}, int(first), None if most is None else int(most))

    def count(self, unit: Unit, call: Call) -> dict[str, Any]:
        """How many rows a request asks for."""
        given = {**call.query, **call.body, "_now": unit.now}
        counted = select(func.count()).select_from(self.source).where(*self._where(given))
        return {"count": unit.connection.scalar(counted)}

    def _one(self, unit: Unit, call: Call) -> object:
        rows = self.rows(unit, {**call.query, "id": call.id, "_single": True})
        if not rows:
            raise RestProblem(404, self.absent_type, self.absent.format(call.id))
        return rows[0]

    def lists(self) -> list[Route]:
        """The list and its count, by GET and POST."""
        both = (("/count", self.count), ("", self.page))
        return [reading(self.path + end, do, method) for end, do in both for method in ("GET", "POST")]

    def routes(self) -> list[Route]:
        """The list and its count; a single row where `absent` says how its lack is told."""
        return self.lists() + ([reading(self.path + "/{id}", self._one)] if self.absent else [])
