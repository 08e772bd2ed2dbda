"""The poller: looks into the mailbox, hands mails to the intake, answers, and files them.

The order is what makes a crash harmless: a mail is in the ledger before it is read, its outcome is in the database
before it is answered, and it is answered before it is moved. Whatever was left undone is done at the next poll.
"""

from __future__ import annotations

import random
import threading
import traceback
from collections import defaultdict
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import structlog

from db.mails import Mail
from mail_gateway.afterwards import DELETED, Afterwards
from mail_gateway.again import Again
from mail_gateway.connection.account import Account
from mail_gateway.connection.bodies import Bodies
from mail_gateway.connection.mailbox import (
    Head,
    LoginRefused,
    Mailbox,
    MailboxNonsense,
    MailboxRefused,
    MailboxUnavailable,
)
from mail_gateway.connection.patience import Patience
from mail_gateway.connection.structure import is_texts_only
from mail_gateway.entrances.health import Health
from mail_gateway.intake import Incoming, Intake
from mail_gateway.lease import Lease, LeaseLost
from mail_gateway.ledger import Ledger
from mail_gateway.outgoing.answers import Answers, is_due
from mail_gateway.outgoing.sending import Answered
from mail_gateway.rulebook import Rulebook
from mail_gateway.steps.arrived import Later
from mail_gateway.steps.invoices import Receive
from mail_gateway.steps.order import steps
from pulse.base.errors import PulseError, Unavailable
from pulse.claims.office import Office
from pulse.claims.receive import receive_document

log = structlog.get_logger(__name__)

_BATCH = 50
#: What a mail of several texts may be; one that is more has to be downloaded.
_MIXED = ("multipart/alternative", "multipart/mixed", "multipart/related")
_FIRST_WAIT_S, _LONGEST_WAIT_S = 1.0, 60.0
#: What is under way when the stop comes may take this long before its connection is cut.
_GRACE_S = 5.0


@dataclass(frozen=True, kw_only=True)
class PollResult:
    """What a poll did: mails settled, answers sent, mails moved; `idle` where another gateway reads the folder."""

    settled: int = 0
    answered: int = 0
    filed: int = 0
    idle: bool = False

    def __add__(self, other: PollResult) -> PollResult:
        """What two polls did."""
        return PollResult(
            settled=self.settled + other.settled,
            answered=self.answered + other.answered,
            filed=self.filed + other.filed,
            idle=self.idle and other.idle,
        )


