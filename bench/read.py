"""CPU of reading invoices from PDF to JSON: Pulse beside what others build on, file by file.

The files are synthetic, of mixed layouts and languages, seeded; those with pictures, which may be codes, are left out.
Pulse is measured as it runs: through the sandbox, its fork server and children counted with it; and its readers alone,
in this process, for what is left is the price of a child for every document. The others run in this process too and
stop at words or fields. Then a sheet of QR codes against bare pdfium and zxing, and many files by two
readers at once against one.
"""

from __future__ import annotations

import argparse
import contextlib
import gc
import io
import json
import multiprocessing
import os
import random
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TextIO

import cpu
import pdfplumber
import pypdf
import pypdfium2
import zxingcpp
from invoice2data import extract_data
from invoice2data.extract.loader import read_templates
from pypdfium2.raw import FPDF_PAGEOBJ_IMAGE

from pulse.base.errors import Unreadable
from pulse.invoices.document import read_document
from pulse.invoices.reading import Limits, read_pdf, warm_up
from pulse.synthetic import form_pdf, invoice
from pulse.synthetic.collection import write
from pulse.synthetic.order import Wishes

#: No reader was tuned on it.
SEED = 900_001
#: The resolution at which the sheet of codes is searched first.
_DPI = 200
_SPIN_S, _LOOK_S = 0.4, 0.002
#: Two spinning processes do this much of twice the work of one where two cores are idle.
_IDLE = 1.9

#: What a user of invoice2data writes for such papers: the fields and the rows that all of them print.
_TEMPLATE = {
    "issuer": "synthetic",
    "keywords": ["."],
    "required_fields": ["issuer"],
    "fields": {
        "date": {"parser": "regex", "regex": r"(\d{2}\.\d{2}\.\d{4})", "type": "date", "group": "first"},
        "gln": {"parser": "regex", "regex": r"\b(760\d{10})\b"},
        "ahv": {"parser": "regex", "regex": r"(756\.?\d{4}\.?\d{4}\.?\d{2})"},
        "invoice_number": {"parser": "regex", "regex": r"(?i)(?:rechnung|facture|fattura)\S*\s+(\S*\d\S*)"},
        "amount": {"parser": "regex", "regex": r"(?i)(?:gesamt|total|totale)\S*\s+(\d[\d'’ ]*[.,]\d{2})"},
        "lines": {
            "parser": "lines",
            "start": r"(?i)datum|date|data",
            "end": r"(?i)gesamt|total|totale",
            "line": r"(?P<date>\d{2}\.\d{2}\.\d{4}).*?(?P<code>\d{7,13})\s(?P<rest>.*)",
        },
    },
    "options": {"currency": "CHF", "date_formats": ["%d.%m.%Y"], "decimal_separator": "."},
}

Figures = dict[str, object]


class Side:
    """A way to read a file, and the CPU seconds that it has spent."""

    def __init__(self, name: str, read: Callable[[Path], object], children_of: int | None = None) -> None:
        self.name = name
        self.spent = 0.0
        self._read = read
        self._children_of = children_of

    def read(self, path: Path) -> None:
        """Reads, and adds up what it cost this process and, if told so, another one with its children."""
        began = self._now()
        self._read(path)
        self.spent += self._now() - began

    def _now(self) -> float:
        others = cpu.of_process_and_children(self._children_of) if self._children_of else 0.0
        return time.process_time() + others


def _ours(path: Path) -> None:
    # What no layout knows costs its reading all the same.
    with contextlib.suppress(Unreadable):
        read_pdf(path.read_bytes())


def _readers(path: Path) -> None:
    """What a child does, without the child: only for files that are known to be harmless."""
    gc.disable()  # as in a child
    reading = read_document(path.read_bytes(), max_pages=Limits().pages)
    if reading.invoice:
        reading.invoice.model_dump_json()
    gc.enable()


def _words(path: Path) -> None:
    with pdfplumber.open(path) as document:
        for page in document.pages:
            page.extract_words()


def _pdfium_text(path: Path) -> None:
    document = pypdfium2.PdfDocument(path)
    for page in document:
        page.get_textpage().get_text_bounded()
    document.close()


def _codes(path: Path) -> None:
    """Bare pdfium and zxing: the picture of each page, and all codes on it."""
    document = pypdfium2.PdfDocument(path)
    kinds = (zxingcpp.BarcodeFormat.QRCode, zxingcpp.BarcodeFormat.DataMatrix)
    for page in document:
        picture = page.render(scale=_DPI / 72, grayscale=True).to_pil()
        if not zxingcpp.read_barcodes(picture, formats=kinds):
            raise RuntimeError("no code on the sheet")
    document.close()


def _invoice2data(folder: Path) -> Callable[[Path], None]:
    (folder / "synthetic.yml").write_text(json.dumps(_TEMPLATE), encoding="utf-8")
    templates = read_templates(str(folder))

    def read(path: Path) -> None:
        path.touch()  # It keeps the text of files that have not changed.
        if not extract_data(str(path), templates=templates):
            raise RuntimeError(f"invoice2data found nothing in {path.name}")

    return read


def compare(files: Sequence[Path], sides: Sequence[Side], rounds: int, rng: random.Random) -> list[dict[str, float]]:
    """Each file by each side, in an order drawn by lot; by round what each side spent."""
    found = []
    for _ in range(rounds):
        before = {side.name: side.spent for side in sides}
        for path in files:
            for side in rng.sample(sides, len(sides)):
                side.read(path)
        found.append({side.name: side.spent - before[side.name] for side in sides})
    return found


