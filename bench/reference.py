"""The Spezialitätenliste brought in: packs a second and peak memory, at two sizes, each in a process of its own.

A made-up list in FHIR is written first, then imported into an empty database, then one with other prices for a tenth of
its packs, as each month brings. Memory is the process's own peak (ru_maxrss), with all that Python and SQLAlchemy take.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import resource
import statistics
import sys
import tempfile
import time
from datetime import date
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "support"))

_RAISED = 0.1


def imported(folder: str, packs: int) -> dict[str, float]:
    """Seconds of the first list and of the next, and the peak of memory in MiB."""
    import sl_list

    from db.database import Database
    from db.upgrade import upgrade
    from pulse.base.clock import SystemClock
    from pulse.claims.reference.import_list import import_sl
    from pulse.reference.guards import Bounds
    from pulse.reference.sl import recognised

    database = Database(f"sqlite:///{folder}/list.db")
    upgrade(database)
    seconds = []
    for day, raised in ((date(2026, 5, 1), 0.0), (date(2026, 6, 1), _RAISED)):
        path = Path(folder) / f"list-{day:%Y%m%d}-de.ndjson"
        sl_list.write(path, packs, raised_prices=raised)
        began = time.perf_counter()
        result = import_sl(
            database,
            SystemClock(),
            recognised(path),
            source=path.name,
            actor="bench",
            bounds=Bounds(least=1),
        )
        seconds.append(time.perf_counter() - began)
        assert result.packs == packs, result
    database.close()
    peak_mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"first_s": seconds[0], "next_s": seconds[1], "peak_mib": peak_mib}


def _child(connection, packs: int) -> None:  # type: ignore[no-untyped-def]
    with tempfile.TemporaryDirectory() as folder:
        connection.send(imported(folder, packs))


def in_its_own_process(packs: int) -> dict[str, float]:
    ours, theirs = multiprocessing.get_context("spawn").Pipe()
    process = multiprocessing.get_context("spawn").Process(target=_child, args=(theirs, packs))
    process.start()
    theirs.close()
    figures: dict[str, float] = ours.recv()
    process.join()
    return figures


def measured(packs: int, few: int, rounds: int) -> dict[str, float]:
    large, small = [], []
    for number in range(rounds):
        sides = [(packs, large), (few, small)]
        for size, side in sides if number % 2 == 0 else reversed(sides):
            side.append(in_its_own_process(size))
    figures: dict[str, float] = {"packs": packs, "few_packs": few, "rounds": rounds}

    def median(side: list[dict[str, float]], key: str) -> float:
        return statistics.median(one[key] for one in side)

    first = median(large, "first_s")
    figures["packs_per_s"] = round(packs / first, 1)
    figures["next_packs_per_s"] = round(packs / median(large, "next_s"), 1)
    figures["peak_mib"] = round(median(large, "peak_mib"), 1)
    figures["few_peak_mib"] = round(median(small, "peak_mib"), 1)
    figures["memory_growth"] = round(figures["peak_mib"] / figures["few_peak_mib"], 3)
    figures["time_growth"] = round(first / median(small, "first_s") / (packs / few), 3)
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--packs", type=int, default=10_000)
    parser.add_argument("--few-packs", type=int, default=1_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", action="store_true", help="end with one JSON object")
    arguments = parser.parse_args()
    figures = measured(arguments.packs, arguments.few_packs, arguments.rounds)
    if arguments.json:
        print(json.dumps(figures))
    else:
        for name, value in figures.items():
            print(f"{name:20} {value}")


if __name__ == "__main__":
    main()
