"""PDFs as a scanner makes them of paper: pictures alone, turned, with noise, blurred, compressed. Seeded."""

from __future__ import annotations

import io
import random
from collections.abc import Sequence
from dataclasses import dataclass

import pypdfium2
from PIL import Image, ImageChops, ImageFilter

POINTS_PER_INCH = 72


@dataclass(frozen=True)
class Scan:
    """How a page comes out: `dpi`, `skew` degrees anticlockwise, `turn` 0, 90, 180 or 270, `noise` shades of grey up
    and down on every pixel, `speckles` the share of pixels that turn black or white, `blur` pixels, `paper` the grey of
    its white, `quality` of the JPEG."""

    dpi: int = 200
    skew: float = 0.0
    turn: int = 0
    noise: int = 0
    speckles: float = 0.0
    blur: float = 0.4
    quality: int = 75
    black_and_white: bool = False
    paper: int = 255


def scanned(pdf: bytes, scan: Scan = Scan(), *, pages: Sequence[int] | None = None, seed: int = 0) -> bytes:
    """The pages (from 1; default all) as pictures alone."""
    rng = random.Random(seed)
    document = pypdfium2.PdfDocument(pdf)
    pictures = [worn(document[number - 1], scan, rng) for number in pages or range(1, len(document) + 1)]
    with io.BytesIO() as file:
        pictures[0].save(
            file, "PDF", resolution=scan.dpi, save_all=True, append_images=pictures[1:], quality=scan.quality
        )
        return file.getvalue()


def worn(page: pypdfium2.PdfPage, scan: Scan, rng: random.Random) -> Image.Image:
    """A page's picture as this scanner makes it."""
    picture: Image.Image = page.render(scale=scan.dpi / POINTS_PER_INCH, grayscale=True).to_pil().convert("L")
    if scan.skew:
        picture = picture.rotate(scan.skew, Image.Resampling.BICUBIC, fillcolor=255)
    if scan.turn:
        picture = picture.rotate(scan.turn, expand=True)
    if scan.blur:
        picture = picture.filter(ImageFilter.GaussianBlur(scan.blur))
    if scan.paper < 255:
        picture = picture.point(lambda value: 20 + value * (scan.paper - 20) // 255)
    if scan.noise:
        grain = Image.frombytes("L", picture.size, rng.randbytes(picture.width * picture.height))
        picture = ImageChops.add(picture, grain.point(lambda value: value * 2 * scan.noise // 255), offset=-scan.noise)
    if scan.speckles:
        dust = Image.frombytes("L", picture.size, rng.randbytes(picture.width * picture.height))
        picture.paste(0, mask=dust.point(lambda value: 255 if value < 128 * scan.speckles else 0))
        picture.paste(255, mask=dust.point(lambda value: 255 if value > 255 - 128 * scan.speckles else 0))
    if scan.black_and_white:
        picture = picture.point(lambda value: 255 if value > 150 else 0)
    return picture
