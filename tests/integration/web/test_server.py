"""The server in front: bodies that nobody wants are refused before they are read."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import pytest
from web_world import BEARER

from pulse.web.endpoint import MAX_UPLOAD_BYTES


@contextmanager
def announce(address: str, length: int, body: bytes = b"") -> Iterator[http.client.HTTPResponse]:
    connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=20)
    connection.putrequest("POST", "/api/v1/invoices")
    for name, value in (BEARER | {"Content-Type": "application/pdf", "Content-Length": str(length)}).items():
        connection.putheader(name, value)
    connection.endheaders()
    if body:
        connection.send(body)
    with connection.getresponse() as answer:
        yield answer
    connection.close()


def test_a_body_of_200_mb_is_refused_unread(address: str) -> None:
    with announce(address, 200_000_000) as answer:
        assert answer.status == 413


def test_a_body_a_little_too_large_is_refused_in_our_own_words(address: str) -> None:
    size = MAX_UPLOAD_BYTES + 1
    with announce(address, size, b"%PDF-" + bytes(size - 5)) as answer:
        assert answer.status == 413
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert json.loads(answer.read())["code"] == "request_entity_too_large"


@pytest.mark.parametrize("path", ["/healthz", "/login", "/api/v1/openapi.json"])
def test_the_server_answers_and_does_not_name_itself(address: str, path: str) -> None:
    connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=20)
    connection.request("GET", path)
    with connection.getresponse() as answer:
        assert answer.status == 200
        assert answer.read()
        assert "waitress" not in (answer.headers.get("Server") or "")
    connection.close()
