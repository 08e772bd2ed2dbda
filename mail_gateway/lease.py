"""The right to read a folder: one process has it at a time, and renews it as long as it works."""

from __future__ import annotations

from datetime import timedelta

from db import leases
from mail_gateway.connection.account import Entrance
from pulse.base.errors import Unavailable
from pulse.claims.office import Office


class LeaseLost(Unavailable):
    """Another gateway has taken over the folder."""

    code = "mail_lease_lost"


class Lease:
    """That of one entrance. Each call raises `Unavailable` where the database is away."""

    def __init__(self, office: Office, entrance: Entrance) -> None:
        self._office = office
        self._name = entrance.lease
        self._length = timedelta(seconds=entrance.lease_s)
        self._taken_at = office.clock.now()

    def take(self) -> bool:
        """Takes or renews it; False where somebody else has it."""
        now = self._office.clock.now()
        with self._office.database.write() as connection:
            holder = self._office.holder
            is_ours = leases.take(connection, self._name, holder=holder, at=now, until=now + self._length)
        if is_ours:
            self._taken_at = now
        return is_ours

    def keep(self) -> None:
        """Renews it once a third of it is over. Raises `LeaseLost`."""
        if self._office.clock.now() - self._taken_at >= self._length / 3 and not self.take():
            raise LeaseLost

    def give_back(self) -> None:
        """Ends it, so that another one need not wait."""
        with self._office.database.write() as connection:
            leases.release(connection, self._name, holder=self._office.holder)
