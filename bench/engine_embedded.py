"""The embedded engine on the bench's process: core and store in this process, without REST, with all its history."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from engine_model import FACTS, KEY, RESULTS, STEPS, model

from pulse.engine.client.variables import encode_all
from pulse.engine.embedded import external, values
from pulse.engine.embedded.definitions import latest
from pulse.engine.embedded.deployments import deploy
from pulse.engine.embedded.engine import Engine, Unit
from pulse.engine.embedded.external import Fetch, Fetched, Topic

WORKER = "bench"
SLOTS = 10
_TOPICS = tuple(Topic(name=topic, lock_ms=60_000) for topic in RESULTS)
_FETCH = Fetch(worker=WORKER, most=SLOTS, topics=_TOPICS)


class Embedded:
    """The engine over a SQLite file, with the process deployed."""

    def __init__(self, folder: Path) -> None:
        self._slots = ThreadPoolExecutor(SLOTS)
        self._engine = Engine(f"sqlite:///{folder}/engine.db")
        files = {"invoice.bpmn": model()}
        self._engine.write(lambda unit: deploy(unit, "bench", None, files, filtering=False, changed_only=False))

    def close(self) -> None:
        self._slots.shutdown()
        self._engine.close()

    def run(self, instances: int) -> None:
        """Instances from start to end by ten threads, which fetch ten tasks at a time, as a worker with ten slots."""
        list(self._slots.map(lambda _: self._engine.write(_start), range(instances)))
        done = 0
        while tasks := self._engine.write(lambda unit: external.fetch_and_lock(unit, _FETCH)):
            list(self._slots.map(self._complete, tasks))
            done += len(tasks)
        if done != instances * STEPS:
            raise RuntimeError(f"the embedded engine took {done} steps")

    def _complete(self, task: Fetched) -> None:
        given = {name: values.from_rest(dto) for name, dto in encode_all(RESULTS[task.row["topic"]]).items()}
        self._engine.write(lambda unit: external.complete(unit, task.row["id"], WORKER, given, {}))


def _start(unit: Unit) -> None:
    definition = latest(unit.connection, "process_definition", KEY)
    assert definition is not None
    process = unit.engine.definitions.process(unit.connection, definition["id"])
    given = {name: values.from_rest(dto) for name, dto in encode_all(FACTS).items()}
    unit.start(definition, process.activities[process.none_start or ""], "bench", given)
