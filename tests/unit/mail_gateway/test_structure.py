"""What a server tells of a mail's build decides whether it is downloaded: only where there is surely nothing in it."""

from __future__ import annotations

from typing import Any

import pytest
from imapclient.response_types import BodyData

from mail_gateway.connection.structure import is_texts_only

PLAIN = (b"text", b"plain", (b"charset", b"utf-8"), None, None, b"7bit", 10, 1, None, None, None, None)
HTML = (b"TEXT", b"HTML", None, None, None, b"7bit", 10, 1, None, (b"inline", None), None, None)
NAMED = (b"text", b"plain", (b"name*0", b"rechnung.pdf"), None, None, b"base64", 10, 1)
ATTACHED = (b"text", b"html", None, None, None, b"7bit", 10, 1, None, (b"ATTACHMENT", (b"filename", b"a.xml")), None)
PDF = (b"application", b"pdf", None, None, None, b"base64", 10)
FORWARD = (b"message", b"rfc822", None, None, None, b"7bit", 10, (), PLAIN, 5)


def multipart(*parts: Any) -> Any:
    return (list(parts), b"alternative", (b"boundary", b"x"), None)


@pytest.mark.parametrize("structure", [PLAIN, HTML, multipart(PLAIN, HTML), multipart(PLAIN, multipart(HTML, HTML))])
def test_nothing_but_texts(structure: Any) -> None:
    assert is_texts_only(structure)


@pytest.mark.parametrize(
    "structure",
    [
        PDF,
        FORWARD,
        NAMED,
        ATTACHED,
        multipart(PLAIN, PDF),
        multipart(PLAIN, multipart(HTML, ATTACHED)),
        multipart(*[PLAIN] * 60),
        multipart(),
        (),
        None,
        b"NIL",
        (None, None),
        ([None], b"mixed"),
    ],
)
def test_something_else_or_something_that_makes_no_sense(structure: Any) -> None:
    assert not is_texts_only(structure)


def test_it_understands_what_imapclient_gives() -> None:
    assert is_texts_only(BodyData.create((PLAIN, HTML, b"alternative", None)))
    assert not is_texts_only(BodyData.create((PLAIN, PDF, b"mixed", None)))


def test_a_structure_of_any_depth_is_walked_without_recursion() -> None:
    deep: Any = PLAIN
    for _ in range(5000):
        deep = ([deep], b"mixed")
    assert is_texts_only(deep)
