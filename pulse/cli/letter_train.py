"""`pulse letter train`: teaches a language model our letters."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from letters.facts import Facts

_TOLD_EVERY = 25
#: The cases by which a model is tried are others than those that it learns from.
_OTHER_SEED = 1_000_003


def train(
    *,
    base: Annotated[str, typer.Option(help="Folder, short name, or repository in the local cache.")],
    out: Annotated[Path, typer.Option(file_okay=False, help="Folder for the taught model.")],
    approved: Annotated[
        bool,
        typer.Option(
            "--approved", help="Also from letters that left: approved by a person, or in the template's words."
        ),
    ] = False,
    cases: Annotated[int, typer.Option(min=1, help="Made-up cases to learn from.")] = 800,
    steps: Annotated[int, typer.Option(min=1, help="Steps of training.")] = 300,
    rate: Annotated[float, typer.Option(min=0, help="Learning rate.")] = 2e-4,
    seed: Annotated[int, typer.Option(help="The same seed, base and letters make the same model.")] = 1,
    check: Annotated[int, typer.Option(min=0, help="Letters to try before and after; 0: none.")] = 56,
) -> None:
    """Fine-tune a causal model (LoRA) on letters in placeholders; no value of a case enters. Merged, safetensors."""
    from letters.evaluation.measure import refused_share
    from letters.fine_tuning import Plan, fine_tune
    from letters.lessons import from_letters, synthetic
    from letters.model_writer import ModelWriter, local_model
    from pulse import wiring
    from pulse.settings import load
    from pulse.wiring import letters as wired

    settings = load()
    wiring.start_logs(settings.model_copy(update={"log_level": "ERROR"}))
    texts = wired.texts(settings)
    lessons = list(synthetic(count=cases, seed=seed, texts=texts))
    if approved:
        found = list(_letters_on_file())
        own = list(from_letters(found, texts))
        typer.echo(f"{len(own)} of {len(found)} letters on file are lessons; the others hold more than words")
        lessons += own

    def tried(name: str) -> str:
        writer = ModelWriter(name, model=local_model(name, max_new_tokens=settings.letters_model_tokens), texts=texts)
        return f"{refused_share(writer, count=check, seed=_OTHER_SEED):.0%}"

    if check:
        typer.echo(f"refused by the guard before: {tried(base)}")
    fine_tune(base, lessons, out, Plan(steps=steps, learning_rate=rate, seed=seed), _tell)
    if check:
        typer.echo(f"refused by the guard after: {tried(str(out))}")
    typer.echo(f"saved to {out}: try it with pulse evaluate letters --model {out}")


def _tell(step: int, loss: float) -> None:
    if step % _TOLD_EVERY == 0:
        typer.echo(f"step {step}: loss {loss:.3f}", err=True)


def _letters_on_file() -> Iterator[tuple[Facts, tuple[str, ...]]]:
    """Of the letters that left: those a person approved, and those in the template's words."""
    from db import letters
    from letters.facts import Facts
    from pulse.cli.house import open_database

    with open_database() as database, database.read() as connection:
        sent = letters.in_state(connection, ("sent", "by_post"), limit=20_000)
    for one in sent:
        if one.paragraphs and (one.approved_by or (one.wording or {}).get("worded_by") == "template"):
            yield Facts.from_json(one.facts), tuple(one.paragraphs)
