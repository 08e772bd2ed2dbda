"""Questions about the mailboxes, the mail server and the mailbox of sent letters: which there are, which work."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Literal
from urllib.parse import urlsplit

from mail_gateway.connection.account import Account, NamedAccount
from mail_gateway.connection.diagnosis import Server, diagnose
from mail_gateway.connection.mailbox import Mailbox
from mail_gateway.connection.sent import ImapSentMailbox
from mail_gateway.foresight import foresee
from mail_gateway.outgoing.smtp import SmtpMailOut
from pulse.base.errors import NotFound
from pulse.claims.mailboxes import Foreseen, MailboxFacts, MailboxReport
from pulse.claims.office import Office

OUT, SENT = "mail-out", "sent"
#: For each answer of a server, and for a whole test, which may be a person's click.
ANSWER_S, _TEST_S = 8.0, 25.0


class ImapMailboxes:
    """Implements `pulse.claims.mailboxes.Mailboxes`."""

    def __init__(
        self,
        accounts: Callable[[], Sequence[NamedAccount]],
        mail_out: Callable[[], SmtpMailOut],
        sent: Callable[[], ImapSentMailbox],
        office: Callable[[], Office] | None = None,
    ) -> None:
        """What is given makes each anew; it may raise `Misconfigured`. `office` is whose rules `foresee` asks."""
        self._accounts, self._mail_out, self._sent, self._office = accounts, mail_out, sent, office
        self._tests: dict[str, tuple[threading.Thread, list[MailboxReport]]] = {}

    def names(self) -> Sequence[str]:
        return [one.name for one in self._accounts()]

    def facts(self) -> Sequence[MailboxFacts]:
        incoming = [_facts(one, "in") for one in self._accounts()]
        return [*incoming, _facts_out(self._mail_out()), _facts(self._sent_account(), "sent")]

    def test(self, name: str) -> MailboxReport:
        if name == OUT:
            out = self._mail_out()
            return self._within(name, lambda: _examine_out(out))
        known = {one.name: one for one in [*self._accounts(), self._sent_account()]}
        if name not in known:
            raise NotFound("There is no mailbox of this name.")
        return self._within(name, lambda: _examine(known[name]))

    def foresee(self, name: str, last: int) -> Sequence[Foreseen]:
        named = next((one for one in self._accounts() if one.name == name), None)
        if named is None or self._office is None:
            raise NotFound("There is no mailbox of this name.")
        return foresee(self._office(), replace(named, account=replace(named.account, timeout_s=ANSWER_S)), last)

    def _sent_account(self) -> NamedAccount:
        account = self._sent().account
        return NamedAccount(name=SENT, account=account, folders=(account.folder,))

    def _within(self, name: str, examine: Callable[[], MailboxReport]) -> MailboxReport:
        """Asks in a thread of its own, so that a server that drips holds nobody up; who asks meanwhile waits for the
        same answer."""
        running, found = self._tests.get(name, (None, []))
        if running is None or not running.is_alive():
            found = []
            running = threading.Thread(target=lambda: found.append(examine()), name="mail-test", daemon=True)
            self._tests[name] = running, found
            running.start()
        running.join(_TEST_S)
        if found:
            return found[0]
        words = f"No end after {_TEST_S:.0f} seconds: a server is very slow. Try again in a minute."
        return MailboxReport(name=name, works=False, code="no_answer", words=words)


def _facts(named: NamedAccount, kind: Literal["in", "sent"]) -> MailboxFacts:
    account = named.account
    return MailboxFacts(
        name=named.name,
        kind=kind,
        server=f"{account.host}:{account.port}",
        user=account.user,
        tls=account.tls,
        login="password" if account.tokens is None else "oauth2",
        proxy=_place(account.proxy),
        account=account.name if kind == "in" else "",
        folders=named.folders,
    )


def _facts_out(out: SmtpMailOut) -> MailboxFacts:
    login: Literal["none", "password", "oauth2"] = "none"
    if out.user:
        login = "password" if out.tokens is None else "oauth2"
    return MailboxFacts(
        name=OUT,
        kind="out",
        server=f"{out.host}:{out.port}",
        user=out.user or "",
        tls=out.tls,
        login=login,
        proxy=_place(out.proxy),
    )


def _place(proxy: str | None) -> str:
    return urlsplit(proxy or "").netloc.rpartition("@")[2]


def _examine(named: NamedAccount) -> MailboxReport:
    account = replace(named.account, timeout_s=ANSWER_S)
    folders: tuple[str, ...] = ()
    read_only = []
    try:
        mailbox = Mailbox.open(account)
        try:
            folders = tuple(mailbox.folders())
            for folder in named.folders:
                mailbox.select(folder)
                if mailbox.is_read_only:
                    read_only.append(folder)
        finally:
            mailbox.close()
    except Exception as error:  # noqa: BLE001  whatever it is, a person asked what is wrong
        code, words = diagnose(error, _server(account))
        return MailboxReport(name=named.name, works=False, code=code, words=words, folders=folders)
    words = f"{account.host}:{account.port} answers, the login works, {', '.join(named.folders)} can be read."
    if read_only:
        words += f" Mails in {', '.join(read_only)} cannot be moved: the mailbox is read-only."
    code = "mailbox_read_only" if read_only else ""
    return MailboxReport(name=named.name, works=True, code=code, words=words, folders=folders)


def _examine_out(out: SmtpMailOut) -> MailboxReport:
    try:
        out.check()
    except Exception as error:  # noqa: BLE001  whatever it is, a person asked what is wrong
        code, words = diagnose(error, _server(out))
        return MailboxReport(name=OUT, works=False, code=code, words=words)
    finally:
        out.close()
    login = "the login works" if out.user else "no login is set"
    return MailboxReport(name=OUT, works=True, code="", words=f"{out.host}:{out.port} answers, {login}.")


def _server(tried: Account | SmtpMailOut) -> Server:
    tokens = tried.tokens
    return Server(
        host=tried.host,
        port=tried.port,
        tls=tried.tls,
        user=tried.user or "",
        proxy=tried.proxy,
        token_url=tokens.url if tokens else "",
        granted=tokens.granted if tokens else "",
    )
