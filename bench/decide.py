"""How many invoices are decided a second, with few positions and with many.

An invoice is looked up and settled as the workers do it (`check_medication`, `settle`): facts from the registers, the
lists and the person's other cases, every check of every position, the settlement, what was found stored. The risk
table is the engine's and left out. Sizes go in turns; the clock is CPU time.
"""

from __future__ import annotations

import argparse
import contextlib
import datetime as dt
import json
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

from sqlalchemy import event
from stdnum import ean

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # `letters` is the package, not the bench beside this

from db import clients, invoices, medications, providers
from db.database import Database
from db.medications import LimitationOnDay
from db.upgrade import upgrade
from letters.facts import Insurer
from pulse.base.clock import ManualClock
from pulse.claims.check_medication import check_medication
from pulse.claims.office import Office, Policy
from pulse.claims.position_facts import settled, surroundings_of
from pulse.claims.rules.facts import Rules
from pulse.claims.settle import settle
from pulse.invoices.model import Invoice, Party, Position, Source

NOW = dt.datetime(2026, 11, 20, 9, 0, tzinfo=dt.UTC)
FEW, MANY = 20, 200
_DAY, _LISTED_FROM = NOW.date() - dt.timedelta(days=5), dt.date(2025, 1, 1)
_PACKS, _EARLIER_CASES = 2000, 12
_GLN, _IBAN = "7601000001115", "CH9300762011623852957"


Packs = list[tuple[str, Decimal]]


def filled(folder: Path, rng: random.Random) -> tuple[Database, Packs]:
    """A database with a biller and a list of packs, every other one with a limitation."""
    database = Database(f"sqlite:///{folder}/pulse.db")
    upgrade(database)
    packs = []
    for number in range(_PACKS):
        digits = f"7680{number:08d}"
        packs.append((digits + ean.calc_check_digit(digits), Decimal(rng.randrange(100, 50_000)).scaleb(-2)))
    limited = (LimitationOnDay(code="A", texts={"de": "Zur Behandlung von …"}, packs=2),)
    with database.write() as connection:
        providers.add(connection, gln=_GLN, name="Apotheke", iban=_IBAN, language="de", valid_from=_LISTED_FROM)
        for number, (gtin, price) in enumerate(packs):
            medications.add(
                connection,
                prices=[(_LISTED_FROM, price + 1), (_DAY - dt.timedelta(days=90), price)],
                limitations=limited if number % 2 else (),
                terms={"category": "B"},
                gtin=gtin,
                name=f"Pack {number}",
                atc="N05AX12",
                listed_from=_LISTED_FROM,
            )
    return database, packs


def cases_in(database: Database, packs: Packs, rng: random.Random, *, size: int, count: int) -> list[int]:
    """Cases of `size` positions, each of a client of its own who was here before, every second week."""
    found = []
    with database.write() as connection:
        for number in range(count):
            client_id = clients.add(
                connection,
                insurance_number=f"{size}{number:05d}",
                first_name="Erika",
                last_name="Muster",
                birth_date=dt.date(1979, 5, 14),
                language="de",
                risk_score="low",
                law="KVG",
                covered_from=dt.date(2020, 1, 1),
            )
            for earlier in range(1, _EARLIER_CASES + 1):
                day = _DAY - dt.timedelta(days=14 * earlier)
                _store(connection, client_id, _invoice(rng.sample(packs, 2), f"E-{size}-{number}-{earlier}", day))
            found.append(_store(connection, client_id, _invoice(rng.sample(packs, size), f"{size}-{number}", _DAY)))
    return found


def _invoice(packs: Packs, number: str, day: dt.date) -> Invoice:
    """A pack a position; every fifth is dearer than the list has it."""
    positions = []
    for line, (gtin, listed) in enumerate(packs, start=1):
        price = listed + (Decimal("0.55") if line % 5 == 0 else 0)
        own = {"date": day, "tariff": "402", "code": gtin, "name": "Pack", "vat_rate": Decimal("2.6")}
        own |= {"quantity": Decimal(2), "unit_price": price, "amount": 2 * price}
        positions.append(Position(line=line, **own))
    return Invoice(
        source=Source(kind="qr_annex"),
        invoice_number=number,
        invoice_date=day,
        law="KVG",
        tiers="garant",
        biller=Party(gln=_GLN),
        positions=tuple(positions),
        total_amount=sum((position.amount for position in positions), Decimal(0)),
    )


