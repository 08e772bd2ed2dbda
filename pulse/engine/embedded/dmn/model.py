"""A decision model after its deployment: immutable, shared by all evaluations."""

from __future__ import annotations

from dataclasses import dataclass, field

from pulse.engine.embedded.feel import Node


@dataclass(frozen=True, kw_only=True, slots=True)
class Input:
    """A column of conditions. `label` is its name in history, `variable` its value's name in cells beside `?`."""

    id: str
    label: str | None
    type_ref: str | None
    expression: Node
    variable: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Output:
    """A column of results; `priorities` are its values from the highest down, for PRIORITY and OUTPUT ORDER."""

    id: str
    name: str
    label: str | None
    type_ref: str | None
    priorities: Node | None
    default: Node | None


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
    inputs: tuple[Input, ...]
    outputs: tuple[Output, ...]
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
    history_time_to_live: int | None
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