def text(files: Sequence[Path], folder: Path, rounds: int, server: int) -> Figures:
    """Pages with text: PDF to JSON against words, bare text and invoice2data."""
    pages = sum(_page_count(path) for path in files)
    sides = [
        Side("pulse", _ours, server),
        Side("readers", _readers),
        Side("words", _words),
        Side("pdfium_text", _pdfium_text),
        Side("invoice2data", _invoice2data(folder)),
    ]
    for side in sides:
        side.read(files[0])
    spent = compare(files, sides, rounds, random.Random(1))
    figures: Figures = {"files": len(files), "pages": pages, "rounds": rounds}
    for side in sides:
        figures[f"{side.name}_ms_per_page"] = round(_median(one[side.name] for one in spent) / pages * 1000, 2)
    for side in sides[1:]:
        figures[f"ratio_{side.name}"] = round(_median(one["pulse"] / one[side.name] for one in spent), 3)
    return figures


def annex(folder: Path, count: int, rounds: int, server: int) -> Figures:
    """Sheets of QR codes, one a file, against bare pdfium and zxing."""
    files = [_sheet(folder / f"sheet-{seed}.pdf", SEED + seed) for seed in range(count)]
    sides = [Side("pulse", _ours, server), Side("bare", _codes)]
    spent = compare(files, sides, rounds, random.Random(1))
    figures: Figures = {"sheets": count, "ratio_annex": round(_median(one["pulse"] / one["bare"] for one in spent), 3)}
    for side in sides:
        figures[f"annex_{side.name}_ms"] = round(_median(one[side.name] for one in spent) / count * 1000, 2)
    return figures


def second(files: Sequence[Path], rounds: int, server: int) -> Figures:
    """Wall time of many files by one reader at a time against two, and what the machine's cores had to give.

    On a busy machine the gain says little; that two children were at work at once does not depend on it.
    """
    gains, cores = [], []
    for _ in range(rounds):
        one, two = (_wall(files, readers) for readers in (1, 2))
        gains.append(one / two)
        cores.append(_cores())
    figures: Figures = {"two_readers_gain": round(_median(gains), 2), "two_spinners_gain": round(_median(cores), 2)}
    figures["two_readers_at_once"] = round(_at_once([*files] * 3, server), 2)
    if min(cores) >= _IDLE:
        figures["two_readers_gain_idle"] = figures["two_readers_gain"]
    return figures


def _wall(files: Sequence[Path], readers: int) -> float:
    began = time.perf_counter()
    with ThreadPoolExecutor(readers) as pool:
        list(pool.map(_ours, files))
    return time.perf_counter() - began


def _at_once(files: Sequence[Path], server: int) -> float:
    """Of the moments at which children read for two readers, the share at which two did."""
    seen: Counter[int] = Counter()
    with ThreadPoolExecutor(1) as pool:
        reading = pool.submit(_wall, files, 2)
        while not reading.done():
            seen[len(cpu.children_of(server))] += 1
            time.sleep(_LOOK_S)
    return seen[2] / max(1, seen[1] + seen[2])


def _cores() -> float:
    """How much of twice the work two spinning processes do: 2 where two cores are idle."""
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        pool.map(_spin, [0.01] * 2, chunksize=1)
        alone = pool.apply(_spin, (_SPIN_S,))
        return sum(pool.map(_spin, [_SPIN_S] * 2, chunksize=1)) / alone


def _spin(seconds: float) -> int:
    end, turns = time.perf_counter() + seconds, 0
    while time.perf_counter() < end:
        turns += sum(range(1000)) > 0
    return turns


def _sheet(path: Path, seed: int) -> Path:
    """The last page of a form with its annex: QR codes and a Data Matrix."""
    whole = pypdf.PdfReader(io.BytesIO(form_pdf(invoice(seed, rows=4), annex=True)))
    writer = pypdf.PdfWriter()
    writer.add_page(whole.pages[-1])
    writer.write(path)
    return path


def _page_count(path: Path) -> int:
    with contextlib.closing(pypdfium2.PdfDocument(path)) as document:
        return len(document)


def _has_picture(path: Path) -> bool:
    """Whether a page may hold codes: these are measured apart."""
    with contextlib.closing(pypdfium2.PdfDocument(path)) as document:
        return any(any(page.get_objects([FPDF_PAGEOBJ_IMAGE])) for page in document)


def _median(values: Iterable[float]) -> float:
    return statistics.median(values)


def table(figures: Mapping[str, object], out: TextIO) -> None:
    """The figures for people."""
    for key, value in figures.items():
        print(f"{key:28}{value:>10}", file=out)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--files", type=int, default=40, help="synthetic invoices of mixed layouts")
    parser.add_argument("--sheets", type=int, default=8, help="sheets of QR codes")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", action="store_true", help="end with one JSON object")
    arguments = parser.parse_args()
    began = time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="read-") as name:
        folder = Path(name)
        for _ in write(folder, arguments.files, SEED, Wishes(annex_share=0)):
            pass
        files = [path for path in sorted(folder.glob("*.pdf")) if not _has_picture(path)]
        templates = folder / "templates"
        templates.mkdir()
        warm_up()
        _ours(files[0])
        server = cpu.child_of(os.getpid(), "pulse.invoices.sandbox.fork_server")
        figures: Figures = {"cores": os.cpu_count() or 0}
        figures |= text(files, templates, arguments.rounds, server)
        figures |= annex(folder, arguments.sheets, arguments.rounds, server)
        figures |= second(files, arguments.rounds, server)
    figures["seconds"] = round(time.perf_counter() - began, 1)
    table(figures, sys.stderr if arguments.json else sys.stdout)
    if arguments.json:
        print(json.dumps(figures))


if __name__ == "__main__":
    main()
