"""`pulse read FILE|DIR… [--jobs N] [--schema]`: invoices as JSON on stdout, problems as JSON on stderr."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from pulse.invoices import Invoice

UNREADABLE, WRONG_USAGE = 3, 2
_SUFFIXES = frozenset({".pdf", ".xml", ".jpg", ".jpeg", ".png", ".tif", ".tiff"})
#: What is read for a file: its invoices, and its problem or its parts' problems.
_Outcome = list[tuple[bool, dict[str, Any]]]


def read(
    files: Annotated[
        list[Path] | None,
        typer.Argument(
            help="Invoices (PDF, JPEG, PNG, TIFF, or generalInvoiceRequest as .xml) or folders of them.",
            metavar="FILE|DIR",
        ),
    ] = None,
    jobs: Annotated[
        int | None, typer.Option(min=1, max=64, help="How many files are read at once; default: one a core.")
    ] = None,
    schema: Annotated[bool, typer.Option("--schema", help="Print the JSON Schema of an invoice and end.")] = False,
) -> None:
    """Read invoices: JSON on stdout, one line each for several; problems on stderr, then exit code 3.

    A PDF may hold several invoices: each is a line.
    """
    if schema:
        from pulse.invoices import Invoice as Model

        _write(sys.stdout.write, Model.model_json_schema(mode="serialization"), indent=2)
        return
    if not files:
        raise typer.BadParameter("name at least one file or folder", param_hint="FILE")
    paths = [path for named in files for path in _named(named)]
    if not paths:
        raise typer.BadParameter("there is no PDF, no picture and no XML", param_hint="DIR")
    indent = 2 if len(files) == 1 and files[0].is_file() else None
    unreadable = 0
    with _progress(len(paths)) as (say, complain, advance):
        for outcome in _outcomes(paths, jobs or os.cpu_count() or 1):
            for readable, content in outcome:
                if readable:
                    _write(say, content, indent=indent if len(outcome) == 1 else None)
                else:
                    _write(complain, content, indent=None)
            unreadable += not all(readable for readable, _ in outcome)
            advance()
    if len(paths) > 1 and sys.stderr.isatty():
        sys.stderr.write(f"{len(paths) - unreadable} of {len(paths)} files read.\n")
    raise typer.Exit(UNREADABLE if unreadable else 0)


def _named(path: Path) -> list[Path]:
    """The file itself; of a folder all invoices below it, by name, hidden ones left out."""
    if path.is_file():
        return [path]
    if not path.is_dir():
        raise typer.BadParameter(f"there is no file or folder {path}", param_hint="FILE")
    found = (one for one in path.rglob("*") if one.suffix.lower() in _SUFFIXES and one.is_file())
    return sorted(one for one in found if not any(part.startswith(".") for part in one.relative_to(path).parts))


def _outcomes(paths: list[Path], jobs: int) -> Iterator[_Outcome]:
    """In the order of the paths. Each file is read in a process of its own; a thread here waits for it."""
    if len(paths) <= 1 or jobs == 1:
        yield from map(_read_one, paths)
        return
    from collections import deque
    from concurrent.futures import Future, ThreadPoolExecutor

    with ThreadPoolExecutor(min(jobs, len(paths))) as pool:
        # Only a few files ahead of what is printed: a large folder must not fill the memory.
        ahead: deque[Future[_Outcome]] = deque()
        for path in paths:
            ahead.append(pool.submit(_read_one, path))
            if len(ahead) > 4 * jobs:
                yield ahead.popleft().result()
        while ahead:
            yield ahead.popleft().result()


def _read_one(path: Path) -> _Outcome:
    from pulse.invoices.reading import read as reading_of
    from pulse.invoices.reading import read_xml

    data = path.read_bytes()
    if path.suffix.lower() == ".xml":
        return [_said(path, lambda: read_xml(data))]
    reading = reading_of(data)
    if not reading.parts:
        return [_said(path, reading.required)]
    return [_said(path, reading_of(part.data, is_part=True).required, pages=part.place) for part in reading.parts]


def _said(path: Path, read: Callable[[], Invoice], **where: str) -> tuple[bool, dict[str, Any]]:
    """The invoice, or the problem with the file's name, and where in the file it is."""
    from pulse.base.errors import Unreadable

    try:
        return True, read().to_json()
    except Unreadable as error:
        said = {"code": error.reason, "message": error.message, "details": error.details}
        return False, {"file": str(path), **where, **said}


@contextmanager
def _progress(count: int) -> Iterator[tuple[Callable[[str], Any], Callable[[str], Any], Callable[[], Any]]]:
    """Ways to print a line, to print a problem, and to tell that a file is done: a bar on a terminal."""
    if count <= 1 or not sys.stderr.isatty():
        yield sys.stdout.write, sys.stderr.write, lambda: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    columns = (TextColumn("Reading"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())

    def above(line: str) -> None:
        console.print(line, end="", markup=False, highlight=False, soft_wrap=True)

    with Progress(*columns, console=console, transient=True, redirect_stdout=False, redirect_stderr=False) as bar:
        task = bar.add_task("", total=count)
        say = above if sys.stdout.isatty() else sys.stdout.write
        yield say, above, lambda: bar.advance(task)


def _write(write: Callable[[str], Any], value: Any, *, indent: int | None) -> None:
    write(json.dumps(value, ensure_ascii=False, indent=indent) + "\n")
