"""Queries: what may be filtered and sorted, from a URL's parameters or a JSON body, as one SQL statement."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, FromClause, Select, and_, exists, func, or_, select, true

from pulse.engine.embedded import tables, values
from pulse.engine.embedded.errors import RestProblem
from pulse.engine.embedded.rest.http import Call, Route, unreadable
from pulse.engine.embedded.timers import to_ms

Condition = ColumnElement[bool]
Column = ColumnElement[Any]
Given = Mapping[str, Any]
Filter = Callable[[Any, Given], Condition]
DATE: Final = "java.util.Date"


class Unfit(ValueError):
    """A parameter's value does not fit; `args[0]` says why."""


def equal(column: Column) -> Filter:
    return lambda value, given: column == value


def like(column: Column) -> Filter:
    return lambda value, given: column.like(str(value))


def among(column: Column) -> Filter:
    return lambda value, given: column.in_(listed(value))


def number(compare: Callable[[int], Condition]) -> Filter:
    def condition(value: Any, given: Given) -> Condition:
        try:
            return compare(int(value))
        except ValueError:
            raise Unfit(f'Cannot convert value "{value}" to java type java.lang.Integer') from None

    return condition


def when(condition: Condition) -> Filter:
    """A flag: the condition holds where it is true, nothing is asked where it is not."""
    return lambda value, given: condition if truth(value) else true()


def whether(condition: Condition) -> Filter:
    """A flag that asks for the opposite where it is false."""
    return lambda value, given: condition if truth(value) else ~condition


def dated(compare: Callable[[int], Condition]) -> Filter:
    return lambda value, given: compare(to_ms(read_moment(value)))


def read_moment(value: Any) -> datetime:
    """A date as REST writes it; Unfit otherwise."""
    try:
        return values.read_date(str(value))
    except ValueError:
        raise Unfit(f'Cannot convert value "{value}" to java type {DATE}') from None


def truth(value: Any) -> bool:
    return value is True or str(value).lower() == "true"


def listed(value: Any) -> list[str]:
    """A list: JSON's, or a text with commas."""
    return (
        [str(item) for item in value] if isinstance(value, list) else [part for part in str(value).split(",") if part]
    )


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
    if operator not in _COMPARE:
        raise Unfit("Invalid variable comparator specified: " + operator)
    compare = _COMPARE[operator]
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
        found = []
        for item in value if isinstance(value, list) else [_split(part) for part in listed(value)]:
            if not isinstance(item, Mapping):
                raise unreadable()
            name = str(item.get("name"))
            same = column.name == name
            if truth(given.get("variableNamesIgnoreCase")):
                same = func.lower(column.name) == name.lower()
            ignore_case = truth(given.get("variableValuesIgnoreCase"))
            fits = variable_value(str(item.get("operator", "eq")), item.get("value"), ignore_case=ignore_case)
            here = [column.instance_id == instance_id, column.execution_id == instance_id, same, fits]
            found.append(exists().where(*here, *([column.live] if live else [])))
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
    """A list that REST offers: where from, which filters, which sort keys, and how a row is told."""

    source: FromClause
    columns: Sequence[Any]
    filters: Mapping[str, Filter]
    sorts: Mapping[str, Column]
    tell: Callable[[Given, Given], object]
    base: Condition = field(default_factory=true)
    check: Callable[[Given], None] = lambda given: None

    def conditions(self, given: Given) -> list[Condition]:
        """The conditions of a request, with those of its `orQueries`."""
        self.check(given)
        found = [self._one(name, value, given) for name, value in given.items() if self._asked(name, value)]
        for either in given.get("orQueries") or []:
            alternatives = [
                self._one(name, value, either) for name, value in either.items() if self._asked(name, value)
            ]
            found += [or_(*alternatives)] if alternatives else []
        return found

    def _asked(self, name: str, value: Any) -> bool:
        return name in self.filters and value is not None

    def _one(self, name: str, value: Any, given: Given) -> Condition:
        try:
            return self.filters[name](value, given)
        except Unfit as problem:
            message = f"Cannot set query parameter '{name}' to value '{value}': {problem}"
            raise RestProblem(400, "InvalidRequestException", message) from None

    def order(self, given: Given) -> list[Column]:
        """The sort columns. RestProblem 400 for an unknown key or half a pair."""
        pairs = list(given.get("sorting") or [])
        if "sortBy" in given or "sortOrder" in given:
            pairs.append({"sortBy": given.get("sortBy"), "sortOrder": given.get("sortOrder")})
        found: list[Column] = []
        for pair in pairs:
            key, direction = pair.get("sortBy"), pair.get("sortOrder")
            if key is None or direction is None:
                message = "Only a single sorting parameter specified. sortBy and sortOrder required"
                raise RestProblem(400, "InvalidRequestException", message)
            for name, value, known in (("sortBy", key, key in self.sorts), ("sortOrder", direction, True)):
                if not known or (name == "sortOrder" and direction not in {"asc", "desc"}):
                    message = f"Cannot set query parameter '{name}' to value '{value}'"
                    raise RestProblem(400, "InvalidRequestException", message)
            column = self.sorts[key]
            found.append(column.desc() if direction == "desc" else column.asc())
        return found

    def select(self, given: Given) -> Select[Any]:
        return select(*self.columns).select_from(self.source).where(self.base, *self.conditions(given))

    def rows(self, connection: Connection, given: Given, page: tuple[int, int | None] = (0, None)) -> list[Given]:
        """The rows of a request; `page` is the first one and how many at most."""
        statement = self.select(given).order_by(*self.order(given), *self._last())
        statement = statement.offset(page[0] or None).limit(page[1] if page[1] is not None or not page[0] else 2**31)
        return [dict(row) for row in connection.execute(statement).mappings()]

    def _last(self) -> list[Column]:
        return [self.columns[0].c.id if isinstance(self.columns[0], FromClause) else self.columns[0]]

    def count(self, connection: Connection, given: Given) -> int:
        statement = select(func.count()).select_from(self.source).where(self.base, *self.conditions(given))
        return connection.scalar(statement) or 0


def page_of(call: Call) -> tuple[int, int | None]:
    """`firstResult` and `maxResults`; RestProblem 404, as the real engine has it, for what is no number."""
    first, most = call.query.get("firstResult", "0"), call.query.get("maxResults")
    if not first.isdigit() or (most is not None and not most.isdigit()):
        raise RestProblem(404, "QueryParamException", "HTTP 404 Not Found")
    return int(first), None if most is None else int(most)


def routes(path: str, query: Query) -> list[Route]:
    """The list by GET and POST, and its counts."""

    def given(call: Call) -> Given:
        return {**call.query, **call.body}

    def rows(call: Call) -> object:
        page, asked = page_of(call), given(call)
        found = call.read(lambda connection: query.rows(connection, asked, page))
        return [query.tell(row, asked) for row in found]

    def count(call: Call) -> object:
        page_of(call)
        return {"count": call.read(lambda connection: query.count(connection, given(call)))}

    return [
        ("GET", f"{path}/count", count),
        ("POST", f"{path}/count", count),
        ("GET", path, rows),
        ("POST", path, rows),
    ]
