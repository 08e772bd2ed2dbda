from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mail_gateway.message.headers import address_of, decoded, display_name, parse, split


@pytest.mark.parametrize(
    ("value", "address"),
    [
        ("x@y.example", "x@y.example"),
        ("<X@Y.example>", "x@y.example"),
        ("Dr. med. Anna Müller <anna@praxis.example>", "anna@praxis.example"),
        ('"Müller, Anna <x@evil.example>" <anna@praxis.example>', "anna@praxis.example"),
        ("anna@praxis.example (Anna)", "anna@praxis.example"),
        ("anna@bücher.example", "anna@bücher.example"),
        ("", None),
        ("<>", None),
        ('"a b" <', None),
        ("x@y.example, z@y.example", None),
        ("x@y.example <z@y.example>", None),
        ("Gruppe: x@y.example;", None),
        ("x@y.example <z@y.example> <a@b.example>", None),
        ("<x@y.example> z", None),
        ("a" * 65 + "@y.example", None),
    ],
)
def test_an_address_is_the_only_one_or_none(value: str, address: str | None) -> None:
    assert address_of(value) == address


def test_folded_values_are_one_line_and_control_characters_are_gone() -> None:
    headers = parse(b"Subject: a\r\n b\r\n\tc\x00d\r\nnonsense\r\nX-Y : z\r\n")
    assert headers.fields == (("subject", "a b c d"), ("x-y", "z"))


def test_an_encoded_subject_cannot_break_the_line() -> None:
    assert decoded("=?utf-8?q?a=0D=0ABcc:_x?=") == "a Bcc: x"
    assert decoded("=?utf-8?q?=E2=80=A8x?=") == "x"
    assert decoded("=?nonsense?q?a?=") == "=?nonsense?q?a?="
    assert decoded("=?utf-8?b?%%%?= Grüezi").endswith("Grüezi")


def test_a_message_id_is_quoted_only_where_it_is_one() -> None:
    assert parse(b"Message-ID: <a@b>").message_id == "<a@b>"
    assert parse(b"Message-ID:\r\n <a@b>").message_id == "<a@b>"
    for bad in (b"", b"a@b", b"<a b@c>", b"<a@b> <c@d>", b"<" + b"x" * 300 + b">"):
        assert parse(b"Message-ID: " + bad).message_id is None


@pytest.mark.parametrize(
    ("filename", "shown"),
    [
        ("Rechnung 5.pdf", "Rechnung 5.pdf"),
        ("../../etc/passwd.pdf", "passwd.pdf"),
        ("C:\\Temp\\a.pdf", "a.pdf"),
        ("a\x00b\x1b[31m.pdf", "ab[31m.pdf"),
        ("abc\u202efdp.exe", "abcfdp.exe"),
        ("..", ""),
        ("", ""),
        ("x" * 4096 + ".pdf", "x" * 110 + ".pdf"),
    ],
)
def test_a_file_name_is_cleaned_for_display(filename: str, shown: str) -> None:
    assert display_name(filename) == shown


def test_the_file_name_is_found_in_each_of_its_spellings() -> None:
    for line in (
        b"Content-Disposition: attachment; filename*=utf-8''..%2F..%2FR%C3%A4t.pdf",
        b'Content-Disposition: attachment; filename="=?utf-8?q?R=C3=A4t=2Epdf?="',
        b'Content-Type: application/pdf; name="R\xc3\xa4t.pdf"',
        b"Content-Disposition: attachment; filename*0*=utf-8''R%C3%A4; filename*1=t.pdf",
    ):
        assert parse(line).filename == "Rät.pdf"


@given(st.binary(max_size=300), st.integers(0, 300), st.integers(0, 300))
def test_any_bytes_split_into_headers_and_body(data: bytes, start: int, end: int) -> None:
    headers, body = split(data, start, min(end, len(data)))
    assert body >= 0
    assert isinstance(headers.content_type, str)
    assert isinstance(headers.filename, str)
    assert headers.boundary is None or isinstance(headers.boundary, bytes)
