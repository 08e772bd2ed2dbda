"""A decision model after its deployment: immutable, shared by all evaluations."""

from __future__ import annotations

from dataclasses import dataclass, field

from pulse.engine.embedded.feel import Node


@dataclass(frozen=True, kw_only=True, slots=True)
class Column:
    """A column of conditions or of results; `label` is its name in history.

    Of a condition, `expression` is what is asked and `name` what cells call it beside `?`.
    """

    id: str
    label: str | None
    type_ref: str | None
    name: str
    expression: Node | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """A row: it applies if all its tests are true."""

    id: str
    tests: tuple[Node, ...]
    outputs: tuple[Node, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Table:
    """A decision table."""

    hit_policy: str
    aggregation: str | None
    inputs: tuple[Column, ...]
    outputs: tuple[Column, ...]
    rules: tuple[Rule, ...]


@dataclass(slots=True)
class Graph:
    """All decisions of one file by id, and its business knowledge models by name: parameters and body."""

    decisions: dict[str, Decision] = field(default_factory=dict)
    knowledge: dict[str, tuple[tuple[str, ...], Node]] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, eq=False, slots=True)
class Decision:
    """A decision. `graph_id` and `graph_name` are of its decision requirements graph, None if it stands alone.

    `category` is the namespace of the file, `history_time_to_live` a number of days, `required` the ids of the
    decisions whose results it needs. `logic` is a table, or an expression whose result is called `variable`.
    """

    id: str
    name: str | None
    category: str | None
    version_tag: str | None
    history_time_to_live: int
    graph_id: str | None
    graph_name: str | None
    required: tuple[str, ...]
    variable: str
    type_ref: str | None
    logic: Table | Node
    graph: Graph = field(repr=False)

    @property
    def key(self) -> str:
        return self.id
