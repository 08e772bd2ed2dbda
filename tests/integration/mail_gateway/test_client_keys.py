"""Logins of applications that hold a key instead of a secret: a certificate, or a service account's file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from authorization_server import CERTIFIED_CLIENT_ID, AuthorizationServer
from certificates import client_certificate, public_key, service_account_file
from consenting_person import where_it_leads
from cryptography import x509
from dovecot import Dovecot
from guarded_mailbox import SCOPE, guarded, reads_an_invoice, server, told
from mail_desk import CLAIMS, MailDesk
from typer.testing import CliRunner

from mail_gateway.connection.consent import BrowserConsent
from pulse.base.errors import Misconfigured
from pulse.cli.root import app
from pulse.engine.client.oauth import TokenRefused
from pulse.settings import load
from pulse.wiring.mail import accounts
from pulse.wiring.oauth import authorization

__all__ = ["guarded", "server", "told"]


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
    for values in (certified, delegated):
        settings = load(values)
        account = accounts(settings)[0]
        assert account.account.tokens is not None
        shown = repr(settings) + repr(account) + repr(account.account.tokens._endpoint)
        assert "PRIVATE KEY" not in json.dumps(shown)
