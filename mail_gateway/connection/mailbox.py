"""One IMAP connection to one folder: by UID, with timeouts, and with every failure one of ours."""

from __future__ import annotations

import contextlib
import imaplib
import socket
import ssl
import threading
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, Self

import structlog
from imapclient import IMAPClient, SocketTimeout
from imapclient.exceptions import IMAPClientAbortError, IMAPClientError, IMAPClientReadOnlyError, LoginError

from mail_gateway.connection.account import Account
from mail_gateway.connection.login import TokenNotTaken, log_in
from mail_gateway.connection.network import connect
from mail_gateway.connection.tls import context
from mail_gateway.message import headers as header_lines
from mail_gateway.message.headers import Headers
from pulse.base.errors import Misconfigured, PulseError, Unavailable
from pulse.engine.client.oauth import TokenRefused, TokenServerAway

log = structlog.get_logger(__name__)

HEADER_BYTES = 64 * 1024
_CHUNK = 100
#: A server that says so refuses for now, not this login (RFC 5530 §3).
_FOR_NOW = ("[UNAVAILABLE]", "[INUSE]", "[LIMIT]", "[SERVERBUG]")


class MailboxUnavailable(Unavailable):
    """The mail server is away or has ended the connection."""

    code = "mailbox_unavailable"


class MailboxNonsense(MailboxUnavailable):
    """The mail server's answer makes no sense."""

    code = "mailbox_nonsense"


class LoginRefused(MailboxUnavailable):
    """The mail server refuses the login."""

    code = "mailbox_login_refused"


class MailboxRefused(PulseError):
    """The mail server refuses a command."""

    code = "mailbox_refused"


class FolderMissing(Misconfigured):
    """The folder to read does not exist."""

    code = "mailbox_folder_missing"


@dataclass(frozen=True, kw_only=True)
class Head:
    """What is known of a mail before it is downloaded: its size in bytes, up to 64 KiB of header, and when the server
    got it (None where it does not tell)."""

    size: int
    block: bytes
    received_at: datetime | None = None
    #: Whether all its parts are texts of its own, as in a newsletter: there is nothing to download for.
    texts_only: bool = False

    @cached_property
    def headers(self) -> Headers:
        """Its fields."""
        return header_lines.split(self.block, 0, len(self.block))[0]


