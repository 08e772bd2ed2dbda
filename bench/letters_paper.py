"""CPU of a letter as PDF: Pulse beside reportlab's platypus and weasyprint, the same letters, in turns.

Platypus says the same in the built-in Helvetica, which needs no font in the file; weasyprint sets the same letter's web
page. Wording and facts are made beforehand. What makes the file an archive's (PDF/A-2b) is shown apart, and beside it
what opening and saving the finished file with pikepdf costs, which would be the other way to it.
"""

from __future__ import annotations

import io
import random
import statistics
import time
from collections.abc import Callable
from typing import Any
from unittest.mock import patch
from xml.sax.saxutils import escape

import pikepdf
from letter_samples import make_facts
from reportlab.lib.enums import TA_RIGHT
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.platypus import Flowable, Paragraph, SimpleDocTemplate, Spacer, Table

from letters.content import Content, Items, Positions, Section, Signature, content_of
from letters.facts import Facts
from letters.html import render_html
from letters.occasions import Kind, Recipient
from letters.pdf import render
from letters.texts import default_texts
from letters.writer import TemplateWriter, Wording
from pulse.base.reasons import LANGUAGES

_BODY = ParagraphStyle("body", fontName="Helvetica", fontSize=9.5, leading=12.6, spaceAfter=5)
_HEAD = ParagraphStyle("head", parent=_BODY, fontName="Helvetica-Bold")
_SMALL = ParagraphStyle("small", parent=_BODY, fontSize=8, leading=10.4)
_BRAND = ParagraphStyle("brand", parent=_HEAD, fontSize=15, leading=18)
_CELL = ParagraphStyle("cell", parent=_BODY, fontSize=8.5, leading=11, spaceAfter=0)
_FIGURE = ParagraphStyle("figure", parent=_CELL, alignment=TA_RIGHT)
#: Rounds of which weasyprint, which takes a hundred times as long, has a part in one.
_WEASYPRINT_EVERY = 5
Letter = tuple[Facts, Wording]


def figures(*, rounds: int, seed: int = 7) -> dict[str, Any]:
    """What `bench/README.md` names."""
    kinds = (Kind.APPROVED, Kind.PARTLY_APPROVED, Kind.DENIED, Kind.RETURNED)
    facts = [make_facts(kind, to, lang) for kind in kinds for to in (Recipient.CLIENT, Recipient.PROVIDER)
             for lang in LANGUAGES]  # fmt: skip
    letters = [(one, TemplateWriter().write(one)) for one in facts]
    sides: dict[str, Callable[[Letter], object]] = {
        "pdf": lambda letter: render(*letter),
        "without_archive": _without_archive,
        "platypus": _platypus,
        "pikepdf": _resaved,
    }
    weasyprint = _weasyprint()
    order, spent = random.Random(seed), {name: [] for name in (*sides, "weasyprint", "pdf_beside_weasyprint")}
    for side in sides.values():
        side(letters[0])
    for number in range(rounds):
        letter = letters[number % len(letters)]
        for name in order.sample(sorted(sides), len(sides)):
            spent[name].append(_cpu_ms(sides[name], letter))
        if weasyprint and number % _WEASYPRINT_EVERY == 0:
            spent["weasyprint"].append(_cpu_ms(weasyprint, letter))
            spent["pdf_beside_weasyprint"].append(spent["pdf"][-1])
    found = {f"{name}_ms": round(statistics.median(times), 2) for name, times in spent.items() if times}
    found.pop("pdf_beside_weasyprint_ms", None)
    archive = [whole - bare for whole, bare in zip(spent["pdf"], spent["without_archive"], strict=True)]
    found["archive_ms"] = round(statistics.median(archive), 2)
    found["pdf_to_platypus"] = _ratio(spent["pdf"], spent["platypus"])
    found["archive_to_pdf"] = round(found["archive_ms"] / found["pdf_ms"], 3)
    if spent["weasyprint"]:
        found["pdf_to_weasyprint"] = _ratio(spent["pdf_beside_weasyprint"], spent["weasyprint"])
    return {"pdf_rounds": rounds, **found}


def _cpu_ms(write: Callable[[Letter], object], letter: Letter) -> float:
    started = time.process_time()
    write(letter)
    return (time.process_time() - started) * 1000


