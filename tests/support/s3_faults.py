"""An S3 server as its clients meet it on a bad day."""

from __future__ import annotations

from collections.abc import Iterator

import fsspec
import pytest
from fault_proxy import FaultProxy
from s3_server import Bucket, S3Server

#: Name of a fault → how the words for it end.
FAULTS = {
    "refused": "the server does not answer at its address.",
    "silent": "the server takes too long.",
    "denied": "access is denied; check the login and its rights.",
    "missing": "there is no such folder or bucket.",
    "no login": "no login is set: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or a profile.",
}


def deny(proxy: FaultProxy, request: bytes) -> None:
    """Requests that match, of those without a body, are refused as by a server that does not let us do that."""
    body = b'<?xml version="1.0"?><Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>'
    refused = b"HTTP/1.1 403 Forbidden\r\nContent-Type: application/xml\r\nContent-Length: "
    # The proxy adds an end of line.
    proxy.answer(rb"\AHEAD " + request, refused + b"0\r\n")
    proxy.answer(rb"\A(?:GET|PUT|DELETE) " + request, refused + b"%d\r\n\r\n" % (len(body) + 2) + body)


@pytest.fixture
def s3_proxy(s3_server: S3Server, bucket: Bucket, monkeypatch: pytest.MonkeyPatch) -> Iterator[FaultProxy]:
    """Stands before the server of `bucket` for whoever connects from now on; a request begins a piece."""
    with FaultProxy("127.0.0.1", s3_server.port, by_line=False) as proxy:
        monkeypatch.setenv("AWS_ENDPOINT_URL_S3", f"http://{proxy.host}:{proxy.port}")
        yield proxy
        proxy.silent = False


@pytest.fixture(params=FAULTS)
def s3_fault(
    request: pytest.FixtureRequest, s3_proxy: FaultProxy, monkeypatch: pytest.MonkeyPatch, free_port: int
) -> str:
    """The server of `bucket` in trouble, for whoever connects from now on; `missing` is up to the test."""
    match request.param:
        case "refused":
            monkeypatch.setenv("AWS_ENDPOINT_URL_S3", f"http://127.0.0.1:{free_port}")
        case "silent":
            monkeypatch.setitem(fsspec.config.conf, "s3", {"config_kwargs": {"read_timeout": 0.1}})
            s3_proxy.silent = True
        case "denied":
            deny(s3_proxy, b"/")
        case "no login":
            for key in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
                monkeypatch.delenv(key)
    return str(request.param)
