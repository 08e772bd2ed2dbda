"""Connects mail: the invoice mailbox, the mail server, and the mailbox of sent letters."""

from __future__ import annotations

from mail_gateway.account import Account
from mail_gateway.gateway import Gateway
from mail_gateway.sent import ImapSentMailbox
from mail_gateway.smtp import SmtpMailOut
from pulse.claims.office import Office
from pulse.settings import Settings
from pulse.wiring.letters import signer


def mail_out(settings: Settings) -> SmtpMailOut:
    """Where mails leave."""
    password = settings.smtp_password
    return SmtpMailOut(
        host=settings.smtp_host,
        port=settings.smtp_port,
        user=settings.smtp_user,
        password=password.get_secret_value() if password else None,
        tls=settings.smtp_tls,
        ca_file=settings.imap_ca_file,
        mail_from=settings.mail_from,
        sent_copy_to=settings.sent_address or settings.mail_from,
        signer=signer(settings),
    )


def sent_mailbox(settings: Settings) -> ImapSentMailbox:
    """Where copies of letters arrive."""
    password = settings.sent_password or settings.imap_password
    return ImapSentMailbox(
        host=settings.imap_host,
        port=settings.imap_port,
        user=settings.sent_user or settings.imap_user,
        password=password.get_secret_value(),
        tls=settings.imap_tls,
        ca_file=settings.imap_ca_file,
        folder=settings.sent_folder,
    )


def gateway(settings: Settings, office: Office) -> Gateway:
    """The poller of the invoice mailbox."""
    account = Account(
        host=settings.imap_host,
        port=settings.imap_port,
        user=settings.imap_user,
        password=settings.imap_password.get_secret_value(),
        tls=settings.imap_tls,
        ca_file=settings.imap_ca_file,
        folder=settings.imap_folder,
        lease_s=settings.mail_lease_s,
        max_bytes=settings.mail_max_bytes,
    )
    return Gateway(office, account, poll_interval_s=settings.poll_interval_s)
