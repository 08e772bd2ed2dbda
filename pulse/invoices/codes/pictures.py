"""QR codes and Data Matrices of a rasterised page (zxing-cpp on pdfium's pictures)."""

from __future__ import annotations

import io
import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pypdfium2
import zxingcpp

#: A picture never has more pixels: A4 at 400 dpi has 15 million; a page of a metre's width is scaled down.
MAX_PIXELS = 20_000_000
_POINTS_PER_INCH = 72


@dataclass(frozen=True)
class Code:
    """One code: what it says, where its middle stands (points from the top left), how large and how turned it is."""

    is_qr: bool
    text: str
    page: int
    x: float
    y: float
    side: float
    orientation: int


class Rasterizer:
    """Pictures of a document's pages; opens the document at the first use only."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    @cached_property
    def _document(self) -> Any:
        return pypdfium2.PdfDocument(self._data)

    def codes(self, page: int, dpi: int) -> list[Code]:
        """All QR codes and Data Matrices of a page (from 1)."""
        bitmap, scale = self._bitmap(page, dpi)
        # The pixels where they lie: of a picture of Pillow's zxing makes copies, at half the price of the search.
        pixels = memoryview(bitmap.buffer).cast("B").cast("B", (bitmap.height, bitmap.stride))
        kinds = zxingcpp.BarcodeFormat.QRCode | zxingcpp.BarcodeFormat.DataMatrix
        found = zxingcpp.read_barcodes(pixels, formats=kinds, try_downscale=False, try_invert=False)
        return [_code(one, page, scale) for one in found if one.valid]

    def png(self, page: int, dpi: int) -> bytes:
        """A page as PNG. Raises `IndexError` where there is no such page."""
        if not 1 <= page <= len(self._document):
            raise IndexError(page)
        bitmap, _ = self._bitmap(page, dpi, grayscale=False)
        with io.BytesIO() as file:
            bitmap.to_pil().save(file, format="PNG")
            return file.getvalue()

    def picture(self, page: int, dpi: int) -> tuple[Any, float]:
        """A page in shades of grey, and the pixels per point that it has."""
        bitmap, scale = self._bitmap(page, dpi)
        return bitmap.to_pil(), scale

    def _bitmap(self, page: int, dpi: int, *, grayscale: bool = True) -> tuple[pypdfium2.PdfBitmap, float]:
        sheet = self._document[page - 1]
        width, height = sheet.get_size()
        scale = min(dpi / _POINTS_PER_INCH, math.sqrt(MAX_PIXELS / max(width * height, 1)))
        return sheet.render(scale=scale, grayscale=grayscale), scale


def _code(found: Any, page: int, scale: float) -> Code:
    corners = [getattr(found.position, corner) for corner in ("top_left", "top_right", "bottom_right", "bottom_left")]
    x = sum(corner.x for corner in corners) / 4 / scale
    y = sum(corner.y for corner in corners) / 4 / scale
    side = math.dist((corners[0].x, corners[0].y), (corners[1].x, corners[1].y)) / scale
    is_qr = found.format == zxingcpp.BarcodeFormat.QRCode
    return Code(is_qr, found.text, page, x, y, side, int(found.orientation))
