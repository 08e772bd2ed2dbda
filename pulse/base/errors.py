"""The error root of Pulse.

PulseError
├── Unreadable           a document that no reader can turn into an invoice (reason code P1xx)
├── InvalidInput         a value from outside that breaks a rule
├── NotFound             an id that names nothing
├── Conflict             somebody else was first
├── Forbidden            known caller, not allowed
├── Unavailable          a server that we need is away; trying again is right
└── Misconfigured        a setting that stops the start
"""

from __future__ import annotations

from typing import ClassVar


class PulseError(Exception):
    """Something went wrong."""

    code: ClassVar[str] = "pulse_error"

    def __init__(self, message: str | None = None, *, code: str | None = None, **details: object) -> None:
        """`message` defaults to the first line of the class docstring; `details` are safe to show and to log."""
        self.message = message or (type(self).__doc__ or "").strip().splitlines()[0]
        self.reason = code or type(self).code
        self.details = details
        super().__init__(self.message)

    def __reduce__(self) -> tuple[object, ...]:
        """Errors cross process borders (the reader's child), with their keyword arguments."""
        return (_rebuild, (type(self), self.message, self.reason, self.details))


def _rebuild(kind: type[PulseError], message: str, reason: str, details: dict[str, object]) -> PulseError:
    return kind(message, code=reason, **details)


class Unreadable(PulseError):
    """The document cannot be read as an invoice."""

    code = "P100"


class InvalidInput(PulseError):
    """The input is not valid."""

    code = "invalid_input"


class NotFound(PulseError):
    """There is nothing with this id."""

    code = "not_found"


class Conflict(PulseError):
    """Somebody else was first."""

    code = "conflict"


class Forbidden(PulseError):
    """This is not allowed for you."""

    code = "forbidden"


class Unavailable(PulseError):
    """A server that is needed does not answer."""

    code = "unavailable"


class Misconfigured(PulseError):
    """A setting is wrong."""

    code = "misconfigured"
