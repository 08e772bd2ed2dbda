"""Prints with reportlab: fast, the same bytes each time."""

from __future__ import annotations

import io
from collections.abc import Callable

from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from pulse.synthetic.paper import ASCENT, Paper, Picture, Rule, Text


def print_with_canvas(paper: Paper, overlay: Callable[[Canvas], None] | None = None, overlaid: int = -1) -> bytes:
    """The paper as PDF; `overlay` draws on the page with the index `overlaid` what the paper does not know of."""
    paper.typeface.register()
    file = io.BytesIO()
    canvas = Canvas(file, pagesize=(paper.width, paper.height), invariant=1)
    canvas.setTitle(paper.title)
    last = overlaid % len(paper.pages)
    for index, page in enumerate(paper.pages):
        for mark in page:
            _draw(canvas, paper, mark)
        if overlay and index == last:
            overlay(canvas)
        canvas.showPage()
    canvas.save()
    return file.getvalue()


def _draw(canvas: Canvas, paper: Paper, mark: Text | Rule | Picture) -> None:
    if isinstance(mark, Text):
        canvas.setFont(paper.typeface.bold if mark.bold else paper.typeface.regular, mark.size)
        canvas.setFillGray(mark.gray)
        draw = {"left": canvas.drawString, "right": canvas.drawRightString, "center": canvas.drawCentredString}
        draw[mark.align](mark.x, paper.height - mark.top - ASCENT * mark.size / paper.typeface.scale, mark.text)
    elif isinstance(mark, Rule):
        canvas.setLineWidth(mark.thickness)
        canvas.line(mark.x0, paper.height - mark.top, mark.x1, paper.height - mark.bottom)
    else:
        image = ImageReader(mark.image)
        canvas.drawImage(image, mark.x, paper.height - mark.top - mark.height, mark.width, mark.height)
