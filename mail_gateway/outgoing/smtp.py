"""Mail out: one SMTP connection, kept between mails.

What a failure means is decided by one question: had the server the whole mail? Before the closing dot it cannot have
taken it (RFC 5321 §4.1.1.4), so the mail may be sent again. With the dot on its way and no answer, nobody knows.
"""

from __future__ import annotations

import contextlib
import smtplib
import socket
import ssl
import threading
import time
from email.utils import parseaddr
from pathlib import Path

import structlog

from mail_gateway.connection.login import TokenNotTaken, log_in
from mail_gateway.connection.network import connect
from mail_gateway.connection.patience import Patience
from mail_gateway.connection.tls import Tls, context
from mail_gateway.connection.tokens import Tokens
from mail_gateway.key_pair import KeyPair
from mail_gateway.outgoing.compose import compose, holds_8_bit, mailbox_address
from mail_gateway.outgoing.protection import protected_body
from pulse.base.clock import Clock, SystemClock
from pulse.claims.ports import DeliveryUnknown, MailRefused, MailUnavailable, OutgoingMail, Receipt
from pulse.engine.client.oauth import TokenRefused, TokenServerAway

log = structlog.get_logger(__name__)

#: A connection that rested longer than this is not trusted: servers and firewalls drop idle ones silently.
_IDLE_S = 20.0
_SERVICE_CLOSING = 421
_NO_TOKEN = (TokenNotTaken, TokenRefused, TokenServerAway)


class SmtpMailOut:
    """Implements `pulse.claims.ports.MailOut`. Threads share it; one mail is sent at a time."""

    def __init__(
        self,
        host: str,
        port: int,
        user: str | None = None,
        password: str | None = None,
        tls: Tls = "tls",
        *,
        mail_from: str,
        sent_copy_to: str | None = None,
        timeout_s: float = 20.0,
        ca_file: str | Path | None = None,
        clock: Clock | None = None,
        signer: KeyPair | None = None,
        tokens: Tokens | None = None,
        proxy: str | None = None,
    ) -> None:
        """`mail_from` is an address, with or without a display name; `sent_copy_to` the Sent mailbox's address, which
        gets a copy of each mail by a second RCPT TO; `signer` signs what is encrypted; `tokens` log in by XOAUTH2
        instead of the password. Connects at the first mail. Raises `Misconfigured`."""
        self.host, self.port, self.user, self.tls = host, port, user, tls
        self.tokens, self.proxy = tokens, proxy
        self._password = password
        self._context = context(tls, ca_file)
        self._mail_from = mail_from
        self._sent_copy_to = mailbox_address(sent_copy_to) if sent_copy_to else None
        self._timeout_s = timeout_s
        self._clock = clock or SystemClock()
        self._signer = signer
        self._patience = Patience()
        self._lock = threading.Lock()
        self._connection: smtplib.SMTP | None = None
        self._used_at = 0.0

    def send(self, mail: OutgoingMail) -> Receipt:
        """Hands a mail to the server; raises `MailRefused`, `MailUnavailable` (proven not sent), `DeliveryUnknown`."""
        body = protected_body(mail, self._signer)
        data = compose(mail, mail_from=self._mail_from, at=self._clock.now(), body=body).replace(b"\r\n.", b"\r\n..")
        recipient = mailbox_address(mail.to)
        copy_to = self._sent_copy_to if mail.keep_copy and self._sent_copy_to != recipient else None
        with self._lock:
            try:
                copied = self._announce(mail, recipient, copy_to, len(data))
                reply = self._hand_over(data)
            except BaseException:
                self._drop()
                raise
            self._used_at = time.monotonic()
        if copy_to and not copied:
            log.warning("The Sent mailbox refused its copy", action="mail:copy:refused")
            reply += "; no copy in the Sent mailbox"
        kept = copied if mail.keep_copy and self._sent_copy_to else False
        return Receipt(message_id=mail.message_id, reply=reply, at=self._clock.now(), copy_kept=kept)

    def check(self) -> None:
        """Connects and logs in, for `pulse doctor` and `pulse mail test`; raises `MailUnavailable`."""
        with self._lock:
            self._drop()
            self._patience.accepted()
            self._connected()

    def close(self) -> None:
        """Says goodbye to the server."""
        with self._lock:
            self._drop(politely=True)

    def _announce(self, mail: OutgoingMail, recipient: str, copy_to: str | None, size: int) -> bool:
        """MAIL, RCPT, DATA up to the server's go-ahead; whether the copy's recipient was accepted.

        A connection that turns out dead is replaced once: so far nothing has been handed over.
        """
        kept = self._connection is not None and time.monotonic() - self._used_at < _IDLE_S
        if not kept:
            self._drop(politely=True)
        try:
            return self._dialogue(self._connected(), mail, recipient, copy_to, size)
        except _ConnectionLost as lost:
            self._drop()
            if not kept:
                raise MailUnavailable(stage=lost.stage) from lost
        try:
            return self._dialogue(self._connected(), mail, recipient, copy_to, size)
        except _ConnectionLost as lost:
            raise MailUnavailable(stage=lost.stage) from lost

    def _dialogue(
        self, connection: smtplib.SMTP, mail: OutgoingMail, recipient: str, copy_to: str | None, size: int
    ) -> bool:
        envelope_from = parseaddr(self._mail_from)[1] if mail.envelope_from is None else mail.envelope_from
        sender = mailbox_address(envelope_from) if envelope_from else ""
        options = f" SIZE={size}" if connection.has_extn("size") else ""
        if connection.has_extn("dsn"):
            # A letter that cannot be delivered need not travel back (RFC 3461 §4.3).
            options += " RET=HDRS"
        if not (recipient + sender).isascii():
            if not connection.has_extn("smtputf8"):
                raise MailRefused("The mail server cannot carry this address.", stage="address")
            connection.command_encoding = "utf-8"
            options += " SMTPUTF8 BODY=8BITMIME"
        else:
            connection.command_encoding = "ascii"
            if holds_8_bit(mail) and connection.has_extn("8bitmime"):
                options += " BODY=8BITMIME"
        _accepted(connection, f"MAIL FROM:<{sender}>{options}", stage="mail")
        _accepted(connection, f"RCPT TO:<{recipient}>", stage="recipient")
        copied = copy_to is None or _command(connection, f"RCPT TO:<{copy_to}>", stage="copy")[0] in (250, 251)
        _accepted(connection, "DATA", stage="data", code=354)
        return copied

    def _hand_over(self, data: bytes) -> str:
        """The mail itself, its closing dot, and the server's last word."""
        connection = self._connection
        assert connection is not None
        try:
            connection.send(data)
        except (OSError, smtplib.SMTPException) as error:
            raise MailUnavailable(stage="content") from error
        try:
            connection.send(b".\r\n")
            code, reply = connection.getreply()
        except (OSError, smtplib.SMTPException) as error:
            raise DeliveryUnknown(stage="end of data") from error
        if not 200 <= code < 300:
            # Without a 2xx the server has not taken the mail (RFC 5321 §6.1); gibberish proves nothing.
            raise _refusal(code, stage="end of data") if 400 <= code < 600 else DeliveryUnknown(stage="end of data")
        return f"{code} {reply.decode('utf-8', 'replace')}"[:200]

    def _connected(self) -> smtplib.SMTP:
        if self._connection is None:
            self._patience.keep()
            try:
                self._connection = self._open()
            except (OSError, smtplib.SMTPException, UnicodeError, *_NO_TOKEN) as error:
                if _is_refused_login(error):
                    refused = MailUnavailable("The mail server refuses our login.", stage="login")
                    refused.__cause__ = error
                    self._patience.refused(refused)
                    raise refused from error
                raise MailUnavailable(stage="connect", cause=type(error).__name__) from error
            self._patience.accepted()
        return self._connection

    def _open(self) -> smtplib.SMTP:
        # The host's own name: smtplib's default asks the name service, which may take its time.
        name = socket.gethostname()
        connection = _Smtp(self, name, self._context if self.tls == "tls" else None, timeout_s=self._timeout_s)
        try:
            if self.tls == "starttls":
                connection.starttls(context=self._context)
            connection.ehlo_or_helo_if_needed()
            if self.user is not None:
                self._log_in(connection, self.user)
            assert connection.sock is not None
            # The closing dot is a small packet of its own; it must not wait for an acknowledgement.
            connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        except BaseException:
            connection.close()
            raise
        return connection

    def _log_in(self, connection: smtplib.SMTP, user: str) -> None:
        if self.tokens is None:
            connection.login(user, self._password or "")
            return
        if not connection.has_extn("auth"):
            raise smtplib.SMTPNotSupportedError("SMTP AUTH")
        log_in(user, self.tokens, lambda xoauth2: connection.auth("XOAUTH2", xoauth2), smtplib.SMTPAuthenticationError)

    def _drop(self, *, politely: bool = False) -> None:
        connection, self._connection = self._connection, None
        if connection is None:
            return
        if politely:
            with contextlib.suppress(OSError, smtplib.SMTPException):
                connection.quit()
        connection.close()


