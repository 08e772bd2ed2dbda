"""Where a story of random calls stands: which instances and tasks there are to call, by their names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from contract_models import Model
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

NOBODY = "00000000-0000-0000-0000-000000000000"


@dataclass
class Story:
    """Where a story stands: what there is to call, by its names."""

    model: Model
    instances: int = 0
    open: Mapping[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict)
    #: Whatever was open once, so that calls of what has ended are made too.
    known: dict[str, list[str]] = field(default_factory=dict)

    def see(self, open_now: Mapping[str, Sequence[Mapping[str, Any]]]) -> None:
        # By name: engines tell what waits in no order, and the same draw is to mean the same call each time.
        self.open = {kind: sorted(rows, key=lambda row: str(row["id"])) for kind, rows in open_now.items()}
        for kind, rows in self.open.items():
            seen = self.known.setdefault(kind, [])
            seen += [row["id"] for row in rows if row["id"] not in seen]

    def instance(self) -> SearchStrategy[str]:
        return st.integers(1, max(self.instances, 1)).map("<instance#{}>".format)

    def one(self, kind: str) -> SearchStrategy[str]:
        """The id of something that waits; now and then of what has ended, or of nothing."""
        rows = [row["id"] for row in self.open.get(kind, ())]
        others = [*self.known.get(kind, ()), NOBODY]
        return st.sampled_from(rows * 6 + others) if rows else st.sampled_from(others)
