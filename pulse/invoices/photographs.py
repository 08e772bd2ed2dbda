"""Pictures of invoices as documents of their own; fax gateways send many pages in one TIFF.

Inside the sandboxed child a picture becomes the page of a PDF, and everything behind it reads pages. A JPEG goes in as
it is; other pictures without loss. What a picture says of its resolution is believed where it gives a sheet of paper.
"""

from __future__ import annotations

import io
import warnings
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from PIL import Image, ImageOps

from pulse.base.errors import Unreadable
from pulse.base.reasons import Reason
from pulse.invoices.picture_formats import openers

#: A telephone's camera has 12 to 50 million pixels; A4 at 600 dpi has 35 million.
MAX_PIXELS = 50_000_000
#: A page that is not kept as it came has no more: the readers look at no more either.
_MOST_KEPT = 20_000_000
#: TIFF directories are counted up to here.
_MOST_FRAMES = 1000
#: EXIF's orientations that are a turn alone, with the degrees clockwise that set it right.
_ORIENTATION, _TURNS = 0x0112, {3: 180, 6: 90, 8: 270}
_POINTS_PER_INCH = 72
#: What openers of pictures raise; Pillow promises nothing.
_BROKEN = (ArithmeticError, EOFError, LookupError, OSError, RuntimeError, SyntaxError, TypeError, ValueError)
#: Inches: the long side of A4, the longest sheet that a scanner takes, the width of a till's roll. Sheets that are
#: longer in proportion to their width than the last number are off a roll.
_A4, _LONGEST, _ROLL, _SLENDER = 11.69, 17.1, 3.15, 2.2
#: What programs write that know no resolution.
_LEAST_DPI, _MOST_DPI = 97, 1300


@dataclass(frozen=True)
class _Page:
    """A picture as PDF keeps it: size in pixels and in points, the turn that sets it upright."""

    size: tuple[int, int]
    points: tuple[float, float]
    turn: int
    keys: bytes
    data: bytes


def as_pdf(data: bytes, *, max_pages: int, only: int | None = None) -> bytes:
    """A PDF whose pages are the picture's; `only` one of them (from 1), where no other is needed.

    The same picture gives the same bytes. Raises `Unreadable`: P103 damaged, P105 too many pages, P106 too many
    pixels.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data), formats=openers(data)) as picture:
                pages = [_page(frame, data) for frame in _frames(picture, max_pages, only)]
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise _too_many_pixels() from error
    except _BROKEN as error:
        raise Unreadable("The picture is damaged.", code=Reason.DAMAGED) from error
    if not pages:
        raise Unreadable("The document has no such page.", code=Reason.UNREADABLE, page=only)
    return _pdf(pages)


def _frames(picture: Any, max_pages: int, only: int | None) -> Iterator[Any]:
    """The pages of a TIFF; of a camera's file the first picture, whose previews are no pages."""
    if picture.format != "TIFF":
        if only in {None, 1}:
            yield picture
        return
    if only is None and (count := _count(picture)) > max_pages:
        raise Unreadable("The picture has too many pages.", code=Reason.TOO_MANY_PAGES, limit=max_pages, pages=count)
    for number in range(max_pages) if only is None else [only - 1]:
        try:
            picture.seek(number)
        except EOFError:
            return
        yield picture


def _count(picture: Any) -> int:
    for number in range(_MOST_FRAMES):
        try:
            picture.seek(number)
        except EOFError:
            return number
    return _MOST_FRAMES


def _page(picture: Any, data: bytes) -> _Page:
    width, height = picture.size
    if width * height > MAX_PIXELS:
        raise _too_many_pixels()
    points = _points(picture)
    orientation = picture.getexif().get(_ORIENTATION, 1) if picture.format != "TIFF" else picture.tag_v2.get(274, 1)
    if picture.format in {"JPEG", "MPO"} and picture.mode in {"L", "RGB"} and orientation in {1, *_TURNS}:
        space = b"/DeviceGray" if picture.mode == "L" else b"/DeviceRGB"
        keys = b"/ColorSpace %b /BitsPerComponent 8 /Filter /DCTDecode" % space
        return _Page((width, height), points, _TURNS.get(orientation, 0), keys, data)
    return _kept(picture, points)


