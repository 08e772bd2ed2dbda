"""Prints with a browser: HTML in Chromium, one start for many documents."""

from __future__ import annotations

import base64
import html
import io
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from pulse.synthetic.paper import ASCENT, Paper, Picture, Rule, Text
from pulse.synthetic.render.errors import RendererMissing

_PROGRAMS = ("chromium", "chromium-browser", "google-chrome")


def print_with_browser(papers: Sequence[Paper]) -> Iterator[bytes]:
    """The papers as PDF, in order. Raises `RendererMissing` without Chromium or Playwright."""
    try:
        from playwright.sync_api import sync_playwright  # noqa: PLC0415  only who prints with a browser needs it
    except ImportError as missing:
        raise RendererMissing("Playwright is not on this machine") from missing
    program = next(filter(None, map(shutil.which, _PROGRAMS)), None)
    if program is None:
        raise RendererMissing("Chromium is not on this machine")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program)
        page = browser.new_page()
        file = Path(folder) / "invoice.html"
        for paper in papers:
            file.write_text(as_html(paper), encoding="utf-8")
            page.goto(file.as_uri())
            yield page.pdf(prefer_css_page_size=True, print_background=True)
        browser.close()


def as_html(paper: Paper) -> str:
    """One document: each page a box, each mark placed in it."""
    typeface = paper.typeface
    assert typeface.files, "a browser prints with fonts that are files"
    fonts = "".join(
        f"@font-face{{font-family:invoice;font-weight:{weight};src:url('{file.as_uri()}')}}"
        for weight, file in zip(("normal", "bold"), typeface.files, strict=True)
    )
    style = (
        f"{fonts}@page{{size:{paper.width}pt {paper.height}pt;margin:0}}"
        "body{margin:0;font-family:invoice}"
        f"section{{position:relative;width:{paper.width}pt;height:{paper.height - 0.8}pt;overflow:hidden}}"
        "section+section{break-before:page}"
        "section>*{position:absolute;white-space:pre;line-height:1}"
    )
    pages = "".join(f"<section>{''.join(_element(paper, mark) for mark in page)}</section>" for page in paper.pages)
    title = html.escape(paper.title)
    return f'<!doctype html><html><meta charset="utf-8"><title>{title}</title><style>{style}</style>{pages}</html>'


def _element(paper: Paper, mark: Text | Rule | Picture) -> str:
    if isinstance(mark, Text):
        return _text(paper, mark)
    if isinstance(mark, Rule):
        width, height = max(mark.x1 - mark.x0, mark.thickness), max(mark.bottom - mark.top, mark.thickness)
        return f'<i style="{_at(mark.x0, mark.top)};width:{width:.2f}pt;height:{height:.2f}pt;background:#000"></i>'
    size = f"width:{mark.width:.2f}pt;height:{mark.height:.2f}pt;image-rendering:pixelated"
    return f'<img style="{_at(mark.x, mark.top)};{size}" src="{_data_url(mark)}">'


def _text(paper: Paper, mark: Text) -> str:
    ascent, descent = paper.typeface.metrics(bold=mark.bold)
    base_line = mark.top + ASCENT * mark.size / paper.typeface.scale
    top = base_line - mark.size * (ascent + (1 - ascent - descent) / 2)
    style = f"font-size:{mark.size:.2f}pt" + (";font-weight:bold" if mark.bold else "")
    if mark.gray:
        level = round(mark.gray * 255)
        style += f";color:rgb({level},{level},{level})"
    if mark.align == "right":
        place = f"right:{paper.width - mark.x:.2f}pt;top:{top:.2f}pt"
    else:
        place = _at(mark.x - (mark.width / 2 if mark.align == "center" else 0), top)
    return f'<span style="{place};{style}">{html.escape(mark.text)}</span>'


def _at(x: float, top: float) -> str:
    return f"left:{x:.2f}pt;top:{top:.2f}pt"


def _data_url(mark: Picture) -> str:
    file = io.BytesIO()
    mark.image.save(file, "PNG")
    return f"data:image/png;base64,{base64.b64encode(file.getvalue()).decode()}"
