"""Handlers with models: variables in as a pydantic model or dataclass, variables out as another.

The annotations of a handler decide. Without a model it gets the `ExternalTask` alone, as ever.
"""

from __future__ import annotations

import dataclasses
import functools
import inspect
from collections.abc import Callable, Mapping
from typing import Any

from pulse.engine.client import ExternalTask

Adapted = tuple[Callable[[ExternalTask], Any], tuple[str, ...] | None]


class BadVariable(Exception):
    """A variable is missing or does not fit the handler's model; the message names it and never shows its value."""


def adapt(function: Callable[..., Any]) -> Adapted:
    """A handler that takes an `ExternalTask`, and the names of the variables that it needs (None: all).

    `function` may take a model, or a model and the task; raises TypeError where its annotations make no sense.
    """
    annotations = _annotations(function)
    model = annotations[0] if annotations else None
    if not _is_model(model):
        return function, None
    read = _Reader(model)
    if len(annotations) == 1:

        @functools.wraps(function)
        def with_model(task: ExternalTask) -> Any:
            return function(read(task.variables))

        return with_model, read.names

    if annotations[1] is not ExternalTask:
        raise TypeError(f"the second parameter of {function.__qualname__} is the ExternalTask")

    @functools.wraps(function)
    def with_model_and_task(task: ExternalTask) -> Any:
        return function(read(task.variables), task)

    return with_model_and_task, read.names


def as_variables(value: Any) -> Any:
    """A model's fields by the engine's names (a pydantic field's serialization alias, else its own); anything else as
    it is."""
    fields = getattr(type(value), "model_fields", None)
    if fields is not None:
        return {field.serialization_alias or name: getattr(value, name) for name, field in fields.items()}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    return value


def _annotations(function: Callable[..., Any]) -> list[Any]:
    """Of its positional parameters without a default."""
    try:
        signature = inspect.signature(function, eval_str=True)
    except NameError as error:
        if "ExternalTask" in str(error):
            return []  # imported for type checkers alone
        raise TypeError(f"{function.__qualname__}: {error.name!r} must be known where the handler is defined") from None
    except (TypeError, ValueError):  # a builtin
        return []
    positional = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    parameters = signature.parameters.values()
    return [p.annotation for p in parameters if p.kind in positional and p.default is p.empty]


def _is_model(annotation: Any) -> bool:
    if not isinstance(annotation, type) or issubclass(annotation, ExternalTask):
        return False
    return hasattr(annotation, "model_fields") or dataclasses.is_dataclass(annotation)


class _Reader:
    """Validates variables into a model."""

    def __init__(self, model: Any) -> None:
        from pydantic import TypeAdapter, ValidationError  # noqa: PLC0415  only where models are used

        self._validate, self._refusal = TypeAdapter(model).validate_python, ValidationError
        #: Engine's names, and whether null counts as not given, so that the default holds.
        self._fields = dict(_fields(model))
        self.names = tuple(self._fields)

    def __call__(self, variables: Mapping[str, Any]) -> Any:
        given = {
            name: variables[name]
            for name, has_default in self._fields.items()
            if name in variables and not (has_default and variables[name] is None)
        }
        try:
            return self._validate(given)
        except self._refusal as refusal:
            raise BadVariable("; ".join(_problem(error) for error in refusal.errors(include_input=False))) from None


def _fields(model: Any) -> list[tuple[str, bool]]:
    if hasattr(model, "model_fields"):
        return [
            (field.validation_alias if isinstance(field.validation_alias, str) else name, not field.is_required())
            for name, field in model.model_fields.items()
        ]
    missing = dataclasses.MISSING
    return [
        (field.name, field.default is not missing or field.default_factory is not missing)
        for field in dataclasses.fields(model)
        if field.init
    ]


def _problem(error: Mapping[str, Any]) -> str:
    """Pydantic's own sentences may quote the value; its name of the error never does."""
    where = f"variable {str(error['loc'][0])!r}" if error["loc"] else "the variables"
    kind = str(error["type"])
    return f"{where} is missing" if kind == "missing" else f"{where} does not fit: {kind.replace('_', ' ')}"