class Gateway:
    """One account's folder. Not shared between threads; `run` may be stopped from any."""

    def __init__(
        self,
        office: Office,
        account: Account,
        *,
        poll_interval_s: float = 20.0,
        receive: Receive = receive_document,
        jitter: random.Random | None = None,
        mailbox_name: str = "",
    ) -> None:
        """`mailbox_name` is what the settings call the account."""
        self._office = office
        self._account = account
        self._poll_interval_s = poll_interval_s
        self._jitter = jitter or random.Random()  # noqa: S311  spreads retries, keeps no secret
        self._ledger = Ledger(office, account)
        self._rulebook = Rulebook(office)
        self._answers = Answers(office, account, self._rulebook)
        met = steps(
            office,
            account,
            self._ledger,
            receive=receive,
            keep_lease=self._keep_lease,
            rulebook=self._rulebook,
            called=mailbox_name,
        )
        afterwards = Afterwards(office=office, rulebook=self._rulebook)
        self._intake = Intake(office=office, account=account, ledger=self._ledger, steps=met, afterwards=afterwards)
        self._again = Again(
            office=office, account=account, ledger=self._ledger, intake=self._intake, answers=self._answers
        )
        self._mailbox: Mailbox | None = None
        self._stop = threading.Event()
        self._lease = Lease(office, account)
        #: Mails whose last try ended because a server of ours was away, which is not their fault.
        self._blameless: set[int] = set()
        #: After a download of several mails that failed: which one was it?
        self._one_by_one = False
        self._patience = Patience()
        limit_s = 3 * (poll_interval_s + account.timeout_s)
        self.health = Health(mailbox_name or account.user, account.folder, limit_s=limit_s)

    def poll_once(self) -> PollResult:
        """Does everything that is to do now. Raises `Unavailable` where a server is away; nothing is lost then."""
        try:
            result = self._poll()
        except Exception as error:
            reason = error.reason if isinstance(error, PulseError) else "internal_error"
            self.health.failed(reason)
            self._ledger.look_failed(reason)
            raise
        self.health.looked("idle" if result.idle else "worked")
        if not result.idle:
            self._ledger.looked()
        return result

    def _poll(self) -> PollResult:
        if not self._lease.take():
            self._disconnect()
            return PollResult(idle=True)
        self._rulebook.refresh()
        try:
            mailbox = self._connected()
            self._again.take_all(mailbox, before_each=self._keep_lease)
            uid_validity = mailbox.select()
            left = self._finish(mailbox, self._ledger.unfiled(uid_validity))
            pending, highest = self._ledger.open_uids(uid_validity)
            waiting = [row.uid for row in pending if self._intake.has_its_turn(row.sender)]
            result = self._take_all(mailbox, uid_validity, waiting + mailbox.uids_above(highest))
            self._one_by_one = False
            if not self._stop.is_set():
                self._ledger.close_orphans(uid_validity)
        except MailboxUnavailable:
            self._disconnect()
            raise
        return result + left

    def run(self, stop: threading.Event) -> None:
        """Polls until `stop` is set; survives every failure of a server, waiting longer each time."""
        self._stop = stop
        ended = threading.Event()
        cutter = threading.Thread(target=self._cut_after_stop, args=(stop, ended), name="mail-stop", daemon=True)
        cutter.start()
        failures = 0
        try:
            while not stop.is_set():
                wait_s = self._poll_interval_s
                try:
                    self.poll_once()
                    failures = 0
                    self._patience.accepted()
                except Exception as error:  # noqa: BLE001  the gateway outlives whatever it meets
                    failures += 1
                    wait_s = self._backoff_s(failures)
                    if isinstance(error, LoginRefused):
                        self._patience.refused(error)
                        wait_s = self._patience.left_s()
                    _warn(
                        "poll failed",
                        error,
                        action="mail:poll:failed",
                        mailbox=self.health.logged,
                        folder=self.health.folder,
                        failures=failures,
                        wait_s=round(wait_s, 1),
                    )
                    # Another gateway may fare better.
                    self.close()
                stop.wait(wait_s)
        finally:
            ended.set()
            self.close()
            if stop.is_set():
                cutter.join()

    def close(self) -> None:
        """Logs out and gives the lease back."""
        self._disconnect()
        try:
            self._lease.give_back()
        except Unavailable as error:
            _warn("lease not released", error, action="mail:lease")

    def _take_all(self, mailbox: Mailbox, uid_validity: int, uids: list[int]) -> PollResult:
        total = PollResult()
        for start in range(0, len(uids), _BATCH):
            batch = uids[start : start + _BATCH]
            heads = self._heads(mailbox, batch)
            sizes = {uid: heads[uid].size if heads and uid in heads else 0 for uid in batch}
            rows = [row for row in self._ledger.see(uid_validity, sizes) if row.outcome == "pending"]
            bodies = self._bodies(mailbox, rows, heads)
            for row in rows:
                if self._stop.is_set():
                    break
                self._keep_lease()
                self._take(mailbox, bodies, row, heads)
            settled = self._ledger.settled(uid_validity, batch)
            done = self._finish(mailbox, settled, heads)
            total += replace(done, settled=len(settled))
            if self._stop.is_set():
                break
        return total

    def _bodies(self, mailbox: Mailbox, rows: list[Mail], heads: dict[int, Head] | None) -> Bodies:
        """Those of the mails that will be downloaded; one that was tried before is asked for by itself."""
        fresh = {row.uid: heads[row.uid] for row in rows if heads and row.uid in heads and not row.attempts}
        sizes = {uid: head.size for uid, head in fresh.items() if self._intake.needs_content(head)}
        return Bodies(mailbox, sizes, one_by_one=self._one_by_one)

    def _take(self, mailbox: Mailbox, bodies: Bodies, row: Mail, heads: dict[int, Head] | None) -> None:
        """One mail, which may be anything; it never stops the next one."""
        if row.attempts >= self._account.attempts:
            self._intake.give_up(row)
            return
        attempt = row.attempts + (row.id not in self._blameless)
        self._blameless.discard(row.id)
        try:
            head = (mailbox.heads([row.uid]) if heads is None else heads).get(row.uid)
            fetch = partial(bodies.fetch, row.uid)
            self._intake.take(Incoming(row=row, attempt=attempt, head=head, fetch=fetch))
        except MailboxUnavailable:
            if bodies.asked > 1:
                self._one_by_one = True
            else:
                # Some mails end the connection each time they are asked for.
                self._ledger.count_try(row)
            raise
        except LeaseLost:
            raise
        except Later:
            self._blameless.add(row.id)
        except Unavailable:
            self._blameless.add(row.id)
            raise
        except Exception as error:  # noqa: BLE001  one hostile mail must not stop the next one
            if isinstance(error, MailboxRefused):
                self._ledger.count_try(row)
            _warn("mail failed", error, action="mail:attempt:failed", mail=row.id, attempt=attempt)

    def _heads(self, mailbox: Mailbox, uids: list[int]) -> dict[int, Head] | None:
        """All header blocks at once; None where the server refuses, so that each mail asks for its own."""
        try:
            heads = mailbox.heads(uids)
        except MailboxRefused:
            return None
        mixed = [uid for uid, head in heads.items() if head.headers.content_type in _MIXED]
        try:
            structures = mailbox.structures(mixed)
        except (MailboxRefused, MailboxNonsense):
            return heads
        texts = [uid for uid, structure in structures.items() if is_texts_only(structure)]
        return heads | {uid: replace(heads[uid], texts_only=True) for uid in texts if uid in heads}

    def _finish(self, mailbox: Mailbox, rows: list[Mail], heads: dict[int, Head] | None = None) -> PollResult:
        """Answers what is due and moves what is done; a mail whose answer has to wait stays where it is."""
        due = [row for row in rows if is_due(row)]
        if due and heads is None:
            heads = self._heads(mailbox, [row.uid for row in due])
        done: dict[str, list[Mail]] = defaultdict(list)
        answered = 0
        for row in rows:
            if is_due(row):
                if heads is None or self._stop.is_set():
                    continue
                head = heads.get(row.uid)
                told = "undelivered" if head is None else self._answer(row, head)
                if told == "waits":
                    continue
                answered += told == "sent"
                if told == "undelivered":
                    row = self._ledger.hand_to_person(row)  # noqa: PLW2901  the same mail, with its new outcome
            done[self._intake.folder_of(row)].append(row)
        return PollResult(answered=answered, filed=self._file(mailbox, done))

    def _answer(self, row: Mail, head: Head) -> Answered:
        """An answer that breaks something must not stop the others."""
        self._keep_lease()
        try:
            return self._answers.answer(row, head.headers)
        except Unavailable:
            raise
        except Exception as error:  # noqa: BLE001  as with the mails themselves
            _warn("answer failed", error, action="mail:answer:failed", mail=row.id)
            return "waits"

    def _file(self, mailbox: Mailbox, done: dict[str, list[Mail]]) -> int:
        filed = 0
        for folder, rows in done.items():
            try:
                self._put(mailbox, [row.uid for row in rows], folder)
            except MailboxRefused as error:
                # Read-only, or full: the ledger knows the mails, so nothing is done twice.
                _warn("mails not moved", error, action="mail:file:refused", mails=len(rows))
                continue
            self._ledger.filed(rows, folder)
            filed += len(rows)
        return filed

    def _put(self, mailbox: Mailbox, uids: list[int], folder: str) -> None:
        if folder == DELETED:
            mailbox.delete(uids)
        elif folder != self._account.folder:
            mailbox.file(uids, folder)

    def _connected(self) -> Mailbox:
        if self._mailbox is None:
            self._mailbox = Mailbox.open(self._account)
        return self._mailbox

    def _disconnect(self) -> None:
        mailbox, self._mailbox = self._mailbox, None
        if mailbox is not None:
            mailbox.close()

    def _keep_lease(self) -> None:
        self.health.turns()
        self._lease.keep()

    def _backoff_s(self, failures: int) -> float:
        """Doubles from one second to a minute, anywhere between half of it and all of it."""
        longest: float = min(_FIRST_WAIT_S * 2 ** min(failures - 1, 10), _LONGEST_WAIT_S)
        return longest * (0.5 + self._jitter.random() / 2)

    def _cut_after_stop(self, stop: threading.Event, ended: threading.Event) -> None:
        stop.wait()
        if not ended.wait(_GRACE_S) and (mailbox := self._mailbox) is not None:
            mailbox.abort()


def _warn(event: str, error: Exception, **details: object) -> None:
    """What failed and where, without the error's own words, which may quote a mail."""
    frames = traceback.extract_tb(error.__traceback__)
    where = f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    if isinstance(error, PulseError):
        details |= {"reason": error.reason, "stage": error.details.get("stage", "")}
    log.warning(event, error=type(error).__name__, where=where, **details)
