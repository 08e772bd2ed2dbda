"""A client for Camunda-7-compatible engines, on pycamunda's request classes. Start at `EngineClient`."""

from __future__ import annotations

from pulse.engine.client.engine_client import EngineClient
from pulse.engine.client.records import (
    CorrelationResult,
    DecisionDefinition,
    Deployment,
    ExternalTask,
    HistoricActivity,
    HistoricIncident,
    HistoricProcessInstance,
    HistoricTask,
    IdentityLink,
    Incident,
    Job,
    ProcessInstance,
    UserTask,
)
from pulse.engine.client.transport import Transport
from pulse.engine.client.variables import Typed, decode, encode

__all__ = [
    "CorrelationResult",
    "DecisionDefinition",
    "Deployment",
    "EngineClient",
    "ExternalTask",
    "HistoricActivity",
    "HistoricIncident",
    "HistoricProcessInstance",
    "HistoricTask",
    "IdentityLink",
    "Incident",
    "Job",
    "ProcessInstance",
    "Transport",
    "Typed",
    "UserTask",
    "decode",
    "encode",
]