def _ratio(ours: list[float], theirs: list[float]) -> float:
    return round(statistics.median(one / other for one, other in zip(ours, theirs, strict=True)), 3)


def _without_archive(letter: Letter) -> bytes:
    with patch("letters.layout.archive", lambda *_: None), patch("letters.layout.tell_apart", lambda *_: None):
        return render(*letter)


_FINISHED: dict[int, bytes] = {}


def _resaved(letter: Letter) -> bytes:
    """A finished letter opened and saved, with its metadata set."""
    data = _FINISHED.get(id(letter)) or _FINISHED.setdefault(id(letter), render(*letter))
    target = io.BytesIO()
    with pikepdf.open(io.BytesIO(data)) as pdf:
        with pdf.open_metadata(set_pikepdf_as_editor=False) as metadata:
            metadata["pdfaid:part"], metadata["pdfaid:conformance"] = "2", "B"
        pdf.save(target, deterministic_id=True)
    return target.getvalue()


def _weasyprint() -> Callable[[Letter], bytes] | None:
    """Sets the letter's page; None where weasyprint, or the pango that it needs, is absent."""
    try:
        from weasyprint import HTML
        from weasyprint.text.fonts import FontConfiguration
    except (ImportError, OSError):
        return None
    fonts = FontConfiguration()

    def write(letter: Letter) -> bytes:
        data = HTML(string=render_html(*letter)).write_pdf(font_config=fonts)
        assert isinstance(data, bytes)
        return data

    return write


def _platypus(letter: Letter) -> bytes:
    """All that the letter says, part by part."""
    content = content_of(*letter, default_texts())
    story: list[Flowable] = [_paragraph(content.insurer.name, _BRAND)]
    story.append(_paragraph(" · ".join(content.insurer.address.lines), _SMALL))
    story += [Spacer(0, 20 * mm), *(_paragraph(line, _BODY) for line in content.addressee.lines)]
    story += [_pairs(content.desk), Spacer(0, 10 * mm), _paragraph(content.subject, _HEAD)]
    story.append(_pairs(content.entries))
    for part in content.parts:
        story += _flowables(part)
    file = io.BytesIO()
    document = SimpleDocTemplate(file, pagesize=A4, title=content.title, author=content.insurer.name)
    document.build(story, onFirstPage=_foot(content), onLaterPages=_foot(content))
    return file.getvalue()


def _foot(content: Content) -> Callable[[Any, Any], None]:
    def put(canvas: Any, _: object) -> None:
        canvas.setFont("Helvetica", 8)
        canvas.drawString(25 * mm, 11 * mm, f"{content.insurer.name} · {content.reference} · {canvas.getPageNumber()}")

    return put


def _flowables(part: Section | Items | Positions | Signature) -> list[Flowable]:
    match part:
        case Section():
            heading = [_paragraph(part.heading, _HEAD)] if part.heading else []
            return [*heading, *(_paragraph(text, _SMALL if part.small else _BODY) for text in part.paragraphs)]
        case Items():
            return [_paragraph(part.heading, _HEAD), *(_paragraph(f"• {item}", _BODY) for item in part.items)]
        case Positions():
            return [_table(part)]
        case Signature():
            signed = [_paragraph(text, _BODY) for text in (*part.closing, *part.lines)]
            return [*signed, _paragraph(part.name, _HEAD), *(_paragraph(text, _SMALL) for text in part.unsigned)]


def _pairs(entries: tuple[tuple[str, str], ...]) -> Flowable:
    rows = [[label, value] for label, value in entries]
    if not rows:
        return Spacer(0, 0)
    return Table(rows, colWidths=[38 * mm, None], style=[("FONT", (0, 0), (-1, -1), "Helvetica", 8.5)])


def _table(part: Positions) -> Table:
    styles = [_FIGURE if name in ("quantity", "billed", "approved") else _CELL for name, _ in part.columns]
    texts = [[(heading,) for _, heading in part.columns], *part.rows, part.total]
    rows = [[_paragraph(" ".join(cell), style) for cell, style in zip(row, styles, strict=True)] for row in texts]
    widths = {"date": 19, "product": 48, "quantity": 16, "billed": 25, "approved": 28, "note": 31}
    return Table(rows, colWidths=[widths[name] * mm for name, _ in part.columns], repeatRows=1)


def _paragraph(text: str, style: ParagraphStyle) -> Paragraph:
    return Paragraph(escape(text), style)
