"""How long mails stay: their words and sources are deleted when nobody needs them any more; the ledger's rows stay."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from db import audit, leases, mail_retention
from db.mail_retention import Old
from pulse.base.errors import Unavailable
from pulse.claims.office import Office

log = structlog.get_logger(__name__)

_LEASE = "mail:retention"
_DAY = timedelta(days=1)
_AFTER_FAILURE_S = 600.0


@dataclass(frozen=True, kw_only=True)
class Retained:
    """How much was deleted, or would be."""

    mails: int = 0
    sources: int = 0
    #: Documents that led to no case.
    documents: int = 0


def retain(office: Office, *, dry_run: bool = False) -> Retained:
    """Deletes what is older than the policy keeps it.

    Of a settled mail whose cases are all closed, from the last of these days on: its words, its source, the names of
    its files, its sender's address, and documents that no case has. Ids, hashes, outcome and reasons stay, and the
    documents of cases with their cases. Files go before the row forgets them, so that a crash leaves none behind.
    """
    done = Retained()
    now = office.clock.now()
    for one in _old(office, now):
        with office.database.read() as connection:
            sources, documents = mail_retention.only_here(connection, one)
        if not dry_run:
            for digest in (*sources, *documents):
                office.documents.delete(digest)
            with office.database.write() as connection:
                mail_retention.forget(connection, one.mail_id)
                audit.note(
                    connection,
                    "claims:mail:forgotten",
                    actor="retention",
                    at=now,
                    mail=one.mail_id,
                    source=one.source_sha256,
                    documents=list(documents),
                )
        done = Retained(
            mails=done.mails + 1,
            sources=done.sources + len(sources),
            documents=done.documents + len(documents),
        )
    log.info("mails retained", action="mail:retention", mails=done.mails, dry_run=dry_run)
    return done


def retain_daily(office: Office) -> Retained | None:
    """The same, unless some process did it within a day."""
    now = office.clock.now()
    with office.database.write() as connection:
        # The lease is not given back: it says when it was done.
        if leases.is_held(connection, _LEASE, holder=office.holder, until=now):
            return None
        if not leases.take(connection, _LEASE, holder=office.holder, at=now, until=now + _DAY):
            return None
    try:
        return retain(office)
    except BaseException:
        with office.database.write() as connection:
            leases.release(connection, _LEASE, holder=office.holder)
        raise


def run(office: Office, stopped: threading.Event) -> None:
    """Once a day until `stopped`; a database that is away is asked again later."""
    while not stopped.is_set():
        wait_s = _DAY.total_seconds() / 24
        try:
            retain_daily(office)
        except Unavailable as error:
            wait_s = _AFTER_FAILURE_S
            log.warning("mails not retained", action="mail:retention", reason=error.reason)
        stopped.wait(wait_s)


def _old(office: Office, now: datetime) -> Iterator[Old]:
    """A few at a time, by id, so that those that stay are asked about once."""
    policy, after = office.policy, 0
    while True:
        with office.database.read() as connection:
            found = mail_retention.old(
                connection,
                with_cases_before=now - policy.keep_mails,
                without_before=now - policy.keep_other_mails,
                after=after,
            )
        if not found:
            return
        yield from found
        after = found[-1].mail_id
