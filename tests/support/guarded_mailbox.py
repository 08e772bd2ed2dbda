"""A real mailbox that opens with tokens of a real authorization server, and the settings of an insurer who reads it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from authorization_server import PUBLIC_CLIENT_ID, AuthorizationServer
from dovecot import Dovecot
from mail_desk import CLAIMS, MailDesk, Post
from mails import mail, pdf

from pulse.settings import load
from pulse.wiring.mail import accounts

SCOPE = "imap offline_access"


@pytest.fixture
def server() -> Iterator[AuthorizationServer]:
    with AuthorizationServer(rotates=True) as server:
        yield server


@pytest.fixture
def guarded(server: AuthorizationServer, told: dict[str, str], need: Callable[[str], str]) -> Iterator[Dovecot]:
    """The mailbox of these settings, which opens with tokens of the authorization server that are for `imap`."""
    with Dovecot(need("dovecot"), introspection_url=server.introspection_url, scope="imap") as dovecot:
        told["PULSE_IMAP_PORT"] = str(dovecot.port)
        yield dovecot


@pytest.fixture
def told(server: AuthorizationServer, tmp_path: Path) -> dict[str, str]:
    """The settings of an insurer whose mailbox waits for a person's consent."""
    values = {
        "DATA_DIR": str(tmp_path / "data"),
        "IMAP_HOST": "127.0.0.1",
        "IMAP_USER": CLAIMS,
        "IMAP_TLS": "none",
        "MAIL_OAUTH_TOKEN_URL": server.url,
        "MAIL_OAUTH_CLIENT_ID": PUBLIC_CLIENT_ID,
        "MAIL_OAUTH_SCOPE": SCOPE,
        "MAIL_OAUTH_CONSENT": "true",
        "MAIL_OAUTH_AUTHORIZATION_URL": server.authorization_url,
        "MAIL_OAUTH_DEVICE_URL": server.device_url,
    }
    return {f"PULSE_{name}": value for name, value in values.items()}


def reads_an_invoice(desk: MailDesk, guarded: Dovecot, told: dict[str, str]) -> None:
    """With these settings the gateway fetches mail."""
    account = accounts(load(told))[0].account
    post = Post(account, lambda data: guarded.put(account.user, data), lambda name: guarded.mails(account.user, name))
    post.put(mail(pdf()))
    desk.gateway(post).poll_once()
    assert desk.outcomes() == [("invoice", "")]
