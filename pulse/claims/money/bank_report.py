"""What the bank says of a run, read back: each payment accepted, or rejected and with a person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from db import audit, documents, payments
from db.payments import Payment, Run, State
from pulse.base.errors import Conflict, NotFound
from pulse.claims.money.pain002 import Report, Status, read_report
from pulse.claims.office import Office

#: The bank has the money on its way: what comes back later was returned, not refused.
_SETTLED = ("ACSC", "ACCC")
_AT_THE_BANK: tuple[State, ...] = ("released", "sent", "accepted")


class UnknownInReport(NotFound):
    """The status report speaks of a payment file or a payment that is not ours."""

    code = "status_report_unknown"


class ContradictingReport(Conflict):
    """The status report accepts a payment that was rejected before: ask the bank."""

    code = "status_report_contradicts"


@dataclass(frozen=True, kw_only=True)
class ReportRead:
    """What came of a report: the run, how many payments moved to which state, and whether the file was known."""

    run_id: int
    moved: dict[State, int]
    known: bool = False


def take_report(office: Office, data: bytes, *, by: str) -> ReportRead:
    """Reads a status report and moves the payments of its run; the same file again changes nothing.

    Raises `UnreadableReport`, `UnknownInReport`, `ContradictingReport`; then nothing is changed.
    """
    report, now = read_report(data), office.clock.now()
    digest = office.documents.put(data)
    with office.database.write() as connection:
        run = payments.run_by_message(connection, report.original_message_id)
        if run is None or run.file_sha256 is None:
            raise UnknownInReport(file=report.original_message_id[:35])
        documents.note(connection, digest, data, at=now)
        moved = _moved(connection, run, report, at=now)
        row = {"sha256": digest, "message_id": report.message_id, "run_id": run.id, "changed": sum(moved.values())}
        known = not payments.add_report(connection, **row, read_by=by, read_at=now)
        if not known:
            payments.change_run(connection, run.id, was=("released",), state="sent", sent_by=by, sent_at=now)
            counts: dict[str, int] = {str(state): count for state, count in moved.items()}
            audit.note(connection, "claims:payment_run:reported", actor=by, at=now, run=run.id, file=digest, **counts)
    return ReportRead(run_id=run.id, moved=moved, known=known)


def _moved(connection: Connection, run: Run, report: Report, *, at: datetime) -> dict[State, int]:
    parts = {one.end_to_end_id: one for one in payments.of_run(connection, run.id)}
    ours = {f"{run.message_id}-1"}
    unknown = [*(report.instructions.keys() - ours), *(report.transactions.keys() - parts.keys())]
    if unknown:
        raise UnknownInReport(run=run.id, ids=[one[:35] for one in sorted(unknown)[:5]])
    moved: dict[State, int] = {}
    for one in parts.values():
        status = report.of_transaction(one.end_to_end_id)
        state = _move(connection, one, status, at=at) if status else None
        if state is not None:
            moved[state] = moved.get(state, 0) + 1
    return moved


def _move(connection: Connection, payment: Payment, status: Status, *, at: datetime) -> State | None:
    """The state that the payment moves to; None where it stays as it is."""
    if status.verdict is None or payment.bank_status == status.status:
        return None
    was = _AT_THE_BANK
    state: State
    match status.verdict:
        case "accepted":
            if payment.state in ("rejected", "returned"):
                raise ContradictingReport(payment=payment.id)
            state = "accepted"
        case "pending":
            state, was = "sent", ("released", "sent")
        case "rejected":
            state = "returned" if payment.bank_status in _SETTLED else "rejected"
    values = {"state": state, "bank_status": status.status, "reason": status.reason, "note": status.text}
    if not payments.change(connection, payment.id, was=was, changed_at=at, **values):
        return None
    if state in ("rejected", "returned"):
        audit.note(
            connection,
            f"claims:payment:{state}",
            actor="bank",
            at=at,
            invoice_id=payment.invoice_id,
            payment=payment.id,
            amount=format(payment.amount, "f"),
            reason=status.reason,
        )
    return state
