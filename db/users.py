"""People who log in."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from db.rows import changed, every, first
from db.tables import users
from pulse.base.errors import InvalidInput

#: The process engines refuse other ids (engine default `[a-zA-Z0-9]+`).
_LOGIN = re.compile(r"[a-zA-Z0-9]{1,64}")


@dataclass(frozen=True, kw_only=True)
class User:
    """A person with the groups whose tasks they do."""

    id: int
    login: str
    password_hash: str
    groups: str
    active: bool
    failed_logins: int
    locked_until: datetime | None
    created_at: datetime

    @property
    def group_names(self) -> frozenset[str]:
        return frozenset(self.groups.split())


def add(connection: Connection, *, login: str, password_hash: str, groups: str, at: datetime) -> int:
    """A new user; raises `InvalidInput` where the login is not letters and digits."""
    if not _LOGIN.fullmatch(login):
        raise InvalidInput("A login has letters and digits only.", code="login_invalid")
    row = {"login": login, "password_hash": password_hash, "groups": groups, "created_at": at}
    return int(connection.execute(insert(users).values(**row).returning(users.c.id)).scalar_one())


def get(connection: Connection, user_id: int) -> User | None:
    """The user with this id."""
    return first(connection, select(users).where(users.c.id == user_id), User)


def by_login(connection: Connection, login: str) -> User | None:
    """The user with this login."""
    return first(connection, select(users).where(users.c.login == login), User)


def set_user(connection: Connection, user_id: int, **values: object) -> bool:
    """Changes a user."""
    return changed(connection, update(users).where(users.c.id == user_id).values(**values))


def everyone(connection: Connection) -> list[User]:
    """Users by login."""
    return every(connection, select(users).order_by(users.c.login), User)
