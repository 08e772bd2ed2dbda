"""Typefaces to print with: the printer's own, the ones that come with reportlab, and those of this machine."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import reportlab
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

_BUNDLED = Path(reportlab.__file__).parent / "fonts"
_SYSTEM = Path("/usr/share/fonts/truetype")


@dataclass(frozen=True, kw_only=True)
class Typeface:
    """A family in regular and bold. Without `files` it is one of the PDF standard's, which are not embedded.

    `scale` makes wide letters smaller until they take about the room of Helvetica.
    """

    name: str
    family: str
    regular: str
    bold: str
    files: tuple[Path, Path] | None = None
    scale: float = 1.0

    @property
    def available(self) -> bool:
        """Whether its files are on this machine."""
        return self.files is None or all(file.is_file() for file in self.files)

    def width(self, text: str, size: float, *, bold: bool = False) -> float:
        """How long the text gets, in points."""
        self.register()
        return float(pdfmetrics.stringWidth(text, self.bold if bold else self.regular, size * self.scale))

    def metrics(self, *, bold: bool = False) -> tuple[float, float]:
        """How far letters reach above and below the base line, as shares of their size."""
        self.register()
        ascent, descent = pdfmetrics.getAscentDescent(self.bold if bold else self.regular)
        return ascent / 1000, -descent / 1000

    def register(self) -> None:
        """Makes the files known to reportlab, once."""
        if self.files:
            _register(self)


@cache
def _register(typeface: Typeface) -> None:
    assert typeface.files
    for name, file in zip((typeface.regular, typeface.bold), typeface.files, strict=True):
        pdfmetrics.registerFont(TTFont(name, str(file)))


def _embedded(name: str, family: str, files: tuple[Path, Path], scale: float) -> Typeface:
    regular, bold = (file.stem for file in files)
    return Typeface(name=name, family=family, regular=regular, bold=bold, files=files, scale=scale)


def _system(name: str, family: str, folder: str, files: tuple[str, str], scale: float) -> Typeface:
    regular, bold = (_SYSTEM / folder / f"{file}.ttf" for file in files)
    return _embedded(name, family, (regular, bold), scale)


HELVETICA = Typeface(name="Helvetica", family="Helvetica", regular="Helvetica", bold="Helvetica-Bold")
TIMES = Typeface(name="Times", family="Times", regular="Times-Roman", bold="Times-Bold", scale=1.04)
COURIER = Typeface(name="Courier", family="Courier", regular="Courier", bold="Courier-Bold", scale=0.85)
VERA = _embedded("Vera", "Bitstream Vera Sans", (_BUNDLED / "Vera.ttf", _BUNDLED / "VeraBd.ttf"), 0.86)

TYPEFACES = (
    HELVETICA,
    TIMES,
    COURIER,
    VERA,
    _system("Liberation Sans", "Liberation Sans", "liberation", ("LiberationSans-Regular", "LiberationSans-Bold"), 1.0),
    _system(
        "Liberation Serif", "Liberation Serif", "liberation", ("LiberationSerif-Regular", "LiberationSerif-Bold"), 1.04
    ),
    _system(
        "Liberation Sans Narrow",
        "Liberation Sans Narrow",
        "liberation",
        ("LiberationSansNarrow-Regular", "LiberationSansNarrow-Bold"),
        1.1,
    ),
    _system(
        "Liberation Mono", "Liberation Mono", "liberation", ("LiberationMono-Regular", "LiberationMono-Bold"), 0.85
    ),
    _system("DejaVu Sans", "DejaVu Sans", "dejavu", ("DejaVuSans", "DejaVuSans-Bold"), 0.86),
    _system(
        "DejaVu Sans Condensed",
        "DejaVu Sans Condensed",
        "dejavu",
        ("DejaVuSansCondensed", "DejaVuSansCondensed-Bold"),
        0.95,
    ),
    _system("DejaVu Serif", "DejaVu Serif", "dejavu", ("DejaVuSerif", "DejaVuSerif-Bold"), 0.85),
    _system("DejaVu Sans Mono", "DejaVu Sans Mono", "dejavu", ("DejaVuSansMono", "DejaVuSansMono-Bold"), 0.85),
)
MONOSPACED = frozenset({"Courier", "Liberation Mono", "DejaVu Sans Mono"})


def typefaces(*, embedded: bool, monospaced: bool = False) -> list[Typeface]:
    """What this machine can print with; `embedded` leaves out the standard ones, which a browser does not have."""
    return [
        one
        for one in TYPEFACES
        if one.available and (one.files or not embedded) and (one.name in MONOSPACED) == monospaced
    ]
