"""A small mail server for the demo and the tests: SMTP in, IMAP out, in one thread, in memory.

It delivers by RCPT TO into one mailbox per address, as a real server would: Return-Path from the envelope, a Received
line, and unknown recipients refused. aiosmtpd speaks SMTP, pymap IMAP.
"""

from __future__ import annotations

import asyncio
import email.utils
import logging
import threading
import time
from argparse import Namespace
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Self

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from proxyprotocol.reader import ProxyProtocolReader
from pymap.backend.dict import Config, Identity, Login
from pymap.concurrent import Subsystem
from pymap.imap import IMAPServer
from pymap.parsing.message import AppendMessage
from pymap.user import UserMetadata
from pysasl.hashing import Cleartext

_HOST = "127.0.0.1"
_NAME = "mail.demo.invalid"
_MAX_BYTES = 64 * 1024 * 1024
_START_TIMEOUT_S = 10.0
_LOOK_AGAIN_S = 0.2


class DemoMailServer:
    """Runs between `__enter__` and `__exit__`; every address is a login at IMAP and, if a client wants, at SMTP."""

    def __init__(self, addresses: Mapping[str, str], *, imap_port: int = 0, smtp_port: int = 0) -> None:
        """`addresses` maps mail addresses to their passwords; port 0 picks a free one."""
        self.host = _HOST
        self.imap_port = imap_port
        self.smtp_port = smtp_port
        self._passwords = {address.lower(): password for address, password in addresses.items()}
        self._delivered = threading.Condition()
        self._ready = threading.Event()
        self._problem: BaseException | None = None
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: asyncio.Event | None = None
        self._login: Any = None

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._run, name="demo-mail-server", daemon=True)
        self._thread.start()
        started = self._ready.wait(_START_TIMEOUT_S)
        if self._problem is not None:
            raise self._problem
        if not started:
            raise TimeoutError("the demo's mail server did not start")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._loop is not None and self._stop is not None and self._thread is not None:
            self._loop.call_soon_threadsafe(self._stop.set)
            self._thread.join(_START_TIMEOUT_S)

    def deliver(self, address: str, data: bytes) -> None:
        """Puts a mail into an address's INBOX as it is, past SMTP."""
        self._call(self._append(address.lower(), data))

    def mails(self, address: str, folder: str = "INBOX") -> list[bytes]:
        """The mails in a folder of an address, oldest first; an empty list where the folder does not exist."""
        found: list[bytes] = self._call(self._read(address.lower(), folder))
        return found

    def wait_for(
        self, address: str, met: Callable[[list[bytes]], bool] = bool, *, folder: str = "INBOX", timeout_s: float = 10.0
    ) -> list[bytes]:
        """The mails in a folder as soon as `met` is true of them; looks after each delivery, and now and then for
        what was moved there. Raises `TimeoutError`."""
        found: list[bytes] = []

        def look() -> bool:
            nonlocal found
            found = self.mails(address, folder)
            return met(found)

        deadline = time.monotonic() + timeout_s
        with self._delivered:
            while not look():
                if time.monotonic() > deadline:
                    raise TimeoutError(f"{len(found)} mails in {folder} after {timeout_s} s")
                self._delivered.wait(_LOOK_AGAIN_S)
        return found

    def _call(self, coroutine: Any) -> Any:
        if self._loop is None:
            coroutine.close()
            raise RuntimeError("the demo's mail server is not running")
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(_START_TIMEOUT_S)

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except BaseException as error:  # noqa: BLE001  told to the caller of __enter__
            self._problem = error
        finally:
            self._loop = None
            self._ready.set()

    async def _serve(self) -> None:
        # aiosmtpd warns at each login of its own deprecated attribute.
        logging.getLogger("mail.log").setLevel(logging.ERROR)
        loop = self._loop = asyncio.get_running_loop()
        self._stop = asyncio.Event()
        config = _ImapConfig.for_memory()
        config.apply_context()
        self._login = Login(config)
        for address, password in self._passwords.items():
            self._login.users_dict[address] = UserMetadata(config, address, password=password)
            async with _identity(self._login, address).new_session():
                pass
        connected = ProxyProtocolReader(config.proxy_protocol).get_callback(IMAPServer(self._login, config))
        imap = await asyncio.start_server(connected, _HOST, self.imap_port)
        smtp = await loop.create_server(self._smtp, _HOST, self.smtp_port)
        self.imap_port, self.smtp_port = (server.sockets[0].getsockname()[1] for server in (imap, smtp))
        self._ready.set()
        await self._stop.wait()
        imap.close()
        smtp.close()

    def _smtp(self) -> SMTP:
        return SMTP(
            _Delivery(self._passwords, self._append),
            hostname=_NAME,
            ident="Pulse demo mail server",
            loop=self._loop,
            data_size_limit=_MAX_BYTES,
            enable_SMTPUTF8=True,
            auth_require_tls=False,
            authenticator=self._authenticate,
        )

    def _authenticate(
        self, _server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, login: LoginPassword
    ) -> AuthResult:
        known = self._passwords.get(login.login.decode("utf-8", "replace").lower())
        return AuthResult(success=known == login.password.decode("utf-8", "replace"), handled=False)

    async def _append(self, address: str, data: bytes) -> None:
        async with _identity(self._login, address).new_session() as session:
            await session.append_messages("INBOX", [AppendMessage(data, datetime.now(UTC))])
        # Nobody holds this lock for longer than a look at the mailbox needs, and that look runs in this very loop.
        asyncio.get_running_loop().run_in_executor(None, self._tell)

    def _tell(self) -> None:
        with self._delivered:
            self._delivered.notify_all()

    async def _read(self, address: str, folder: str) -> list[bytes]:
        mailboxes, _filters = self._login.config.set_cache[address]
        try:
            mailbox = await mailboxes.get_mailbox(folder)
        except KeyError:
            return []
        return [bytes(message._content) async for message in mailbox.messages()]


class _ImapConfig(Config):
    """pymap's in-memory configuration with plain passwords, without TLS, and without asking the name service."""

    @classmethod
    def for_memory(cls) -> Self:
        args = Namespace(
            host=None, port="0", debug=False, cert=None, key=None, tls=False, proxy_protocol=None, passlib_cfg=None,
            demo_data=False, demo_user="", demo_password="",
        )  # fmt: skip
        made: Self = cls.from_args(args, hash_context=Cleartext(), cpu_subsystem=Subsystem.for_asyncio())
        return made

    @property
    def greeting(self) -> bytes:
        return b"Pulse demo mail server ready"


class _Delivery:
    """aiosmtpd's handler: who may receive, and where a mail goes."""

    def __init__(self, known: Mapping[str, str], append: Callable[[str, bytes], Any]) -> None:
        self._known = known
        self._append = append

    async def handle_RCPT(  # noqa: N802  aiosmtpd's name
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if address.lower() not in self._known:
            return "550 5.1.1 No such mailbox"
        envelope.rcpt_tos.append(address.lower())
        return "250 2.1.5 OK"

    async def handle_DATA(self, _server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802  aiosmtpd's name
        content = envelope.original_content or b""
        at = email.utils.format_datetime(datetime.now(UTC))
        for address in dict.fromkeys(envelope.rcpt_tos):
            trace = (
                f"Return-Path: <{(envelope.mail_from or '').strip('<>')}>\r\nDelivered-To: {address}\r\n"
                f"Received: from {session.host_name} by {_NAME} with ESMTP; {at}\r\n"
            )
            await self._append(address, trace.encode() + content)
        return "250 2.0.0 Delivered"


def _identity(login: Any, address: str) -> Any:
    return Identity(address, login, None, frozenset())
