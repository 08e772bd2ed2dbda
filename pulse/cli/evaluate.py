"""`pulse evaluate`: how well documents are read, measured on pairs of a document and its truth."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pulse.cli import evaluate_cost_share, evaluate_letters, evaluate_past, evaluate_positions
from pulse.cli.house import open_office

if TYPE_CHECKING:
    from pulse.evaluation.measure import Result
    from pulse.invoices.assisted import ReadingModel

app = typer.Typer(help="Measure what Pulse does against what is true, and try decisions.", no_args_is_help=True)
app.command("positions")(evaluate_positions.positions)
app.command("letters")(evaluate_letters.letters)
app.command("cost-share")(evaluate_cost_share.cost_share)
app.command("export-cases")(evaluate_past.export_cases)

_FOLDER = typer.Argument(
    exists=True, file_okay=False, help="Folder of NAME.pdf (or .xml) with NAME.json, the true invoice, and below."
)
_JOBS = typer.Option(min=1, max=64, help="Documents read at a time.")


@app.command()
def reading(
    folder: Annotated[Path, _FOLDER],
    *,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")] = False,
    jobs: Annotated[int, _JOBS] = 2,
    limit: Annotated[float, typer.Option(min=0, max=1, help="From this confidence on a value counts as sure.")] = 0.95,
    values: Annotated[
        bool,
        typer.Option("--values", help="Show what was expected and what was said: personal data, if the set has any."),
    ] = False,
    misses: Annotated[int, typer.Option(min=0, help="How many misses to list.")] = 20,
    model: Annotated[
        bool, typer.Option("--model", help="Also with the help of the model of the settings (PULSE_READING_MODEL).")
    ] = False,
    learn: Annotated[
        bool,
        typer.Option("--learn", help="Propose words for the tables of labels, as a diff with its effect on the set."),
    ] = False,
    least: Annotated[int, typer.Option(min=1, help="In how many documents a proposed word must stand.")] = 2,
    diff: Annotated[
        Path | None,
        typer.Option(dir_okay=False, help="With --learn: write the diff to this file, for `git apply`."),
    ] = None,
) -> None:
    """Exact match per field, layout and reader; what was wrong and sure; how true the confidences are."""
    from pulse.cli import evaluate_tables
    from pulse.evaluation.measure import measure, with_help
    from pulse.evaluation.pairs import find_pairs
    from pulse.evaluation.summary import summary

    helper = _model() if model else None
    pairs = find_pairs(folder)
    results = list(_shown(measure(pairs, jobs=jobs), total=len(pairs)))
    figures = summary(results, limit=limit)
    if helper:
        helped = list(_shown(with_help(results, helper), total=len(pairs), what="Reading with the model"))
        figures["with_model"] = summary(helped, limit=limit)
    if learn:
        figures["learnt"] = _learnt(folder, results, least=least, jobs=jobs, limit=limit)
        if diff:
            diff.write_text(figures["learnt"]["diff"], encoding="utf-8")
    if as_json:
        sys.stdout.write(json.dumps(figures, ensure_ascii=False) + "\n")
    else:
        evaluate_tables.show(figures, results if values else (), misses=misses)


@app.command()
def export(
    folder: Annotated[Path, typer.Argument(help="Folder for the pairs; made if need be. Holds health data.")],
) -> None:
    """Write every corrected reading as a pair of PDF and true invoice, for `pulse evaluate reading`."""
    from pulse.claims.examples import export as run

    office = open_office()
    count = run(office, folder)
    typer.echo(f"{count} corrected reading{'' if count == 1 else 's'} written to {folder}.")


@app.command()
def calibrate(
    folder: Annotated[Path, _FOLDER],
    jobs: Annotated[int, _JOBS] = 2,
) -> None:
    """Fit the weights of confidence (pulse/invoices/evidence.py) to a set anew: prints them, changes nothing."""
    from pulse.cli import evaluate_tables
    from pulse.evaluation.fitting import fitted, reliability
    from pulse.evaluation.measure import measure
    from pulse.evaluation.pairs import find_pairs
    from pulse.invoices.evidence import WEIGHTS

    pairs = find_pairs(folder)
    fields = [one for result in _shown(measure(pairs, jobs=jobs), total=len(pairs)) for one in result.fields]
    weights = fitted(fields)
    evaluate_tables.show_weights(WEIGHTS, weights)
    for title, used in (("with the weights in use", WEIGHTS), ("with the fitted weights", weights)):
        evaluate_tables.show_calibration(reliability(fields, used), title=f"Calibration {title}")


def _learnt(folder: Path, results: Sequence[Result], *, least: int, jobs: int, limit: float) -> dict[str, Any]:
    """The proposals, their diff, and the figures that the set would have with them."""
    from pulse.evaluation.learning import as_diff, effect, proposals

    found = proposals(results, least=least)
    words = [
        {"table": f"{one.table.module}.{one.table.name}", "meaning": one.meaning, "language": one.language}
        | {"word": one.word, "documents": len(one.seen)}
        for one in found
    ]
    after = effect(folder, found, jobs=jobs, limit=limit) if found else None
    return {"words": words, "diff": as_diff(found), "after": after}


def _model() -> ReadingModel:
    from pulse.settings import load
    from pulse.wiring import reading_model

    model = reading_model(load())
    if model is None:
        raise typer.BadParameter("set PULSE_READING_MODEL, and PULSE_READING_MODEL_URL", param_hint="--model")
    return model


def _shown(results: Iterator[Result], *, total: int, what: str = "Reading") -> Iterable[Result]:
    """With a bar on stderr where that is a terminal."""
    from rich.console import Console
    from rich.progress import track

    console = Console(stderr=True)
    return track(results, what, total=total, console=console, transient=True, disable=not console.is_terminal)
