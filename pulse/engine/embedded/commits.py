"""One writer, commits shared: commands that wait for the disk at the same time go there together."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, Final, TypeVar

from sqlalchemy import Connection

Result = TypeVar("Result")
MOST: Final = 50
"""How many commands one commit carries: the last of them waits for all."""


class _Turn:
    """A command in line, and how it ended."""

    def __init__(self, command: Callable[[Connection], Any]) -> None:
        self.command = command
        self.result: Any = None
        self.problem: BaseException | None = None
        self.over = False
        #: Set when it is over, or when its thread is to lead the next transaction.
        self.called = threading.Event()

    def take(self, connection: Connection) -> None:
        """Run beside others: what goes wrong undoes this command alone."""
        connection.exec_driver_sql("SAVEPOINT turn")
        try:
            self.result = self.command(connection)
        except BaseException as problem:  # noqa: BLE001  raised again in the thread that waits for it
            self.problem = problem
            connection.exec_driver_sql("ROLLBACK TO turn")
        connection.exec_driver_sql("RELEASE turn")


class SharedCommits:
    """Runs commands of many threads one after the other. `begin` opens a transaction that is committed at its end.

    A commit waits for the disk, and most of a command's time goes there. The commands that come meanwhile form the next
    transaction, each undone by itself where it fails; nobody hears of success before the commit.
    """

    def __init__(self, begin: Callable[[], AbstractContextManager[Connection]]) -> None:
        self._begin = begin
        self._lock = threading.Lock()
        self._line: deque[_Turn] = deque()
        self._led = False

    def run(self, command: Callable[[Connection], Result]) -> Result:
        """What the command returns, once that is on disk; raises what it raises, and then nothing of it is kept."""
        turn = _Turn(command)
        with self._lock:
            self._line.append(turn)
            leads, self._led = not self._led, True
        if not leads:
            turn.called.wait()
        if not turn.over:
            self._lead()
        if turn.problem is not None:
            raise turn.problem
        result: Result = turn.result
        return result

    def _lead(self) -> None:
        with self._lock:
            turns = [self._line.popleft() for _ in range(min(MOST, len(self._line)))]
        try:
            with self._begin() as connection:
                if len(turns) == 1:
                    turns[0].result = turns[0].command(connection)
                else:
                    for turn in turns:
                        turn.take(connection)
        except BaseException as problem:  # noqa: BLE001  raised again by everyone whose work is lost
            for turn in turns:
                turn.problem = turn.problem or problem
        with self._lock:
            following = self._line[0] if self._line else None
            self._led = following is not None
        for turn in turns:
            turn.over = True
            turn.called.set()
        if following is not None:
            following.called.set()
