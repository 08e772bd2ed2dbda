from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from pulse.engine.embedded.errors import RestProblem, TextTooLong
from pulse.engine.embedded.values import NULL, TypedValue, dump, from_python, from_rest, load, to_rest

LIST_INFO = {"objectTypeName": "java.util.ArrayList", "serializationDataFormat": "application/json"}


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ({"value": "Zürich", "type": "String"}, {"value": "Zürich", "type": "String"}),
        ({"value": 7, "type": "integer"}, {"value": 7, "type": "Integer"}),
        ({"value": 9007199254740993, "type": "Long"}, {"value": 9007199254740993, "type": "Long"}),
        ({"value": "1", "type": "Double"}, {"value": 1.0, "type": "Double"}),
        ({"value": 12, "type": "String"}, {"value": "12", "type": "String"}),
        (
            {"value": "2020-01-01T00:00:00.000+0100", "type": "date"},
            {"value": "2019-12-31T23:00:00.000+0000", "type": "Date"},
        ),
        ({"value": '{"a": 2.50}', "type": "json"}, {"value": '{"a": 2.50}', "type": "Json"}),
        ({"value": "{", "type": "Json"}, {"value": "{", "type": "Json"}),
        (
            {"value": '["a", "b"]', "type": "Object", "valueInfo": {"objectTypeName": "java.util.ArrayList<X>"}},
            {"value": '["a","b"]', "type": "Object", "valueInfo": LIST_INFO},
        ),
        ({"value": "AAEC/w==", "type": "Bytes"}, {"value": "AAEC/w==", "type": "Bytes"}),
        (
            {"value": "QQ==", "type": "File", "valueInfo": {"filename": "a.txt", "mimetype": "text/plain"}},
            {"value": None, "type": "File", "valueInfo": {"filename": "a.txt"}},
        ),
        ({"value": None, "type": "String"}, {"value": None, "type": "String"}),
        ({"value": 5}, {"value": 5, "type": "Integer"}),
        ({"value": 5000000000}, {"value": 5000000000, "type": "Long"}),
        ({"value": 1.5}, {"value": 1.5, "type": "Double"}),
        ({"value": True}, {"value": True, "type": "Boolean"}),
        ({}, {"value": None, "type": "Null"}),
        ({"value": [1, 2]}, {"value": "[1,2]", "type": "Object", "valueInfo": LIST_INFO}),
    ],
)
def test_a_value_is_read_and_printed_as_the_engine_does(sent: dict[str, object], shown: dict[str, object]) -> None:
    value = from_rest(sent)
    assert to_rest(value, deserialize=False) == {"valueInfo": {}, **shown}
    assert load(json.loads(json.dumps(dump(value)))) == value


NO_SERIALIZER = (
    "Cannot find serializer for value 'ObjectValue [value=null, isDeserialized=false, "
    "serializationDataFormat=null, objectTypeName=null, serializedValue=2 chars, isTransient=false]'."
)
CANNOT = "Cannot convert value '{}' of type '{}' to java type {}"


@pytest.mark.parametrize(
    ("sent", "status", "type_name", "message"),
    [
        *(
            ({"value": value, "type": name}, 400, "InvalidRequestException", CANNOT.format(value, name, java))
            for value, name, java in (
                ("abc", "Integer", "java.lang.Integer"),
                (1.7, "Integer", "java.lang.Integer"),
                (99999999999, "Integer", "java.lang.Integer"),
                ("yes", "Boolean", "java.lang.Boolean"),
                ("2020-01-01", "Date", "java.util.Date"),
                ("2020-01-01T00:00:00.000Z", "Date", "java.util.Date"),
                ("2020-13-01T00:00:00.000+0000", "Date", "java.util.Date"),
                ("0001-01-01T00:00:00.000+1400", "Date", "java.util.Date"),
                ("%%", "Bytes", "[B"),
                ("x", "Long", "java.lang.Long"),
                ("1e999", "Double", "java.lang.Double"),
            )
        ),
        ({"value": "x", "type": "Nonsense"}, 400, "RestException", "Unsupported value type 'Nonsense'"),
        (
            {"value": {"a": 1}, "type": "Json"},
            400,
            "InvalidRequestException",
            "Must provide 'null' or String value for value of SerializableValue type 'Json'.",
        ),
        (
            {"value": "{}", "type": "Object"},
            500,
            "RestException",
            NO_SERIALIZER,
        ),
        ({"value": "QQ==", "type": "File"}, 500, "IllegalArgumentException", "Cannot create file without valueInfo."),
    ],
)
def test_a_value_that_does_not_fit_is_refused(
    sent: dict[str, object], status: int, type_name: str, message: str
) -> None:
    with pytest.raises(RestProblem) as problem:
        from_rest(sent)
    assert (problem.value.status, problem.value.type, problem.value.message) == (status, type_name, message)


def test_a_refusal_is_told_from_outside_only_where_the_engine_does() -> None:
    inner = RestProblem(400, "RestException", "Unsupported value type 'X'")
    assert inner.within("Cannot start").body() == {
        "type": "InvalidRequestException",
        "message": "Cannot start: Unsupported value type 'X'",
        "code": None,
    }
    other = RestProblem(500, "IllegalArgumentException", "No")
    assert other.within("Cannot start") is other


def test_a_text_beyond_the_column_is_read_and_known_to_be_too_long() -> None:
    assert from_rest({"value": "x" * 4001}).too_long
    assert not from_rest({"value": "x" * 4000}).too_long
    assert TextTooLong().within("Cannot start").body()["code"] == 10002


def test_json_that_nests_too_deep_is_kept_as_text_and_refused_as_data() -> None:
    text = "[" * 500 + "]" * 500
    sent = from_rest({"value": text, "type": "Object", "valueInfo": {"objectTypeName": "java.util.ArrayList"}})
    assert sent.value == text
    with pytest.raises(RestProblem):
        from_rest({"value": json.loads(text)})


def test_reading_deserialized_shows_objects_and_describes_json_nodes() -> None:
    assert to_rest(from_python({"a": 1}))["value"] == {"a": 1}
    assert to_rest(TypedValue("Json", "[1]"))["value"] == {
        "array": True,
        "boolean": False,
        "dataFormatName": "application/json",
        "nodeType": "ARRAY",
        "null": False,
        "number": False,
        "object": False,
        "string": False,
        "value": False,
    }
    with pytest.raises(RestProblem):
        to_rest(TypedValue("Json", "{"))


def test_python_values_get_the_type_the_engine_would_guess() -> None:
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    values = [None, True, 1, 1 << 40, 1.5, "x", moment, b"x", [1]]
    assert [from_python(value).type for value in values] == [
        *("Null", "Boolean", "Integer", "Long", "Double", "String", "Date", "Bytes", "Object"),
    ]
    assert from_python(NULL) is NULL


def test_typed_values_within_an_object_are_written_as_their_values() -> None:
    parts = [from_python("a"), TypedValue("Json", '{"b":[1]}'), from_python(datetime(2026, 1, 1, tzinfo=UTC))]
    assert from_python(parts).value == '["a",{"b":[1]},"2026-01-01T00:00:00.000+0000"]'


def test_a_transient_value_is_known_as_such_and_does_not_say_so_outside() -> None:
    value = from_rest({"value": "gone", "type": "String", "valueInfo": {"transient": True}})
    assert value.transient
    assert to_rest(value)["valueInfo"] == {}
