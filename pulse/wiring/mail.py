"""Connects mail: the mailboxes that invoices arrive in, the mail server, and the mailbox of sent letters."""

from __future__ import annotations

from collections.abc import Callable

from pydantic import SecretStr

from mail_gateway.connection.account import Account, NamedAccount
from mail_gateway.connection.sent import ImapSentMailbox
from mail_gateway.entrances.folder import Folder
from mail_gateway.entrances.gateway import Gateway
from mail_gateway.entrances.gateways import Gateways, Poller
from mail_gateway.entrances.importing import Importer
from mail_gateway.entrances.watch import Watch
from mail_gateway.mailboxes import ANSWER_S, ImapMailboxes
from mail_gateway.outgoing.smtp import SmtpMailOut
from pulse.claims.office import Office
from pulse.settings import Settings
from pulse.settings.mailboxes import MailboxSettings, mailboxes
from pulse.settings.oauth import mail_oauth
from pulse.wiring.letters import signer
from pulse.wiring.oauth import mailbox_tokens, tokens


def mail_out(settings: Settings, *, timeout_s: float = 20.0) -> SmtpMailOut:
    """Where mails leave."""
    oauth = None if settings.smtp_password else mail_oauth(settings)
    return SmtpMailOut(
        host=settings.smtp_host,
        port=settings.smtp_port,
        user=settings.smtp_user,
        password=_plain(settings.smtp_password),
        tls=settings.smtp_tls,
        ca_file=settings.imap_ca_file,
        mail_from=settings.mail_from,
        sent_copy_to=settings.sent_address or settings.mail_from,
        signer=signer(settings),
        tokens=tokens(settings, oauth, settings.mail_proxy, settings.smtp_user) if settings.smtp_user else None,
        proxy=_plain(settings.mail_proxy),
        timeout_s=timeout_s,
    )


def sent_mailbox(settings: Settings) -> ImapSentMailbox:
    """Where copies of letters arrive: on the server of the first mailbox, with its login unless another is set."""
    first = mailboxes(settings)[0] if settings.mailboxes or settings.imap_user else None
    password = settings.sent_password or (first.password if first else settings.imap_password)
    return ImapSentMailbox(
        host=first.host if first else settings.imap_host,
        port=first.port if first else settings.imap_port,
        user=settings.sent_user or (first.user if first else ""),
        password=_plain(password) or "",
        tls=first.tls if first else settings.imap_tls,
        ca_file=first.ca_file if first else settings.imap_ca_file,
        folder=settings.sent_folder,
        tokens=None if settings.sent_password or first is None else mailbox_tokens(settings, first, settings.sent_user),
        proxy=_plain(first.proxy if first else settings.mail_proxy),
    )


def accounts(settings: Settings) -> list[NamedAccount]:
    """The mailboxes that invoices arrive in. Raises `Misconfigured`."""
    return [_account(settings, one) for one in mailboxes(settings)]


def gateways(settings: Settings, office: Office) -> Gateways:
    """The pollers of all mailboxes and folders, and of the watched folder."""
    only_watched = settings.watch_url and not (settings.mailboxes or settings.imap_user)
    pollers: list[Poller] = [
        Gateway(office, account, poll_interval_s=settings.poll_interval_s, mailbox_name=one.name)
        for one in ([] if only_watched else accounts(settings))
        for account in one.each()
    ]
    return Gateways(pollers + watches(settings, office))


def watches(settings: Settings, office: Office) -> list[Poller]:
    """The watch over the folder that other programs put documents into, where there is one. Raises `Misconfigured`."""
    if settings.watch_url is None:
        return []
    watch = Watch(
        office,
        Folder(settings.watch_url, names=settings.watch_names),
        rest_s=settings.watch_rest_s,
        poll_interval_s=settings.poll_interval_s,
        max_bytes=settings.mail_max_bytes,
        lease_s=settings.mail_lease_s,
    )
    return [watch]


def importer(settings: Settings, office: Office, *, answer: bool) -> Importer:
    """Takes mails from files."""
    return Importer(office, answer=answer, max_bytes=settings.mail_max_bytes, trusted_authserv=_trusted(settings))


def known_mailboxes(settings: Settings, office: Callable[[], Office] | None = None) -> ImapMailboxes:
    """Answers to questions about all of these; those about rules need the `office`."""
    return ImapMailboxes(
        accounts=lambda: accounts(settings),
        mail_out=lambda: mail_out(settings, timeout_s=ANSWER_S),
        sent=lambda: sent_mailbox(settings),
        office=office,
    )


def _account(settings: Settings, mailbox: MailboxSettings) -> NamedAccount:
    account = Account(
        host=mailbox.host,
        port=mailbox.port,
        user=mailbox.user,
        password=_plain(mailbox.password) or "",
        tokens=mailbox_tokens(settings, mailbox),
        tls=mailbox.tls,
        ca_file=mailbox.ca_file or settings.imap_ca_file,
        proxy=_plain(mailbox.proxy),
        folder=mailbox.folders[0],
        processed=mailbox.processed,
        returned=mailbox.returned,
        failed=mailbox.failed,
        sent=mailbox.sent,
        lease_s=settings.mail_lease_s,
        max_bytes=settings.mail_max_bytes,
        key=signer(settings),
        mails_per_hour=settings.mails_per_hour,
        trusted_authserv=_trusted(settings),
    )
    return NamedAccount(name=mailbox.name, account=account, folders=mailbox.folders)


def _trusted(settings: Settings) -> tuple[str, ...]:
    return tuple(settings.mail_trusted_authserv.split())


def _plain(secret: SecretStr | None) -> str | None:
    return secret.get_secret_value() if secret else None
