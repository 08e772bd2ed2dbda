"""A client for Camunda-7-compatible engines, on pycamunda's request classes. Start at `EngineClient`."""

from __future__ import annotations

from pulse.engine.client.auth import Auth, Basic, Bearer, ClientCredentials, TokenFile
from pulse.engine.client.engine_client import EngineClient
from pulse.engine.client.records import ExternalTask, UserTask
from pulse.engine.client.variables import Typed, decode, encode

__all__ = [
    "Auth",
    "Basic",
    "Bearer",
    "ClientCredentials",
    "EngineClient",
    "ExternalTask",
    "TokenFile",
    "Typed",
    "UserTask",
    "decode",
    "encode",
]
