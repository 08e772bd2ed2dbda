"""Mails that chance has broken: whatever comes, each is settled in time, and the poller lives on."""

from __future__ import annotations

import os
import random
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from mail_desk import MailDesk
from mail_mutations import mutated, seeds
from mails import PdfStubReader
from office import fill_registers, open_office

from db import mails
from mail_gateway.connection.account import SideEntrance
from mail_gateway.connection.mailbox import HEADER_BYTES, Head
from mail_gateway.intake import Incoming, Intake
from mail_gateway.ledger import Ledger
from mail_gateway.steps.order import steps
from pulse.base.errors import Unreadable
from pulse.claims.receive import receive_document
from pulse.invoices.record import Reading, Record

SEED = 20261123
#: Far more than any mail needs, even beside other work on this machine.
LIMIT_S = 5.0


class AnyReader(PdfStubReader):
    """What its documents hold is another test's concern: what it cannot make sense of is unreadable."""

    def read(self, data: bytes) -> Reading:
        try:
            return super().read(data)
        except Exception:  # noqa: BLE001  the stand-in for a reader that never fails
            return Reading(Record(), problem=Unreadable(code="P108"))


@pytest.fixture
def desk() -> Iterator[MailDesk]:
    """An office in memory where the machine has such a folder: what is tried here is not the disk."""
    memory = Path("/dev/shm")
    with TemporaryDirectory(dir=memory if os.access(memory, os.W_OK) else None) as folder:
        for opened in open_office(Path(folder)):
            fill_registers(opened.database)
            yield MailDesk(opened)


@pytest.mark.timeout(7000)
def test_every_mutated_mail_is_settled_in_time(desk: MailDesk, full_size: bool) -> None:
    count = 100_000 if full_size else 1_500
    office = replace(desk.office, reader=AnyReader())
    entrance = SideEntrance(called="mutated", mails_per_hour=10**9)
    ledger = Ledger(office, entrance)
    intake = Intake(
        office=office, account=entrance, ledger=ledger, steps=steps(office, entrance, ledger, receive=receive_document)
    )
    rng, files = random.Random(SEED), seeds()
    outcomes: Counter[str] = Counter()
    slowest = 0.0
    for uid in range(1, count + 1):
        data = mutated(rng, files)
        began = time.monotonic()
        desk.clock.advance(timedelta(hours=3))
        outcome, reason = _taken(intake, ledger, uid, data)
        slowest = max(slowest, time.monotonic() - began)
        assert slowest < LIMIT_S, f"mail {uid} took {slowest:.1f} s"
        assert outcome in {"invoice", "returned", "ignored", "person"}, f"mail {uid}: {outcome} {reason}"
        outcomes[outcome] += 1
    print(f"{count} mails: {dict(outcomes)}, slowest {slowest:.2f} s")
    assert min(outcomes[one] for one in ("invoice", "returned", "ignored", "person")) > count / 200


def _taken(intake: Intake, ledger: Ledger, uid: int, data: bytes) -> tuple[Any, str]:
    (row,) = ledger.see(1, {uid: len(data)})
    head = Head(size=len(data), block=data[:HEADER_BYTES])
    intake.take(Incoming(row=row, attempt=1, head=head, fetch=lambda: data or b"\r\n"))
    (settled,) = ledger.settled(1, [uid])
    assert isinstance(settled, mails.Mail)
    intake.folder_of(settled)
    return settled.outcome, settled.reason
