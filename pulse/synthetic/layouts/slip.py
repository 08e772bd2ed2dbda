"""A till's slip: one narrow page as long as it needs."""

from __future__ import annotations

from pulse.base.money import ZERO
from pulse.invoices.model import Position
from pulse.synthetic.case import Case
from pulse.synthetic.layouts.plain import biller_lines, code_words, details, title_lines, totals
from pulse.synthetic.layouts.plain_style import PlainStyle
from pulse.synthetic.paper import Paper

#: A till's roll is 80 mm wide.
WIDTH = 226.8
_MARGIN, _SIZE, _STEP = 10.0, 7.5, 10.0


def draw_slip(paper: Paper, case: Case, style: PlainStyle) -> None:
    """Fills the paper's only page and cuts it below the last line."""
    paper.width = WIDTH
    _Slip(paper, case, style).draw()


class _Slip:
    """A roll of paper, line after line."""

    def __init__(self, paper: Paper, case: Case, style: PlainStyle) -> None:
        self._paper, self._case, self._style = paper, case, style
        self._right = paper.width - _MARGIN
        self._top = 14.0

    def draw(self) -> None:
        """All lines."""
        invoice, words = self._case.invoice, self._style.words
        self._center(invoice.biller.name or "", bold=True)
        for line in biller_lines(self._case, self._style):
            self._center(line)
        self._rule()
        for line in title_lines(self._case, self._style):
            self._wrapped(line, bold=True)
        for label, value in details(self._case, self._style):
            self._wrapped(f"{label}: {value}")
        patient = invoice.patient
        self._wrapped(f"{patient.street}, {patient.zip} {patient.city}")
        self._rule()
        for position in invoice.positions:
            self._draw_position(position)
        self._rule()
        for label, amount, bold in totals(self._case, self._style):
            self._line(label, self._style.number(amount), bold=bold)
        self._rule()
        self._center(words["thanks"])
        self._paper.height = self._top + 20

    def _draw_position(self, position: Position) -> None:
        number = self._style.number
        self._wrapped(position.name or "")
        self._line(f"  {code_words(position, self._style)}")
        price, amount = number(position.unit_price or ZERO), number(position.amount or ZERO)
        self._line(f"  {position.quantity:f} x {price}", amount)
        if position.remark:
            self._wrapped(f"{self._style.words['remark']} {position.remark}", indent="  ")

    def _wrapped(self, text: str, *, bold: bool = False, indent: str = "") -> None:
        for part in self._paper.wrap(text, self._right - _MARGIN - 10, _SIZE, bold=bold):
            self._line(f"{indent}{part}", bold=bold)

    def _line(self, text: str, amount: str = "", *, bold: bool = False) -> None:
        self._paper.text(_MARGIN, self._top, text, _SIZE, bold=bold)
        self._paper.right(self._right, self._top, amount, _SIZE, bold=bold)
        self._top += _STEP

    def _center(self, text: str, *, bold: bool = False) -> None:
        self._paper.center(self._paper.width / 2, self._top, text, _SIZE, bold=bold)
        self._top += _STEP

    def _rule(self) -> None:
        self._paper.line(_MARGIN, self._top + 2, self._right, self._top + 2, 0.4)
        self._top += 6
