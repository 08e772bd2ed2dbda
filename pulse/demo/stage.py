"""Sets the demo up: folder, database, mail server, engine, gateway, worker and web, and takes it all down again."""

from __future__ import annotations

import contextlib
import secrets
import socket
import string
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Self

import urllib3
from werkzeug.security import generate_password_hash

from db import clients, medications, providers, tokens, users
from db.database import Database
from db.upgrade import upgrade
from pulse.base.clock import Clock, SystemClock, random_id, random_secret
from pulse.base.errors import Unavailable
from pulse.claims.deploy import deploy
from pulse.demo import registers
from pulse.demo.mailserver import DemoMailServer
from pulse.demo.processes import Process
from pulse.demo.samples import Registers
from pulse.engine.client import EngineClient

INBOX = "invoices@insurer.example"
SENT = "sent@insurer.example"
CONTROLLERS = "controllers@insurer.example"
#: An account of nobody, for payment files.
INSURER_IBAN = "CH5604835012345678009"
#: Who logs in, and the groups whose tasks they do.
PEOPLE = {"assistant": "assistants", "controller": "controllers"}
_ALPHABET = string.ascii_lowercase + string.digits


@dataclass(frozen=True, kw_only=True)
class Logins:
    """Made at each start, shown once."""

    passwords: dict[str, str]
    mail_password: str
    api_token: str


@dataclass(frozen=True, kw_only=True)
class EngineElsewhere:
    """An engine that runs already: its REST root, and the login that Pulse uses there."""

    url: str
    user: str
    password: str = field(repr=False)


