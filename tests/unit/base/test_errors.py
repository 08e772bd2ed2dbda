from __future__ import annotations

import inspect
import pickle

from pulse.base import errors
from pulse.base.reasons import DECISION_REASONS, Reason


def test_an_errors_docstring_is_its_default_message() -> None:
    assert str(errors.NotFound()) == "There is nothing with this id."
    assert errors.NotFound("No such letter.").message == "No such letter."


def test_every_error_has_a_code_of_its_own() -> None:
    kinds = [kind for _, kind in inspect.getmembers(errors, inspect.isclass) if issubclass(kind, errors.PulseError)]
    codes = [kind.code for kind in kinds]
    assert len(set(codes)) == len(codes) >= 8


def test_an_error_survives_the_way_out_of_a_child_process() -> None:
    error = errors.Unreadable("Encrypted.", code="P102", pages=3)
    copy = pickle.loads(pickle.dumps(error))
    assert (type(copy), copy.message, copy.reason, copy.details) == (
        errors.Unreadable,
        "Encrypted.",
        "P102",
        {"pages": 3},
    )


def test_reason_codes_are_numbered_once() -> None:
    assert len({reason.value for reason in Reason}) == len(Reason)
    assert all(reason in set(Reason) for reasons in DECISION_REASONS.values() for reason in reasons)
