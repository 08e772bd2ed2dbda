"""What a case costs the database: as many statements for a long invoice as for a short one, and no more than needed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import office
from claim_steps import decided, received
from office import TestOffice
from sqlalchemy import event

from pulse.claims.assess_risk import assess_risk
from pulse.claims.check_client import check_client
from pulse.claims.check_medication import check_medication
from pulse.claims.send_letter import send_letter
from pulse.claims.settle import settle
from pulse.claims.write_letter import write_letter

#: Statements a step may take, of a case that is paid to the provider of a client who has had the same before.
MOST = {"receive": 10, "client": 6, "medication": 11, "risk": 24, "settle": 19, "decide": 60, "write": 18, "send": 16}


def statements(desk: TestOffice, number: str, positions: int) -> dict[str, int]:
    """How many each step of a new case takes."""
    counts: Counter[str] = Counter()

    def counted(step: str, work: Callable[[], Any]) -> Any:
        def note(*_: object) -> None:
            counts[step] += 1

        event.listen(desk.database.engine, "before_cursor_execute", note)
        try:
            return work()
        finally:
            event.remove(desk.database.engine, "before_cursor_execute", note)

    billed = [office.position(line) for line in range(1, positions + 1)]
    case = counted("receive", lambda: received(desk, invoice_number=number, positions=billed))
    counted("client", lambda: check_client(desk.office, case))
    counted("medication", lambda: check_medication(desk.office, case))
    counted("risk", lambda: assess_risk(desk.office, case))
    counted("settle", lambda: settle(desk.office, case))
    counted("decide", lambda: decided(desk, case, "approve", "P801"))
    counted("write", lambda: write_letter(desk.office, case, "provider", "approved"))
    counted("send", lambda: send_letter(desk.office, case, "provider", "approved"))
    return dict(counts)


def test_a_case_of_many_positions_takes_as_many_statements_as_one_of_two(desk: TestOffice) -> None:
    statements(desk, "the first of all", 1)
    few = statements(desk, "few", 2)
    assert statements(desk, "many", 40) == few
    assert {step: count for step, count in few.items() if count > MOST[step]} == {}