def _store(connection: Any, client_id: int, invoice: Invoice) -> int:
    values = {
        "client_id": client_id,
        "received_at": NOW,
        "channel": "rest",
        "reading": "complete",
        "remind_at": NOW,
        "due_at": NOW,
    }
    return invoices.add(connection, invoice, made_by="bench", **values)


def _office(database: Database) -> Office:
    """An office of which deciding uses the database, the policy and the clock."""
    insurer = Insurer(name="K", street="S", zip="3003", city="Bern", phone="0", email="k@k.example")
    policy = Policy(
        insurer=insurer, mail_from="k@k.example", controllers_mail="c@k.example", web_url="http://k.example"
    )
    unused: Any = None
    return Office(
        database=database,
        policy=policy,
        clock=ManualClock(NOW),
        **dict.fromkeys(("documents", "engine", "mail_out", "sent", "reader", "writer"), unused),
    )


def _decide(office: Office, invoice_id: int) -> None:
    check_medication(office, invoice_id)
    settle(office, invoice_id)


def _judge(office: Office, invoice_id: int) -> None:
    """What `settle` works out, without storing it."""
    with office.database.read() as connection:
        case = invoices.get(connection, invoice_id)
        client = clients.get(connection, case.client_id)
        settled(case.content, surroundings_of(connection, case, client, Rules()))


@contextlib.contextmanager
def _counted(database: Database) -> Iterator[list[str]]:
    """The statements that run meanwhile."""
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        seen.append(statement)

    event.listen(database.engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(database.engine, "before_cursor_execute", note)


def _cpu_s(step: Callable[[Office, int], None], office: Office, invoice_ids: list[int]) -> float:
    began = time.process_time()
    for invoice_id in invoice_ids:
        step(office, invoice_id)
    return (time.process_time() - began) / len(invoice_ids)


def figures(*, rounds: int, few_a_round: int, many_a_round: int) -> dict[str, Any]:
    rng = random.Random(20261122)
    with tempfile.TemporaryDirectory() as folder:
        database, packs = filled(Path(folder), rng)
        office = _office(database)
        counts = {FEW: few_a_round, MANY: many_a_round}
        cases = {size: cases_in(database, packs, rng, size=size, count=count) for size, count in counts.items()}
        statements = {}
        for size, ids in cases.items():
            _decide(office, ids[0])
            with _counted(database) as seen:
                _decide(office, ids[0])
            statements[size] = len(seen)
        spent: dict[tuple[str, int], list[float]] = {}
        for number in range(rounds):
            for size in (FEW, MANY) if number % 2 else (MANY, FEW):
                for name, step in (("decided", _decide), ("judged", _judge)):
                    spent.setdefault((name, size), []).append(_cpu_s(step, office, cases[size]))
        database.close()
    found: dict[str, Any] = {"rounds": rounds, "packs": _PACKS}
    for (name, size), seconds in spent.items():
        found[f"{name}_{size}_per_s"] = round(1 / statistics.median(seconds), 1)
    for name in ("decided", "judged"):
        pairs = zip(spent[name, MANY], spent[name, FEW], strict=True)
        found[f"{name}_linear"] = round(statistics.median(many / MANY / (few / FEW) for many, few in pairs), 3)
    found |= {f"statements_{size}": count for size, count in statements.items()}
    found["statements_more"] = statements[MANY] - statements[FEW]
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--json", action="store_true", help="one JSON object at the end")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--invoices", type=int, default=20, help="invoices with few positions a round")
    arguments = parser.parse_args()
    found = figures(
        rounds=arguments.rounds, few_a_round=arguments.invoices, many_a_round=max(1, arguments.invoices // 5)
    )
    for key, value in found.items():
        print(f"{key:24} {value}")
    if arguments.json:
        print(json.dumps(found))


if __name__ == "__main__":
    main()
