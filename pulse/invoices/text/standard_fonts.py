"""Advances in the fonts that every PDF reader brings along, where a reader's own fonts differ from Adobe's metrics.

A file that does not hold its font was laid out by Adobe's metrics (ISO 32000-1, 9.6.2.2). The faces that pdfium paints
instead have a few characters of another width, so that it sees everything behind them on their line out of place; and
pdfminer's metrics are older than the euro.
"""

from __future__ import annotations

from collections.abc import Mapping

_EURO = "€"
#: By font and character, in ems: pdfium's advance and Adobe's. Where pdfium says another one it is the file's own word.
_PDFIUM: Mapping[str, Mapping[str, tuple[float, float]]] = {
    "Helvetica": {"«": (0.612, 0.556), "»": (0.612, 0.556), "›": (0.366, 0.333), _EURO: (0.667, 0.556)},
    "Helvetica-Bold": {"@": (1.072, 0.975), _EURO: (0.722, 0.556)},
    "Helvetica-Oblique": {"@": (1.116, 1.015), "‹": (0.35, 0.333), _EURO: (0.667, 0.556)},
    "Helvetica-BoldOblique": {"@": (1.072, 0.975), "5": (0.528, 0.556), "ø": (0.519, 0.611), _EURO: (0.722, 0.556)},
    "Times-Roman": {_EURO: (0.722, 0.5)},
    "Times-Bold": {_EURO: (0.722, 0.5)},
    "Times-Italic": {_EURO: (0.5, 0.5)},
    "Times-BoldItalic": {_EURO: (0.667, 0.5)},
    "Courier": {_EURO: (0.6, 0.6)},
    "Courier-Bold": {_EURO: (0.6, 0.6)},
    "Courier-Oblique": {_EURO: (0.6, 0.6)},
    "Courier-BoldOblique": {_EURO: (0.6, 0.6)},
}
_NEARLY = 0.0005


def surplus(font: str, character: str, advance: float) -> float:
    """By how many ems pdfium's advance of a character is too wide; 0 where it is right, or says what the file says."""
    known = _PDFIUM.get(font, {}).get(character)
    return known[0] - known[1] if known and abs(known[0] - advance) < _NEARLY else 0.0


def euro(font: str, character: str) -> float:
    """Adobe's advance of a euro sign, in ems; 0 for any other character or font."""
    return _PDFIUM[font][_EURO][1] if character == _EURO and font in _PDFIUM else 0.0
