"""An SMTP server that misbehaves on order: aiosmtpd with a script of faults by step."""

from __future__ import annotations

import asyncio
import logging
import ssl
import threading
from collections import defaultdict
from dataclasses import dataclass
from enum import Enum
from typing import Self

from aiosmtpd.smtp import SMTP, Envelope, Session


class Fault(Enum):
    """What the server does instead of answering."""

    DROP = "drop"
    SILENT = "silent"


@dataclass(frozen=True)
class Taken:
    """A mail that the server said yes to."""

    envelope_from: str
    recipients: list[str]
    content: bytes


class ScriptedSmtpServer:
    """Answers normally, but for the entries of `script`: step → replies or faults, used up one by one.

    Steps: `MAIL`, `RCPT`, `DATA` (the command), `CONTENT` (right after its 354), `END` (after the closing dot).
    `taken` has the mails; with a fault at `END` the mail counts as taken all the same, as with a real server that dies
    after its own commit.
    """

    def __init__(
        self,
        *,
        port: int = 0,
        smtputf8: bool = True,
        dsn: bool = False,
        tls: ssl.SSLContext | None = None,
        starttls: ssl.SSLContext | None = None,
    ) -> None:
        """`tls` speaks TLS from the first byte, `starttls` after the command, which is then required; `dsn` offers
        RFC 3461, and `mail_commands` has what was asked. Without a port a free one is taken."""
        self.script: dict[str, list[str | Fault]] = defaultdict(list)
        self.taken: list[Taken] = []
        self.connections = 0
        self.port = port
        self.mail_commands: list[str] = []
        self.dsn = dsn
        self._smtputf8, self._tls, self._starttls = smtputf8, tls, starttls
        self._ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), name="scripted-smtp", daemon=True)
        self._transports: set[asyncio.BaseTransport] = set()

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._ready.wait(60)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(60)

    def hang_up(self) -> None:
        """Closes all open connections without a word."""
        done = threading.Event()

        def abort() -> None:
            for transport in self._transports:
                transport.abort()  # type: ignore[attr-defined]
            done.set()

        self._loop.call_soon_threadsafe(abort)
        assert done.wait(60)

    async def _serve(self) -> None:
        logging.getLogger("mail.log").setLevel(logging.CRITICAL)
        self._loop = asyncio.get_running_loop()
        self._stop = asyncio.Event()
        server = await self._loop.create_server(self._protocol, "127.0.0.1", self.port, ssl=self._tls)
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        await self._stop.wait()
        server.close()
        for transport in self._transports:
            transport.abort()  # type: ignore[attr-defined]
        await asyncio.sleep(0)  # which closes them

    def _protocol(self) -> SMTP:
        options: dict[str, object] = {
            "hostname": "scripted.invalid",
            "loop": self._loop,
            "enable_SMTPUTF8": self._smtputf8,
        }
        options |= {"tls_context": self._starttls, "require_starttls": self._starttls is not None}
        return _Protocol(self, _Handler(self), data_size_limit=64 * 1024 * 1024, **options)

    async def act(self, step: str, server: SMTP) -> str | None:
        """The scripted reply to a step, None where it goes its normal way; a fault ends or stops the connection."""
        entry = self.script[step].pop(0) if self.script[step] else None
        if entry is Fault.DROP:
            server.transport.abort()
            raise ConnectionResetError
        if entry is Fault.SILENT:
            await self._stop.wait()
            raise ConnectionResetError
        return entry if isinstance(entry, str) else None


class _Protocol(SMTP):
    def __init__(self, owner: ScriptedSmtpServer, handler: object, **options: object) -> None:
        super().__init__(handler, **options)  # type: ignore[arg-type]
        self._owner = owner

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._owner.connections += 1
        self._owner._transports.add(transport)
        super().connection_made(transport)

    async def smtp_MAIL(self, arg: str) -> None:
        self._owner.mail_commands.append(arg)
        # aiosmtpd knows nothing of RFC 3461.
        await super().smtp_MAIL(arg.replace(" RET=HDRS", "") if self._owner.dsn else arg)

    async def smtp_DATA(self, arg: str) -> None:
        reply = await self._owner.act("DATA", self)
        if reply is not None:
            await self.push(reply)
            return
        if self._owner.script["CONTENT"]:
            await self.push("354 go on")
            await self._owner.act("CONTENT", self)
        await super().smtp_DATA(arg)


class _Handler:
    def __init__(self, owner: ScriptedSmtpServer) -> None:
        self._owner = owner

    async def handle_EHLO(
        self, _server: SMTP, session: Session, _envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        session.host_name = hostname
        return [*responses[:-1], "250-DSN", responses[-1]] if self._owner.dsn else responses

    async def handle_MAIL(
        self, server: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        reply = await self._owner.act("MAIL", server)
        if reply is None:
            envelope.mail_from = address
            envelope.mail_options.extend(options)
        return reply or "250 OK"

    async def handle_RCPT(
        self, server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        reply = await self._owner.act("RCPT", server)
        if reply is None or reply.startswith("2"):
            envelope.rcpt_tos.append(address)
        return reply or "250 OK"

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:
        pending = self._owner.script["END"]
        taken = Taken((envelope.mail_from or "").strip("<>"), list(envelope.rcpt_tos), envelope.original_content or b"")
        if not pending or isinstance(pending[0], Fault):
            self._owner.taken.append(taken)
        return await self._owner.act("END", server) or "250 2.0.0 Taken"
