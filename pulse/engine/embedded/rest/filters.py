"""What parameters of a query mean: comparisons by a suffix of the name, and by process variables."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import Any, Final

from sqlalchemy import BigInteger, Boolean, ColumnElement, Integer, Table, and_, exists, func, or_, true

from pulse.engine.embedded import tables, values
from pulse.engine.embedded.rest.http import truth, unreadable
from pulse.engine.embedded.timers import to_ms

Condition = ColumnElement[bool]
Column = ColumnElement[Any]
Given = Mapping[str, Any]
Filter = Callable[[Any, Given], Condition]
"""A condition from a parameter's value and all parameters; `_now` among them is the engine's clock."""
Compare = Callable[[Column, Any], Condition]


class Unfit(ValueError):
    """A parameter's value does not fit; `args[0]` says why."""


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


def _fitted(compare: Callable[[Any, Any], Any]) -> Compare:
    return lambda column, value: compare(column, fitting(column, value))


def _among(column: Column, value: Any) -> Condition:
    return column.in_([fitting(column, item) for item in listed(value)])


def _like(column: Column, value: Any) -> Condition:
    return column.like(str(value))


BY_SUFFIX: Final[Mapping[str, Compare]] = {
    "": _fitted(operator.eq),
    "In": _among,
    "s": _among,
    "Like": _like,
    "Before": _fitted(operator.lt),
    "After": _fitted(operator.gt),
    "HigherThanOrEquals": _fitted(operator.ge),
    "LowerThanOrEquals": _fitted(operator.le),
}
_BY_OPERATOR: Final[Mapping[str, Callable[[Any, Any], Any]]] = {
    "eq": operator.eq,
    "neq": operator.ne,
    "gt": operator.gt,
    "gteq": operator.ge,
    "lt": operator.lt,
    "lteq": operator.le,
    "like": _like,
    "notLike": lambda column, value: ~_like(column, value),
}


def flags(table: Table) -> dict[str, Condition]:
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


def variable_value(operator_name: str, value: Any, *, ignore_case: bool = False) -> Condition:
    """A stored variable's value compared; a text matches texts only, a number numbers only."""
    column, compare = tables.variable.c, _BY_OPERATOR.get(operator_name)
    if compare is None:
        raise Unfit("Invalid variable comparator specified: " + operator_name)
    if value is None:
        return and_(compare(column.type, "Null"))
    if isinstance(value, int | float):
        kind = column.type == "Boolean" if isinstance(value, bool) else column.type.notin_(["Boolean", "Date"])
        return and_(kind, compare(column.number_value, float(value)))
    if ignore_case:
        return and_(compare(func.lower(column.text_value), str(value).lower()))
    return and_(compare(column.text_value, str(value)))


def by_variables(instance_id: Column, *, live: bool = True) -> Filter:
    """Process variables: `name_op_value,…` in a URL (texts), a list of {name, operator, value} in a body."""

    def condition(value: Any, given: Given) -> Condition:
        column, ignore_case = tables.variable.c, truth(given.get("variableValuesIgnoreCase"))
        at_root = and_(column.instance_id == instance_id, column.execution_id == instance_id)
        found = []
        for item in value if isinstance(value, list) else [_split(part) for part in listed(value)]:
            if not isinstance(item, Mapping):
                raise unreadable()
            fits = variable_value(str(item.get("operator", "eq")), item.get("value"), ignore_case=ignore_case)
            found.append(exists().where(at_root, column.name == item["name"], fits, column.live if live else true()))
        return and_(true(), *found)

    return condition


def _split(text: str) -> Given:
    name, _, rest = text.partition("_")
    operator_name, sign, value = rest.partition("_")
    if not sign:
        raise Unfit("variable query parameter has to have format KEY_OPERATOR_VALUE.")
    return {"name": name, "operator": operator_name, "value": value}
