"""The glyphs of a page from pdfminer, as pdfplumber opens it, without layout analysis: the measure for `fast`.

A device that keeps only what a reader needs is a third of the cost of a full character object per glyph, and it sees
what those objects do not carry: render mode, colours, transparency, clipping. It is used where pdfium cannot open a
file, and in tests, where both must see the same.
"""

from __future__ import annotations

import functools
import importlib.metadata
import inspect
import io
import logging
import math
from collections import Counter
from collections.abc import Sequence
from typing import Any

import pdfplumber
from pdfminer.pdfcolor import PDFColorSpace
from pdfminer.pdfdevice import PDFTextDevice, PDFTextSeq
from pdfminer.pdfdocument import PDFEncryptionError, PDFPasswordIncorrect
from pdfminer.pdffont import PDFFont, PDFType3Font, PDFUnicodeNotDefined
from pdfminer.pdfinterp import PDFGraphicState, PDFPageInterpreter, PDFResourceManager, PDFTextState
from pdfminer.pdfpage import PDFPage
from pdfminer.pdftypes import dict_value, num_value
from pdfminer.psparser import literal_name
from pdfminer.utils import MATRIX_IDENTITY, Matrix, apply_matrix_pt, mult_matrix
from pdfplumber.utils.exceptions import PdfminerException

from pulse.base.errors import Misconfigured, Unreadable
from pulse.base.reasons import Reason
from pulse.invoices.draft import Box
from pulse.invoices.text import page_text, standard_fonts, visibility
from pulse.invoices.text.page_text import DESCENT, Glyph, PageText
from pulse.invoices.text.visibility import Color

#: pdfium knows advances in whole thousandths of an em, whatever the file says: so that places agree, so do we.
_WIDTH_UNITS, _NEARLY = 1000, 1e-6

logging.getLogger("pdfminer").setLevel(logging.CRITICAL)


def read_pages(data: bytes, *, max_pages: int) -> list[PageText]:
    """What a person sees on each page.

    Raises `Unreadable`: P102 encrypted, P103 damaged, P105 too many pages, P106 too much text; `Misconfigured` where
    the installed pdfminer would not call what is overridden here.
    """
    check_hooks()
    pages = _open(data, max_pages)
    reader = _Reader()
    try:
        return [reader.read(page, number) for number, page in enumerate(pages, 1)]
    except (MemoryError, Unreadable):
        raise
    except Exception as error:
        raise Unreadable("The PDF is damaged.", code=Reason.DAMAGED) from error


def _open(data: bytes, max_pages: int) -> list[PDFPage]:
    try:
        document = pdfplumber.open(io.BytesIO(data), pages=list(range(1, max_pages + 2)))
        pages = [page.page_obj for page in document.pages]
    except MemoryError:
        raise
    except Exception as error:
        if isinstance(_cause(error), PDFPasswordIncorrect | PDFEncryptionError):
            raise Unreadable("The PDF is encrypted.", code=Reason.ENCRYPTED) from error
        raise Unreadable("The PDF is damaged.", code=Reason.DAMAGED) from error
    if len(pages) > max_pages:
        raise Unreadable("The PDF has too many pages.", code=Reason.TOO_MANY_PAGES, limit=max_pages)
    if not pages:
        raise Unreadable("The PDF has no pages.", code=Reason.DAMAGED)
    return pages


def _cause(error: Exception) -> object:
    """What pdfplumber wrapped."""
    return error.args[0] if isinstance(error, PdfminerException) and error.args else error


class _Reader:
    """Turns pages into `PageText`; fonts are shared among the pages of a document."""

    def __init__(self) -> None:
        resources = PDFResourceManager(caching=True)
        self._device = _GlyphDevice(resources)
        self._interpreter = _Interpreter(resources, self._device)

    def read(self, page: PDFPage, number: int) -> PageText:
        """Interprets one page's content stream; a page that lies on its side or its head is turned upright."""
        device = self._device
        self._interpreter.process_page(page)
        if turn := device.turn:
            page.rotate = (page.rotate + turn) % 360
            self._interpreter.process_page(page)
        lines = page_text.lines(page_text.runs_of(device.glyphs))
        return PageText(number, round(device.width, 1), round(device.height, 1), lines, device.has_image, device.hidden)


