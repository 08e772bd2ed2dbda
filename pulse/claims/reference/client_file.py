"""Insured persons looked up in a CSV file that another system writes anew."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path

import structlog

from pulse.base.errors import InvalidInput
from pulse.claims.ports import DirectoryUnavailable, FoundClient
from pulse.claims.reference.client_directory import theirs
from pulse.claims.reference.registers import RowsRefused
from pulse.reference import register_csv
from pulse.reference.register_rows import ClientRow, Refused

log = structlog.get_logger(__name__)

#: A file with fewer persons than before by more than this share is not whole.
_MOST_LOST = 0.1


class CsvDirectory:
    """Read again when the file changed.

    A file that is not whole makes nobody unknown: with a bad row, with nobody in it, with a tenth fewer persons than
    before, or while it is being written, the directory is away (`DirectoryUnavailable` says why) until it is put right.
    """

    name = "csv"

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._seen: tuple[int, int] | None = None
        self._problem: InvalidInput | None = None
        self._persons = _Persons(())

    def by_numbers(self, numbers: Sequence[str]) -> list[FoundClient]:
        return theirs(self._read().with_numbers(numbers))

    def born_on(self, day: date) -> list[FoundClient]:
        return theirs(self._read().born_on(day))

    def check(self) -> None:
        self._read()

    def _read(self) -> _Persons:
        with self._lock:
            state = self._state()
            if state != self._seen:
                self._take(state)
            if self._problem is not None:
                raise DirectoryUnavailable(f"The client file cannot be used: {self._problem.message}")
            return self._persons

    def _take(self, state: tuple[int, int]) -> None:
        try:
            with self._path.open(encoding="utf-8-sig", newline="") as text:
                read = list(register_csv.clients(text))
        except OSError as error:
            raise DirectoryUnavailable from error
        except UnicodeDecodeError:
            read, self._problem = [], InvalidInput("it is not UTF-8")
        except InvalidInput as error:
            read, self._problem = [], error
        else:
            self._problem = self._objection(read)
        if state != self._state():
            raise DirectoryUnavailable("The client file is being written.")
        self._seen = state
        if self._problem is None:
            self._persons = _Persons(one.row for one in read if not isinstance(one, Refused))
        else:
            log.error("client file refused", action="client directory", error=self._problem.message)

    def _objection(self, read: Sequence[object]) -> InvalidInput | None:
        refused = [one for one in read if isinstance(one, Refused)]
        if refused:
            return RowsRefused(refused)
        if not read:
            return InvalidInput("it names nobody")
        if len(read) < self._persons.count * (1 - _MOST_LOST):
            return InvalidInput(f"it has {len(read)} rows, the one before {self._persons.count}; a restart takes it")
        return None

    def _state(self) -> tuple[int, int]:
        try:
            found = self._path.stat()
        except OSError as error:
            raise DirectoryUnavailable("The client file cannot be opened.") from error
        return found.st_mtime_ns, found.st_size


class _Persons:
    """By number and by birth date; who is named twice is as the later row says."""

    def __init__(self, rows: Iterable[ClientRow]) -> None:
        latest = {row.insurance_number: row for row in rows}
        self.count = len(latest)
        self._born_on: dict[date | None, list[ClientRow]] = defaultdict(list)
        self._with: dict[str, list[ClientRow]] = defaultdict(list)
        for row in latest.values():
            self._born_on[row.birth_date].append(row)
            for number in {row.insurance_number, row.ahv_number, row.card_number} - {None}:
                self._with[str(number)].append(row)

    def with_numbers(self, numbers: Sequence[str]) -> Iterable[ClientRow]:
        """Each once, whichever of the numbers it has."""
        found = (row for number in dict.fromkeys(numbers) for row in self._with.get(number, ()))
        return {row.insurance_number: row for row in found}.values()

    def born_on(self, day: date) -> Iterable[ClientRow]:
        return self._born_on.get(day, ())