def _kept(picture: Any, points: tuple[float, float]) -> _Page:
    """Decoded, turned upright, black on white, and packed without loss."""
    # A TIFF's reader turns the page itself once it is loaded.
    lay = picture.size
    picture.load()
    upright = picture if picture.format == "TIFF" else ImageOps.exif_transpose(picture)
    if (upright.width > upright.height) != (lay[0] > lay[1]):
        points = points[::-1]
    if upright.mode not in {"1", "L", "RGB"}:
        upright = _on_white(upright)
    if upright.width * upright.height > _MOST_KEPT:
        upright = upright.convert("L" if upright.mode == "1" else upright.mode).reduce(2)
    mode, bits = upright.mode, 1 if upright.mode == "1" else 8
    space = b"/DeviceRGB" if mode == "RGB" else b"/DeviceGray"
    keys = b"/ColorSpace %b /BitsPerComponent %d /Filter /FlateDecode" % (space, bits)
    return _Page(upright.size, points, 0, keys, zlib.compress(upright.tobytes(), 1))


def _on_white(picture: Any) -> Any:
    """Any other kind of picture in colours or shades of grey; what is transparent is paper."""
    if picture.mode in {"I", "F"} or picture.mode.startswith("I;16"):
        return ImageOps.autocontrast(picture.convert("F").point(lambda level: level / 256).convert("L"))
    if "A" in picture.getbands() or "transparency" in picture.info:
        picture = picture.convert("RGBA")
        paper = Image.new("RGBA", picture.size, "white")
        return Image.alpha_composite(paper, picture).convert("RGB")
    return picture.convert("RGB")


def _points(picture: Any) -> tuple[float, float]:
    """How large the sheet is: by the picture's own resolution, else a page of A4 or a strip off a till's roll.

    A fax has fewer dots downwards than across.
    """
    width, height = picture.size
    across, down = _resolution(picture)
    if across and down and max(width / across, height / down) <= _LONGEST:
        return width / across * _POINTS_PER_INCH, height / down * _POINTS_PER_INCH
    short, long = sorted((width, height))
    dpi = short / _ROLL if long > _SLENDER * short else long / _A4
    return width / dpi * _POINTS_PER_INCH, height / dpi * _POINTS_PER_INCH


def _resolution(picture: Any) -> tuple[float, float] | tuple[None, None]:
    said = picture.info.get("dpi")
    if not isinstance(said, tuple) or len(said) != 2:
        return None, None
    across, down = float(said[0]), float(said[1])
    believed = _LEAST_DPI <= across <= _MOST_DPI and _LEAST_DPI <= down <= _MOST_DPI
    return (across, down) if believed else (None, None)


def _too_many_pixels() -> Unreadable:
    return Unreadable("The picture has too many pixels.", code=Reason.LIMITS_EXCEEDED, limit=MAX_PIXELS)


def _pdf(pages: Sequence[_Page]) -> bytes:
    """Three objects a page, behind the catalogue and the list of pages."""
    kids = b" ".join(b"%d 0 R" % (3 + 3 * index) for index in range(len(pages)))
    objects = [b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[%b]/Count %d>>" % (kids, len(pages))]
    for index, page in enumerate(pages):
        at, (width, height) = 3 + 3 * index, page.points
        drawn = b"%.2f 0 0 %.2f 0 0 cm /P Do" % (width, height)
        objects += [
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 %.2f %.2f]/Rotate %d/Contents %d 0 R"
            b"/Resources<</XObject<</P %d 0 R>>>>>>" % (width, height, page.turn, at + 1, at + 2),
            b"<</Length %d>>stream\n%b\nendstream" % (len(drawn), drawn),
            b"<</Type/XObject/Subtype/Image/Width %d/Height %d %b/Length %d>>stream\n%b\nendstream"
            % (*page.size, page.keys, len(page.data), page.data),
        ]
    file, places = bytearray(b"%PDF-1.7\n"), []
    for number, content in enumerate(objects, start=1):
        places.append(len(file))
        file += b"%d 0 obj\n%b\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    size = len(objects) + 1
    trailer = b"trailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (size, len(file))
    return bytes(file) + b"xref\n0 %d\n0000000000 65535 f \n" % size + table + trailer
