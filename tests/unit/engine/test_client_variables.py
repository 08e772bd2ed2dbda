from __future__ import annotations

import enum
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulse.engine.client import Typed, decode, encode
from pulse.engine.client.variables import encode_all
from pulse.engine.errors import UnsupportedVariable


class Risk(enum.StrEnum):
    LOW = "low"


@pytest.mark.parametrize(
    ("value", "kind", "sent"),
    [
        (None, "Null", None),
        (True, "Boolean", True),
        (7, "Long", 7),
        (10.5, "Double", 10.5),
        (Decimal("10.10"), "String", "10.10"),
        (Decimal("1E+2"), "String", "100"),
        ("text", "String", "text"),
        (Risk.LOW, "String", "low"),
        (date(2026, 6, 10), "String", "2026-06-10"),
        (b"\x00\xff", "Bytes", "AP8="),
        (datetime(2026, 6, 10, 8, 0, 0, 7999, UTC), "Date", "2026-06-10T08:00:00.007+0000"),
        (datetime(2026, 6, 10, 8, tzinfo=timezone(timedelta(hours=2))), "Date", "2026-06-10T06:00:00.000+0000"),
        (Typed("Json", '{"a":1}'), "Json", '{"a":1}'),
    ],
)
def test_a_python_value_takes_the_engines_type(value: object, kind: str, sent: object) -> None:
    assert encode(value) == {"value": sent, "type": kind, "valueInfo": {}}


@pytest.mark.parametrize(
    "value",
    [2**63, float("nan"), Decimal("Infinity"), "x" * 4001, datetime(2026, 6, 10), [1], {"a": 1}, object()],  # noqa: DTZ001
)
def test_a_value_the_engine_cannot_hold_is_refused_by_name(value: object) -> None:
    with pytest.raises(UnsupportedVariable, match="variable 'facts'"):
        encode_all({"facts": value})


def test_a_files_value_info_goes_along() -> None:
    file = Typed("File", "JVBERg==", {"filename": "a.pdf", "mimeType": "application/pdf"})
    assert encode(file)["valueInfo"] == {"filename": "a.pdf", "mimeType": "application/pdf"}


@pytest.mark.parametrize(
    ("dto", "value"),
    [
        ({"type": "Integer", "value": 3}, 3),
        ({"type": "Null", "value": None}, None),
        ({"type": "String", "value": "2026-06-10T08:00:00.000+0000"}, "2026-06-10T08:00:00.000+0000"),
        ({"type": "Json", "value": "not json"}, "not json"),
        ({"type": "Object", "value": "rO0ABXNyABFq"}, "rO0ABXNyABFq"),
        ({"type": "Object", "value": "[1]"}, [1]),
        ({"type": "Json", "value": {"array": False}}, {"array": False}),
        ({"type": "Bytes", "value": "?"}, "?"),
    ],
)
def test_a_dto_becomes_the_value_it_stands_for(dto: dict[str, object], value: object) -> None:
    assert decode(dto) == value


@given(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=50)
    | st.binary(max_size=50)
    | st.datetimes(timezones=st.just(UTC), min_value=datetime(1900, 1, 1)).map(  # noqa: DTZ001
        lambda moment: moment.replace(microsecond=moment.microsecond // 1000 * 1000)
    )
)
def test_what_goes_out_comes_back(value: object) -> None:
    assert decode(encode(value)) == value
