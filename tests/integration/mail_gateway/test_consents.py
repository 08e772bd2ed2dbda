"""How a consent comes back to who asked for it: by a code on another device, or by a browser on this machine."""

from __future__ import annotations

import socket
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import urlsplit

import pytest
from authorization_server import PUBLIC_CLIENT_ID, AuthorizationServer
from consenting_person import browse, where_it_leads
from guarded_mailbox import SCOPE, server, told
from typer.testing import CliRunner

from mail_gateway.connection.consent import BrowserConsent, ConsentFailed, DeviceCode
from mail_gateway.connection.loopback import Loopback
from mail_gateway.connection.refresh_tokens import NoConsent, RefreshToken
from mail_gateway.connection.tokens import ByConsent, Tokens, token_endpoint
from pulse.base.errors import Misconfigured, PulseError
from pulse.cli.root import app
from pulse.engine.client.oauth import TokenEndpoint

__all__ = ["server", "told"]


class Clock:
    """Seconds that pass while somebody waits."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.waited: list[float] = []

    def __call__(self) -> float:
        return self.now

    def wait(self, seconds: float) -> None:
        self.waited.append(seconds)
        self.now += seconds


@pytest.fixture
def clock(server: AuthorizationServer) -> Clock:
    clock = Clock()
    server.consents.now = clock
    return clock


@pytest.fixture
def endpoint(server: AuthorizationServer) -> TokenEndpoint:
    return token_endpoint(server.url, PUBLIC_CLIENT_ID)


def test_a_client_that_may_not_use_codes_is_told_what_to_allow(
    server: AuthorizationServer, told: dict[str, str]
) -> None:
    """As Microsoft says it where public client flows are switched off."""
    server.refuse = (401, b'{"error": "invalid_client", "error_description": "AADSTS7000218: client_secret needed"}')
    with pytest.MonkeyPatch.context() as patch:
        for name, value in told.items():
            patch.setenv(name, value)
        result = CliRunner().invoke(app, ["mail", "authorize", "--device"])
    assert isinstance(result.exception, PulseError)
    assert "invalid_client AADSTS7000218. Allow public client flows" in result.exception.message


def test_a_device_asks_as_slowly_as_the_server_likes(
    server: AuthorizationServer, endpoint: TokenEndpoint, clock: Clock
) -> None:
    server.consents.announced_pause_s, server.consents.pause_s = None, 8.0  # and at first it says nothing of the 8
    code = DeviceCode.asked(endpoint, server.device_url, SCOPE)
    given = code.taken(endpoint, wait=clock.wait, now=clock)
    assert given.refresh_token == "refresh-1"
    # Five seconds where the server names no pause, and five more after it asked to slow down.
    assert (clock.waited, server.consents.too_soon) == ([5.0, 10.0], 1)
    assert code.device_code not in repr(code)


@pytest.mark.parametrize(("person", "words"), [("waits", "Nobody consented in time"), ("denies", "access_denied")])
def test_a_code_that_nobody_enters_or_somebody_denies_ends_the_waiting(
    server: AuthorizationServer, endpoint: TokenEndpoint, clock: Clock, person: str, words: str
) -> None:
    server.consents.person, server.consents.announced_pause_s = person, 60.0  # type: ignore[assignment]
    code = DeviceCode.asked(endpoint, server.device_url, SCOPE)
    with pytest.raises(ConsentFailed, match=words):
        code.taken(endpoint, wait=clock.wait, now=clock)
    assert sum(clock.waited) <= 600


def test_a_device_outlives_a_server_that_is_away_for_a_while(
    server: AuthorizationServer, endpoint: TokenEndpoint, clock: Clock
) -> None:
    code = DeviceCode.asked(endpoint, server.device_url, SCOPE)
    server.refuse = (503, b"")

    def wait(seconds: float) -> None:
        clock.wait(seconds)
        if len(clock.waited) > 2:
            server.refuse = None

    assert code.taken(endpoint, wait=wait, now=clock).refresh_token == "refresh-1"
    assert clock.waited == [0.1, 0.2, 0.4]


def test_a_code_is_worth_nothing_to_who_does_not_have_the_verifier(
    server: AuthorizationServer, endpoint: TokenEndpoint
) -> None:
    def request(verifier: str) -> BrowserConsent:
        secrets = iter(["the-same-state", verifier * 43])
        return BrowserConsent(
            authorization_url=server.authorization_url + "?prompt=consent",
            client_id=PUBLIC_CLIENT_ID,
            scope=SCOPE,
            redirect_uri="http://localhost:1",
            secret=lambda: next(secrets),
        )

    ours, thief = request("a"), request("b")
    assert "authorize?prompt=consent&response_type=code" in ours.address
    assert "a" * 43 not in ours.address
    answer = where_it_leads(ours.address)
    with pytest.raises(ConsentFailed, match="invalid_grant"):
        thief.taken(endpoint, answer)
    # A code is good for one use, too; the server took it back.
    with pytest.raises(ConsentFailed, match="invalid_grant"):
        ours.taken(endpoint, answer)
    assert ours.taken(endpoint, where_it_leads(ours.address)).refresh_token == "refresh-1"


def test_the_port_for_the_browser_is_this_machines_alone_and_knows_an_answer_from_other_requests() -> None:
    with Loopback() as loopback:
        port = urlsplit(loopback.redirect_uri).port
        with socket.create_connection(("127.0.0.1", port or 0)):  # as browsers open them in advance
            for path in ("/favicon.ico", "/", "/other?code=1"):
                with pytest.raises(HTTPError, match="404"):
                    browse(f"http://127.0.0.1:{port}{path}")
            assert loopback.answer(0.01) == ""
            browse(f"http://127.0.0.1:{port}/?code=1&state=2")
            assert loopback.answer(5) == "code=1&state=2"
        with pytest.raises(Misconfigured, match=f"Port {port} of this machine cannot be used"):
            Loopback(port or 0)


def test_a_new_consent_takes_the_place_of_the_old_one(
    server: AuthorizationServer, endpoint: TokenEndpoint, tmp_path: Path
) -> None:
    place = RefreshToken(folder=tmp_path, name="one")
    tokens = Tokens(endpoint, ByConsent(place, SCOPE))
    with pytest.raises(NoConsent):
        tokens.current()
    place.give("withdrawn")
    place.give("refresh-0")
    # Who waited for it has it at once: no server was asked, so none has to be left alone.
    assert tokens.current() == "token-1"
    assert RefreshToken(folder=tmp_path, name="one").demand_place().read_text() == "refresh-1"
