"""A run time for external-task workers. Start at `topic` and `Worker`; `../README.md` has ten lines to copy."""

from __future__ import annotations

from pulse.engine.client import ExternalTask
from pulse.engine.worker.metrics import Counters, Metrics
from pulse.engine.worker.status import Status
from pulse.engine.worker.topic import (
    BpmnError,
    Dependency,
    DependencyDown,
    Fatal,
    Postpone,
    Result,
    Retry,
    Topic,
    topic,
)
from pulse.engine.worker.worker import Worker

__all__ = [
    "BpmnError",
    "Counters",
    "Dependency",
    "DependencyDown",
    "ExternalTask",
    "Fatal",
    "Metrics",
    "Postpone",
    "Result",
    "Retry",
    "Status",
    "Topic",
    "Worker",
    "topic",
]
