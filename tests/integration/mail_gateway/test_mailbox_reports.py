"""A test of the connection says in words what is wrong, and what to do; one server for each thing that can be."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from authorization_server import CLIENT_ID, CLIENT_SECRET, DOMAIN, AuthorizationServer
from certificates import server_certificate
from dovecot import PASSWORD, Dovecot
from mail_desk import MailDesk, Post, dovecot_post
from mails import mail, pdf
from proxy_server import ProxyServer
from smtp_server import ScriptedSmtpServer
from xoauth2_smtp import Xoauth2SmtpServer

from mail_gateway import mailboxes
from mail_gateway.connection.account import Account, NamedAccount
from mail_gateway.connection.diagnosis import Server, diagnose
from mail_gateway.connection.login import TokenNotTaken
from mail_gateway.connection.mailbox import LoginRefused
from mail_gateway.connection.refresh_tokens import RefreshToken
from mail_gateway.connection.sent import ImapSentMailbox
from mail_gateway.connection.tokens import ByClient, ByConsent, Tokens, token_endpoint
from mail_gateway.mailboxes import OUT, SENT, ImapMailboxes
from mail_gateway.outgoing.smtp import SmtpMailOut
from pulse.base.errors import NotFound
from pulse.claims.mailboxes import MailboxReport


def known(*accounts: Account, folders: tuple[str, ...] = ("INBOX",), out: SmtpMailOut | None = None) -> ImapMailboxes:
    return ImapMailboxes(
        accounts=lambda: [NamedAccount(name=one.user, account=one, folders=folders) for one in accounts],
        mail_out=lambda: out or SmtpMailOut("127.0.0.1", 9, tls="none", mail_from="x@insurer.example", timeout_s=2),
        sent=lambda: ImapSentMailbox("127.0.0.1", 9, "sent", "x", "none"),
    )


def report(account: Account, **more: object) -> MailboxReport:
    return known(account, **more).test(account.user)  # type: ignore[arg-type]


@contextmanager
def listening(greeting: bytes = b"", tls: ssl.SSLContext | None = None) -> Iterator[int]:
    """A port with somebody behind it who says one thing, and after it that they can do nothing beyond IMAP4rev1."""

    def serve() -> None:
        while True:
            try:
                connection, _ = server.accept()
            except OSError:
                return
            try:
                with tls.wrap_socket(connection, server_side=True) if tls else connection as talking:
                    talking.sendall(greeting)
                    while line := talking.recv(1000):
                        if b"CAPABILITY" in line:
                            talking.sendall(b"* CAPABILITY IMAP4rev1\r\n" + line.split()[0] + b" OK done\r\n")
            except OSError:
                continue

    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=serve, daemon=True).start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)


@pytest.fixture
def account(dovecot: Dovecot) -> Account:
    return dovecot_post(dovecot).account


def test_a_mailbox_that_works_is_said_to_and_its_folders_are_listed(dovecot: Dovecot, account: Account) -> None:
    with dovecot.client(account.user) as client:
        client.create_folder("Fax")
        client.create_folder("Rechnungen")
    found = report(account, folders=("INBOX", "Fax"))
    assert (found.works, found.code) == (True, "")
    assert found.words == f"127.0.0.1:{account.port} answers, the login works, INBOX, Fax can be read."
    assert found.folders == ("Fax", "INBOX", "Rechnungen")


@pytest.mark.parametrize(
    ("wrong", "code", "words"),
    [
        ({"host": "mail.nowhere.invalid"}, "name_not_found", "The name mail.nowhere.invalid is not known. Check the"),
        ({"port": 9}, "port_refused", "127.0.0.1:9 refuses the connection. Check the port"),
        ({"password": "old"}, "login_refused", "refuses the login of user"),
        ({"tls": "tls"}, "tls_failed", "does not speak TLS at once. Check the port, or set tls to starttls"),
        ({"ca_file": "/nowhere.pem", "tls": "tls"}, "misconfigured", "cannot be read. /nowhere.pem"),
    ],
)
def test_what_is_wrong_with_the_settings_is_said(
    account: Account, wrong: dict[str, object], code: str, words: str
) -> None:
    found = report(replace(account, **wrong))  # type: ignore[arg-type]
    assert (found.works, found.code) == (False, code)
    assert words in found.words
    assert "old" not in found.words


def test_m12_a_missing_folder_is_named_with_those_that_there_are(account: Account) -> None:
    found = report(account, folders=("INBOX", "Rechnungen"))
    assert (found.code, found.folders) == ("mailbox_folder_missing", ("INBOX",))
    assert found.words == "There is no folder Rechnungen; there are: INBOX. Set one of them, or make the folder."


def test_certificates_are_told_apart(account: Account, dovecot: Dovecot, tmp_path: Path) -> None:
    for name, certificate, code in (
        ("own", server_certificate(tmp_path / "own"), ""),
        ("over", server_certificate(tmp_path / "over", days=-1), "certificate_expired"),
        ("other", server_certificate(tmp_path / "other", address="127.0.0.2"), "certificate_other_name"),
        ("unknown", server_certificate(tmp_path / "unknown"), "certificate_unknown"),
    ):
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(*certificate)
        ca_file = None if name == "unknown" else certificate[0]
        with listening(b"* BYE not now\r\n", tls) as port:
            found = report(replace(account, port=port, tls="tls", ca_file=ca_file))
        assert found.code == (code or "mailbox_unavailable"), name
        assert ("certificate" in found.words) is (code != ""), found.words


def test_a_server_without_starttls_a_silent_one_and_one_that_hangs_up_are_said(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    with listening(b"* OK [CAPABILITY IMAP4rev1] hello\r\n") as port:
        plain = replace(account, port=port, tls="starttls")
        assert report(plain).code == "starttls_missing"
    monkeypatch.setattr(mailboxes, "ANSWER_S", 0.5)
    with listening() as port:
        silent = report(replace(account, port=port))
        assert (silent.code, "wants tls" in silent.words) == ("no_answer", True)


def test_a_test_ends_even_where_a_server_drips(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mailboxes, "_TEST_S", 0.3)
    monkeypatch.setattr(mailboxes, "ANSWER_S", 5.0)
    with listening() as port:
        desk = known(replace(account, port=port))
        began = time.monotonic()
        assert "very slow" in desk.test(account.user).words
        # While the first still waits, no second one begins.
        assert "very slow" in desk.test(account.user).words
        assert time.monotonic() - began < 5
        running, _ = desk._tests[account.user]
        running.join(60)


def test_a_proxy_in_the_way_is_said(account: Account) -> None:
    with ProxyServer() as proxy:
        proxy.closed = True
        found = report(replace(account, proxy=f"socks5://who:secret@{proxy.place}"))
    assert found.code == "proxy_failed"
    assert f"The proxy {proxy.place} does not lead to" in found.words
    assert "secret" not in found.words


def test_m14_a_mailbox_that_may_only_be_read_works_with_a_warning_and_its_mails_are_handled_once(
    desk: MailDesk, need: Callable[[str], str]
) -> None:
    with Dovecot(need("dovecot"), read_only=True) as server:
        user = "reader"
        folder = server._folder / "mail" / user / "new"
        for inner in ("new", "cur", "tmp"):
            (folder.parent / inner).mkdir(parents=True, exist_ok=True)
        (folder / "1.x").write_bytes(mail(pdf()))
        _own_by_the_mail_user(folder.parent)
        account = Account(host=server.host, port=server.port, user=user, password=PASSWORD, tls="none", timeout_s=30)
        found = report(account)
        assert (found.works, found.code) == (True, "mailbox_read_only")
        assert "cannot be moved" in found.words
        gateway = desk.gateway(Post(account, lambda _: None, lambda _: []))
        for _ in range(2):
            gateway.poll_once()
        assert desk.outcomes() == [("invoice", "")]
        assert len(server.mails(user)) == 1


def _own_by_the_mail_user(folder: Path) -> None:
    import os
    import shutil

    if os.getuid() == 0:
        for path in (folder, *folder.rglob("*")):
            shutil.chown(path, "nobody", "nogroup")


def tokens(
    server: AuthorizationServer,
    *,
    client_secret: str = CLIENT_SECRET,
    scope: str | None = "imap",
    consent: RefreshToken | None = None,
) -> Tokens:
    grant = ByConsent(consent, scope) if consent else ByClient(scope)
    return Tokens(token_endpoint(server.url, CLIENT_ID, client_secret), grant)


def test_refused_tokens_are_said_with_the_code_of_the_server(account: Account) -> None:
    with AuthorizationServer() as server:
        wrong_secret = report(replace(account, tokens=tokens(server, client_secret="over")))
        withdrawn = RefreshToken(folder=None, value="withdrawn")
        no_consent = report(replace(account, tokens=tokens(server, consent=withdrawn)))
        not_yet = RefreshToken(folder=None, file=Path("/nowhere/token"))
        nobody_yet = report(replace(account, tokens=tokens(server, consent=not_yet)))
    assert wrong_secret.code == no_consent.code == "token_refused"
    assert (nobody_yet.code, "run `pulse mail authorize`" in nobody_yet.words) == ("no_consent", True)
    assert "refuses an OAuth2 token: invalid_client. Check client_id and client_secret, or the" in wrong_secret.words
    assert "invalid_grant AADSTS700082. The refresh token is not valid any more" in no_consent.words
    assert "person" not in no_consent.words
    away = report(replace(account, tokens=tokens(server)))
    assert (away.code, "refuses the connection" in away.words) == ("token_server_away", True)


def test_a_token_that_the_mailbox_does_not_take_is_said_with_its_rights(need: Callable[[str], str]) -> None:
    with (
        AuthorizationServer() as server,
        Dovecot(need("dovecot"), introspection_url=server.introspection_url, scope="imap") as guarded,
    ):
        account = Account(
            host=guarded.host, port=guarded.port, user=f"claims@{DOMAIN}", tls="none", tokens=tokens(server)
        )
        assert report(account).works
        found = report(replace(account, tokens=tokens(server, scope="smtp")))
    assert found.code == "token_not_taken"
    assert "(status 401). It was given for: smtp. Check the user" in found.words


@pytest.mark.parametrize(
    ("said", "granted", "code", "words"),
    [
        ({"status": "400", "scope": "https://mail.google.com/"}, "openid", "token_lacks_scope", "https://mail.google"),
        ({"status": "insufficient_scope", "scope": "mail"}, "", "token_lacks_scope", "to use this protocol"),
        ({"status": "400", "scope": "https://mail.google.com/"}, "https://mail.google.com/", "token_not_taken", "user"),
        ({}, "SMTP.SendAsApp", "token_not_taken", "given for: SMTP.SendAsApp"),
    ],
)
def test_a_token_without_the_right_to_read_mail_is_said(
    said: dict[str, str], granted: str, code: str, words: str
) -> None:
    refused = LoginRefused()
    refused.__cause__ = TokenNotTaken(said)
    found = diagnose(refused, Server(host="imap.gmail.com", port=993, tls="tls", user="u", granted=granted))
    assert found[0] == code
    assert words in found[1]


def test_the_mail_server_and_the_sent_mailbox_are_tested_too(account: Account) -> None:
    with ScriptedSmtpServer() as smtp:
        out = SmtpMailOut("127.0.0.1", smtp.port, tls="none", mail_from="x@insurer.example", timeout_s=30)
        desk = known(account, out=out)
        assert [facts.name for facts in desk.facts()] == [account.user, OUT, SENT]
        assert desk.test(OUT).words == f"127.0.0.1:{smtp.port} answers, no login is set."
        assert desk.test(SENT).code == "port_refused"
        wants_starttls = SmtpMailOut(
            "127.0.0.1", smtp.port, tls="starttls", mail_from="x@insurer.example", timeout_s=30
        )
        assert known(out=wants_starttls).test(OUT).code == "starttls_missing"
        login = SmtpMailOut("127.0.0.1", smtp.port, "u", "p", tls="none", mail_from="x@insurer.example", timeout_s=30)
        assert known(out=login).test(OUT).code == "login_not_offered"
    with AuthorizationServer() as server, Xoauth2SmtpServer(server) as smtp:
        for scope, code in (("https://outlook.office365.com/.default", "token_lacks_scope"), ("", "token_not_taken")):
            server.worthless = True
            out = SmtpMailOut(
                "127.0.0.1", smtp.port, "u", tls="none", mail_from="x@insurer.example", timeout_s=30,
                tokens=tokens(server, scope=scope or None),
            )  # fmt: skip
            assert known(out=out).test(OUT).code == code
    with pytest.raises(NotFound):
        desk.test("nobody")
