"""Sets of invented invoices on disk: NAME.pdf, NAME.json with the truth, and manifest.jsonl saying what each is."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, cast

from pulse.invoices.model import Invoice
from pulse.synthetic.case import Case, draw_case
from pulse.synthetic.layouts.form import FormStyle, Release, draw_form, shown_on_form, title_of
from pulse.synthetic.number_styles import NUMBER_STYLES
from pulse.synthetic.order import Order, Wishes, orders
from pulse.synthetic.paper import Paper
from pulse.synthetic.qr_sheet import draw_annex
from pulse.synthetic.render.canvas import print_with_canvas
from pulse.synthetic.typefaces import TYPEFACES
from pulse.synthetic.wording.forms import form_words
from pulse.synthetic.xml import xml

MANIFEST = "manifest.jsonl"


@dataclass(frozen=True, kw_only=True)
class Item:
    """A printed invoice, the truth of what it shows, and its line in the manifest."""

    order: Order
    truth: Invoice
    paper: Paper

    def manifest(self) -> dict[str, Any]:
        """What this item is, as JSON."""
        return asdict(self.order) | {"pages": len(self.paper.pages)}


def compose(order: Order) -> Item:
    """Draws the case and lays it out."""
    rng = random.Random(order.seed + "/case")  # noqa: S311  no secret
    case = draw_case(
        rng,
        language=order.language,
        kind=order.kind,
        release=order.release,
        sex=order.sex,
        age=order.age,
        qr_reference=order.annex,
    )
    typeface = next(one for one in TYPEFACES if one.name == order.typeface)
    paper = Paper(typeface, stretch=rng.uniform(0.95, 1.0), shift=rng.uniform(0, 14))
    truth = _draw_form(rng, paper, case, order)
    return Item(order=order, truth=_with_pages(truth, len(paper.pages)), paper=paper)


def _draw_form(rng: random.Random, paper: Paper, case: Case, order: Order) -> Invoice:
    release = cast("Release", order.release)
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
    data = xml(case.invoice, insurer=case.insurer, technical=case.technical, earlier=case.earlier)
    draw_annex(paper, case, data, title=title_of(case, style), words=style.words)
    source = case.invoice.source.model_copy(update={"kind": "qr_annex", "form_release": "5.0"})
    return case.invoice.model_copy(update={"source": source})


def _with_pages(truth: Invoice, pages: int) -> Invoice:
    return truth.model_copy(update={"source": truth.source.model_copy(update={"pages": pages})})


def write(folder: Path, count: int, seed: int, wishes: Wishes) -> Iterator[Item]:
    """Writes a set; yields each item when its files lie in the folder, which is made if need be."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / MANIFEST).open("w", encoding="utf-8") as manifest:
        for order in orders(count, seed, wishes):
            item = compose(order)
            (folder / f"{order.name}.pdf").write_bytes(print_with_canvas(item.paper))
            text = json.dumps(item.truth.to_json(), ensure_ascii=False, indent=2)
            (folder / f"{order.name}.json").write_text(text + "\n", encoding="utf-8")
            manifest.write(json.dumps(item.manifest(), ensure_ascii=False) + "\n")
            yield item
