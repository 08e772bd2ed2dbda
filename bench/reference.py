"""Lists and registers brought in: rows a second of CPU and peak memory, at two sizes, each in a process of its own.

A made-up Spezialitätenliste in FHIR is written first, then imported into an empty SQLite database, then one with other
prices for a tenth of its packs, as each month brings. Likewise a register of invented clients in CSV, then one in which
a tenth has moved. Memory is the process's own peak (ru_maxrss), with all that Python and SQLAlchemy take.
"""

from __future__ import annotations

import argparse
import contextlib
import csv
import json
import multiprocessing
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from db.database import Database

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "support"))

_CHANGED = 0.1
_KINDS = {"packs": "", "clients": "clients_"}


def packs(folder: Path, count: int) -> Iterator[float]:
    """Seconds of a list and of the next."""
    import sl_list

    from pulse.base.clock import SystemClock
    from pulse.claims.reference.import_list import import_sl
    from pulse.reference.guards import Bounds
    from pulse.reference.sl import recognised

    with _database(folder) as database:
        for day, raised in ((date(2026, 5, 1), 0.0), (date(2026, 6, 1), _CHANGED)):
            path = folder / f"list-{day:%Y%m%d}-de.ndjson"
            sl_list.write(path, count, raised_prices=raised)
            began = time.process_time()
            file, bounds = recognised(path), Bounds(least=1)
            result = import_sl(database, SystemClock(), file, source=path.name, actor="bench", bounds=bounds)
            yield time.process_time() - began
            assert result.packs == count, result


def clients(folder: Path, count: int) -> Iterator[float]:
    """Seconds of a register and of the same with a tenth changed."""
    from pulse.base.clock import SystemClock
    from pulse.claims.reference.import_register import How, import_register

    with _database(folder) as database:
        for changed in (0, int(count * _CHANGED)):
            path = folder / "clients.csv"
            _write_clients(path, count, changed)
            began = time.process_time()
            result = import_register(database, SystemClock(), "clients", path, How(actor="bench"), source=path.name)
            yield time.process_time() - began
            assert result.added + result.unchanged == count - changed, result
            assert result.changed == changed, result


def _write_clients(path: Path, count: int, changed: int) -> None:
    from pulse.synthetic.clients import COLUMNS
    from pulse.synthetic.clients import clients as invented

    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        for number, row in enumerate(invented(count, seed=1)):
            writer.writerow(row | {"street": "Neue Gasse 1"} if number < changed else row)


@contextlib.contextmanager
def _database(folder: Path) -> Iterator[Database]:
    from db.database import Database
    from db.upgrade import upgrade

    database = Database(f"sqlite:///{folder}/reference.db")
    upgrade(database)
    try:
        yield database
    finally:
        database.close()


def _child(connection, kind: str, count: int) -> None:  # type: ignore[no-untyped-def]
    with tempfile.TemporaryDirectory() as folder:
        first_s, next_s = {"packs": packs, "clients": clients}[kind](Path(folder), count)
    peak_mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    connection.send({"first_s": first_s, "next_s": next_s, "peak_mib": peak_mib})


def in_its_own_process(kind: str, count: int) -> dict[str, float]:
    ours, theirs = multiprocessing.get_context("spawn").Pipe()
    process = multiprocessing.get_context("spawn").Process(target=_child, args=(theirs, kind, count))
    process.start()
    theirs.close()
    figures: dict[str, float] = ours.recv()
    process.join()
    return figures


def measured(kind: str, many: int, few: int, rounds: int) -> dict[str, float]:
    """The figures of one kind; their names begin as the kind's rows are called, of packs only the rates do."""
    large, small = [], []
    for number in range(rounds):
        sides = [(many, large), (few, small)]
        for size, side in sides if number % 2 == 0 else reversed(sides):
            side.append(in_its_own_process(kind, size))

    def median(side: list[dict[str, float]], key: str) -> float:
        return statistics.median(one[key] for one in side)

    before = _KINDS[kind]
    first, peak, few_peak = median(large, "first_s"), median(large, "peak_mib"), median(small, "peak_mib")
    return {
        kind: many,
        f"few_{kind}": few,
        f"{kind}_per_s": round(many / first, 1),
        f"next_{kind}_per_s": round(many / median(large, "next_s"), 1),
        f"{before}peak_mib": round(peak, 1),
        f"{before}few_peak_mib": round(few_peak, 1),
        f"{before}memory_growth": round(peak / few_peak, 3),
        f"{before}time_growth": round(first / median(small, "first_s") / (many / few), 3),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--packs", type=int, default=10_000)
    parser.add_argument("--few-packs", type=int, default=1_000)
    parser.add_argument("--clients", type=int, default=50_000)
    parser.add_argument("--few-clients", type=int, default=5_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", action="store_true", help="end with one JSON object")
    given = parser.parse_args()
    figures: dict[str, float] = {"rounds": given.rounds}
    figures |= measured("packs", given.packs, given.few_packs, given.rounds)
    figures |= measured("clients", given.clients, given.few_clients, given.rounds)
    if given.json:
        print(json.dumps(figures))
    else:
        for name, value in figures.items():
            print(f"{name:24} {value}")


if __name__ == "__main__":
    main()
