"""Logging in with OAuth2 tokens: a real authorization server, a real IMAP server that demands them, a real SMTP one."""

from __future__ import annotations

import base64
import json
import ssl
import stat
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import structlog
from authorization_server import (
    CLIENT_ID,
    CLIENT_SECRET,
    DOMAIN,
    PUBLIC_CLIENT_ID,
    REFRESH_TOKEN,
    AuthorizationServer,
)
from certificates import self_signed
from dovecot import Dovecot
from mail_desk import MailDesk, Post, dovecot_post
from mails import mail, pdf
from xoauth2_smtp import Xoauth2SmtpServer

from mail_gateway.connection.mailbox import LoginRefused, MailboxUnavailable
from mail_gateway.connection.patience import Patience
from mail_gateway.connection.refresh_tokens import RefreshToken
from mail_gateway.connection.tokens import ByClient, ByConsent, Tokens, token_endpoint
from mail_gateway.outgoing.smtp import SmtpMailOut
from pulse.base.errors import Misconfigured
from pulse.claims.ports import MailUnavailable, OutgoingMail
from pulse.engine.client.oauth import TokenRefused, TokenServerAway

LETTER = OutgoingMail(to="praxis@provider.example", subject="x", text="y", message_id="<1@insurer.example>")


class Clock:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def server() -> Iterator[AuthorizationServer]:
    with AuthorizationServer() as server:
        yield server


@pytest.fixture
def guarded(server: AuthorizationServer, need: Callable[[str], str]) -> Iterator[Dovecot]:
    """Lets in with tokens of the authorization server, given for `imap`."""
    with Dovecot(need("dovecot"), introspection_url=server.introspection_url, scope="imap") as dovecot:
        yield dovecot


def by_client(
    server: AuthorizationServer,
    *,
    client_secret: str = CLIENT_SECRET,
    scope: str = "imap",
    ca_file: Path | None = None,
    now: Callable[[], float] = time.monotonic,
) -> Tokens:
    return Tokens(token_endpoint(server.url, CLIENT_ID, client_secret, ca_file=ca_file), ByClient(scope), now=now)


def by_refresh(
    server: AuthorizationServer,
    folder: Path,
    *,
    refresh_token: str = REFRESH_TOKEN,
    now: Callable[[], float] = time.monotonic,
) -> Tokens:
    """As a public client, which has no secret, in the name of a person who let it in."""
    held = RefreshToken(folder=folder, value=refresh_token)
    return Tokens(token_endpoint(server.url, PUBLIC_CLIENT_ID), ByConsent(held, "imap"), now=now)


def opened_by(tokens: Tokens, guarded: Dovecot, user: str = f"claims@{DOMAIN}") -> Post:
    post = dovecot_post(guarded)
    account = replace(post.account, user=user, password="", tokens=tokens)
    return Post(account, lambda data: guarded.put(user, data), lambda folder: guarded.mails(user, folder))


def test_invoices_are_fetched_with_a_token_of_client_credentials(
    desk: MailDesk, guarded: Dovecot, server: AuthorizationServer
) -> None:
    post = opened_by(by_client(server), guarded)
    post.put(mail(pdf()))
    gateway = desk.gateway(post)
    for _ in range(3):
        gateway.poll_once()
    assert desk.outcomes() == [("invoice", "")]
    assert post.counts() == {"Processed": 1}
    assert (server.given, server.scopes) == (1, ["imap"])


def test_a_shared_mailbox_is_opened_with_a_token_that_is_not_its_own(
    desk: MailDesk, guarded: Dovecot, server: AuthorizationServer
) -> None:
    tokens = by_client(server)
    for user in ("one", "other"):
        post = opened_by(tokens, guarded, f"{user}@{DOMAIN}")
        post.put(mail(pdf(invoice_number=user)))
        desk.gateway(post).poll_once()
    assert len(desk.cases()) == 2
    assert server.given == 1
    with pytest.raises(LoginRefused):
        desk.gateway(opened_by(tokens, guarded, "claims@elsewhere.example")).poll_once()


