"""Settings of mail in and mail out."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings

from pulse.settings.types import HttpUrl, Port, ProxyUrl, Tls


class MailSettings(BaseSettings):
    """The invoice mailbox, the mail server, and the mailbox of sent letters."""

    imap_host: str = Field("127.0.0.1", description="IMAP server of the invoice mailbox.")
    imap_port: Port = Field(993, description="IMAP port.")
    imap_user: str = Field("", description="IMAP login.")
    imap_password: SecretStr = Field(SecretStr(""), description="IMAP password.")
    imap_tls: Tls = Field("tls", description="tls, starttls or none.")
    imap_ca_file: Path | None = Field(None, description="Certificates to trust instead of the system's (IMAP, SMTP).")
    imap_folder: str = Field("INBOX", description="Folder that invoices arrive in.")
    mailboxes: Path | None = Field(
        None, description="TOML file of several mailboxes and folders, instead of the one that PULSE_IMAP_… names."
    )
    mail_oauth_token_url: HttpUrl | None = Field(
        None, description="Where OAuth2 tokens for mail come from; IMAP and SMTP log in by XOAUTH2 without a password."
    )
    mail_oauth_client_id: str | None = Field(None, description="OAuth2 client.")
    mail_oauth_client_secret: SecretStr | None = Field(None, description="OAuth2 client; some have none.")
    mail_oauth_client_certificate: SecretStr | None = Field(
        None, description="OAuth2 client: private key (RSA) and certificate as PEM, instead of a secret."
    )
    mail_oauth_service_account: SecretStr | None = Field(
        None,
        description="JSON key file of a Google service account that may act for the mailbox's user; token URL and "
        "client are in it.",
    )
    mail_oauth_scope: str | None = Field(None, description="OAuth2 scopes, with blanks between.")
    mail_oauth_consent: bool = Field(
        False,
        description="OAuth2 in the name of a person, who consents by `pulse mail authorize`; the refresh token is kept "
        "in the data folder.",
    )
    mail_oauth_refresh_token: SecretStr | None = Field(
        None, description="OAuth2 in a person's name, with a refresh token from elsewhere."
    )
    mail_oauth_refresh_token_file: Path | None = Field(
        None, description="The refresh token's file; `pulse mail authorize` writes it."
    )
    mail_oauth_authorization_url: HttpUrl | None = Field(
        None, description="Where the person consents; known for Microsoft and Google."
    )
    mail_oauth_device_url: HttpUrl | None = Field(
        None, description="Where `pulse mail authorize --device` gets its code; known for Microsoft and Google."
    )
    mail_proxy: ProxyUrl | None = Field(
        None, description="Way to mail servers and tokens: socks5://host:port or http://host:port, login included."
    )
    mail_health_host: str = Field("127.0.0.1", description="Interface of `pulse mail --health-port`.")
    poll_interval_s: float = Field(20.0, gt=0, description="Pause between two looks into the mailbox.")
    mail_lease_s: float = Field(120.0, gt=0, le=120, description="How long the mailbox is a dead gateway's.")
    mail_max_bytes: int = Field(25 * 1024 * 1024, gt=0, description="Larger mails are not fetched.")
    keep_mails_days: int = Field(
        4018, ge=1, le=36500, description="So long mails that led to cases are kept, from when the last one was closed."
    )
    keep_other_mails_days: int = Field(365, ge=1, le=36500, description="So long mails that led to no case are kept.")

    ask_remind_days: int = Field(
        7, ge=1, le=365, description="A provider who was asked about an invoice is reminded after so many days."
    )
    ask_give_up_days: int = Field(
        30, ge=2, le=730, description="After so many days without an answer the invoice is returned to the provider."
    )
    ask_reply_to: str | None = Field(
        None, description="Where answers to questions go; a mailbox that Pulse reads. Default: mail_from."
    )

    mails_per_hour: int = Field(
        300, gt=0, description="So many mails of one sender are taken within an hour; the others wait their turn."
    )
    mail_trusted_authserv: str = Field(
        "",
        description="Names of own mail servers whose Authentication-Results are believed, with blanks between; `-` for "
        "one that does not name itself (Microsoft 365). Only servers that write the field into every mail.",
    )
    watch_url: str | None = Field(
        None, description="Folder or bucket (fsspec URL) that other programs, such as a fax gateway, put invoices into."
    )
    watch_names: str = Field(
        "*", min_length=1, description="Patterns of names, such as `*.pdf *.tif`: other files there are left alone."
    )
    watch_rest_s: float = Field(5.0, ge=0, description="A file there is taken when it has not changed for so long.")

    smtp_host: str = Field("127.0.0.1", description="SMTP server.")
    smtp_port: Port = Field(465, description="SMTP port.")
    smtp_user: str | None = Field(None, description="SMTP login.")
    smtp_password: SecretStr | None = Field(None, description="SMTP password.")
    smtp_tls: Tls = Field("tls", description="tls, starttls or none.")
    mail_from: str = Field("invoices@insurer.example", description="Address that letters come from.")
    controllers_mail: str = Field("controllers@insurer.example", description="Where controllers are told.")

    sent_address: str | None = Field(None, description="Mailbox that gets a copy of every letter; default: mail_from.")
    sent_user: str | None = Field(None, description="IMAP login of that mailbox; default: imap_user.")
    sent_password: SecretStr | None = Field(None, description="IMAP password of that mailbox.")
    sent_folder: str = Field("INBOX", description="Folder that the copies arrive in.")
