"""Logins at the engine: the engine and the authorization server speak real HTTP."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from authorization_server import CLIENT_ID, CLIENT_SECRET, AuthorizationServer
from scripted_engine import Answer, ScriptedEngine, Seen, task_dto

from pulse.engine.client import Bearer, ClientCredentials, EngineClient, TokenFile
from pulse.engine.client.auth import Auth
from pulse.engine.errors import EngineUnavailable, Unauthorized
from pulse.engine.worker import Worker, topic

VERSION: Answer = (200, {"version": "7.24.0"})
REFUSED: Answer = (401, None)


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def engine() -> Iterator[ScriptedEngine]:
    with ScriptedEngine() as engine:
        engine.on("/version", VERSION)
        yield engine


@pytest.fixture
def server() -> Iterator[AuthorizationServer]:
    with AuthorizationServer() as server:
        yield server


def guarded(engine: ScriptedEngine, server: AuthorizationServer) -> None:
    """The engine asks for a token that the authorization server calls valid."""

    def check(seen: Seen) -> Answer:
        return VERSION if seen.headers.get("Authorization", "").removeprefix("Bearer ") in server.valid else REFUSED

    engine.on("/version", check)


def logins(engine: ScriptedEngine) -> list[str | None]:
    return [seen.headers.get("Authorization") for seen in engine.seen]


def credentials(server: AuthorizationServer, clock: Clock | None = None, scope: str | None = None) -> Auth:
    return ClientCredentials(server.url, CLIENT_ID, CLIENT_SECRET, scope, now=clock or Clock())


def test_without_a_login_none_is_sent(engine: ScriptedEngine) -> None:
    with EngineClient(engine.url) as client:
        client.version()
    assert logins(engine) == [None]


def test_basic_and_bearer_go_with_each_request(engine: ScriptedEngine) -> None:
    with EngineClient(engine.url, auth=("demo", "dé:mo")) as client:
        client.version()
    with EngineClient(engine.url, auth=Bearer("abc")) as client:
        client.version()
    assert logins(engine) == ["Basic ZGVtbzpkw6k6bW8=", "Bearer abc"]


def test_a_refused_password_is_not_tried_again(engine: ScriptedEngine) -> None:
    engine.on("/version", REFUSED)
    with EngineClient(engine.url, auth=("demo", "demo")) as client, pytest.raises(Unauthorized):
        client.version()
    assert len(engine.seen) == 1


def test_a_tokens_file_is_read_again_when_it_has_changed(engine: ScriptedEngine, tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("first\n")
    with EngineClient(engine.url, auth=TokenFile(file)) as client:
        client.version()
        replacement = tmp_path / "new"
        replacement.write_text("second\n")
        replacement.replace(file)
        client.version()
        file.unlink()
        with pytest.raises(Unauthorized, match="file cannot be read"):
            client.version()
    assert logins(engine) == ["Bearer first", "Bearer second"]


def test_a_token_is_asked_for_once_and_used_until_shortly_before_it_expires(
    engine: ScriptedEngine, server: AuthorizationServer
) -> None:
    clock = Clock()
    with EngineClient(engine.url, auth=credentials(server, clock, "engine:work")) as client:
        for seconds in (0.0, 100.0, 169.0):
            clock.now += seconds
            client.version()
        assert server.given == 1  # 269 of 300 seconds
        clock.now += 2
        client.version()
    assert logins(engine) == ["Bearer token-1"] * 3 + ["Bearer token-2"]
    assert server.scopes == ["engine:work"] * 2


def test_a_short_token_is_used_for_most_of_its_life(engine: ScriptedEngine) -> None:
    clock = Clock()
    with AuthorizationServer(expires_in=20) as server, EngineClient(engine.url, auth=credentials(server, clock)) as c:
        c.version()
        clock.now += 17
        c.version()
        clock.now += 2
        c.version()
        assert server.given == 2


def test_a_token_that_is_refused_is_replaced_once_and_the_request_sent_again(
    engine: ScriptedEngine, server: AuthorizationServer
) -> None:
    clock = Clock()
    guarded(engine, server)
    with EngineClient(engine.url, auth=credentials(server, clock)) as client:
        client.version()
        server.valid = set()  # its key was changed
        clock.now += 60
        assert client.version() == "7.24.0"
    assert logins(engine) == ["Bearer token-1", "Bearer token-1", "Bearer token-2"]


def test_a_fresh_token_that_is_refused_is_not_replaced_for_ever(
    engine: ScriptedEngine, server: AuthorizationServer
) -> None:
    engine.on("/version", REFUSED)
    with EngineClient(engine.url, auth=credentials(server)) as client:
        for _ in range(3):
            with pytest.raises(Unauthorized):
                client.version()
    assert server.given == 1


def test_threads_that_need_a_token_at_once_ask_for_one(engine: ScriptedEngine, server: AuthorizationServer) -> None:
    server.go_on.clear()
    together = threading.Barrier(9)
    with EngineClient(engine.url, auth=credentials(server)) as client:

        def ask() -> None:
            together.wait(60)
            client.version()

        threads = [threading.Thread(target=ask) for _ in range(8)]
        for thread in threads:
            thread.start()
        together.wait(60)
        server.go_on.set()
        for thread in threads:
            thread.join(60)
    assert len(engine.seen) == 8
    assert server.given == 1


def test_threads_whose_token_is_refused_at_once_ask_for_one(
    engine: ScriptedEngine, server: AuthorizationServer
) -> None:
    clock = Clock()
    auth = credentials(server, clock)
    refused = auth.header()
    clock.now += 60
    threads = [threading.Thread(target=auth.renewed, args=(refused,)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert server.given == 2


@pytest.mark.parametrize(
    ("refuse", "error"),
    [
        ((401, b'{"error": "invalid_client"}'), Unauthorized),
        ((503, b"<html>"), EngineUnavailable),
        ((200, b"<html>"), EngineUnavailable),
        ((200, b'{"token": "x"}'), EngineUnavailable),
        ((200, b"[]"), EngineUnavailable),
        ((302, b""), EngineUnavailable),
    ],
)
def test_without_a_token_nothing_is_sent_and_the_error_says_who_refused(
    engine: ScriptedEngine, server: AuthorizationServer, refuse: tuple[int, bytes], error: type[Exception]
) -> None:
    server.refuse = refuse
    with EngineClient(engine.url, auth=credentials(server)) as client, pytest.raises(error, match="authorization serv"):
        client.version()
    assert engine.seen == []


def test_an_authorization_server_that_is_away_is_like_an_engine_that_is_away(engine: ScriptedEngine) -> None:
    auth = ClientCredentials("http://127.0.0.1:9/token", "id", "secret")
    with EngineClient(engine.url, auth=auth) as client, pytest.raises(EngineUnavailable, match="no answer from the au"):
        client.version()


def test_a_worker_outlives_its_token(
    engine: ScriptedEngine, server: AuthorizationServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pulse.engine.client.oauth.FRESH_S", 0.0)

    def complete(seen: Seen) -> Answer:
        return (204, None) if seen.headers["Authorization"].removeprefix("Bearer ") in server.valid else REFUSED

    def work(_: object) -> None:
        server.valid = set()

    engine.on("complete", complete)
    engine.add(task_dto())
    auth = ClientCredentials(server.url, CLIENT_ID, CLIENT_SECRET)
    worker = Worker(engine_url=engine.url, topics=[topic("work")(work)], auth=auth, poll_ms=100)
    thread = threading.Thread(target=worker.run)
    thread.start()
    try:
        engine.wait_until(lambda: worker.handled["completed"] == 1)
    finally:
        worker.stop()
        thread.join(60)
    assert server.given >= 2
