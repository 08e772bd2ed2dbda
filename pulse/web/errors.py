"""What goes wrong at the door: before a use case is called."""

from __future__ import annotations

from pulse.base.errors import Forbidden, InvalidInput, PulseError


class Unauthenticated(PulseError):
    """A valid bearer token is needed."""

    code = "unauthenticated"


class ScopeMissing(Forbidden):
    """The token does not carry the scope that this needs."""

    code = "scope_missing"


class TooManyRequests(PulseError):
    """Too many attempts; wait a moment."""

    code = "too_many_requests"

    def __init__(self, retry_after_s: int) -> None:
        super().__init__(retry_after_s=retry_after_s)
        self.retry_after_s = retry_after_s


class NotJson(PulseError):
    """The body is not JSON as RFC 8259 has it."""

    code = "invalid_json"


class WrongMediaType(PulseError):
    """The body's media type is not one that this takes."""

    code = "unsupported_media_type"


class BodyInvalid(InvalidInput):
    """The request does not fit its schema."""

    code = "invalid_request"


class KeyReused(InvalidInput):
    """This Idempotency-Key was used for another request."""

    code = "idempotency_key_reused"


class KeyInUse(PulseError):
    """The request with this Idempotency-Key is still being worked on."""

    code = "idempotency_key_in_use"