class Mailbox:
    """Opened by `open`; not shared between threads, but for `abort`."""

    def __init__(self, client: IMAPClient, account: Account) -> None:
        self._client = client
        self._account = account
        self._prefix = ""
        #: Whether mails of the selected folder may only be looked at.
        self.is_read_only = False

    @classmethod
    def open(cls, account: Account) -> Self:
        """Connects and logs in. Raises `MailboxUnavailable`, `LoginRefused`, `Misconfigured`."""
        ssl_context = context(account.tls, account.ca_file)
        with _translated("connect"):
            client = _Client(account, ssl_context)
        # IMAPClient makes imaplib format every literal for a debug log that nobody reads: 8 times the cost of a mail.
        client._imap.debug = 0
        client.normalise_times = False
        made = cls(client, account)
        try:
            if account.tls == "starttls":
                with _translated("starttls"):
                    client.starttls(ssl_context)
            with _translated("login"):
                made._log_in()
                made._prefix = made._personal_prefix()
        except BaseException:
            made.abort()
            raise
        return made

    def select(self, folder: str | None = None, *, only_look: bool = False) -> int:
        """Selects a folder (default: the account's), for changes unless told otherwise, and returns its UIDVALIDITY.
        Raises `FolderMissing` with the names of the folders that exist."""
        wanted = folder or self._account.folder
        with _translated("select"):
            try:
                return self._select(wanted, only_look=only_look)
            except IMAPClientAbortError:
                raise
            except IMAPClientError as error:
                if self._client.folder_exists(wanted):
                    raise
                raise FolderMissing(f"There is no folder {wanted}; there are: {', '.join(self.folders())}") from error

    def _select(self, folder: str, *, only_look: bool) -> int:
        self.is_read_only = False
        try:
            selected = self._client.select_folder(folder, readonly=only_look)
        except IMAPClientReadOnlyError:
            selected = self._client.select_folder(folder, readonly=True)
            self.is_read_only = True
        return int(selected[b"UIDVALIDITY"])

    def folders(self) -> list[str]:
        """The names of all folders."""
        with _translated("list"):
            return sorted(name for _, _, name in self._client.list_folders())

    def uids_above(self, uid: int) -> list[int]:
        """The UIDs beyond this one, ascending."""
        with _translated("search"):
            found = self._client.search(["UID", f"{uid + 1}:*"])
        # `n:*` names the last mail even where its UID is below n (RFC 3501 §9, seq-range).
        return sorted(number for number in found if number > uid)

    def heads(self, uids: Iterable[int]) -> dict[int, Head]:
        """Sizes and header blocks; a mail that is gone is absent."""
        heads: dict[int, Head] = {}
        for chunk in _chunks(uids):
            with _translated("headers"):
                found = self._client.fetch(
                    chunk, ["RFC822.SIZE", "INTERNALDATE", f"BODY.PEEK[HEADER]<0.{HEADER_BYTES}>"]
                )
            heads |= {
                uid: Head(
                    size=int(values.get(b"RFC822.SIZE") or 0),
                    block=_literal(values, b"BODY[HEADER]"),
                    received_at=values.get(b"INTERNALDATE"),
                )
                for uid, values in found.items()
            }
        return heads

    def fetch(self, uid: int) -> bytes | None:
        """A whole mail, left unseen; None where it is gone."""
        return self.fetch_many([uid]).get(uid)

    def fetch_many(self, uids: Iterable[int]) -> dict[int, bytes]:
        """Whole mails in one command, left unseen; those that are gone are absent."""
        drips = threading.Timer(self._account.fetch_timeout_s, self.abort)
        drips.start()
        try:
            with _translated("fetch"):
                found = self._client.fetch(list(uids), ["BODY.PEEK[]"])
        finally:
            drips.cancel()
        return {uid: _literal(values, b"BODY[]") for uid, values in found.items() if b"BODY[]" in values}

    def file(self, uids: Iterable[int], folder: str) -> None:
        """Moves mails to a folder, which is made where it is missing; mails that are gone do not matter.

        Raises `MailboxRefused` where the mailbox is read-only.
        """
        name = self._named(folder)
        for chunk in _chunks(uids):
            try:
                self._move(chunk, name)
            except MailboxRefused:
                if not self._make(name):
                    raise
                self._move(chunk, name)

    def delete(self, uids: Iterable[int]) -> None:
        """Deletes mails for good; raises `MailboxRefused` where the mailbox is read-only."""
        for chunk in _chunks(uids):
            with _translated("delete"):
                self._delete(chunk)

    def structures(self, uids: Iterable[int]) -> dict[int, Any]:
        """How mails are built, as the server tells it (BODYSTRUCTURE): nothing is downloaded."""
        found: dict[int, Any] = {}
        for chunk in _chunks(uids):
            with _translated("structure"):
                values = self._client.fetch(chunk, ["BODYSTRUCTURE"])
            found |= {uid: one.get(b"BODYSTRUCTURE") for uid, one in values.items()}
        return found

    def holds_message_id(self, message_id: str) -> bool:
        """Whether the selected folder has a mail with exactly this Message-ID."""
        return bool(self._uids_of(message_id))

    def find_filed(self, folder: str, message_id: str) -> list[int]:
        """Selects a folder that mails are filed to; the UIDs of its mails with exactly this Message-ID. Raises
        `FolderMissing`."""
        self.select(self._named(folder))
        return self._uids_of(message_id)

    def close(self) -> None:
        """Logs out."""
        with contextlib.suppress(OSError, IMAPClientError, EOFError):
            self._client.logout()
        self.abort()

    def abort(self) -> None:
        """Ends the connection at once, from any thread: whoever waits for the server gets `MailboxUnavailable`."""
        with contextlib.suppress(OSError, IMAPClientError, AttributeError):
            self._client.socket().shutdown(socket.SHUT_RDWR)
        with contextlib.suppress(OSError, IMAPClientError, AttributeError):
            self._client.shutdown()

    def _log_in(self) -> None:
        account = self._account
        if account.tokens is None:
            self._client.login(account.user, account.password)
            return
        log_in(account.user, account.tokens, lambda xoauth2: self._client.sasl_login("XOAUTH2", xoauth2), LoginError)

    def _named(self, folder: str) -> str:
        """A folder of ours as the server calls it."""
        return folder if folder.startswith(self._prefix) else self._prefix + folder

    def _uids_of(self, message_id: str) -> list[int]:
        with _translated("search"):
            # The search is for a part of the header, so what it finds is compared.
            found = self._client.search(["HEADER", "Message-ID", message_id])
            heads = self._client.fetch(found, ["BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)]"]) if found else {}
        wanted = message_id.encode()
        return [
            uid
            for uid, values in heads.items()
            if _literal(values, b"BODY[HEADER").partition(b":")[2].strip() == wanted
        ]

    def _move(self, uids: list[int], folder: str) -> None:
        with _translated("move"):
            if self._client.has_capability("MOVE"):
                self._client.move(uids, folder)
                return
            self._client.copy(uids, folder)
            self._delete(uids)

    def _delete(self, uids: list[int]) -> None:
        self._client.add_flags(uids, [b"\\Deleted"], silent=True)
        if self._client.has_capability("UIDPLUS"):
            self._client.uid_expunge(uids)
        elif set(self._client.search(["DELETED"])) <= set(uids):
            # A plain EXPUNGE takes every deleted mail: only where all of them are ours.
            self._client.expunge()

    def _make(self, folder: str) -> bool:
        with _translated("create"):
            if self._client.folder_exists(folder):
                return False
            self._client.create_folder(folder)
            log.info("folder created", action="mail:folder:created", folder=folder)
            with contextlib.suppress(IMAPClientError):
                self._client.subscribe_folder(folder)
        return True

    def _personal_prefix(self) -> str:
        """What folder names of this account begin with on servers that put all of them below INBOX (RFC 2342)."""
        if not self._client.has_capability("NAMESPACE"):
            return ""
        personal = self._client.namespace().personal
        return str(personal[0][0]) if personal else ""


