"""`pulse mail authorize` and logins without a secret: a real authorization server, a browser's part played by urllib,
and a real IMAP server that demands the tokens."""

from __future__ import annotations

import contextlib
import json
import os
import re
import socket
import stat
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import urlsplit

import pytest
from authorization_server import CERTIFIED_CLIENT_ID, CLIENT_ID, CLIENT_SECRET, PUBLIC_CLIENT_ID, AuthorizationServer
from certificates import client_certificate, public_key, service_account_file
from cryptography import x509
from dovecot import Dovecot
from mail_desk import CLAIMS, MailDesk, Post
from mails import mail, pdf
from typer.testing import CliRunner

from mail_gateway.connection.consent import BrowserConsent, ConsentFailed, DeviceCode
from mail_gateway.connection.loopback import Loopback
from mail_gateway.connection.mailbox import LoginRefused, Mailbox
from mail_gateway.connection.refresh_tokens import NoConsent, RefreshToken
from mail_gateway.connection.tokens import ByConsent, Tokens, token_endpoint
from pulse.base.errors import Misconfigured, NotFound, PulseError
from pulse.cli.root import app
from pulse.engine.client.oauth import TokenEndpoint, TokenRefused
from pulse.settings import load
from pulse.wiring.mail import accounts
from pulse.wiring.oauth import authorization

SCOPE = "imap offline_access"
ROOT = Path(__file__).resolve().parents[3]
STARTED: list[subprocess.Popen[str]] = []


class NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: object) -> None:
        return None


