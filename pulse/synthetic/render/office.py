"""Prints with LibreOffice: drawings of text boxes, one start for many documents."""

from __future__ import annotations

import base64
import io
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

from pulse.synthetic.paper import ASCENT, Paper, Picture, Rule, Text
from pulse.synthetic.render.errors import RendererMissing

_PROGRAMS = ("soffice", "libreoffice")
_TIMEOUT_S = 600
_NAMESPACES = " ".join(
    f'xmlns:{prefix}="{uri}"'
    for prefix, uri in (
        ("office", "urn:oasis:names:tc:opendocument:xmlns:office:1.0"),
        ("style", "urn:oasis:names:tc:opendocument:xmlns:style:1.0"),
        ("text", "urn:oasis:names:tc:opendocument:xmlns:text:1.0"),
        ("draw", "urn:oasis:names:tc:opendocument:xmlns:drawing:1.0"),
        ("fo", "urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0"),
        ("svg", "urn:oasis:names:tc:opendocument:xmlns:svg-compatible:1.0"),
    )
)
#: Boxes are wider than any text, so that none is broken.
_WIDE = 700.0
_ALIGN = {"left": "start", "right": "end", "center": "center"}


def print_with_office(papers: Sequence[Paper]) -> Iterator[bytes]:
    """The papers as PDF, in order. Raises `RendererMissing` without LibreOffice."""
    program = next(filter(None, map(shutil.which, _PROGRAMS)), None)
    if program is None:
        raise RendererMissing("LibreOffice is not on this machine")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        drawings = [folder / f"{number:05d}.fodg" for number in range(len(papers))]
        for drawing, paper in zip(drawings, papers, strict=True):
            drawing.write_text(as_drawing(paper), encoding="utf-8")
        profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
        command = [program, profile, "--headless", "--convert-to", "pdf", "--outdir", name, *map(str, drawings)]
        fonts = _fonts(folder, papers)
        subprocess.run(  # noqa: S603  our own files
            command, check=True, capture_output=True, timeout=_TIMEOUT_S, env={**os.environ, **fonts}
        )
        for drawing in drawings:
            yield drawing.with_suffix(".pdf").read_bytes()


def _fonts(folder: Path, papers: Sequence[Paper]) -> dict[str, str]:
    """A font configuration that knows the typefaces' folders beside the machine's own."""
    folders = sorted({str(file.parent) for paper in papers for file in paper.typeface.files or ()})
    known = "".join(f"<dir>{escape(one)}</dir>" for one in folders)
    file = folder / "fonts.conf"
    file.write_text(
        f'<?xml version="1.0"?><fontconfig><include ignore_missing="yes">/etc/fonts/fonts.conf</include>{known}'
        "</fontconfig>"
    )
    return {"FONTCONFIG_FILE": str(file)}


def as_drawing(paper: Paper) -> str:
    """A flat OpenDocument drawing."""
    styles: dict[tuple[float, bool, float, str], str] = {}
    pages = "".join(
        f'<draw:page draw:name="page{number}" draw:master-page-name="sheet">'
        f"{''.join(_element(paper, mark, styles) for mark in page)}</draw:page>"
        for number, page in enumerate(paper.pages, 1)
    )
    made = "".join(_styles(paper, key, name) for key, name in styles.items())
    widths = {mark.thickness for page in paper.pages for mark in page if isinstance(mark, Rule)}
    made += "".join(
        f'<style:style style:name="rule{round(width * 10)}" style:family="graphic"><style:graphic-properties '
        f'draw:stroke="solid" svg:stroke-width="{width}pt" svg:stroke-color="#000000"/></style:style>'
        for width in sorted(widths)
    )
    margins = " ".join(f'fo:margin-{side}="0pt"' for side in ("top", "bottom", "left", "right"))
    layout = (
        f'<style:page-layout style:name="PM0"><style:page-layout-properties {margins} fo:page-width="{paper.width}pt" '
        f'fo:page-height="{paper.height}pt" style:print-orientation="portrait"/></style:page-layout>'
        '<style:style style:name="dp0" style:family="drawing-page"/>'
    )
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document {_NAMESPACES} office:version="1.3" '
        'office:mimetype="application/vnd.oasis.opendocument.graphics">'
        f"<office:styles/><office:automatic-styles>{layout}{made}</office:automatic-styles><office:master-styles>"
        '<style:master-page style:name="sheet" style:page-layout-name="PM0" draw:style-name="dp0"/>'
        f"</office:master-styles><office:body><office:drawing>{pages}</office:drawing></office:body></office:document>"
    )


def _styles(paper: Paper, key: tuple[float, bool, float, str], name: str) -> str:
    size, bold, gray, align = key
    shade = f"#{round(gray * 255):02x}" + f"{round(gray * 255):02x}" * 2
    weight = "bold" if bold else "normal"
    return (
        f'<style:style style:name="g{name}" style:family="graphic"><style:graphic-properties draw:stroke="none" '
        'draw:fill="none" fo:padding-top="0pt" fo:padding-bottom="0pt" fo:padding-left="0pt" fo:padding-right="0pt" '
        'fo:wrap-option="no-wrap" draw:auto-grow-width="false" '
        'draw:auto-grow-height="false" draw:textarea-vertical-align="top"/></style:style>'
        f'<style:style style:name="p{name}" style:family="paragraph"><style:paragraph-properties '
        f'fo:text-align="{_ALIGN[align]}" fo:margin="0pt"/><style:text-properties '
        f"style:font-name={quoteattr(paper.typeface.family)} fo:font-family={quoteattr(paper.typeface.family)} "
        f'fo:font-size="{size:.2f}pt" fo:font-weight="{weight}" fo:color="{shade}"/></style:style>'
    )


def _element(paper: Paper, mark: Text | Rule | Picture, styles: dict[tuple[float, bool, float, str], str]) -> str:
    if isinstance(mark, Text):
        key = (mark.size, mark.bold, mark.gray, mark.align)
        name = styles.setdefault(key, str(len(styles)))
        ascent, _ = paper.typeface.metrics(bold=mark.bold)
        top = mark.top + ASCENT * mark.size / paper.typeface.scale - ascent * mark.size
        x = mark.x - {"left": 0.0, "right": _WIDE, "center": _WIDE / 2}[mark.align]
        box = _box(x, top, _WIDE, mark.size * 1.2)
        text = escape(mark.text).replace("  ", " <text:s/>")
        return (
            f'<draw:frame draw:style-name="g{name}" {box}><draw:text-box><text:p text:style-name="p{name}">{text}'
            "</text:p></draw:text-box></draw:frame>"
        )
    if isinstance(mark, Rule):
        return (
            f'<draw:line draw:style-name="rule{round(mark.thickness * 10)}" svg:x1="{mark.x0:.2f}pt" '
            f'svg:y1="{mark.top:.2f}pt" svg:x2="{mark.x1:.2f}pt" '
            f'svg:y2="{mark.bottom:.2f}pt"/>'
        )
    file = io.BytesIO()
    mark.image.save(file, "PNG")
    data = base64.b64encode(file.getvalue()).decode()
    box = _box(mark.x, mark.top, mark.width, mark.height)
    return f"<draw:frame {box}><draw:image><office:binary-data>{data}</office:binary-data></draw:image></draw:frame>"


def _box(x: float, top: float, width: float, height: float) -> str:
    return f'svg:x="{x:.2f}pt" svg:y="{top:.2f}pt" svg:width="{width:.2f}pt" svg:height="{height:.2f}pt"'