class _Client(IMAPClient):
    """IMAPClient over a connection of ours, straight or through a proxy."""

    def __init__(self, account: Account, ssl_context: ssl.SSLContext | None) -> None:
        self._account = account
        timeout = SocketTimeout(connect=account.timeout_s, read=account.timeout_s)
        super().__init__(account.host, account.port, ssl=account.tls == "tls", ssl_context=ssl_context, timeout=timeout)

    def _create_IMAP4(self) -> imaplib.IMAP4:  # noqa: N802  IMAPClient's name
        return _Connection(self._account, self.ssl_context if self.ssl else None)


class _Connection(imaplib.IMAP4):
    def __init__(self, account: Account, ssl_context: ssl.SSLContext | None) -> None:
        self._account, self._ssl_context = account, ssl_context
        super().__init__(account.host, account.port)

    def _create_socket(self, timeout: float | None = None) -> socket.socket:
        account = self._account
        opened = connect(account.host, account.port, timeout or account.timeout_s, proxy=account.proxy)
        if self._ssl_context is None:
            return opened
        return self._ssl_context.wrap_socket(opened, server_hostname=account.host)


@contextlib.contextmanager
def _translated(stage: str) -> Iterator[None]:
    try:
        yield
    except LoginError as error:
        # IMAPClient calls it a refusal, too, where the connection ends amid the login.
        ended = isinstance(error.__context__, IMAPClientAbortError | OSError)
        if ended or any(code in str(error).upper() for code in _FOR_NOW):
            raise MailboxUnavailable(stage=stage) from error
        raise LoginRefused(stage=stage) from error
    except (TokenNotTaken, TokenRefused) as error:
        raise LoginRefused(stage="token") from error
    except TokenServerAway as error:
        raise MailboxUnavailable(stage="token") from error
    except (IMAPClientAbortError, OSError, EOFError) as error:
        raise MailboxUnavailable(stage=stage, cause=type(error).__name__) from error
    except IMAPClientError as error:
        # A server that greets with BYE has not refused a command, but us, for now.
        raise (MailboxUnavailable if stage == "connect" else MailboxRefused)(stage=stage) from error
    except (AttributeError, ValueError, LookupError, TypeError, RecursionError) as error:
        # A reply that IMAPClient cannot make sense of, or a connection that `abort` took away under its feet.
        raise MailboxNonsense(stage=stage, cause=type(error).__name__) from error


def _chunks(uids: Iterable[int]) -> Iterator[list[int]]:
    every = sorted(uids)
    for start in range(0, len(every), _CHUNK):
        yield every[start : start + _CHUNK]


def _literal(values: Mapping[bytes, Any], name: bytes) -> bytes:
    return next((bytes(value) for key, value in values.items() if key.startswith(name) and value is not None), b"")
