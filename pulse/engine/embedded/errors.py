"""What can go wrong inside the embedded engine, and how REST says it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar


class EmbeddedError(Exception):
    """The embedded engine could not do what was asked."""

    code: ClassVar[str] = "embedded"

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or (type(self).__doc__ or "").partition("\n")[0])

    @property
    def message(self) -> str:
        return str(self)


class ExpressionError(EmbeddedError):
    """An expression does not parse or cannot be evaluated."""

    code = "expression"


class DecisionError(EmbeddedError):
    """A decision cannot be evaluated."""

    code = "decision"


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

        Only the two types that the engine's resources wrap are told so; any other stays as it is.
        """
        if self.type not in {"InvalidRequestException", "RestException"}:
            return self
        return RestProblem(self.status, self.type, f"{doing}: {self.message}", self.engine_code, self.extra)

    def body(self) -> dict[str, object]:
        """The JSON body of the answer."""
        return {"type": self.type, "message": self.message, "code": self.engine_code, **self.extra}