def test_the_server_that_demands_tokens_takes_no_password(
    desk: MailDesk, guarded: Dovecot, server: AuthorizationServer
) -> None:
    post = opened_by(by_client(server), guarded)
    with pytest.raises(LoginRefused):
        desk.gateway(Post(replace(post.account, tokens=None, password="no"), post.put, post.mails)).poll_once()


def test_m11_a_token_that_the_mail_server_refuses_is_renewed_once_and_the_login_tried_again(
    desk: MailDesk, guarded: Dovecot, server: AuthorizationServer, clock: Clock
) -> None:
    post = opened_by(by_client(server, now=clock), guarded)
    post.put(mail(pdf()))
    desk.gateway(post).poll_once()
    server.valid = set()  # it was withdrawn
    clock.now += 60
    desk.gateway(post).poll_once()
    assert server.given == 2


def test_m11_a_fresh_token_that_is_refused_is_not_asked_for_again(
    desk: MailDesk, guarded: Dovecot, server: AuthorizationServer, clock: Clock
) -> None:
    post = opened_by(by_client(server, now=clock, scope="smtp"), guarded)
    for _ in range(3):
        with pytest.raises(LoginRefused):
            desk.gateway(post).poll_once()
    assert server.asked == 1


def test_m11_an_authorization_server_that_refuses_is_left_alone_longer_each_time(
    server: AuthorizationServer, clock: Clock
) -> None:
    tokens = by_client(server, client_secret="over", now=clock)
    for seconds in (0, 29, 2, 58, 3, 119):
        clock.now += seconds
        with pytest.raises(TokenRefused):
            tokens.current()
    # At once, after half a minute, after a minute more; not yet after two more.
    assert server.asked == 3
    clock.now += 3600
    right = by_client(server, now=clock)
    assert right.current() == "token-1"


def test_m11_no_token_and_no_password_is_in_the_log(
    desk: MailDesk, guarded: Dovecot, server: AuthorizationServer
) -> None:
    with structlog.testing.capture_logs() as logs:
        post = opened_by(by_client(server), guarded)
        stop = threading.Event()
        server.valid = set()
        gateway = desk.gateway(
            Post(replace(post.account, tokens=by_client(server, scope="smtp")), post.put, post.mails)
        )
        running = threading.Thread(target=gateway.run, args=(stop,))
        running.start()
        while not gateway.health.reason:
            stop.wait(0.01)
        stop.set()
        running.join(60)
    assert gateway.health.reason == "mailbox_login_refused"
    said = json.dumps(logs, default=str)
    assert "mailbox_login_refused" in said
    # The next try is half a minute away.
    assert next(line["wait_s"] for line in logs if line["event"] == "poll failed") == pytest.approx(30, abs=1)
    for secret in ("token-1", CLIENT_SECRET, "Bearer", "@"):
        assert secret not in said


def test_a_refresh_token_opens_the_mailbox_and_its_successor_is_kept_for_the_owner_alone(
    desk: MailDesk, need: Callable[[str], str], tmp_path: Path, clock: Clock
) -> None:
    folder = tmp_path / "oauth"
    with (
        AuthorizationServer(rotates=True) as server,
        Dovecot(need("dovecot"), introspection_url=server.introspection_url, scope="imap") as guarded,
    ):
        desk.gateway(opened_by(by_refresh(server, folder, now=clock), guarded)).poll_once()
        # Another process, started later, knows the first token from the settings and the last from the file.
        later = by_refresh(server, folder, now=clock)
        desk.gateway(opened_by(later, guarded)).poll_once()
        assert server.refresh_token == "refresh-2"
        kept = next(file for file in folder.iterdir() if file.suffix == "")
        assert kept.read_text() == "refresh-2"
        assert stat.S_IMODE(kept.stat().st_mode) == 0o600
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        # After a new consent the settings have a new first token, and the old file no say.
        server.refresh_token = "refresh-new"
        anew = by_refresh(server, folder, now=clock, refresh_token="refresh-new")
        assert anew.current() == "token-3"


