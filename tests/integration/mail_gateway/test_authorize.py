"""`pulse mail authorize`: a person consents before a real authorization server, and a real IMAP server that demands the
tokens lets in."""

from __future__ import annotations

import re
import stat
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from authorization_server import CLIENT_ID, CLIENT_SECRET, PUBLIC_CLIENT_ID, AuthorizationServer
from consenting_person import Running, browse, environment, no_command_outlives_its_test, where_it_leads
from dovecot import Dovecot
from guarded_mailbox import guarded, reads_an_invoice, server, told
from mail_desk import CLAIMS, MailDesk
from typer.testing import CliRunner

from mail_gateway.connection.mailbox import LoginRefused, Mailbox
from mail_gateway.connection.refresh_tokens import NoConsent
from pulse.base.errors import Misconfigured, NotFound, PulseError
from pulse.cli.root import app
from pulse.settings import load
from pulse.wiring.mail import accounts
from pulse.wiring.oauth import authorization

__all__ = ["guarded", "no_command_outlives_its_test", "server", "told"]


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
