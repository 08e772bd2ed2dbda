"""The embedded engine as a server: in the foreground, or in a thread beside a test or the demo."""

from __future__ import annotations

import signal
import socket
import threading
from collections.abc import Callable
from types import FrameType

import uvicorn
from starlette.applications import Starlette

from pulse.engine.embedded.engine import Clock, Engine, utc_now
from pulse.engine.embedded.errors import EmbeddedError
from pulse.engine.embedded.people import Login
from pulse.engine.embedded.rest.app import build

START_WITHIN_S = 30


class NotStarted(EmbeddedError):
    """The embedded engine did not start."""

    code = "not_started"


def create_app(store_url: str, *, clock: Clock = utc_now, login: Login | None = None) -> Starlette:
    """The REST interface over a store (a SQLAlchemy URL), without a server; it asks for a login where one is given."""
    return build(Engine(store_url, clock, login))


class _Server(uvicorn.Server):
    """uvicorn that wakes parked polls before it waits for open requests, so that a stop takes no poll's time."""

    def __init__(self, engine: Engine, ready: Callable[[], None]) -> None:
        options = {"log_config": None, "access_log": False, "timeout_graceful_shutdown": 10, "lifespan": "on"}
        super().__init__(uvicorn.Config(build(engine), timeout_keep_alive=60, **options))
        self._engine = engine
        self._ready = ready
        self._asked = False

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        # uvicorn's own would raise the signal once more at the end: a stop that was asked for is no failure
        self.force_exit = self._asked and sig == signal.SIGINT
        self.should_exit = self._asked = True

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._engine.waiting.close()
        await super().shutdown(sockets)


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # with the protocol named, asyncio switches Nagle off: an answer is two writes, and would wait 40 ms for an ACK
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((host, port))
    listener.listen(1024)
    return listener


def _url(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://{f'[{host}]' if ':' in host else host}:{port}/engine-rest"


def serve(
    store_url: str,
    host: str,
    port: int,
    ready: Callable[[str], None],
    *,
    clock: Clock = utc_now,
    login: Login | None = None,
) -> None:
    """Serve in the foreground until SIGTERM or SIGINT; `ready` gets the base URL once requests are answered."""
    with _listen(host, port) as listener:
        url = _url(listener)
        _Server(Engine(store_url, clock, login), lambda: ready(url)).run(sockets=[listener])


class EmbeddedServer:
    """The engine in a thread, on a free port by default: `with EmbeddedServer(url) as server: server.url`."""

    def __init__(
        self,
        store_url: str,
        host: str = "127.0.0.1",
        port: int = 0,
        *,
        clock: Clock = utc_now,
        login: Login | None = None,
    ) -> None:
        self._listener = _listen(host, port)
        self.url = _url(self._listener)
        self.engine = Engine(store_url, clock, login)
        self._started = threading.Event()
        self._server = _Server(self.engine, self._started.set)
        self._thread = threading.Thread(target=self._run, name="embedded-engine", daemon=True)

    def _run(self) -> None:
        try:
            self._server.run(sockets=[self._listener])
        finally:
            self._started.set()

    def stop(self) -> None:
        """End after the requests that are being answered."""
        self._server.should_exit = True
        self._thread.join()
        self._listener.close()

    def __enter__(self) -> EmbeddedServer:
        """Serve; NotStarted where requests are not answered soon."""
        self._thread.start()
        if not self._started.wait(START_WITHIN_S) or not self._server.started:
            raise NotStarted
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