class Running:
    """The command as a process, and the person in front of it; it ends with the test."""

    def __init__(self, environment: dict[str, str], *arguments: str) -> None:
        command = [sys.executable, "-m", "pulse", "mail", "authorize", *arguments]
        self.process = subprocess.Popen(
            command, env=environment, cwd=ROOT, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip
        self.said = ""
        STARTED.append(self.process)

    def until(self, pattern: str, *, stderr: bool = False) -> str:
        """What a line of its output matches; the whole line without a group."""
        stream = self.process.stderr if stderr else self.process.stdout
        assert stream is not None
        for line in stream:
            self.said += line
            if found := re.search(pattern, line):
                return found[0]
        raise AssertionError(self.said + (self.process.stderr.read() if self.process.stderr else ""))

    def end(self, typed: str | None = None) -> tuple[int, str, str]:
        """Exit code, and all that it said on stdout and stderr."""
        stdin, stdout, stderr = self.process.stdin, self.process.stdout, self.process.stderr
        assert stdin is not None
        assert stdout is not None
        assert stderr is not None
        # Not by `communicate`: it knows nothing of what was read along with a line before.
        with contextlib.suppress(BrokenPipeError), stdin:
            stdin.write(typed or "")
        said = self.said + stdout.read(), stderr.read()
        return self.process.wait(60), *said


@pytest.fixture(autouse=True)
def no_command_outlives_its_test() -> Iterator[None]:
    yield
    while STARTED:
        with STARTED.pop() as process:
            process.kill()


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


def environment(told: dict[str, str]) -> dict[str, str]:
    return {**os.environ, **told}


def browse(address: str) -> str:
    """Opens an address and goes where it leads, as a browser does; returns the page."""
    with urllib.request.urlopen(address, timeout=60) as page:
        return str(page.read().decode())


def where_it_leads(address: str) -> str:
    """Where the browser is sent, without going there."""
    try:
        urllib.request.build_opener(NoRedirect).open(address, timeout=60)
    except HTTPError as answer:
        return str(answer.headers["Location"])
    raise AssertionError("no redirect")


def reads_an_invoice(desk: MailDesk, guarded: Dovecot, told: dict[str, str]) -> None:
    """With these settings the gateway fetches mail."""
    account = accounts(load(told))[0].account
    post = Post(account, lambda data: guarded.put(account.user, data), lambda name: guarded.mails(account.user, name))
    post.put(mail(pdf()))
    desk.gateway(post).poll_once()
    assert desk.outcomes() == [("invoice", "")]


def test_a_person_consents_in_the_browser_and_the_mailbox_can_be_read(
    desk: MailDesk, guarded: Dovecot, server: AuthorizationServer, told: dict[str, str], tmp_path: Path
) -> None:
    with pytest.raises(LoginRefused) as not_yet:
        Mailbox.open(accounts(load(told))[0].account)
    assert isinstance(not_yet.value.__cause__, NoConsent)
    assert server.asked == 0
    running = Running(environment(told))
    page = browse(running.until(r"http://\S+/oauth/authorize\S+"))
    code, stdout, stderr = running.end()
    assert code == 0, stderr
    assert "You can close this window" in page
    assert f"ok    {CLAIMS}: 127.0.0.1:{guarded.port} answers, the login works, INBOX can be read." in stdout
    assert "`pulse mail test`" in stdout
    kept = Path(re.search(r"kept in (\S+),", stdout)[1])  # type: ignore[index]
    assert kept.parent == tmp_path / "data" / "oauth"
    assert (stat.S_IMODE(kept.stat().st_mode), stat.S_IMODE(kept.parent.stat().st_mode)) == (0o600, 0o700)
    # The consent's own token was used up by the login that was tried; its successor is kept.
    assert kept.read_text() == server.refresh_token == "refresh-2"
    for secret in ("refresh-", "token-", "code-"):
        assert secret not in stdout + stderr
    reads_an_invoice(desk, guarded, told)


def test_without_a_browser_the_last_address_is_pasted_and_the_settings_file_is_written(
    desk: MailDesk, guarded: Dovecot, server: AuthorizationServer, told: dict[str, str], tmp_path: Path
) -> None:
    """As a confidential client, as Google's are."""
    file = tmp_path / "refresh-token"
    del told["PULSE_MAIL_OAUTH_CONSENT"]
    told |= {"PULSE_MAIL_OAUTH_REFRESH_TOKEN_FILE": str(file)}
    told |= {"PULSE_MAIL_OAUTH_CLIENT_ID": CLIENT_ID, "PULSE_MAIL_OAUTH_CLIENT_SECRET": CLIENT_SECRET}
    running = Running(environment(told), CLAIMS, "--paste")
    address = where_it_leads(running.until(r"http://\S+/oauth/authorize\S+"))
    assert address.startswith("http://localhost/?")
    code, stdout, stderr = running.end(address + "\n")
    assert code == 0, stderr
    assert f"kept in {file}," in stdout
    assert (file.read_text(), stat.S_IMODE(file.stat().st_mode)) == ("refresh-1", 0o600)
    reads_an_invoice(desk, guarded, told)


def test_a_person_consents_by_a_code_on_another_device(
    desk: MailDesk, guarded: Dovecot, server: AuthorizationServer, told: dict[str, str]
) -> None:
    server.consents.person = "waits"
    running = Running(environment(told), "--device")
    assert f"open {server.device_url}/login on any device" in running.until("on any device") + running.said
    running.until(r"^WDJB-MJH\d")
    while server.asked < 3:  # the code, and two questions
        threading.Event().wait(0.01)
    server.consents.person = "consents"
    code, _, stderr = running.end()
    assert code == 0, stderr
    reads_an_invoice(desk, guarded, told)


def test_the_token_is_printed_alone_where_one_asks_for_it_and_kept_nowhere(
    server: AuthorizationServer, told: dict[str, str], tmp_path: Path
) -> None:
    running = Running(environment(told), "--print")
    browse(running.until(r"http://\S+/oauth/authorize\S+", stderr=True))
    running.said = ""
    code, stdout, _ = running.end()
    assert (code, stdout) == (0, "refresh-1\n")
    assert not (tmp_path / "data" / "oauth").exists()


def test_a_login_that_does_not_work_after_the_consent_is_said(
    guarded: Dovecot, server: AuthorizationServer, told: dict[str, str]
) -> None:
    told["PULSE_MAIL_OAUTH_SCOPE"] = "smtp offline_access"
    running = Running(environment(told))
    browse(running.until(r"http://\S+/oauth/authorize\S+"))
    code, stdout, _ = running.end()
    assert code == 1
    assert f"FAIL  {CLAIMS}: 127.0.0.1:{guarded.port} refuses the token for {CLAIMS}" in stdout
    assert "It was given for: smtp offline_access" in stdout


def test_who_is_denied_is_told_so_in_one_line_and_nothing_is_kept(
    server: AuthorizationServer, told: dict[str, str], tmp_path: Path
) -> None:
    server.consents.person = "denies"
    running = Running(environment(told))
    browse(running.until(r"http://\S+/oauth/authorize\S+"))
    code, _, stderr = running.end()
    assert code == 1
    assert stderr == (
        "pulse: Consent was refused: by the person, or because the organisation allows it to administrators alone. "
        "It says access_denied AADSTS65004. [consent_failed]\n"
    )
    assert list((tmp_path / "data" / "oauth").iterdir()) == []


def pasted(told: dict[str, str], answer: Callable[[str], str]) -> PulseError:
    """What the command says when this is pasted for the address that it printed."""
    printed: list[str] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("typer.prompt", lambda *_, **__: answer(next(said.strip() for said in printed if "?" in said)))
        patch.setattr("typer.echo", lambda words="", **_: printed.append(str(words)))
        for name, value in told.items():
            patch.setenv(name, value)
        result = CliRunner().invoke(app, ["mail", "authorize", "--paste"])
    assert isinstance(result.exception, PulseError), result
    return result.exception


@pytest.mark.parametrize(
    ("changed", "answer", "words"),
    [
        ({}, lambda url: where_it_leads(url).replace("state=", "state=x"), "belongs to another request (wrong state)"),
        ({}, lambda url: where_it_leads(url).replace("code-", "kode-"), "not any more: begin again. It says inv"),
        ({}, lambda url: where_it_leads(url.replace("code_challenge=", "code_challenge=x")), "It says invalid_request"),
        ({}, lambda url: url, "not the address that the browser ends at"),
        ({"SCOPE": "mail"}, where_it_leads, "It says invalid_scope AADSTS70011. Check PULSE_MAIL_OAUTH_SCOPE."),
        ({"SCOPE": "imap"}, where_it_leads, "want offline_access among the scopes. Check PULSE_MAIL_OAUTH_SCOPE."),
        ({"CLIENT_SECRET": "over", "CLIENT_ID": CLIENT_ID}, where_it_leads, "invalid_client. Check client_id and"),
        ({"TOKEN_URL": "http://127.0.0.1:9/token"}, where_it_leads, "No OAuth2 token: 127.0.0.1:9 refuses the conn"),
    ],
)
def test_what_goes_wrong_is_said_with_the_setting(
    told: dict[str, str], changed: dict[str, str], answer: Callable[[str], str], words: str, tmp_path: Path
) -> None:
    told |= {f"PULSE_MAIL_OAUTH_{name}": value for name, value in changed.items()}
    assert words in pasted(told, answer).message
    assert list((tmp_path / "data" / "oauth").iterdir()) == []


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"AUTHORIZATION_URL": None}, "PULSE_MAIL_OAUTH_AUTHORIZATION_URL must be set for a person's consent"),
        ({"SCOPE": None}, "PULSE_MAIL_OAUTH_SCOPE must be set for a person's consent"),
        ({"CONSENT": None, "REFRESH_TOKEN": "x"}, "PULSE_MAIL_OAUTH_REFRESH_TOKEN is set by value"),
        ({"CONSENT": None, "CLIENT_SECRET": "x"}, "as an application, .* PULSE_MAIL_OAUTH_CONSENT = true"),
        ({"CONSENT": None, "REFRESH_TOKEN_FILE": "/proc/none/token"}, "cannot be written to /proc/none/token"),
    ],
)
def test_settings_that_allow_no_consent_are_said_before_anybody_is_bothered(
    told: dict[str, str], changed: dict[str, str | None], words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    told |= {f"PULSE_MAIL_OAUTH_{name}": value or "" for name, value in changed.items()}
    for name, value in told.items():
        if value:
            monkeypatch.setenv(name, value)
    result = CliRunner().invoke(app, ["mail", "authorize"])
    assert isinstance(result.exception, Misconfigured)
    assert re.search(words, result.exception.message)
    assert "http://" not in result.output


def test_of_several_mailboxes_each_has_its_own_consent(
    server: AuthorizationServer, told: dict[str, str], tmp_path: Path
) -> None:
    table = "[[mailbox]]\nhost = 'h'\nuser = '{}'\n[mailbox.oauth]\ntoken_url = '{}'\nclient_id = '{}'\n{}\n"
    file = tmp_path / "mailboxes.toml"
    tables = [table.format(user, server.url, PUBLIC_CLIENT_ID, "consent = true") for user in ("one", "other")]
    tables.append(table.format("robot", server.url, CLIENT_ID, "client_secret = 'x'"))
    file.write_text("".join(tables))
    settings = load({"PULSE_MAILBOXES": str(file), "PULSE_DATA_DIR": str(tmp_path)})
    places = [authorization(settings, name).refresh_token.demand_place() for name in ("one", "other")]
    assert places[0] != places[1]
    with pytest.raises(NotFound, match="say which of one, other, robot"):
        authorization(settings, None)
    with pytest.raises(NotFound, match="there are: one, other, robot"):
        authorization(settings, "nobody")
    with pytest.raises(Misconfigured, match=r"robot logs in as an application.* oauth\.consent of robot"):
        authorization(settings, "robot")
    with pytest.raises(Misconfigured, match="Nothing logs in by OAuth2: set PULSE_MAIL_OAUTH_TOKEN_URL"):
        authorization(load({}), None)


def test_where_the_mailboxes_stand_in_a_file_the_mail_server_has_a_consent_of_its_own(
    server: AuthorizationServer, told: dict[str, str], tmp_path: Path
) -> None:
    file = tmp_path / "mailboxes.toml"
    file.write_text("[[mailbox]]\nhost = 'h'\nuser = 'u'\npassword = 'p'\n")
    kept = {name: value for name, value in told.items() if "IMAP" not in name}
    found = authorization(load(kept | {"PULSE_MAILBOXES": str(file)}), None)
    assert (found.name, found.key("scope")) == ("mail-out", "PULSE_MAIL_OAUTH_SCOPE")


def test_a_code_and_a_pasted_address_exclude_each_other() -> None:
    result = CliRunner().invoke(app, ["mail", "authorize", "--device", "--paste"])
    assert (result.exit_code, "no address to paste" in result.output) == (2, True)


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


@pytest.fixture
def certified(told: dict[str, str], server: AuthorizationServer, tmp_path: Path) -> dict[str, str]:
    """The settings of an application that shows a certificate."""
    pem = client_certificate()
    server.certificate = x509.load_pem_x509_certificates(pem.encode())[0]
    file = tmp_path / "client.pem"
    file.write_text(pem)
    del told["PULSE_MAIL_OAUTH_CONSENT"]
    told |= {"PULSE_MAIL_OAUTH_CLIENT_ID": CERTIFIED_CLIENT_ID, "PULSE_MAIL_OAUTH_SCOPE": "imap"}
    return told | {"PULSE_MAIL_OAUTH_CLIENT_CERTIFICATE_FILE": str(file)}


def test_an_application_shows_a_certificate_instead_of_a_secret(
    desk: MailDesk, guarded: Dovecot, server: AuthorizationServer, certified: dict[str, str]
) -> None:
    reads_an_invoice(desk, guarded, certified)
    assert server.given == 1
    # Each statement is made anew: the server takes none twice.
    reads = accounts(load(certified))[0].account.tokens
    assert reads is not None
    assert reads.current() == "token-2"


def test_a_person_consents_to_a_client_with_a_certificate(
    server: AuthorizationServer, certified: dict[str, str]
) -> None:
    settings = load(certified | {"PULSE_MAIL_OAUTH_CONSENT": "true", "PULSE_MAIL_OAUTH_SCOPE": SCOPE})
    wanted = authorization(settings, CLAIMS)
    request = BrowserConsent(
        authorization_url=server.authorization_url,
        client_id=CERTIFIED_CLIENT_ID,
        scope=SCOPE,
        redirect_uri="http://localhost:1",
    )
    given = request.taken(wanted.endpoint, where_it_leads(request.address))
    wanted.refresh_token.give(given.refresh_token or "")
    tokens = accounts(settings)[0].account.tokens
    assert tokens is not None
    assert tokens.current() == "token-2"


@pytest.mark.usefixtures("guarded")
def test_another_certificate_than_the_registered_one_is_refused_in_words(
    server: AuthorizationServer, certified: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    server.certificate = x509.load_pem_x509_certificates(client_certificate(key_number=4).encode())[0]
    for name, value in certified.items():
        monkeypatch.setenv(name, value)
    result = CliRunner().invoke(app, ["mail", "test", CLAIMS])
    assert result.exit_code == 1
    assert "invalid_client AADSTS700027. Add the certificate to the client's registration" in result.output


def test_a_certificate_that_cannot_be_used_is_said_with_its_setting(certified: dict[str, str]) -> None:
    file = Path(certified["PULSE_MAIL_OAUTH_CLIENT_CERTIFICATE_FILE"])
    key = file.read_text().split("-----BEGIN CERT")[0]
    for pem, words in (
        (client_certificate(elliptic=True), "holds a private key that is not RSA"),
        (key, "holds no certificate"),
        (key + client_certificate(key_number=4).split("PRIVATE KEY-----")[-1], "do not belong together"),
        ("-----BEGIN CERTIFICATE-----", "holds no private key that can be read"),
    ):
        file.write_text(pem)
        with pytest.raises(Misconfigured, match=f"PULSE_MAIL_OAUTH_CLIENT_CERTIFICATE .*{words}") as wrong:
            accounts(load(certified))
        assert wrong.value.details["key"] == "PULSE_MAIL_OAUTH_CLIENT_CERTIFICATE"
        assert "KEY-----" not in wrong.value.message


@pytest.fixture
def delegated(told: dict[str, str], server: AuthorizationServer, tmp_path: Path) -> dict[str, str]:
    """The settings of a service account that may act for the organisation's people."""
    server.account_key = public_key(3)
    file = tmp_path / "service-account.json"
    file.write_text(service_account_file(server.url))
    kept = {name: value for name, value in told.items() if "OAUTH" not in name}
    return kept | {"PULSE_MAIL_OAUTH_SERVICE_ACCOUNT_FILE": str(file), "PULSE_MAIL_OAUTH_SCOPE": "imap"}


def test_a_service_account_reads_the_mailbox_of_its_user(
    desk: MailDesk, guarded: Dovecot, server: AuthorizationServer, delegated: dict[str, str]
) -> None:
    reads_an_invoice(desk, guarded, delegated)
    assert set(server._user_of.values()) == {CLAIMS}


def test_a_service_account_that_may_not_act_for_a_user_or_has_another_key_is_refused(
    server: AuthorizationServer, delegated: dict[str, str]
) -> None:
    for changed, code in (
        ({"PULSE_IMAP_USER": "claims@elsewhere.example"}, "unauthorized_client"),
        ({"PULSE_IMAP_USER": "claims@insurer.example"}, "invalid_grant"),
    ):
        server.account_key = public_key(3 if code == "unauthorized_client" else 4)
        tokens = accounts(load(delegated | changed))[0].account.tokens
        assert tokens is not None
        with pytest.raises(TokenRefused) as refused:
            tokens.current()
        assert refused.value.error == code


def test_the_keys_of_clients_are_in_no_repr(certified: dict[str, str], delegated: dict[str, str]) -> None:
    for told in (certified, delegated):
        settings = load(told)
        account = accounts(settings)[0]
        assert account.account.tokens is not None
        shown = repr(settings) + repr(account) + repr(account.account.tokens._endpoint)
        assert "PRIVATE KEY" not in json.dumps(shown)
