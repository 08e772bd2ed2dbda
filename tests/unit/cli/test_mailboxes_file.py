"""The file of several mailboxes: what may stand in it, and how what is wrong is said."""

from __future__ import annotations

from pathlib import Path

import pytest
from certificates import service_account_file

from pulse.base.errors import Misconfigured
from pulse.settings import load
from pulse.settings.mailboxes import MailboxSettings, mailboxes
from pulse.settings.oauth import OAuth, mail_oauth

PLAIN = '[[mailbox]]\nhost = "h"\nuser = "u"\npassword_file = "secret"\n'
BOTH = """
[[mailbox]]
name = "invoices"
host = "outlook.office365.com"
user = "rechnungen@insurer.example"
folders = ["INBOX", "Fax"]
proxy = "socks5h://proxy.insurer.example:1080"

[mailbox.oauth]
token_url = "https://login.microsoftonline.com/tenant/oauth2/v2.0/token"
client_id = "an-id"
client_secret_file = "secret"
scope = "https://outlook.office365.com/.default"

[[mailbox]]
host = "mail.hoster.example"   # a Swiss one
user = "fax@insurer.example"
password_file = "secret"
processed = "Erledigt"
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "secret").write_text("hunter2\n")
    return tmp_path / "mailboxes.toml"


def read(file: Path, text: str, **more: str) -> tuple[MailboxSettings, ...]:
    file.write_text(text.replace("@\n", PLAIN))
    return mailboxes(load({"PULSE_MAILBOXES": str(file), **more}))


def test_each_mailbox_has_its_login_and_folders_and_secrets_stand_beside_the_file(file: Path) -> None:
    one, other = read(file, BOTH)
    assert (one.name, one.folders, one.port, one.tls) == ("invoices", ("INBOX", "Fax"), 993, "tls")
    assert one.oauth is not None
    assert one.oauth.client_secret is not None
    assert one.oauth.client_secret.get_secret_value() == "hunter2"
    assert one.proxy is not None
    assert one.proxy.get_secret_value() == "socks5://proxy.insurer.example:1080"
    assert (other.name, other.folders, other.processed) == ("fax@insurer.example", ("INBOX",), "Erledigt")
    assert other.password is not None
    assert other.password.get_secret_value() == "hunter2"
    assert "hunter2" not in repr((one, other))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('@\nfolder = "x"', "line 5: folder is not a key"),
        ('[[mailbox]]\nhost = "h"\nuser = "u"', "line 1: needs either password_file or a table"),
        ('[[mailbox]]\nuser = "u"\npassword_file = "secret"', "line 1: host must be set"),
        ('\n[[mailbox]]\nhost = "h"\nuser = "u"\npassword_file = "nowhere"', "line 5: password_file the file cannot"),
        ('@\nport = "many"', "line 5: port Input should"),
        ('@\ntls = "ssl"', "line 5: tls Input should"),
        ("@\nfolders = []", "line 5: folders"),
        (
            '@\nproxy = "ftp://x"',
            "line 5: proxy must be an address like socks5://host:1080",
        ),
        (
            BOTH.replace("client_id", "client"),
            "line 11: oauth.client is not a key of a mailbox",
        ),
        (BOTH.replace('client_secret_file = "secret"\n', ""), "line 9: oauth needs client_secret_file, client"),
        (
            BOTH.replace("client_secret_file", "client_certificate_file"),
            "line 9: oauth client_certificate holds no private key that can be read",
        ),
        (
            BOTH.replace("client_secret_file", "service_account_file"),
            "line 9: oauth service_account is not the JSON key file of a Google service account",
        ),
        (
            BOTH.replace("client_secret_file", "consent = true\nrefresh_token_file"),
            "line 9: oauth consent and refresh_token_file: only one of them may be set",
        ),
        (BOTH.replace("tenant/oauth2", "").replace("https://login", "login"), "line 10: oauth.token_url must be an"),
        (BOTH.replace("processed", "proccessed"), "line 19: proccessed is not a key of a mailbox"),
        (
            BOTH.replace('"fax@insurer.example"', '"fax"\nname = "invoices"'),
            "line 18: name another mailbox is called invoices",
        ),
        (BOTH.replace('name = "invoices"', 'name = "sent"'), "line 3: name sent is a name of Pulse"),
        (
            BOTH + BOTH.split("[[mailbox]]")[2].join(["[[mailbox]]", ""]).replace("user", 'name = "x"\nuser'),
            "same host",
        ),
        ("[[mailboxes]]", "unknown key mailboxes; each mailbox is a table"),
        ("", "has no .*mailbox"),
        ("[[mailbox]]\nhost = x", "is not TOML: .*line 2"),
    ],
)
def test_what_is_wrong_is_said_with_its_line_and_key(file: Path, text: str, said: str) -> None:
    with pytest.raises(Misconfigured, match=said) as wrong:
        read(file, text)
    assert "hunter2" not in str(wrong.value)


def test_the_file_and_the_one_account_exclude_each_other(file: Path) -> None:
    with pytest.raises(Misconfigured, match="PULSE_IMAP_USER and PULSE_MAILBOXES"):
        read(file, BOTH, PULSE_IMAP_USER="u")
    with pytest.raises(Misconfigured, match=r"PULSE_MAILBOXES: .* cannot be read"):
        mailboxes(load({"PULSE_MAILBOXES": str(file.parent / "none.toml")}))


def test_without_a_file_there_is_the_one_account(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="No mailbox is set"):
        mailboxes(load({}))
    (one,) = mailboxes(load({"PULSE_IMAP_USER": "u", "PULSE_IMAP_PASSWORD": "p", "PULSE_IMAP_FOLDER": "Rechnungen"}))
    assert (one.name, one.folders) == ("u", ("Rechnungen",))


def test_tokens_for_mail_are_named_whole_or_not_at_all() -> None:
    token = {"PULSE_MAIL_OAUTH_TOKEN_URL": "https://login.example/token"}
    client = token | {"PULSE_MAIL_OAUTH_CLIENT_ID": "i"}
    assert mail_oauth(load({})) is None
    for given, wrong in (
        (token, "PULSE_MAIL_OAUTH_CLIENT_ID must be set"),
        (client, "needs PULSE_MAIL_OAUTH_CLIENT_SECRET_FILE, .*_CERTIFICATE_FILE, .* or PULSE_MAIL_OAUTH_CONSENT$"),
        (client | {"PULSE_MAIL_OAUTH_CLIENT_CERTIFICATE": "x"}, "PULSE_MAIL_OAUTH_CLIENT_CERTIFICATE holds no private"),
        ({"PULSE_MAIL_OAUTH_SERVICE_ACCOUNT": "{}"}, "PULSE_MAIL_OAUTH_SERVICE_ACCOUNT is not the JSON key file"),
    ):
        with pytest.raises(Misconfigured, match=wrong) as refused:
            mail_oauth(load(given))
        assert str(refused.value.details["key"]).startswith("PULSE_MAIL_OAUTH_")
    whole = client | {"PULSE_MAIL_OAUTH_REFRESH_TOKEN": "r", "PULSE_IMAP_USER": "u"}
    (one,) = mailboxes(load(whole))
    assert one.password is None
    assert one.oauth is not None
    with pytest.raises(Misconfigured, match="only one way to log in"):
        mailboxes(load(whole | {"PULSE_IMAP_PASSWORD": "p"}))


def test_a_service_account_says_itself_where_tokens_are_had_and_must_say_what_for() -> None:
    account = {"PULSE_MAIL_OAUTH_SERVICE_ACCOUNT": service_account_file("https://oauth2.googleapis.com/token")}
    with pytest.raises(Misconfigured, match="PULSE_MAIL_OAUTH_SERVICE_ACCOUNT needs PULSE_MAIL_OAUTH_SCOPE"):
        mail_oauth(load(account))
    whole = account | {"PULSE_MAIL_OAUTH_SCOPE": "https://mail.google.com/"}
    oauth = mail_oauth(load(whole))
    assert oauth is not None
    assert (oauth.token_url, oauth.client_id) == ("https://oauth2.googleapis.com/token", "1234567890")
    assert "PRIVATE KEY" not in repr(oauth)
    with pytest.raises(Misconfigured, match="SERVICE_ACCOUNT and PULSE_MAIL_OAUTH_CLIENT_SECRET: only one"):
        mail_oauth(load(whole | {"PULSE_MAIL_OAUTH_CLIENT_SECRET": "s"}))


def test_a_refresh_tokens_file_need_not_be_there_before_the_consent(file: Path) -> None:
    (one, _) = read(file, BOTH.replace("client_secret_file", "refresh_token_file").replace('"secret"', '"later"', 1))
    assert one.oauth is not None
    assert one.oauth.refresh_token_file == file.parent / "later"


@pytest.mark.parametrize(
    ("token_url", "consent_url", "device_url"),
    [
        (
            "https://login.microsoftonline.com/t/oauth2/v2.0/token",
            "https://login.microsoftonline.com/t/oauth2/v2.0/authorize",
            "https://login.microsoftonline.com/t/oauth2/v2.0/devicecode",
        ),
        (
            "https://oauth2.googleapis.com/token",
            "https://accounts.google.com/o/oauth2/v2/auth?access_type=offline&prompt=consent",
            "https://oauth2.googleapis.com/device/code",
        ),
        ("https://login.example/token", None, None),
    ],
)
def test_where_people_consent_is_known_for_microsoft_and_google(
    token_url: str, consent_url: str | None, device_url: str | None
) -> None:
    oauth = OAuth(token_url=token_url, client_id="i", consent=True)
    assert (oauth.consent_url, oauth.device_code_url) == (consent_url, device_url)
    own = OAuth(
        token_url=token_url,
        client_id="i",
        consent=True,
        authorization_url="https://a.example/",
        device_url="https://d.example/x",
    )
    assert (own.consent_url, own.device_code_url) == ("https://a.example", "https://d.example/x")
