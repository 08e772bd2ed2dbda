"""A decision model after its deployment: immutable, shared by all evaluations."""

from __future__ import annotations

from dataclasses import dataclass, field

from pulse.engine.embedded.dmn.table import Table
from pulse.engine.embedded.feel import Function, Node, Scope


@dataclass(slots=True)
class Graph:
    """All decisions and business knowledge models of one file, by id."""

    decisions: dict[str, Decision] = field(default_factory=dict)
    knowledge: dict[str, tuple[tuple[str, ...], Node]] = field(default_factory=dict)

    def functions(self, scope: Scope) -> dict[str, object]:
        """The business knowledge models as functions in a scope, by name."""
        return {name: Function(parameters, body, scope) for name, (parameters, body) in self.knowledge.items()}


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