def test_processes_that_need_a_rotated_token_at_once_do_not_spoil_it_for_each_other(tmp_path: Path) -> None:
    with AuthorizationServer(rotates=True) as server:
        everyone = [by_refresh(server, tmp_path) for _ in range(6)]
        got: list[str] = []
        threads = [threading.Thread(target=lambda one=one: got.append(one.current())) for one in everyone]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
    assert sorted(got) == [f"token-{number}" for number in range(1, 7)]


def test_a_data_folder_that_takes_no_token_is_a_wrong_setting_not_a_server_that_is_away(
    server: AuthorizationServer, tmp_path: Path
) -> None:
    (tmp_path / "oauth").write_text("a file is in the way")
    with pytest.raises(Misconfigured, match="refresh tokens are kept"):
        by_refresh(server, tmp_path / "oauth").current()
    assert server.asked == 0


def test_a_withdrawn_refresh_token_says_so_with_the_servers_codes_and_nobodys_name(
    server: AuthorizationServer, tmp_path: Path
) -> None:
    with pytest.raises(TokenRefused) as refused:
        by_refresh(server, tmp_path, refresh_token="withdrawn").current()
    assert refused.value.error == "invalid_grant AADSTS700082"
    assert "person" not in repr(refused.value)


@pytest.mark.parametrize(
    ("claims", "rights"),
    [({"roles": ["IMAP.AccessAsApp", "SMTP.SendAsApp"]}, "IMAP.AccessAsApp SMTP.SendAsApp"), ({"scp": "a b"}, "a b")],
)
def test_the_rights_of_a_token_that_says_them_itself_are_known(
    server: AuthorizationServer, claims: dict[str, object], rights: str
) -> None:
    body = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    server.refuse = (200, json.dumps({"access_token": f"e30.{body}.x"}).encode())
    tokens = by_client(server)
    tokens.current()
    assert tokens.granted == rights


def test_the_authorization_server_may_have_a_certificate_of_our_own_authority(tmp_path: Path) -> None:
    certificate, key = self_signed(tmp_path)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate, key)
    with AuthorizationServer(tls=tls) as server:
        assert by_client(server, ca_file=certificate).current() == "token-1"
        with pytest.raises(TokenServerAway):
            by_client(server).current()


def test_an_authorization_server_that_is_away_is_a_mailbox_that_is_away(desk: MailDesk, dovecot: Dovecot) -> None:
    with AuthorizationServer() as server:
        tokens = by_client(server)
    post = dovecot_post(dovecot)
    with pytest.raises(MailboxUnavailable) as away:
        desk.gateway(Post(replace(post.account, tokens=tokens), post.put, post.mails)).poll_once()
    assert not isinstance(away.value, LoginRefused)


def mail_out(smtp: Xoauth2SmtpServer, tokens: Tokens) -> SmtpMailOut:
    return SmtpMailOut(
        "127.0.0.1",
        smtp.port,
        f"claims@{DOMAIN}",
        tls="none",
        mail_from=f"claims@{DOMAIN}",
        tokens=tokens,
        timeout_s=30,
    )


def test_letters_leave_with_a_token_and_an_old_one_is_renewed(server: AuthorizationServer, clock: Clock) -> None:
    with Xoauth2SmtpServer(server) as smtp:
        out = mail_out(smtp, by_client(server, now=clock))
        out.send(LETTER)
        out.close()
        server.valid = set()
        clock.now += 60
        out.send(LETTER)
        out.close()
    assert len(smtp.taken) == 2
    assert smtp.users == [f"claims@{DOMAIN}"] * 2
    assert (smtp.refused, server.given) == (1, 2)


def test_m11_a_mail_server_that_refuses_our_login_is_left_alone_for_a_while(
    server: AuthorizationServer, clock: Clock
) -> None:
    server.worthless = True
    with Xoauth2SmtpServer(server) as smtp:
        out = mail_out(smtp, by_client(server, now=clock))
        out._patience = Patience(clock)
        for _ in range(20):
            with pytest.raises(MailUnavailable, match="refuses our login"):
                out.send(LETTER)
        assert smtp.refused == 1
        server.worthless = False
        clock.now += 31
        out.send(LETTER)
        out.close()
    assert len(smtp.taken) == 1
