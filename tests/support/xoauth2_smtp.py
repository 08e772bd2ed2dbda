"""An SMTP server that lets in by XOAUTH2 alone, with tokens that an authorization server calls valid."""

from __future__ import annotations

import asyncio
import logging
import threading
from typing import Any, Self

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session
from authorization_server import AuthorizationServer

_REFUSAL = b'{"status":"400","schemes":"Bearer","scope":"https://mail.google.com/"}'


class Xoauth2SmtpServer:
    """Runs between `__enter__` and `__exit__`; `taken` has the mails, `users` who logged in."""

    def __init__(self, tokens: AuthorizationServer) -> None:
        self.taken: list[bytes] = []
        self.users: list[str] = []
        self.refused = 0
        self.port = 0
        self._tokens = tokens
        self._ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), name="xoauth2-smtp", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._ready.wait(60)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(60)

    async def _serve(self) -> None:
        logging.getLogger("mail.log").setLevel(logging.CRITICAL)
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        connections: list[SMTP] = []

        def protocol() -> SMTP:
            options: dict[str, Any] = {"auth_require_tls": False, "auth_exclude_mechanism": ["LOGIN", "PLAIN"]}
            connections.append(SMTP(self, hostname="xoauth2.invalid", loop=self._loop, **options))
            return connections[-1]

        server = await self._loop.create_server(protocol, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        await self._stop.wait()
        server.close()
        for connection in connections:
            if connection.transport is not None:
                connection.transport.abort()
        await asyncio.sleep(0)  # which closes them

    async def auth_XOAUTH2(self, server: SMTP, args: list[str]) -> AuthResult:
        import base64

        user, login, *_ = base64.b64decode(args[1]).decode().split("\x01")
        if login.removeprefix("auth=Bearer ") in self._tokens.valid:
            self.users.append(user.removeprefix("user="))
            return AuthResult(success=True, auth_data=user)
        self.refused += 1
        await server.challenge_auth(_REFUSAL)
        return AuthResult(success=False, handled=False)

    async def handle_MAIL(
        self, _server: SMTP, session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if not session.authenticated:
            return "530 5.7.0 Authentication required"
        envelope.mail_from = address
        return "250 OK"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:
        self.taken.append(envelope.original_content or b"")
        return "250 2.0.0 Taken"
