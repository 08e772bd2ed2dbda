"""What can go wrong between us and an engine.

EngineError
├── EngineUnavailable    no answer, or one from something in front of the engine: try again later
│   └── EngineSilent     it took the request and may still carry it out
├── UnsupportedVariable  a value that no engine variable can hold
└── EngineRejected       the engine answered and said no
    ├── BadRequest       400
    │   └── MessageNotMatched
    ├── Unauthorized     401, 403
    ├── NotFound         404
    ├── Conflict         500 of a lost race: try again at once
    └── ServerFault      any other 500: the same call will fail again
"""

from __future__ import annotations

from typing import ClassVar

import orjson


class EngineError(Exception):
    """The engine could not do what was asked."""

    code: ClassVar[str] = "engine_error"

    def __init_subclass__(cls, *, code: str) -> None:
        cls.code = code

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or (type(self).__doc__ or "").partition("\n")[0])


class EngineUnavailable(EngineError, code="engine_unavailable"):
    """The engine did not answer.

    Transport errors, timeouts, 429, 502, 503, 504, an answer that is no JSON, and the engine's own "too many requests"
    and "due to shutdown" (both 500). Whether the engine has done what was asked is unknown.
    """


class EngineSilent(EngineUnavailable, code="engine_unavailable"):
    """The engine did not answer in time.

    It may still be at it: whoever asks at once what has become of the request learns nothing.
    """


class UnsupportedVariable(EngineError, code="engine_unsupported_variable"):
    """This value cannot be an engine variable."""


class EngineRejected(EngineError, code="engine_rejected"):
    """The engine refused the request.

    `status` is the HTTP status, `type` the engine's exception class ("RestException"), `engine_code` its number
    (BuiltinExceptionCode.java; None where the engine gave none).
    """

    def __init__(
        self, message: str | None = None, *, status: int = 0, kind: str = "", engine_code: int | None = None
    ) -> None:
        super().__init__(message)
        self.status, self.type, self.engine_code = status, kind, engine_code


class BadRequest(EngineRejected, code="engine_bad_request"):
    """The engine calls the request wrong."""


class MessageNotMatched(BadRequest, code="engine_message_not_matched"):
    """No process waits for this message, or more than one does."""


class Unauthorized(EngineRejected, code="engine_unauthorized"):
    """The engine wants another login, or this one may not do that."""


class NotFound(EngineRejected, code="engine_not_found"):
    """The engine knows no such thing."""


class Conflict(EngineRejected, code="engine_conflict"):
    """Somebody else changed the same thing at the same time."""


class ServerFault(EngineRejected, code="engine_server_fault"):
    """The engine failed at the request."""


OPTIMISTIC_LOCKING, DEADLOCK = 1, 10000
#: What the engine says of a race that it has not noticed as one, e.g. of two parallel branches that end at once
#: (EnginePersistenceLogger.resolveParentOfExecutionFailedException).
LOST_RACE = "perhaps it was deleted in the meantime"
AWAY_STATUSES = frozenset({429, 502, 503, 504})
AWAY_MESSAGES = ("too many requests", "due to shutdown")
BY_STATUS: dict[int, type[EngineRejected]] = {400: BadRequest, 401: Unauthorized, 403: Unauthorized, 404: NotFound}


def from_answer(status: int, content: bytes) -> EngineError:
    """The error that an answer stands for which is not 2xx."""
    try:
        body = orjson.loads(content)
    except orjson.JSONDecodeError:
        body = None
    fields = body if isinstance(body, dict) else {}
    message = str(fields.get("message") or content[:300].decode("utf-8", "replace") or f"status {status}")
    if status in AWAY_STATUSES or (status == 500 and any(words in message for words in AWAY_MESSAGES)):
        return EngineUnavailable(f"the engine is not available (status {status})")
    number, error = fields.get("code"), BY_STATUS.get(status, EngineRejected)
    if status >= 500:
        lost = number in {OPTIMISTIC_LOCKING, DEADLOCK} or LOST_RACE in message
        error = Conflict if lost else ServerFault
    elif "MismatchingMessageCorrelationException" in message:
        error = MessageNotMatched
    return error(message, status=status, kind=str(fields.get("type") or ""), engine_code=number)
