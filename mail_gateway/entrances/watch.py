"""The watched folder as an entrance: what is dropped there takes the same way as what is attached to a mail.

A file is handed in as a mail with nothing but this file in it: the same checks, the same ledger, the same limits. It
is moved only when its outcome is on record, so that a crash leaves it where it is.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from urllib.parse import quote

import structlog

from db.mails import Mail
from mail_gateway.afterwards import needs_a_look
from mail_gateway.connection.account import SideEntrance
from mail_gateway.connection.mailbox import Head
from mail_gateway.entrances.folder import DONE, FAILED, Dropped, Folder, FolderUnavailable
from mail_gateway.entrances.gateway import PollResult
from mail_gateway.entrances.health import Health
from mail_gateway.intake import Incoming, Intake
from mail_gateway.lease import Lease
from mail_gateway.ledger import Ledger, Verdict
from mail_gateway.message.headers import Headers
from mail_gateway.message.reasons import MailReason
from mail_gateway.message.standing import Standing
from mail_gateway.steps.arrived import Arrived, Later
from mail_gateway.steps.invoices import Invoices, Receive
from pulse.base.errors import PulseError, Unavailable
from pulse.claims.office import Office
from pulse.claims.receive import receive_document

log = structlog.get_logger(__name__)

ACCOUNT = "folder"
#: A folder has no UIDVALIDITY: its files are told apart by name, size and time.
_NO_VALIDITY = 0
_LONGEST_WAIT_S = 60.0


class Watch:
    """One folder. Not shared between threads; `run` may be stopped from any."""

    def __init__(
        self,
        office: Office,
        folder: Folder,
        *,
        rest_s: float = 5.0,
        poll_interval_s: float = 20.0,
        max_bytes: int = 25 * 1024 * 1024,
        lease_s: float = 120.0,
        receive: Receive = receive_document,
    ) -> None:
        """`rest_s`: a file is taken when its size and time have not changed for so long."""
        self._office = office
        self._folder = folder
        self._rest = timedelta(seconds=rest_s)
        self._poll_interval_s = poll_interval_s
        self._entrance = SideEntrance(called=ACCOUNT, folder=folder.name, max_bytes=max_bytes, lease_s=lease_s)
        self._ledger = Ledger(office, self._entrance)
        invoices = Invoices(
            office=office,
            ledger=self._ledger,
            receive=receive,
            max_bytes=max_bytes,
            keep_lease=self._keep_lease,
            channel="folder",
        )
        steps = (_Files(invoices),)
        self._intake = Intake(office=office, account=self._entrance, ledger=self._ledger, steps=steps)
        self._lease = Lease(office, self._entrance)
        #: Since when each file has been as it is now.
        self._since: dict[int, datetime] = {}
        self.health = Health(ACCOUNT, folder.name, limit_s=3 * (poll_interval_s + 20.0))

    def poll_once(self) -> PollResult:
        """Takes every file that rests. Raises `Unavailable` where folder or database are away; nothing is lost then."""
        try:
            if not self._lease.take():
                self.health.looked("idle")
                return PollResult(idle=True)
            files = self._folder.files()
            result, problem = self._take_all(self._resting(files))
            self._close_vanished({file.number for file in files})
            if problem is not None:
                raise problem
        except PulseError as error:
            self.health.failed(error.reason)
            raise
        self.health.looked("worked")
        return result

    def run(self, stop: threading.Event) -> None:
        """Looks until `stop` is set; survives every failure, waiting longer each time."""
        wait_s = self._poll_interval_s
        while not stop.is_set():
            try:
                self.poll_once()
                wait_s = self._poll_interval_s
            except Exception as error:  # noqa: BLE001  the watch outlives whatever it meets
                wait_s = min(max(wait_s, 1.0) * 2, _LONGEST_WAIT_S)
                words = error.message if isinstance(error, PulseError) else ""
                log.warning("look failed", action="folder:look:failed", error=type(error).__name__, problem=words)
            stop.wait(wait_s)
        self.close()

    def close(self) -> None:
        """Gives the lease back."""
        try:
            self._lease.give_back()
        except Unavailable:
            log.warning("lease not released", action="folder:lease")

    def _resting(self, files: list[Dropped]) -> list[Dropped]:
        """Files that nobody writes any more: unchanged since long enough by their own time, or seen so by us."""
        now = self._office.clock.now()
        self._since = {file.number: self._since.get(file.number, now) for file in files}
        return [
            file
            for file in files
            if now - self._since[file.number] >= self._rest
            or (file.modified_at is not None and file.modified_at <= now - self._rest)
        ]

    def _take_all(self, files: list[Dropped]) -> tuple[PollResult, FolderUnavailable | None]:
        """What was done, and the last file's problem that was denied us: it does not hold up the others."""
        settled = filed = 0
        problem: FolderUnavailable | None = None
        for file in files:
            self._keep_lease()
            (row,) = self._ledger.see(_NO_VALIDITY, {file.number: file.size})
            try:
                if row.outcome == "pending":
                    self._take(file, row)
                    (row,) = self._ledger.settled(_NO_VALIDITY, [file.number]) or [row]
                    settled += row.outcome != "pending"
                if row.outcome != "pending":
                    filed += self._file(file, row)
            except FolderUnavailable as error:
                if not isinstance(error.__cause__, PermissionError):
                    raise
                problem = error
        return PollResult(settled=settled, filed=filed), problem

    def _take(self, file: Dropped, row: Mail) -> None:
        """One file, which may be anything; it never stops the next one."""
        if row.attempts >= self._entrance.attempts:
            self._intake.give_up(row)
            return
        # What is too large is not read: its content cannot tell it from another one.
        block = _block(file.name, file.number if file.size > self._entrance.max_bytes else None)
        head = Head(size=file.size, block=block, received_at=file.modified_at)
        try:
            self._intake.take(
                Incoming(row=row, attempt=row.attempts + 1, head=head, fetch=partial(self._content, file, block))
            )
        except Unavailable:
            raise
        except Later:
            return
        except Exception as error:  # noqa: BLE001  one hostile file must not stop the next one
            log.warning("file failed", action="folder:attempt:failed", mail=row.id, error=type(error).__name__)

    def _close_vanished(self, numbers: set[int]) -> None:
        """What somebody took away, or went on writing, before it was read."""
        pending, _ = self._ledger.open_uids(_NO_VALIDITY)
        for row in pending:
            if row.uid not in numbers:
                self._ledger.settle(row, Verdict(outcome="ignored", reasons=(MailReason.VANISHED,)))
                self._ledger.filed([row], "")

    def _content(self, file: Dropped, block: bytes) -> bytes:
        data = self._folder.read(file)
        if data is None:
            # Somebody goes on writing, or took it away: it is another file at the next look, or none.
            raise Later
        return block + data

    def _file(self, file: Dropped, row: Mail) -> bool:
        """Whether it was moved, and not taken away or replaced by somebody."""
        target = FAILED if needs_a_look(row) or row.reason == MailReason.NO_DOCUMENT else DONE
        is_moved = self._folder.move(file, target)
        self._ledger.filed([row], target if is_moved else "")
        return is_moved

    def _keep_lease(self) -> None:
        self.health.turns()
        self._lease.keep()


@dataclass(frozen=True)
class _Files:
    """The one step of dropped files: there is nobody to answer, so a person looks at what is no invoice."""

    invoices: Invoices

    def wants(self, headers: Headers, standing: Standing) -> bool:
        return False

    def is_mine(self, mail: Arrived) -> bool:
        return True

    def take(self, mail: Arrived) -> Verdict:
        verdict = self.invoices.take(mail)
        if verdict.outcome == "ignored":
            return Verdict(outcome="person", reasons=(MailReason.NO_DOCUMENT,))
        return verdict


def _block(name: str, number: int | None = None) -> bytes:
    """The header of a mail that is this file alone; with a number it is the same mail as none other."""
    identity = "" if number is None else f"Message-ID: <{number:016x}@{ACCOUNT}>\r\n"
    disposition = f"attachment; filename*=utf-8''{quote(name, safe='')}"
    return (
        f"{identity}Content-Type: application/octet-stream\r\nContent-Disposition: {disposition}\r\n"
        "Content-Transfer-Encoding: binary\r\n\r\n"
    ).encode("ascii")