class _Smtp(smtplib.SMTP):
    """smtplib over a connection of ours, straight or through a proxy; with `tls`, encrypted from the first byte."""

    def __init__(self, out: SmtpMailOut, name: str, tls: ssl.SSLContext | None, *, timeout_s: float) -> None:
        self._proxy, self._tls = out.proxy, tls
        super().__init__(out.host, out.port, name, timeout=timeout_s)

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        opened = connect(host, port, timeout, proxy=self._proxy)
        return opened if self._tls is None else self._tls.wrap_socket(opened, server_hostname=host)


class _ConnectionLost(Exception):
    """The connection ended, or the server closes it (421), before the mail was handed over."""

    def __init__(self, stage: str) -> None:
        super().__init__(stage)
        self.stage = stage


def _is_refused_login(error: Exception) -> bool:
    """Whether it would be refused again; 4xx is a fault of the server's."""
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return error.smtp_code >= 500
    return isinstance(error, TokenNotTaken | TokenRefused)


def _command(connection: smtplib.SMTP, command: str, *, stage: str) -> tuple[int, bytes]:
    try:
        code, reply = connection.docmd(command)
    except (OSError, smtplib.SMTPException) as error:
        raise _ConnectionLost(stage) from error
    if code == _SERVICE_CLOSING:
        raise _ConnectionLost(stage)
    return code, reply


def _accepted(connection: smtplib.SMTP, command: str, *, stage: str, code: int = 250) -> None:
    answer, _ = _command(connection, command, stage=stage)
    if answer != code and (code, answer) != (250, 251):
        raise _refusal(answer, stage=stage)


def _refusal(code: int, *, stage: str) -> MailRefused | MailUnavailable:
    """4xx asks to come again, 5xx is for good; anything else is no SMTP and proves nothing but that we stop here."""
    if 500 <= code < 600:
        return MailRefused(stage=stage, smtp_code=code)
    return MailUnavailable(stage=stage, smtp_code=code)