class _Interpreter(PDFPageInterpreter):
    """Follows what pdfminer passes over: clipping paths and constant alpha, kept with the graphics state."""

    device: _GlyphDevice
    #: The states at the place where a form is painted: it begins with them.
    _outer: tuple[PDFTextState, PDFGraphicState] | None = None

    def subinterp(self) -> _Interpreter:
        inner = super().subinterp()
        assert isinstance(inner, _Interpreter)
        inner._outer = self.textstate, self.graphicstate
        return inner

    def init_state(self, ctm: Matrix) -> None:
        super().init_state(ctm)
        if self._outer:
            self.textstate.render = self._outer[0].render
            self.graphicstate = self._outer[1].copy()

    def get_current_state(self) -> Any:
        return (*super().get_current_state(), self.device.clip, self.device.alpha)

    def set_current_state(self, state: Any) -> None:
        *known, self.device.clip, self.device.alpha = state
        super().set_current_state(tuple(known))

    def do_gs(self, name: Any) -> None:
        states = dict_value(self.resources.get("ExtGState", {}))
        alpha = dict_value(states.get(literal_name(name), {})).get("ca")
        if alpha is not None:
            self.device.alpha = num_value(alpha)

    def do_W(self) -> None:  # noqa: N802  pdfminer's name
        """The path is complete: what paints or ends it only follows."""
        points = [apply_matrix_pt(self.ctm, (part[-2], part[-1])) for part in self.curpath if len(part) > 1]
        if points:
            self.device.clip = visibility.within(self.device.clip, visibility.bounds(points))

    def do_W_a(self) -> None:  # noqa: N802  pdfminer's name
        self.do_W()

    def do_Do(self, name: Any) -> None:  # noqa: N802  pdfminer's name
        """What a form sets ends with it."""
        kept = self.device.clip, self.device.alpha
        super().do_Do(name)
        self.device.clip, self.device.alpha = kept
        self.device.set_ctm(self.ctm)


