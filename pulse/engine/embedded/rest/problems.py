"""What is wrong with a request, as the engine's resources say it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Final, TypeVar

from pulse.engine.embedded.errors import EmbeddedError, RestProblem
from pulse.engine.embedded.store import Conflict

Thing = TypeVar("Thing")

invalid: Final = partial(RestProblem, 400, "InvalidRequestException")
"""A request that says something wrong; without a message: a body that is no JSON or has the wrong shape."""
missing: Final = partial(RestProblem, 404, "InvalidRequestException")
"""A thing that is asked for by its id and is not there."""
null: Final = partial(RestProblem, 500, "NullValueException", engine_code=0)
"""Something that a command needs and that is absent or not there."""
failed: Final = partial(RestProblem, 500, "RestException", engine_code=0)
"""A command that went wrong, as a resource tells it."""
refused: Final = partial(RestProblem, 500, "ProcessEngineException", engine_code=0)
"""A command that the engine itself refuses."""


def required(thing: Thing | None, problem: RestProblem) -> Thing:
    """What was looked for; the problem where it is not there."""
    if thing is None:
        raise problem
    return thing


@contextmanager
def telling(doing: str) -> Iterator[None]:
    """Say what was being done before what went wrong: `Cannot complete task x: …`."""
    try:
        yield
    except Conflict:
        raise  # the command is run again
    except RestProblem as problem:
        raise problem.within(doing) if problem.message else problem from None
    except EmbeddedError as problem:
        raise failed(f"{doing}: {problem}") from problem
