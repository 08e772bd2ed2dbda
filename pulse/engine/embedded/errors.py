"""What can go wrong inside the embedded engine, and how REST says it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Final

NOT_STORED: Final = "ProcessEnginePersistenceException"
"""What the real engine's database has refused."""


class EmbeddedError(Exception):
    """The embedded engine could not do what was asked."""

    code: ClassVar[str] = "embedded"
    activity_id: str | None = None
    """The activity that failed, where a process ran."""

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or (type(self).__doc__ or "").partition("\n")[0])

    @property
    def message(self) -> str:
        return str(self)


class ExpressionError(EmbeddedError):
    """An expression does not parse or cannot be evaluated."""

    code = "expression"


class UnknownMember(ExpressionError):
    """An expression names what is not there. `kind`: property or method."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


class MethodFailed(ExpressionError):
    """A method that an expression calls refuses: the engine tells its exception and no word of the expression."""


class DecisionError(EmbeddedError):
    """A decision cannot be evaluated.

    `kind` is how the real engine calls the problem.
    """

    code = "decision"

    def __init__(self, message: str | None = None, kind: str = "DmnEngineException") -> None:
        super().__init__(message)
        self.kind = kind


class ModelProblem(EmbeddedError):
    """A model is refused at its deployment.

    `line` and `column` count from 1 (0: unknown); `element_id` is the id of the element that is wrong.
    """

    code = "model"

    def __init__(self, message: str, line: int = 0, column: int = 0, element_id: str | None = None) -> None:
        super().__init__(message)
        self.line = line
        self.column = column
        self.element_id = element_id


class RestProblem(EmbeddedError):
    """A request is refused: HTTP status and the body that the engine gives for it."""

    code = "rest"

    def __init__(
        self,
        status: int,
        type: str,  # noqa: A002 - the field's name in the body
        message: str,
        engine_code: int | None = None,
        extra: Mapping[str, object] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.type = type
        self.engine_code = engine_code
        self.extra = dict(extra or {})

    def within(self, doing: str) -> RestProblem:
        """The same problem told from outside: `Cannot complete task x: …`.

        Only the types that the engine's resources wrap are told so; any other stays as it is.
        """
        if self.type not in {"InvalidRequestException", "RestException", NOT_STORED}:
            return self
        invalid = self.status == 400 and self.engine_code is None
        kind = "InvalidRequestException" if invalid or self.type == "InvalidRequestException" else "RestException"
        return RestProblem(self.status, kind, f"{doing}: {self.message}", self.engine_code, self.extra)

    def body(self) -> dict[str, object]:
        """The JSON body of the answer."""
        return {"type": self.type, "message": self.message, "code": self.engine_code, **self.extra}


class TextTooLong(RestProblem):
    """A variable's text is longer than the real engine's column; it finds out when it writes, after all else."""

    def __init__(self) -> None:
        message = "An exception occurred in the persistence layer: a text variable is too long."
        super().__init__(500, NOT_STORED, message, 10002)
