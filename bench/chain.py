"""CPU time of one invoice from the mail to its two letters: Pulse beside the naive composition, invoice by invoice.

Both do the same work on the same mails and this is checked: the invoices read, the records kept, the facts told, the
mails taken. The engine and the SMTP server are processes of their own and cost the client nothing but its own calls;
the process that reads PDFs is Pulse's and is counted. Then Pulse alone: ten times the invoices, against several runs
of the smaller number in between.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, redirect_stderr
from dataclasses import replace
from pathlib import Path
from typing import TextIO

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # `letters` is the package, not the bench beside this

import chain_check
from chain_naive import Naive, naive
from chain_ours import Ours, ours
from chain_world import IncomingMail, mails, registers_in, world
from sqlalchemy import select

from db.tables import letters
from letters.facts import Facts
from letters.texts import default_texts
from pulse import logs
from pulse.base.reasons import LANGUAGES

#: In the order of the way; `mail in` is from the mail's bytes to its documents, `mail out` from the letter to the sink.
STAGES = ("mail in", "reading", "store", "engine", "claims", "letters", "mail out")
WARM_UP = 3
TENFOLD = 10
#: So many runs of the smaller number stand between those of the larger one.
SMALL_RUNS = 5

Figures = dict[str, object]


def compare(folder: Path, template: Path, incoming: list[IncomingMail]) -> Figures:
    """Each mail through both sides, who goes first drawn by lot."""
    rng = random.Random(1)
    with ExitStack() as stack:
        ours_world = stack.enter_context(world(folder / "pulse", template))
        naive_world = stack.enter_context(world(folder / "naive", template))
        sides: list[Ours | Naive] = [stack.enter_context(ours(ours_world)), stack.enter_context(naive(naive_world))]
        for mail in incoming[:WARM_UP]:
            for side in sides:
                side.handle(mail.content)
        compile_letters(sides[0])
        for side in sides:
            side.meter.spent.clear()
        spent: dict[str, list[float]] = {side.name: [] for side in sides}
        for mail in incoming[WARM_UP:]:
            for side in rng.sample(sides, 2):
                spent[side.name].append(side.handle(mail.content))
        chain_check.same_work(sides[0], sides[1], incoming)
        return _figures(sides, spent)


def compile_letters(side: Ours | Naive) -> None:
    """Pulse compiles a letter's templates once a process: here in every language, before anything is measured."""
    with side.database.read() as connection:
        written = [Facts.from_json(facts) for facts in connection.execute(select(letters.c.facts)).scalars()]
    default_texts().check(tuple(replace(facts, language=language) for facts in written for language in LANGUAGES))


def _figures(sides: list[Ours | Naive], spent: dict[str, list[float]]) -> Figures:
    figures: Figures = {}
    count = len(spent["pulse"])
    by_side: dict[str, dict[str, float]] = {}
    for side in sides:
        own = {stage: side.meter.spent[stage] * 1000 / count for stage in STAGES}
        by_side[side.name] = own | {"total": sum(own.values()), "but reading": sum(own.values()) - own["reading"]}
    for name, stages in by_side.items():
        figures |= {f"{name}_{_key(stage)}_ms": round(ms, 2) for stage, ms in stages.items()}
    for stage, ms in by_side["pulse"].items():
        name = {"total": "ratio", "but reading": "ratio_but_reading"}.get(stage, f"ratio_{_key(stage)}")
        figures[name] = round(ms / by_side["naive"][stage], 3)
    pairs = zip(spent["pulse"], spent["naive"], strict=True)
    figures["ratio_median"] = round(statistics.median(own / other for own, other in pairs), 3)
    return figures


def growth(folder: Path, template: Path, incoming: list[IncomingMail], small: int) -> Figures:
    """Tenfold the invoices in one database against a few runs of the small number in fresh ones, in turns."""
    with ExitStack() as stack:
        large = stack.enter_context(ours(stack.enter_context(world(folder / "large", template))))
        for mail in incoming[:WARM_UP]:
            large.handle(mail.content)
        large_s, small_s = 0.0, []
        pieces = list(_pieces(incoming[WARM_UP:], small))
        for number, piece in enumerate(pieces):
            large_s += sum(large.handle(mail.content) for mail in piece)
            if number % (TENFOLD // SMALL_RUNS) == 0:
                small_s.append(_fresh(folder / f"small-{number}", template, incoming[0], piece))
    return {
        "growth_invoices": small,
        "growth_small_cpu_s": round(statistics.mean(small_s), 3),
        "growth_tenfold_cpu_s": round(large_s, 3),
        "growth": round(large_s / statistics.mean(small_s), 2),
    }


def _fresh(folder: Path, template: Path, warm_up: IncomingMail, incoming: list[IncomingMail]) -> float:
    with world(folder, template) as own, ours(own) as side:
        side.handle(warm_up.content)
        return sum(side.handle(mail.content) for mail in incoming)


def _pieces(incoming: list[IncomingMail], size: int) -> Iterator[list[IncomingMail]]:
    for start in range(0, TENFOLD * size, size):
        yield incoming[start : start + size]


def _key(stage: str) -> str:
    return stage.replace(" ", "_")


def table(figures: Figures, out: TextIO) -> None:
    """The figures for people: a line a stage."""
    print(f"{'CPU ms an invoice':20}{'pulse':>10}{'naive':>10}{'ratio':>8}", file=out)
    for stage in (*STAGES, "but reading", "total"):
        key = _key(stage)
        ratio = figures["ratio" if stage == "total" else f"ratio_{key}"]
        print(f"{stage:20}{figures[f'pulse_{key}_ms']:>10}{figures[f'naive_{key}_ms']:>10}{ratio:>8}", file=out)
    print(f"median of the invoices' ratios: {figures['ratio_median']}", file=out)
    print(f"ten times the invoices cost {figures['growth']} times the CPU", file=out)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--invoices", type=int, default=20, help="how many go through both sides")
    parser.add_argument("--growth-invoices", type=int, default=8, help="the smaller number; ten times as many follow")
    parser.add_argument("--json", action="store_true", help="end with one JSON object")
    arguments = parser.parse_args()
    began = time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="chain-") as name, Path(os.devnull).open("w") as nowhere:
        folder = Path(name)
        # Logging costs what it costs in production; only the lines go nowhere.
        with redirect_stderr(nowhere):
            logs.set_up(style="json")
        template = folder / "template.db"
        most = WARM_UP + max(arguments.invoices, TENFOLD * arguments.growth_invoices)
        registers_in(template, most)
        incoming = mails(most, template)
        figures: Figures = {"invoices": arguments.invoices, "cores": os.cpu_count() or 0}
        figures |= compare(folder, template, incoming[: WARM_UP + arguments.invoices])
        figures |= growth(folder, template, incoming, arguments.growth_invoices)
        logging.getLogger().handlers.clear()
    figures["seconds"] = round(time.perf_counter() - began, 1)
    table(figures, sys.stderr if arguments.json else sys.stdout)
    if arguments.json:
        print(json.dumps(figures))


if __name__ == "__main__":
    main()
