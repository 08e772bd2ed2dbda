"""The relay: does the errands of the outbox, at least once, asking before it repeats."""

from __future__ import annotations

import copy
import random
import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta

import structlog

from db import audit, invoices, leases, outbox
from db.outbox import Errand
from pulse.base.errors import PulseError
from pulse.claims.approve_letter import catch_up
from pulse.claims.delivery import reconcile
from pulse.claims.errors import BusinessError
from pulse.claims.letter_errand import do_letter
from pulse.claims.office import Office
from pulse.claims.resume import resume
from pulse.claims.send_letter import HeldBack
from pulse.claims.start import MESSAGE, start_variables
from pulse.claims.steps import case_of
from pulse.engine.client import EngineClient
from pulse.engine.errors import EngineError, EngineSilent

log = structlog.get_logger(__name__)

_LEASE = "relay"
#: How long one try may last before somebody else may try; longer than any call's timeout.
_CLAIM_LENGTH = timedelta(seconds=60)
_FIRST_WAIT_S, _LONGEST_WAIT_S = 2.0, 300.0
#: An engine that was asked and kept silent may start the process yet: it is asked again when it has had its time.
_SILENCE_S = 20.0
_RECONCILE_EVERY_S = 60.0


def relay_once(office: Office, *, invoice_id: int | None = None, limit_s: float | None = None) -> int:
    """Does the errands that are due; how many were done.

    One relay works at a time (lease `relay`), so that errands go in order; `invoice_id` does this case's errands at
    once, beside it: each errand is claimed before it is tried, so no two try the same. `limit_s` bounds the whole call,
    each call to the engine included.
    """
    began = time.monotonic()
    now = office.clock.now()
    with office.database.read() as connection:
        due = outbox.due(connection, at=now, invoice_id=invoice_id)
        ours = leases.is_held(connection, _LEASE, holder=office.holder, until=now + office.relay_lease / 2)
    if not due or (invoice_id is None and not ours and not _leased(office, now)):
        return 0
    engine = office.engine if limit_s is None else _hurried(office.engine, limit_s)
    done = 0
    for errand in due:
        if limit_s is not None and time.monotonic() - began >= limit_s:
            break
        done += _try(office, engine, errand)
    return done


def run(office: Office, stop: threading.Event, *, interval_s: float = 1.0) -> None:
    """Relays until `stop` is set; nothing that goes wrong ends it."""
    reconciled = 0.0
    while not stop.is_set():
        try:
            busy = relay_once(office)
            if time.monotonic() - reconciled >= _RECONCILE_EVERY_S:
                reconciled = time.monotonic()
                reconcile(office)
                catch_up(office)
        except Exception as error:  # noqa: BLE001 - the relay outlives the database, the engine and its own faults
            log.warning("relay failed", action="relay", error=type(error).__name__)
            busy = 0
        if not busy:
            stop.wait(interval_s)


def _leased(office: Office, now: datetime) -> bool:
    with office.database.write() as connection:
        return leases.take(connection, _LEASE, holder=office.holder, at=now, until=now + office.relay_lease)


def _try(office: Office, engine: EngineClient, errand: Errand) -> bool:
    now = office.clock.now()
    with office.database.write() as connection:
        if not outbox.claim(connection, errand, until=now + _CLAIM_LENGTH):
            return False
    work: Callable[[Office, EngineClient, Errand], None] = _WORK[errand.kind]
    try:
        work(office, engine, errand)
    except (PulseError, EngineError) as error:
        wait_s = _SILENCE_S if isinstance(error, EngineSilent) else 0.0
        wait_s = error.wait_s if isinstance(error, HeldBack) else wait_s
        _failed(office, errand, error.reason if isinstance(error, PulseError) else error.code, at_least_s=wait_s)
        return False
    return True


def _start(office: Office, engine: EngineClient, errand: Errand) -> None:
    """Starts the case's process, unless the engine knows one: the answer to an earlier try may have been lost."""
    assert errand.invoice_id is not None
    with office.database.read() as connection:
        case = case_of(connection, errand.invoice_id)
    process_id = case.process_instance_id or _known_process(engine, case.business_key, tried=errand.attempts > 0)
    if process_id is None:
        variables = start_variables(case, office.policy)
        with office.traces.span("start process", case.id):
            started = engine.correlate(MESSAGE, business_key=case.business_key, variables=variables)
        process_id = started.process_instance_id
    now = office.clock.now()
    with office.database.write() as connection:
        outbox.done(connection, errand.id, at=now)
        invoices.process_started(connection, case.id, process_id)
        audit.note(
            connection,
            "relay:process:started",
            actor="relay",
            at=now,
            invoice_id=case.id,
            process=process_id,
            attempts=errand.attempts + 1,
        )
    log.info("process started", action="start", case=case.id, process=process_id)


def _known_process(engine: EngineClient, business_key: str, *, tried: bool) -> str | None:
    """History knows running and ended instances; after an earlier try the run time is asked too."""
    for instance in engine.history_process_instances(business_key):
        return instance.id
    if tried:
        for running in engine.process_instances(business_key=business_key):
            return running.id
    return None


def _letter(office: Office, _engine: EngineClient, errand: Errand) -> None:
    """A letter whose delivery stays unknown is done for the relay: it waits in our tasklist."""
    try:
        do_letter(office, errand)
    except BusinessError as error:
        log.warning("letter needs a person", action="send", case=errand.invoice_id, reason=error.reason)
    with office.database.write() as connection:
        outbox.done(connection, errand.id, at=office.clock.now())


def _answer(office: Office, engine: EngineClient, errand: Errand) -> None:
    resume(office, engine, errand)
    with office.database.write() as connection:
        outbox.done(connection, errand.id, at=office.clock.now())


_WORK: dict[outbox.Kind, Callable[[Office, EngineClient, Errand], None]] = {
    "start_process": _start,
    "letter": _letter,
    "correlate": _answer,
}


def _failed(office: Office, errand: Errand, code: str, *, at_least_s: float) -> None:
    wait_s = min(_LONGEST_WAIT_S, _FIRST_WAIT_S * 2 ** min(errand.attempts, 10)) * (0.5 + random.random() / 2)  # noqa: S311
    next_try = office.clock.now() + timedelta(seconds=at_least_s + wait_s)
    with office.database.write() as connection:
        outbox.failed(connection, errand.id, error=code, next_try_at=next_try)
    log.warning("errand failed", action="relay", errand=errand.key, case=errand.invoice_id, error=code)


def _hurried(engine: EngineClient, limit_s: float) -> EngineClient:
    """The same engine and connections, with less patience."""
    hurried = copy.copy(engine)
    hurried.transport = copy.copy(engine.transport)
    hurried.transport.timeout_s = min(limit_s, engine.transport.timeout_s)
    return hurried