class Stage:
    """The running demo, between `__enter__` and `__exit__`, on the embedded engine or on one that runs elsewhere."""

    def __init__(
        self,
        folder: Path,
        *,
        model: str | None,
        web_port: int,
        engine: EngineElsewhere | None = None,
        clock: Clock | None = None,
    ) -> None:
        self.folder = folder
        self._engine = engine
        self._model = model
        self._clock = clock or SystemClock()
        self._web_port = web_port
        self._processes: dict[str, Process] = {}
        self._commands: dict[str, list[str]] = {}
        self._cleanup = contextlib.ExitStack()
        self.environment: dict[str, str] = {}
        self.logins = Logins(
            passwords={login: _password() for login in PEOPLE}, mail_password=_password(), api_token=random_secret()
        )
        addresses = [INBOX, SENT, CONTROLLERS, *registers.mail_addresses()]
        self.mail = DemoMailServer(dict.fromkeys(addresses, self.logins.mail_password))
        self.database: Database
        self.engine_url = ""
        self.web_url = ""
        self.started_at: datetime = self._clock.now()

    def __enter__(self) -> Self:
        try:
            self._start()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for process in reversed(self._processes.values()):
            process.stop()
        self._processes.clear()
        self._cleanup.close()

    def registers(self) -> Registers:
        """What samples are drawn from."""
        with self.database.read() as connection:
            packs = [
                (pack, medications.latest_price(connection, pack.gtin)) for pack in medications.everyone(connection)
            ]
            return Registers(
                clients=clients.everyone(connection),
                providers=providers.everyone(connection),
                medications=[(pack, price) for pack, price in packs if price is not None],
            )

    def check(self) -> None:
        """Raises `ProcessDied` where a process has ended by itself."""
        for process in self._processes.values():
            process.check()

    def kill(self, name: str) -> None:
        """Ends engine, mail, worker or web as a power cut would."""
        self._processes.pop(name).kill()

    def stop(self, name: str) -> int:
        """Ends one of them as an operator does, and gives its exit code."""
        return self._processes.pop(name).stop()

    def start(self, name: str) -> Process:
        """Starts it, again with the same command and settings."""
        process = Process(name, self._commands[name], self.environment, self.folder / "logs")
        self._processes[name] = process
        return process

    def _start(self) -> None:
        (self.folder / "logs").mkdir(parents=True, exist_ok=True)
        web_port = free_port(self._web_port)
        self.web_url = f"http://127.0.0.1:{web_port}"
        self.environment = {"PULSE_DATA_DIR": str(self.folder), "PULSE_LOG_FORMAT": "json"}
        self._commands = {"mail": ["mail"], "worker": ["worker"], "web": ["web", "--port", str(web_port)]}
        engine = self._find_engine()
        self._cleanup.enter_context(self.mail)
        self.database = Database(f"sqlite:///{self.folder.resolve() / 'pulse.db'}")
        self._cleanup.callback(self.database.close)
        upgrade(self.database)
        self._fill()
        self.environment |= self._settings()
        web = self.start("web")
        if engine is not None:
            engine.first_line()
        self.start("worker")
        self.start("mail")
        deploy(self.engine_client())
        web.first_line()
        _wait_until_ready(self.web_url, self.check)

    def engine_client(self) -> EngineClient:
        """A client of the stage's engine."""
        there = self._engine
        return EngineClient(self.engine_url, auth=(there.user, there.password) if there else None)

    def _find_engine(self) -> Process | None:
        """Starts the embedded engine, which gets ready meanwhile; None where another one is used."""
        if self._engine is not None:
            self.engine_url = self._engine.url
            self.environment |= {
                "PULSE_ENGINE_USER": self._engine.user,
                "PULSE_ENGINE_PASSWORD": self._engine.password,
            }
            return None
        port = free_port(0)
        self.engine_url = f"http://127.0.0.1:{port}/engine-rest"
        self._commands["engine"] = ["engine", "--port", str(port)]
        return self.start("engine")

    def _fill(self) -> None:
        now = self._clock.now()
        with self.database.write() as connection:
            registers.fill(connection)
            for login, groups in PEOPLE.items():
                hashed = generate_password_hash(self.logins.passwords[login])
                known = users.by_login(connection, login)
                if known is None:
                    users.add(connection, login=login, password_hash=hashed, groups=groups, at=now)
                else:
                    fresh = {"password_hash": hashed, "failed_logins": 0, "locked_until": None}
                    users.set_user(connection, known.id, **fresh)
            for token in tokens.everyone(connection):
                if token.name == "demo" and token.revoked_at is None:
                    tokens.revoke(connection, token.id, at=now)
            secret = self.logins.api_token
            tokens.add(connection, random_id(), name="demo", secret=secret, scopes=["all"], at=now)

    def _settings(self) -> dict[str, str]:
        settings = {
            "ENGINE_URL": self.engine_url,
            "WEB_URL": self.web_url,
            "IMAP_HOST": self.mail.host,
            "IMAP_PORT": str(self.mail.imap_port),
            "IMAP_TLS": "none",
            "IMAP_USER": INBOX,
            "IMAP_PASSWORD": self.logins.mail_password,
            "POLL_INTERVAL_S": "1",
            "SMTP_HOST": self.mail.host,
            "SMTP_PORT": str(self.mail.smtp_port),
            "SMTP_TLS": "none",
            "MAIL_FROM": INBOX,
            "CONTROLLERS_MAIL": CONTROLLERS,
            "INSURER_IBAN": INSURER_IBAN,
            "SENT_ADDRESS": SENT,
            "SENT_USER": SENT,
            "SENT_PASSWORD": self.logins.mail_password,
        }
        if self._model:
            settings["LETTERS_MODEL"] = self._model
        return {f"PULSE_{key}": value for key, value in settings.items()}


def free_port(wanted: int) -> int:
    """The wanted port if nobody has it, else a free one."""
    for port in (wanted, 0):
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", port))
            return int(probe.getsockname()[1])
    raise Unavailable("No free port on this machine.")


def _password() -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(12))


def _wait_until_ready(url: str, check: Callable[[], None]) -> None:
    retry = urllib3.Retry(total=20, backoff_factor=0.05, backoff_max=0.5, status_forcelist=[503])
    with urllib3.PoolManager(retries=retry) as pool:
        answer = pool.request("GET", f"{url}/readyz", timeout=5.0)
    check()
    if answer.status != 200:
        raise Unavailable(f"The web pages are not ready: {answer.data.decode(errors='replace')[:200]}")
