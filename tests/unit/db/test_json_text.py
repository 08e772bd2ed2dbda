from __future__ import annotations

import json
from decimal import Decimal

import pytest

from db import json_text


@pytest.mark.parametrize("value", [{"name": "Zoë", "parts": [1, 0.1, None, True]}, 2**80, "half a pair: \ud83d", {}])
def test_what_is_written_is_read_back(value: object) -> None:
    assert json_text.loads(json_text.dumps(value)) == value


def test_what_was_written_by_json_is_read_too() -> None:
    value = {"ä": "\u0000", "n": 2**70}
    assert json_text.loads(json.dumps(value)) == value


def test_an_amount_is_no_number_in_json() -> None:
    with pytest.raises(TypeError):
        json_text.dumps({"amount": Decimal("1.50")})