class _GlyphDevice(PDFTextDevice):
    """Collects visible glyphs; counts the others; notes pictures and painted areas."""

    def __init__(self, resources: PDFResourceManager) -> None:
        super().__init__(resources)
        self.clip: Box | None = None
        self.alpha = 1.0
        self._seen = 0
        self._start(0.0, 0.0)

    def _start(self, width: float, height: float) -> None:
        self.glyphs: list[Glyph] = []
        self.width, self.height, self.hidden, self.has_image = width, height, 0, False
        self.clip, self.alpha = None, 1.0
        self._directions: Counter[int] = Counter()
        self._areas, self._painted = visibility.Areas(), 0
        self._left = self._upper = 0.0
        self._invisible = self._white = False
        self._ctm = self._figure = MATRIX_IDENTITY

    def set_ctm(self, ctm: Matrix) -> None:
        super().set_ctm(ctm)
        self._ctm = ctm

    def begin_page(self, page: PDFPage, ctm: Matrix) -> None:
        """Measures from the corner of what a viewer shows of the page: the crop box within the media box."""
        media, crop = page.mediabox, page.cropbox
        low = apply_matrix_pt(ctm, (max(media[0], crop[0]), max(media[1], crop[1])))
        high = apply_matrix_pt(ctm, (min(media[2], crop[2]), min(media[3], crop[3])))
        self._start(abs(high[0] - low[0]), abs(high[1] - low[1]))
        self._left, self._upper = min(low[0], high[0]), max(low[1], high[1])

    @property
    def turn(self) -> int:
        """By how many degrees clockwise the page must be turned for most of its text to stand upright."""
        return self._directions.most_common(1)[0][0] if self._directions else 0

    def begin_figure(self, name: str, bbox: Any, matrix: Matrix) -> None:
        self._figure = mult_matrix(matrix, self._ctm)

    def render_image(self, name: str, stream: Any) -> None:
        """A picture over most of the page covers what was written before it."""
        self.has_image = True
        corners = [apply_matrix_pt(self._figure, corner) for corner in ((0, 0), (1, 1))]
        if visibility.covers(visibility.bounds(corners), self.width, self.height):
            self.hidden += len(self.glyphs)
            self.glyphs = []

    def paint_path(
        self, graphicstate: PDFGraphicState, stroke: bool, fill: bool, evenodd: bool, path: Sequence[Any]
    ) -> None:
        """Remembers filled rectangles."""
        points = [(part[-2], part[-1]) for part in path if len(part) > 1]
        if fill and visibility.is_rectangle(points):
            self._painted += 1
            box = visibility.bounds([apply_matrix_pt(self._ctm, point) for point in points])
            color = _color(graphicstate.ncs.name, graphicstate.ncolor)
            self._areas.add(self._painted, box, color, self.alpha)

    def render_string(
        self, textstate: PDFTextState, seq: PDFTextSeq, ncs: PDFColorSpace, graphicstate: PDFGraphicState
    ) -> None:
        self._invisible = textstate.render in visibility.INVISIBLE_MODES or visibility.is_transparent(self.alpha)
        stroked = textstate.render in visibility.STROKED_MODES
        space, color = (graphicstate.scs, graphicstate.scolor) if stroked else (ncs, graphicstate.ncolor)
        self._white = visibility.is_white(_color(space.name, color))
        super().render_string(textstate, seq, ncs, graphicstate)

    def render_char(  # noqa: PLR0917  pdfminer's signature
        self,
        matrix: Matrix,
        font: PDFFont,
        fontsize: float,
        scaling: float,
        rise: float,
        cid: int,
        ncs: PDFColorSpace,
        graphicstate: PDFGraphicState,
    ) -> float:
        self._seen += 1
        if self._seen > visibility.MAX_GLYPHS:
            raise visibility.too_much_text()
        try:
            character = font.to_unichr(cid)
        except PDFUnicodeNotDefined:
            character = "\ufffd"
        name = font.fontname or ""
        width = font.char_width(cid) or standard_fonts.euro(name, character)
        if not isinstance(font, PDFType3Font):
            width = math.trunc(width * _WIDTH_UNITS + _NEARLY) / _WIDTH_UNITS
        advance = width * fontsize * scaling
        text = page_text.printed(character, advance)
        if text:
            self._place(text, matrix, fontsize, rise, advance, bold="bold" in name.lower())
        return advance

    def _place(self, text: str, matrix: Matrix, fontsize: float, rise: float, advance: float, *, bold: bool) -> None:
        across, up, lean, high, *_ = matrix
        upright = abs(across) >= abs(up)
        self._directions[(0 if across > 0 else 180) if upright else (90 if up > 0 else 270)] += 1
        x, y = apply_matrix_pt(matrix, (0, rise))
        low, top = -DESCENT * fontsize, (1 - DESCENT) * fontsize
        if upright:
            box = visibility.bounds([(x, y + low * high), (x + advance * across, y + top * high)])
        else:
            box = visibility.bounds([(x + low * lean, y), (x + top * lean, y + advance * up)])
        size = abs(fontsize) * math.hypot(lean, high)
        x0, x1 = box[0] - self._left, box[2] - self._left
        y0, y1 = self._upper - box[3], self._upper - box[1]
        unseen = (
            self._invisible
            or size < visibility.MIN_SIZE
            or visibility.outside((x0, y0, x1, y1), (0, 0, self.width, self.height))
            or (self.clip is not None and visibility.outside(box, self.clip))
            or (self._white and not self._areas.dark_at((box[0] + box[2]) / 2, (box[1] + box[3]) / 2, 1 << 62))
        )
        if unseen:
            self.hidden += 1
        else:
            self.glyphs.append(Glyph(text, x0, y0, x1, y1, size, bold))


def _color(space: str, color: Any) -> Color | None:
    """As red, green and blue; None for a colour space whose colours mean something else."""
    parts = tuple(color) if isinstance(color, (tuple, list)) else (color,)
    if not all(isinstance(part, (int, float)) for part in parts):
        return None
    if space == "DeviceCMYK" or len(parts) == 4:
        cyan, magenta, yellow, black = parts
        return ((1 - cyan) * (1 - black), (1 - magenta) * (1 - black), (1 - yellow) * (1 - black))
    if space not in {"DeviceGray", "DeviceRGB", "CalGray", "CalRGB", "ICCBased"} or len(parts) not in {1, 3}:
        return None
    red, green, blue = parts * 3 if len(parts) == 1 else parts
    return red, green, blue


@functools.cache
def check_hooks() -> None:
    """Each method by which we listen to pdfminer is one of its own, with as many arguments. Else text that no person
    can see would pass for visible, so that nothing is read: raises `Misconfigured`."""
    for ours, theirs in ((_Interpreter, PDFPageInterpreter), (_GlyphDevice, PDFTextDevice)):
        for name, hook in vars(ours).items():
            if name.startswith("_") or not inspect.isfunction(hook):
                continue
            original = getattr(theirs, name, None)
            if original is None or _arguments(original) != _arguments(hook):
                version = importlib.metadata.version("pdfminer.six")
                raise Misconfigured(
                    f"pdfminer.six {version} does not call {theirs.__name__}.{name} as expected: "
                    "install the version that requirements.lock names"
                )


def _arguments(function: Any) -> int:
    return len(inspect.signature(function).parameters)
