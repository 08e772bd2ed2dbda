"""Sets of invented invoices on disk: NAME.pdf, NAME.json with the truth, and manifest.jsonl saying what each is."""

from __future__ import annotations

import itertools
import json
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from pulse.base.reasons import Reason
from pulse.invoices.model import Invoice, Patient
from pulse.synthetic.case import Case, draw_case
from pulse.synthetic.faults import FAULTS
from pulse.synthetic.layouts.form import FormStyle, draw_form, shown_on_form, title_of
from pulse.synthetic.layouts.plain import draw_plain
from pulse.synthetic.layouts.plain_style import draw_style, in_francs, on_one_day, shown_on_plain
from pulse.synthetic.layouts.slip import draw_slip
from pulse.synthetic.number_styles import NUMBER_STYLES
from pulse.synthetic.order import Order, Wishes, orders
from pulse.synthetic.paper import Paper
from pulse.synthetic.population import TODAY
from pulse.synthetic.qr_sheet import draw_annex
from pulse.synthetic.render.browser import print_with_browser
from pulse.synthetic.render.canvas import print_with_canvas
from pulse.synthetic.render.office import print_with_office
from pulse.synthetic.scans import scanned
from pulse.synthetic.typefaces import TYPEFACES
from pulse.synthetic.wording.forms import form_words
from pulse.synthetic.wording.plain import plain_words
from pulse.synthetic.xml import xml

MANIFEST = "manifest.jsonl"


@dataclass(frozen=True, kw_only=True)
class Item:
    """A printed invoice, the truth of what it shows, and its line in the manifest."""

    order: Order
    truth: Invoice
    paper: Paper
    faults: Mapping[str, Reason | None]
    person: Mapping[str, str | int]

    def manifest(self) -> dict[str, Any]:
        """What this item is, as JSON; `faults` has the finding that a reader owes for each, or null."""
        return asdict(self.order) | {
            "pages": len(self.paper.pages),
            "faults": dict(self.faults),
            "person": dict(self.person),
        }


#: A till's slip has no more rows than this.
_SLIP_ROWS = 14


def compose(order: Order) -> Item:
    """Draws the case and lays it out."""
    rng = random.Random(order.seed + "/case")  # noqa: S311  no secret
    slip = order.design == "slip"
    fault = FAULTS[order.fault] if order.fault else None
    case = draw_case(
        rng,
        language=order.language,
        kind=order.kind,
        release=order.release,
        tariffs="numbered" if slip or (order.design and rng.random() < 0.4) else "all",
        sex=order.sex,
        age=order.age,
        plain_names=order.design is not None,
        rows=fault.rows if fault else None,
        most_rows=_SLIP_ROWS if slip else None,
        qr_reference=order.annex,
    )
    typeface = next(one for one in TYPEFACES if one.name == order.typeface)
    paper = Paper(typeface, title=case.invoice.invoice_number or "")
    if not slip:
        paper.stretch, paper.shift = rng.uniform(0.95, 1.0), rng.uniform(0, 14)
    case = in_francs(case) if order.design else case
    changed = fault.change(rng, case) if fault else None
    draw = _draw_plain if order.design else _draw_form
    truth = draw(rng, paper, changed or case, order)
    faults: dict[str, Reason | None] = {}
    if order.fault and fault and changed and fault.shown(truth) and fault.touch(paper, case):
        truth, faults = fault.truth(truth), {order.fault: fault.code}
    return Item(
        order=order,
        truth=_with_source(truth, order, len(paper.pages)),
        paper=paper,
        faults=faults,
        person=_person(case.invoice.patient),
    )


def _person(patient: Patient) -> dict[str, str | int]:
    """Whom the case was drawn for, whatever the sheet shows of it."""
    assert patient.birth_date
    return {"sex": patient.sex or "", "age": (TODAY - patient.birth_date).days // 365}


def _draw_form(rng: random.Random, paper: Paper, case: Case, order: Order) -> Invoice:
    release = order.release or "5.0"
    style = FormStyle(
        release=release,
        number=NUMBER_STYLES[order.number_style],
        value_size=rng.choice((8.0, 8.5, 9.0, 9.0)),
        row_gap=rng.choice((0.0, 0.4, 1.5, 3.0)),
        words=form_words(order.language, rng),
    )
    draw_form(paper, case, style)
    if not order.annex:
        return shown_on_form(case.invoice, release)
    behind = case
    if order.fault == "foreign-annex":
        behind = draw_case(rng, language=order.language, kind=order.kind, release=release, qr_reference=True)
    data = xml(behind.invoice, insurer=behind.insurer, technical=behind.technical, earlier=behind.earlier)
    draw_annex(paper, behind, data, title=title_of(behind, style), words=style.words)
    if order.fault in {"foreign-annex", "annex-incomplete"}:
        return shown_on_form(case.invoice, release)
    source = case.invoice.source.model_copy(update={"kind": "qr_annex", "form_release": "5.0"})
    return case.invoice.model_copy(update={"source": source})


def _draw_plain(rng: random.Random, paper: Paper, case: Case, order: Order) -> Invoice:
    design = order.design or "letter"
    words = plain_words(order.language, rng)
    style = draw_style(rng, case, design, words, NUMBER_STYLES[order.number_style])
    case = case if style.prints_dates else on_one_day(case)
    if design == "slip":
        draw_slip(paper, case, style)
    else:
        draw_plain(paper, case, style)
    return shown_on_plain(case, style)


def _with_source(truth: Invoice, order: Order, pages: int) -> Invoice:
    kind = "ocr" if order.scan and truth.source.kind == "text" else truth.source.kind
    return truth.model_copy(update={"source": truth.source.model_copy(update={"kind": kind, "pages": pages})})


def write(folder: Path, count: int, seed: int, wishes: Wishes) -> Iterator[Item]:
    """Writes a set; yields each item when its files lie in the folder, which is made if need be.

    Raises `UnknownName` for a name that is not known, `RendererMissing` where a program is not on this machine.
    """
    wanted = orders(count, seed, wishes)
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / MANIFEST).open("w", encoding="utf-8") as manifest:
        while batch := [compose(order) for order in itertools.islice(wanted, _BATCH)]:
            for item, document in _printed(batch):
                _write_pair(folder, item, document)
                manifest.write(json.dumps(item.manifest(), ensure_ascii=False) + "\n")
                yield item


def _printed(items: Sequence[Item]) -> Iterator[tuple[Item, bytes]]:
    """Each item with its document, one start of a program for all of its items."""
    for renderer, printer in _PRINTERS.items():
        mine = [item for item in items if item.order.renderer == renderer]
        if mine:
            yield from zip(mine, printer([item.paper for item in mine]), strict=True)


def _print_with_canvas(papers: Sequence[Paper]) -> Iterator[bytes]:
    return (print_with_canvas(paper) for paper in papers)


#: How many items are laid out before they are printed: a browser or LibreOffice starts once for its share of them.
_BATCH = 60
_PRINTERS: dict[str, Callable[[Sequence[Paper]], Iterator[bytes]]] = {
    "reportlab": _print_with_canvas,
    "html": print_with_browser,
    "libreoffice": print_with_office,
}


def _write_pair(folder: Path, item: Item, document: bytes) -> None:
    order = item.order
    if order.scan:
        document = scanned(document, order.scan, random.Random(order.seed + "/scan"))  # noqa: S311  no secret
    (folder / f"{order.name}.pdf").write_bytes(document)
    text = json.dumps(item.truth.to_json(), ensure_ascii=False, indent=2)
    (folder / f"{order.name}.json").write_text(text + "\n", encoding="utf-8")
