"""SpiffWorkflow on the bench's process, its state saved to SQLite at each step.

Twice: as its documentation has it, where each step takes an instance from the database and puts it back, so that an
instance may wait for days and any process may go on with it, as with an engine; and with all instances kept in memory
and the specification, the same for all, left out of what is saved, so that a step only writes.
"""

from __future__ import annotations

import sqlite3
from io import BytesIO
from pathlib import Path
from typing import Any, ClassVar

from engine_model import FACTS, KEY, RESULTS, STEPS, TOPICS, model
from lxml import etree
from SpiffWorkflow.bpmn import BpmnWorkflow
from SpiffWorkflow.bpmn.parser import BpmnParser
from SpiffWorkflow.bpmn.parser.TaskParser import TaskParser
from SpiffWorkflow.bpmn.parser.util import full_tag
from SpiffWorkflow.bpmn.script_engine import PythonScriptEngine
from SpiffWorkflow.bpmn.serializer import BpmnWorkflowSerializer
from SpiffWorkflow.bpmn.serializer.config import DEFAULT_CONFIG
from SpiffWorkflow.bpmn.serializer.default.workflow import BpmnWorkflowConverter, WorkflowConverter
from SpiffWorkflow.bpmn.specs.defaults import ManualTask
from SpiffWorkflow.util.task import TaskState


class _Parser(BpmnParser):  # type: ignore[misc]  # the package has no types
    """A service task waits for a worker."""

    OVERRIDE_PARSER_CLASSES: ClassVar = {full_tag("serviceTask"): (TaskParser, ManualTask)}


class _Expressions(PythonScriptEngine):  # type: ignore[misc]
    """`${…}` around a Python expression."""

    def evaluate(self, task: Any, expression: str, external_context: Any = None) -> Any:
        return super().evaluate(task, expression[2:-1], external_context)


class _WithoutSpecification(BpmnWorkflowConverter):  # type: ignore[misc]
    def to_dict(self, workflow: Any) -> dict[str, Any]:
        kept: dict[str, Any] = WorkflowConverter.to_dict(self, workflow)
        kept["subprocesses"] = self.mapping_to_dict(workflow.subprocesses)
        kept["bpmn_events"] = self.registry.convert(workflow.bpmn_events)
        return kept


class Spiff:
    """The process, read once, and the database."""

    def __init__(self, folder: Path, *, in_memory: bool) -> None:
        self._in_memory = in_memory
        parser = _Parser()
        parser.add_bpmn_xml(etree.parse(BytesIO(model())))
        self._specification = parser.get_spec(KEY)
        config = {**DEFAULT_CONFIG, BpmnWorkflow: _WithoutSpecification} if in_memory else DEFAULT_CONFIG
        self._serializer = BpmnWorkflowSerializer(BpmnWorkflowSerializer.configure(config))
        self._database = sqlite3.connect(folder / f"spiff-{in_memory}.db", isolation_level=None)
        # As the embedded engine sets its own: a commit is on disk.
        for pragma in ("journal_mode=WAL", "synchronous=FULL"):
            self._database.execute(f"PRAGMA {pragma}")
        self._database.execute("CREATE TABLE IF NOT EXISTS workflow (id INTEGER PRIMARY KEY, state TEXT NOT NULL)")

    def close(self) -> None:
        self._database.close()

    def run(self, instances: int) -> None:
        """Instances from start to end, one after the other."""
        for _ in range(instances):
            self._run_one()

    def _run_one(self) -> None:
        workflow = BpmnWorkflow(self._specification, script_engine=_Expressions())
        workflow.get_next_task(state=TaskState.READY).data.update(FACTS)
        workflow.do_engine_steps()
        identifier = self._saved(None, workflow)
        for _ in range(STEPS):
            workflow = workflow if self._in_memory else self._loaded(identifier)
            task = workflow.get_next_task(state=TaskState.READY, manual=True)
            task.data.update(RESULTS[TOPICS[task.task_spec.name]])
            task.run()
            workflow.do_engine_steps()
            self._saved(identifier, workflow)
        if not workflow.completed:
            raise RuntimeError("SpiffWorkflow has not come to the end")

    def _loaded(self, identifier: int) -> Any:
        row = self._database.execute("SELECT state FROM workflow WHERE id = ?", (identifier,)).fetchone()
        workflow = self._serializer.deserialize_json(row[0])
        workflow.script_engine = _Expressions()
        return workflow

    def _saved(self, identifier: int | None, workflow: Any) -> int:
        state = self._serializer.serialize_json(workflow)
        if identifier is None:
            return int(self._database.execute("INSERT INTO workflow (state) VALUES (?)", (state,)).lastrowid or 0)
        self._database.execute("UPDATE workflow SET state = ? WHERE id = ?", (state, identifier))
        return identifier
