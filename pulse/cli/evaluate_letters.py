"""`pulse evaluate letters`: how good the letters of a model are, on made-up cases in four languages."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from letters.evaluation.measure import Letter
    from letters.writer import Writer
    from pulse.settings import Settings

TEMPLATE = "template"


def letters(
    *,
    model: Annotated[
        list[str],
        typer.Option(
            "--model",
            metavar="NAME|PATH|URL|template",
            help="Short name, repository, folder, or address of an endpoint (URL#NAME names its model); several times: "
            "side by side.",
        ),
    ] = [TEMPLATE],  # noqa: B006 - typer reads it, nobody changes it
    count: Annotated[int, typer.Option(min=1, help="Letters; all kinds and languages in turns.")] = 224,
    seed: Annotated[int, typer.Option(help="The same seed makes the same cases.")] = 1,
    folder: Annotated[
        Path | None, typer.Option("--letters", file_okay=False, help="Write each letter's text to this folder.")
    ] = None,
    html: Annotated[Path | None, typer.Option(dir_okay=False, help="Write the letters side by side as a page.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")] = False,
) -> None:
    """Write letters of made-up cases, read them back from their PDF, and judge them by other eyes than the guard's."""
    from letters.evaluation.measure import measure, summary
    from letters.evaluation.page import comparison
    from pulse import wiring
    from pulse.settings import load

    settings = load()
    wiring.start_logs(settings.model_copy(update={"log_level": "ERROR"}))
    written = {
        name: list(_shown(measure(_writer(settings, name), count=count, seed=seed), total=count, what=name))
        for name in dict.fromkeys(model)
    }
    for number, (_, texts) in enumerate(written.items(), start=1):
        if folder:
            _write(folder / str(number) if len(written) > 1 else folder, texts)
    if html:
        html.write_text(comparison(written), encoding="utf-8")
    figures = {name: summary(texts) for name, texts in written.items()}
    first = next(iter(figures.values()))
    if as_json:
        told = first if len(figures) == 1 else {"models": figures}
        sys.stdout.write(json.dumps({"model": model[0], "seed": seed, **told}, ensure_ascii=False) + "\n")
    else:
        _show(figures)


def _writer(settings: Settings, name: str) -> Writer:
    """Raises `Misconfigured` or `ModelUnavailable`."""
    from letters.model_writer import ModelWriter
    from pulse.wiring import letters as wired

    if name == TEMPLATE:
        return wired.writer(settings.model_copy(update={"letters_model": None, "letters_model_url": None}))
    url, _, served = name.partition("#")
    if url.startswith(("http://", "https://")):
        served = served or settings.letters_model or "default"
        changes: dict[str, Any] = {"letters_model": served, "letters_model_url": url}
    else:
        changes = {"letters_model": name, "letters_model_url": None}
    writer = wired.writer(settings.model_copy(update=changes), may_rest=False)
    assert isinstance(writer, ModelWriter)
    if not changes["letters_model_url"]:
        writer.check()
    return writer


def _write(folder: Path, texts: Sequence[Letter]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for number, one in enumerate(texts, start=1):
        (folder / f"{number:04}-{one.name}.txt").write_text(one.text + "\n", encoding="utf-8")


def _show(figures: dict[str, dict[str, Any]]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table("", *figures, box=None)
    for key, value in next(iter(figures.values())).items():
        if not isinstance(value, (dict, list)):
            table.add_row(key.replace("_", " "), *(_told(one[key]) for one in figures.values()))
    for language, about in next(iter(figures.values()))["readability"].items():
        eases = (_told(one["readability"][language]["ease"]) for one in figures.values())
        table.add_row(f"reading ease {language} ({about['formula']})", *eases)
    console = Console(width=None if Console().is_terminal else 160)
    console.print(table)
    for name, one in figures.items():
        for fault, times in one["failed"].items():
            console.print(f"{name}: {times} answers refused for {fault}", highlight=False, markup=False)
        for problem in one["problems"]:
            told = f"letter {problem['letter']} ({problem['name']}): {problem['code']}: {problem['detail']}"
            console.print(f"{name}: {told}", highlight=False, markup=False)


def _told(value: object) -> str:
    return "–" if value is None else str(value)


def _shown(texts: Iterator[Letter], *, total: int, what: str) -> Iterator[Letter]:
    """With a bar on stderr where that is a terminal."""
    from rich.console import Console
    from rich.progress import track

    console = Console(stderr=True)
    yield from track(texts, what, total=total, console=console, transient=True, disable=not console.is_terminal)
