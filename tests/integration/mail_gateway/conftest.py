from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from dovecot import PASSWORD, Dovecot
from mail_desk import CLAIMS, MailDesk, Post, dovecot_post
from office import fill_registers, open_office
from s3_faults import s3_fault, s3_proxy
from s3_server import bucket, s3_server

from mail_gateway.connection.account import Account
from pulse.demo.mailserver import DemoMailServer

__all__ = ["bucket", "s3_fault", "s3_proxy", "s3_server"]


@pytest.fixture(scope="session")
def dovecot(need: Callable[[str], str]) -> Iterator[Dovecot]:
    with Dovecot(need("dovecot")) as server:
        yield server


@pytest.fixture
def post(dovecot: Dovecot) -> Post:
    """A mailbox of its own on the real server."""
    return dovecot_post(dovecot)


@pytest.fixture
def demo_post() -> Iterator[Post]:
    """A mailbox on the demo's server."""
    with DemoMailServer({CLAIMS: PASSWORD}) as server:
        account = Account(host=server.host, port=server.imap_port, user=CLAIMS, password=PASSWORD, tls="none")
        yield Post(account, lambda data: server.deliver(CLAIMS, data), lambda folder: server.mails(CLAIMS, folder))


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[MailDesk]:
    for opened in open_office(tmp_path):
        fill_registers(opened.database)
        made = MailDesk(opened)
        yield made
        made.close()
