"""How the settings say to log in at the engine: one way, whole."""

from __future__ import annotations

from pathlib import Path

import pytest
from authorization_server import CLIENT_ID, CLIENT_SECRET, AuthorizationServer
from scripted_engine import ScriptedEngine

from pulse import wiring
from pulse.base.errors import Misconfigured
from pulse.settings import load

OAUTH = {"TOKEN_URL": "https://login.example/token", "CLIENT_ID": "pulse", "CLIENT_SECRET": "s"}


def login(engine: ScriptedEngine, **settings: str) -> str | None:
    """The header that a process with these settings sends."""
    engine.on("/version", (200, {"version": "7.24.0"}))
    environment = {f"PULSE_ENGINE_{name}": value for name, value in settings.items()}
    with wiring.engine_client(load({"PULSE_ENGINE_URL": engine.url, **environment})) as client:
        client.version()
    return engine.seen[-1].headers.get("Authorization")


def test_each_way_of_logging_in_reaches_the_engine(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("from-file\n")
    with ScriptedEngine() as engine, AuthorizationServer() as server:
        assert login(engine) is None
        assert login(engine, USER="demo", PASSWORD="demo") == "Basic ZGVtbzpkZW1v"
        assert login(engine, TOKEN="abc") == "Bearer abc"
        assert login(engine, TOKEN_FILE=str(file)) == "Bearer from-file"
        oauth = {"TOKEN_URL": server.url, "CLIENT_ID": CLIENT_ID, "CLIENT_SECRET": CLIENT_SECRET, "SCOPE": "a b"}
        assert login(engine, **{f"OAUTH_{name}": value for name, value in oauth.items()}) == "Bearer token-1"
        assert server.scopes == ["a b"]


@pytest.mark.parametrize(
    "more",
    [
        {"PULSE_ENGINE_USER": "demo"},
        {"PULSE_ENGINE_TOKEN_FILE": "/run/secrets/token"},
        {f"PULSE_ENGINE_OAUTH_{name}": value for name, value in OAUTH.items()},
    ],
)
def test_two_ways_at_once_stop_the_start(more: dict[str, str]) -> None:
    with pytest.raises(Misconfigured, match="only one way to log in") as caught:
        load({"PULSE_ENGINE_TOKEN": "abc", **more})
    assert "PULSE_ENGINE_TOKEN" in caught.value.message
    assert "abc" not in caught.value.message


@pytest.mark.parametrize("left_out", list(OAUTH))
def test_half_an_oauth_client_stops_the_start_and_names_the_other_half(left_out: str) -> None:
    with pytest.raises(Misconfigured, match=f"PULSE_ENGINE_OAUTH_{left_out} must be set"):
        load({f"PULSE_ENGINE_OAUTH_{name}": value for name, value in OAUTH.items() if name != left_out})
