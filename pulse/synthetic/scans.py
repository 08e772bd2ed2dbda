"""What a scanner makes of a printed document: pictures of its pages, askew, noisy, compressed, some upside down."""

from __future__ import annotations

import io
import random
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import pypdfium2
from PIL import Image, ImageChops, ImageDraw, ImageFilter
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas


@dataclass(frozen=True, kw_only=True)
class Scan:
    """One scan: resolution in dots per inch, skew in degrees, noise and blur in grey levels and pixels.

    `quality` is the JPEG's; black and white pages are stored without loss. `upside_down` holds page indexes.
    """

    dpi: int
    skew_degrees: float = 0.0
    noise: int = 0
    blur_px: float = 0.0
    quality: int = 85
    colors: Literal["gray", "bw"] = "gray"
    specks: int = 0
    turned: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Scanner:
    """How bad the scans of one machine get: upper bounds of what is drawn for each."""

    skew_degrees: float
    noise: int
    blur_px: float
    quality: tuple[int, int]
    black_and_white: float
    specks: int
    turned: float


#: By name, from a new machine to an old one that somebody feeds by hand; `turned` is the share of upside-down pages.
SCANNERS = {
    "light": Scanner(
        skew_degrees=0.3, noise=12, blur_px=0.0, quality=(80, 92), black_and_white=0.0, specks=0, turned=0.0
    ),
    "office": Scanner(
        skew_degrees=1.2, noise=30, blur_px=0.4, quality=(60, 85), black_and_white=0.3, specks=30, turned=0.03
    ),
    "poor": Scanner(
        skew_degrees=2.8, noise=60, blur_px=0.8, quality=(35, 55), black_and_white=0.3, specks=200, turned=0.1
    ),
}


def draw_scan(rng: random.Random, scanner: str, dpi: int) -> Scan:
    """A scan by this scanner."""
    worst = SCANNERS[scanner]
    return Scan(
        dpi=dpi,
        skew_degrees=round(rng.uniform(-worst.skew_degrees, worst.skew_degrees), 2),
        noise=rng.randrange(worst.noise + 1),
        blur_px=round(rng.uniform(0, worst.blur_px), 2),
        quality=rng.randint(*worst.quality),
        colors="bw" if rng.random() < worst.black_and_white else "gray",
        specks=rng.randrange(worst.specks + 1),
        turned=worst.turned,
    )


def scanned(document: bytes, scan: Scan, rng: random.Random) -> bytes:
    """The same pages as pictures, without any text."""
    file = io.BytesIO()
    canvas = Canvas(file, invariant=1)
    for picture, (width, height) in _pictures(document, scan.dpi):
        canvas.setPageSize((width, height))
        canvas.drawImage(_reader(_worn(picture, scan, rng), scan), 0, 0, width, height)
        canvas.showPage()
    canvas.save()
    return file.getvalue()


def _pictures(document: bytes, dpi: int) -> Iterable[tuple[Image.Image, tuple[float, float]]]:
    pages = pypdfium2.PdfDocument(document)
    for page in pages:
        yield page.render(scale=dpi / 72, grayscale=True).to_pil().convert("L"), page.get_size()
    pages.close()


def _worn(picture: Image.Image, scan: Scan, rng: random.Random) -> Image.Image:
    if scan.skew_degrees:
        picture = picture.rotate(scan.skew_degrees, Image.Resampling.BICUBIC, fillcolor=255)
    if scan.blur_px:
        picture = picture.filter(ImageFilter.GaussianBlur(scan.blur_px))
    if scan.specks:
        _strew(picture, scan.specks, rng)
    if scan.noise:
        grain = Image.frombytes("L", picture.size, rng.randbytes(picture.width * picture.height))
        grain = grain.point([level * scan.noise // 255 for level in range(256)])
        picture = ImageChops.add(picture, grain, offset=-scan.noise // 2)
    if rng.random() < scan.turned:
        picture = picture.rotate(180)
    if scan.colors == "bw":
        threshold = rng.randrange(120, 170)
        picture = picture.point([0] * threshold + [255] * (256 - threshold)).convert("1")
    return picture


def _strew(picture: Image.Image, specks: int, rng: random.Random) -> None:
    draw = ImageDraw.Draw(picture)
    for _ in range(specks):
        x, y, side = rng.randrange(picture.width), rng.randrange(picture.height), rng.randrange(1, 3)
        draw.rectangle((x, y, x + side - 1, y + side - 1), fill=rng.randrange(120))


def _reader(picture: Image.Image, scan: Scan) -> ImageReader:
    file = io.BytesIO()
    if scan.colors == "bw":
        picture.save(file, "PNG")
    else:
        picture.save(file, "JPEG", quality=scan.quality, dpi=(scan.dpi, scan.dpi))
    file.seek(0)
    return ImageReader(file)
