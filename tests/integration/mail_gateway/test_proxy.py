"""Mail through a proxy: it is the proxy that looks up the servers' names."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from authorization_server import CLIENT_ID, CLIENT_SECRET, AuthorizationServer
from dovecot import Dovecot
from mail_desk import MailDesk, Post, dovecot_post
from mails import mail, pdf
from proxy_server import ProxyServer
from smtp_server import ScriptedSmtpServer

from mail_gateway.connection.mailbox import MailboxUnavailable
from mail_gateway.connection.tokens import ByClient, Tokens, token_endpoint
from mail_gateway.outgoing.smtp import SmtpMailOut
from pulse.claims.ports import MailUnavailable, OutgoingMail
from pulse.engine.client.oauth import TokenServerAway

#: Known to the proxy alone.
MAIL, LOGIN = "mail.inside.invalid", "login.inside.invalid"
LETTER = OutgoingMail(to="praxis@provider.example", subject="x", text="y", message_id="<1@insurer.example>")


@pytest.fixture
def proxy() -> Iterator[ProxyServer]:
    with ProxyServer(user="pulse", password="p:w/d", names={MAIL: "127.0.0.1", LOGIN: "127.0.0.1"}) as server:
        yield server


@pytest.fixture(params=["socks5", "http"])
def way(request: pytest.FixtureRequest, proxy: ProxyServer) -> str:
    return f"{request.param}://pulse:p%3Aw%2Fd@{proxy.place}"


def behind(post: Post, way: str) -> Post:
    return Post(replace(post.account, host=MAIL, proxy=way), post.put, post.mails)


def test_mails_are_fetched_through_a_proxy(desk: MailDesk, post: Post, proxy: ProxyServer, way: str) -> None:
    post.put(mail(pdf()))
    desk.gateway(behind(post, way)).poll_once()
    assert desk.outcomes() == [("invoice", "")]
    assert proxy.asked == [(MAIL, post.account.port)]
    assert "p%3Aw" not in repr(behind(post, way).account)


def test_tls_goes_through_the_proxy_and_the_name_is_checked(desk: MailDesk, dovecot: Dovecot, way: str) -> None:
    post = dovecot_post(dovecot)
    secure = replace(post.account, tls="tls", port=dovecot.tls_port, ca_file=dovecot.ca_file, proxy=way)
    desk.gateway(Post(secure, post.put, post.mails)).poll_once()
    other_name = replace(secure, host=MAIL)
    with pytest.raises(MailboxUnavailable) as refused:
        desk.gateway(Post(other_name, post.put, post.mails)).poll_once()
    assert isinstance(refused.value.__cause__, ssl.SSLCertVerificationError)


def test_a_proxy_that_does_not_let_us_through_is_a_server_that_is_away(
    desk: MailDesk, post: Post, proxy: ProxyServer, way: str
) -> None:
    other_login = way.replace("p%3A", "q%3A")
    nobody_there = way.replace(proxy.place, "127.0.0.1:9")
    for wrong in (other_login, nobody_there, way):
        proxy.closed = wrong == way
        with pytest.raises(MailboxUnavailable) as away:
            desk.gateway(behind(post, wrong)).poll_once()
        assert away.value.details["cause"] == "ProxyFailed"


def test_letters_leave_through_a_proxy(proxy: ProxyServer, way: str) -> None:
    with ScriptedSmtpServer() as server:
        out = SmtpMailOut(MAIL, server.port, tls="none", mail_from="claims@insurer.example", proxy=way, timeout_s=30)
        out.send(LETTER)
        out.close()
        assert len(server.taken) == 1
        assert proxy.asked == [(MAIL, server.port)]
        proxy.closed = True
        with pytest.raises(MailUnavailable):
            out.send(LETTER)


def test_a_server_that_speaks_at_once_is_heard(proxy: ProxyServer, way: str, desk: MailDesk, post: Post) -> None:
    """What it says may arrive in one piece with the proxy's answer."""
    proxy.in_one_breath = True
    post.put(mail(pdf()))
    desk.gateway(behind(post, way)).poll_once()
    assert desk.outcomes() == [("invoice", "")]
    with ScriptedSmtpServer() as server:
        out = SmtpMailOut(MAIL, server.port, tls="none", mail_from="claims@insurer.example", proxy=way, timeout_s=30)
        out.send(LETTER)
        out.close()
        assert len(server.taken) == 1


def test_tokens_come_through_a_proxy(proxy: ProxyServer, way: str) -> None:
    with AuthorizationServer() as server:
        url = f"http://{LOGIN}:{server.port}/oauth/token"
        endpoint = token_endpoint(url, CLIENT_ID, CLIENT_SECRET, proxy=way)
        tokens = Tokens(endpoint, ByClient())
        assert tokens.current() == "token-1"
        assert proxy.asked == [(LOGIN, server.port)]
        proxy.closed = True
        with pytest.raises(TokenServerAway):
            Tokens(endpoint, ByClient()).current()


def test_files_of_authorities_are_needed_by_path(tmp_path: Path) -> None:
    from pulse.base.errors import Misconfigured

    with pytest.raises(Misconfigured):
        token_endpoint("https://x.invalid", "x", ca_file=tmp_path / "none.pem")
