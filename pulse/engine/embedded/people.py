"""Users with their passwords, and the login that the engine may ask for."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import Connection, insert, update

from pulse.engine.embedded import tables
from pulse.engine.embedded.errors import EmbeddedError
from pulse.engine.embedded.store import find

IDENTIFIER: Final = re.compile(r"[a-zA-Z0-9]+|camunda-admin|operaton-admin")
"""What the id of a user or group may be, as in the real engine."""
_SCRYPT: Final[Mapping[str, Any]] = {"n": 2**14, "r": 8, "p": 1, "dklen": 32}
MOST_REMEMBERED: Final = 1_000


class BadUser(EmbeddedError):
    """A user of the engine needs an id of letters and digits, and a password."""

    code = "bad_user"


@dataclass(frozen=True, slots=True)
class Login:
    """A user who can log in from the start. Raises BadUser."""

    user: str
    password: str = field(repr=False)

    def __post_init__(self) -> None:
        if not IDENTIFIER.fullmatch(self.user) or not self.password:
            raise BadUser


def hashed(password: str) -> str:
    """A password as it is stored: salt and scrypt hash."""
    salt = secrets.token_hex(16)
    return f"{salt}:{_hash(password, salt)}"


def _hash(password: str, salt: str) -> str:
    return hashlib.scrypt(password.encode(), salt=salt.encode(), **_SCRYPT).hex()


class Passwords:
    """Checks passwords. A pair of password and stored hash that fitted is remembered, since the check is slow."""

    def __init__(self) -> None:
        self._key = secrets.token_bytes(32)
        self._fitted: set[bytes] = set()

    def fit(self, connection: Connection, user: str, password: str) -> bool:
        """Whether there is such a user with this password."""
        stored = str((find(connection, "user", user) or {}).get("password") or "")
        mark = hmac.digest(self._key, f"{stored}:{password}".encode(), "sha256")
        if stored and mark in self._fitted:
            return True
        # a name that is unknown takes as long as one that is known
        salt, _, kept = stored.partition(":")
        fits = hmac.compare_digest(_hash(password, salt or "none"), kept)
        if fits:
            if len(self._fitted) >= MOST_REMEMBERED:
                self._fitted.clear()
            self._fitted.add(mark)
        return fits


def ensure(connection: Connection, login: Login) -> None:
    """Make the user of a login, or give them its password."""
    table, row = tables.user, {"id": login.user, "password": hashed(login.password)}
    if find(connection, "user", login.user) is None:
        connection.execute(insert(table).values(row))
    else:
        connection.execute(update(table).where(table.c.id == login.user).values(row))
