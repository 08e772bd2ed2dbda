"""A resource: what REST shows of a table's rows, filters and sorts by, said in REST's own names."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

from sqlalchemy import BigInteger, ColumnElement, FromClause, Table, func, or_, select, true

from pulse.engine.embedded import tables
from pulse.engine.embedded.engine import Unit
from pulse.engine.embedded.errors import RestProblem
from pulse.engine.embedded.rest.filters import BY_SUFFIX, Column, Condition, Filter, Given, Unfit, flags
from pulse.engine.embedded.rest.http import Call, Route, Row, invalid, moment, reading, truth

ALIASES: Final = {
    "processInstanceId": "instance_id",
    "rootProcessInstanceId": "instance_id",
    "processDefinitionId": "definition_id",
    "processDefinitionKey": "definition_key",
    "taskDefinitionKey": "activity_id",
}
"""Names that are no camelCase of their column, wherever they stand."""


def _fields(words: str, sources: tuple[Table, ...]) -> dict[str, Column]:
    """REST names to columns, of the first table that has one: `name`, `name=column` or `name=table.column`."""
    found: dict[str, Column] = {}
    for word in words.split():
        name, _, place = word.partition("=")
        place = place or ALIASES.get(name) or re.sub(r"([A-Z])", r"_\1", name).lower()
        table, _, column = place.rpartition(".")
        found[name] = next(one.c[column] for one in sources if column in one.c and one.name.endswith(table))
    return found


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
    more: Callable[[Row, Given], Row] = lambda row, given: {}
    check: Callable[[Given], None] = lambda given: None
    sorts: Mapping[str, Column] = field(default_factory=dict)
    absent: str = ""
    absent_type: str = "InvalidRequestException"

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
        return self.columns | _fields(self.also, self.tables)

    @cached_property
    def _filters(self) -> dict[str, Condition | Filter]:
        return {**flags(self.tables[0]), **self.filters}

    # --- telling ---

    def tell(self, row: Row, given: Given | None = None) -> dict[str, Any]:
        """What REST shows of a row that is keyed by REST's names."""
        shown: dict[str, Any] = dict.fromkeys(self.nulls.split())
        for name, column in self.columns.items():
            shown[name] = moment(row[name]) if isinstance(column.type, BigInteger) else row[name]
        shown |= self.more(row, given or {})
        return {name: value for name, value in shown.items() if not name.startswith("_")}

    def tell_stored(self, row: Row) -> dict[str, Any]:
        """What REST shows of a row that is keyed by its columns."""
        return self.tell({name: row.get(column.key or "") for name, column in self.columns.items()})

    # --- asking ---

    def _condition(self, name: str, value: Any, given: Given) -> Condition | None:
        own = self._filters.get(name)
        if isinstance(own, ColumnElement):
            return own if truth(value) else None
        if own is not None:
            return own(value, given)
        for suffix, compare in BY_SUFFIX.items():
            column = self._named.get(name.removesuffix(suffix)) if name.endswith(suffix) else None
            if column is not None:
                return compare(column, value)
        return None

    def _conditions(self, given: Given) -> list[Condition]:
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
        either = [self._conditions(one) for one in given.get("orQueries") or []]
        return [self.base, *self._conditions(given), *(or_(*some) for some in either if some)]

    def _order(self, given: Given) -> list[Column]:
        """The sort columns. RestProblem 400 for an unknown key or half a pair."""
        pairs = list(given.get("sorting") or [])
        if "sortBy" in given or "sortOrder" in given:
            pairs.append(given)
        found: list[Column] = []
        for key, direction in ((pair.get("sortBy"), pair.get("sortOrder")) for pair in pairs):
            if key is None or direction is None:
                raise invalid("Only a single sorting parameter specified. sortBy and sortOrder required")
            column = self.sorts.get(key, self._named.get(key))
            if column is None or direction not in {"asc", "desc"}:
                name, value = ("sortBy", key) if column is None else ("sortOrder", direction)
                raise invalid(f"Cannot set query parameter '{name}' to value '{value}'")
            found.append(column.desc() if direction == "desc" else column.asc())
        return [*found, *([self.columns["id"]] if "id" in self.columns else [])]

    def rows(self, unit: Unit, given: Given, first: int = 0, most: int | None = None) -> list[dict[str, Any]]:
        """What is shown for a request; `most` rows from the `first` on."""
        given = {**given, "_now": unit.now}
        columns = [column.label(name) for name, column in self.columns.items()]
        statement = select(*columns).select_from(self.source).where(*self._where(given)).order_by(*self._order(given))
        if first or most is not None:
            statement = statement.offset(first).limit(2**31 if most is None else most)
        return [self.tell(dict(row), given) for row in unit.connection.execute(statement).mappings()]

    # --- routes ---

    def _list(self, unit: Unit, call: Call) -> object:
        first, most = call.query.get("firstResult", "0"), call.query.get("maxResults")
        if not first.isdigit() or not (most or "0").isdigit():
            # the real engine has it so
            raise RestProblem(404, "QueryParamException", "HTTP 404 Not Found")
        return self.rows(unit, {**call.query, **call.body}, int(first), None if most is None else int(most))

    def _count(self, unit: Unit, call: Call) -> object:
        given = {**call.query, **call.body, "_now": unit.now}
        counted = select(func.count()).select_from(self.source).where(*self._where(given))
        return {"count": unit.connection.scalar(counted)}

    def _one(self, unit: Unit, call: Call) -> object:
        rows = self.rows(unit, {**call.query, "id": call.id, "_single": True})
        if not rows:
            raise RestProblem(404, self.absent_type, self.absent.format(call.id))
        return rows[0]

    def routes(self) -> list[Route]:
        """The list and its count, by GET and POST; a single row where `absent` says how its lack is told."""
        single = [reading(self.path + "/{id}", self._one)] if self.absent else []
        both = (("/count", self._count), ("", self._list))
        return single + [reading(self.path + end, action, method) for end, action in both for method in ("GET", "POST")]
