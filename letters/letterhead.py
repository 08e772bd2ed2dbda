"""The insurer's look: logo, colour, and which side of the sheet the envelope's window is on."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pulse.base.errors import Misconfigured

#: Red, green and blue, each 0 to 1, of sRGB.
Colour = tuple[float, float, float]
Window = Literal["left", "right"]
ACCENT: Colour = (0.02, 0.29, 0.38)

#: WCAG 2.2, 1.4.3: text against its ground, here white.
LEAST_CONTRAST = 4.5
_HEX = re.compile(r"#[0-9a-fA-F]{6}")
_LARGEST_FILE = 1024 * 1024
_LARGEST_SIDE = 8000
#: A logo is kept at 300 dots an inch of the largest room that it may take.
_DOTS_PER_MM = 300 / 25.4
#: The room for the logo at the head of a page, in mm.
LOGO_ROOM_MM = (60.0, 15.0)


class BadLetterhead(Misconfigured):
    """The insurer's logo or colour cannot be used."""

    code = "bad_letterhead"


@dataclass(frozen=True)
class Logo:
    """A picture on white: `pixels` are rows of red, green and blue; `png` is the same as a file."""

    width: int
    height: int
    pixels: bytes
    png: bytes

    @property
    def size_mm(self) -> tuple[float, float]:
        """Width and height on paper: as large as its room allows."""
        across, down = LOGO_ROOM_MM
        scale = min(across / self.width, down / self.height)
        return self.width * scale, self.height * scale


@dataclass(frozen=True, kw_only=True)
class Letterhead:
    """How all letters of an insurer look."""

    logo: Logo | None = None
    accent: Colour = ACCENT
    window: Window = "right"


def read_logo(path: Path) -> Logo:
    """The logo of a PNG or JPEG file; what is transparent becomes white. Raises `BadLetterhead`."""
    from PIL import Image, UnidentifiedImageError  # noqa: PLC0415  only with a logo

    try:
        if path.stat().st_size > _LARGEST_FILE:
            raise BadLetterhead(f"{path} is larger than 1 MiB")
        with Image.open(path, formats=("PNG", "JPEG")) as picture:
            if max(picture.size) > _LARGEST_SIDE:
                raise BadLetterhead(f"{path} is larger than {_LARGEST_SIDE} pixels")
            coloured = picture.convert("RGBA")
    except UnidentifiedImageError:
        raise BadLetterhead(f"{path} is neither PNG nor JPEG") from None
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        why = getattr(error, "strerror", None) or "it is damaged"
        raise BadLetterhead(f"{path} cannot be read ({why})") from None
    ground = Image.new("RGBA", coloured.size, "white")
    flat = Image.alpha_composite(ground, coloured).convert("RGB")
    across, down = LOGO_ROOM_MM
    flat.thumbnail((round(across * _DOTS_PER_MM), round(down * _DOTS_PER_MM)))
    file = io.BytesIO()
    flat.save(file, "PNG")
    return Logo(*flat.size, flat.tobytes(), file.getvalue())


def read_colour(text: str) -> Colour:
    """`#054a61`; raises `BadLetterhead` for anything else, and for a colour that is hard to read on white."""
    if not _HEX.fullmatch(text):
        raise BadLetterhead(f"{text} is no colour like #054a61")
    colour = (int(text[1:3], 16) / 255, int(text[3:5], 16) / 255, int(text[5:7], 16) / 255)
    if (found := contrast(colour)) < LEAST_CONTRAST:
        raise BadLetterhead(f"{text} has a contrast of {found:.1f} on white; letters need {LEAST_CONTRAST} at least")
    return colour


def contrast(colour: Colour) -> float:
    """Of a colour on white, 1 to 21 (WCAG 2.2, contrast ratio)."""
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in colour)
    return 1.05 / (0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05)


def as_hex(colour: Colour) -> str:
    """`#054a61`."""
    return "#" + "".join(f"{round(part * 255):02x}" for part in colour)
