"""Pictures of invoices as documents, whole and hostile. Seeded."""

from __future__ import annotations

import hashlib
import io
import random
import struct
import time
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
from PIL import Image

from pulse.base.errors import Unreadable
from pulse.base.reasons import Reason
from pulse.invoices import reading
from pulse.invoices.photographs import as_pdf
from pulse.invoices.picture_formats import is_picture
from pulse.invoices.reading import Limits, page_image, read, read_pdf
from pulse.invoices.text.ocr_data import data_folder
from pulse.synthetic import form_pdf, invoice

TRUTH = invoice(41, rows=2)
#: The form of `TRUTH` at 150 dpi, as libheif's `heif-enc` writes it: no encoder of HEVC is at hand in Python.
HEIC = (Path(__file__).parents[2] / "support" / "pictures" / "form.heic").read_bytes()
ORIENTATION = 0x0112
needs_ocr = pytest.mark.skipif(data_folder() is None, reason="tesseract (the extra `ocr`) is not installed")


@cache
def sheet(dpi: int = 200, seed: int = 41) -> Image.Image:
    """A form in shades of grey."""
    with pypdfium2.PdfDocument(form_pdf(invoice(seed, rows=2), annex=False)) as document:
        return document[0].render(scale=dpi / 72, grayscale=True).to_pil().convert("L")


def saved(picture: Image.Image, kind: str, **options: Any) -> bytes:
    with io.BytesIO() as file:
        picture.save(file, kind, **options)
        return file.getvalue()


def turned(orientation: int) -> tuple[Image.Image, Image.Exif]:
    """The form as a camera writes it that was held on its side."""
    back = {1: None, 3: Image.Transpose.ROTATE_180, 6: Image.Transpose.ROTATE_90, 8: Image.Transpose.ROTATE_270,
            2: Image.Transpose.FLIP_LEFT_RIGHT, 5: Image.Transpose.TRANSPOSE}[orientation]  # fmt: skip
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    return (sheet() if back is None else sheet().transpose(back)), exif


def points(pdf: bytes) -> list[tuple[int, int]]:
    """The pages' sizes as a person sees them."""
    with pypdfium2.PdfDocument(pdf) as document:
        return [tuple(map(round, page.get_size())) for page in document]  # type: ignore[misc]


A4 = (595, 842)


@needs_ocr
@pytest.mark.parametrize(
    "make",
    [
        lambda: saved(sheet(), "JPEG", quality=80),
        lambda: saved(sheet(150).convert("RGBA"), "PNG"),
        lambda: saved(sheet().convert("1"), "TIFF", compression="group4", dpi=(200, 200)),
        lambda: HEIC,
        lambda: saved(sheet(150).convert("RGB"), "AVIF"),
        lambda: saved(sheet(150), "WEBP"),
    ],
    ids=["jpeg", "png", "fax", "heic", "avif", "webp"],
)
def test_a_picture_is_read_like_a_scan_and_stays_what_it_is(make: Callable[[], bytes]) -> None:
    data = make()
    found = read(data).required()
    assert (found.source.kind, found.source.sha256) == ("ocr", hashlib.sha256(data).hexdigest())
    assert (found.invoice_number, found.total_amount) == (TRUTH.invoice_number, TRUTH.total_amount)
    assert found.fields["total_amount"].page == 1


@needs_ocr
def test_the_invoices_of_a_fax_of_many_pages_are_told_apart() -> None:
    pages = [sheet(seed=seed).convert("1") for seed in (41, 42)]
    data = saved(pages[0], "TIFF", save_all=True, append_images=pages[1:], compression="group4", dpi=(200, 200))
    first, second = read(data).parts
    assert (first.pages, second.pages) == ((1,), (2,))
    assert [first.name, second.name] == [invoice(seed, rows=2).invoice_number for seed in (41, 42)]


@pytest.mark.parametrize("orientation", [1, 2, 3, 5, 6, 8])
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF", "WEBP", "AVIF"])
def test_a_picture_is_shown_the_way_up_that_it_says(kind: str, orientation: int) -> None:
    picture, exif = turned(orientation)
    options = {"quality": 92} if kind == "JPEG" else {}
    shown = Image.open(io.BytesIO(page_image(saved(picture, kind, exif=exif, **options), 1, 50))).convert("L")
    upright = sheet().resize(shown.size)
    difference = sum(abs(one - other) for one, other in zip(shown.tobytes(), upright.tobytes(), strict=True))
    assert difference / len(upright.tobytes()) < 8, "shades of grey, on average"


@pytest.mark.parametrize(
    ("size", "dpi", "expected"),
    [
        ((1654, 2339), (200, 200), A4),
        ((1654, 2339), None, A4),
        ((1654, 2339), (72, 72), A4),
        ((3024, 4032), (72, 72), (631, 842)),
        ((1728, 1145), (204, 98), (610, 841)),
        ((600, 2400), None, (227, 907)),
        ((2480, 1748), (300, 300), (595, 420)),
    ],
    ids=["scan", "unknown", "screen", "camera", "fax", "till's roll", "A5 across"],
)
def test_a_page_is_as_large_as_its_resolution_says_where_that_gives_a_sheet(
    size: tuple[int, int], dpi: tuple[int, int] | None, expected: tuple[int, int]
) -> None:
    options = {"dpi": dpi} if dpi else {}
    (found,) = points(as_pdf(saved(Image.new("L", size, 255), "TIFF", **options), max_pages=1))
    assert all(abs(one - other) <= 1 for one, other in zip(found, expected, strict=True)), found


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "RGBA", "LA", "I;16", "CMYK"])
def test_every_kind_of_picture_is_dark_on_white(mode: str) -> None:
    kind = "TIFF" if mode in {"CMYK", "I;16"} else "PNG"
    grey = sheet(100).convert("I").point(lambda level: level * 257) if mode == "I;16" else sheet(100)
    data = saved(grey.convert(mode), kind)
    assert as_pdf(data, max_pages=1) == as_pdf(data, max_pages=1)
    shown = Image.open(io.BytesIO(page_image(data, 1, 40))).convert("L")
    levels = shown.tobytes()
    assert 200 < sum(levels) / len(levels) < 255


def test_without_ocr_a_picture_goes_to_a_person(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "ocr_folder", lambda: None)
    pages = [sheet().convert("1")] * 3
    data = saved(pages[0], "TIFF", save_all=True, append_images=pages[1:], compression="group4")
    problem = read(data).problem
    assert problem is not None
    assert (problem.reason, problem.details["pages"]) == (Reason.IMAGE_ONLY, 3)
    assert page_image(data, 3).startswith(b"\x89PNG")
    with pytest.raises(Unreadable):
        page_image(data, 4)


def png_of(width: int, height: int) -> bytes:
    """A PNG of these measures whose pixels, all one colour, take next to no room."""
    row = b"\0" * (1 + (width + 7) // 8)
    packer = zlib.compressobj(9)
    packed = b"".join(packer.compress(row) for _ in range(min(height, 20_000))) + packer.flush()
    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    chunks = ((b"IHDR", head), (b"IDAT", packed), (b"IEND", b""))
    body = b"".join(
        struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))
        for name, content in chunks
    )
    return b"\x89PNG\r\n\x1a\n" + body


def tiff_of(*tags: tuple[int, int, int, int], following: int = 0) -> bytes:
    """A TIFF of one directory with these tags (number, kind, count, value); `following` is where the next one lies."""
    entries = b"".join(struct.pack("<HHII", *tag) for tag in sorted(tags))
    return b"II*\0" + struct.pack("<IH", 8, len(tags)) + entries + struct.pack("<I", following)


def tiff_size(width: int, height: int) -> tuple[tuple[int, int, int, int], ...]:
    """Tags of a grey picture whose one strip begins with the file."""
    return ((256, 4, 1, width), (257, 4, 1, height), (258, 3, 1, 8), (259, 3, 1, 1), (262, 3, 1, 1),
            (273, 4, 1, 0), (278, 4, 1, height), (279, 4, 1, width * height % 2**31))  # fmt: skip


def jpeg_of(width: int, height: int) -> bytes:
    """A JPEG whose head says these measures."""
    data = bytearray(saved(sheet(72), "JPEG"))
    at = data.index(b"\xff\xc0") + 5
    data[at : at + 4] = struct.pack(">HH", height, width)
    return bytes(data)


def heic_of(width: int, height: int) -> bytes:
    """A HEIC whose head says these measures."""
    at = HEIC.index(b"ispe") + 8
    return HEIC[:at] + struct.pack(">II", width, height) + HEIC[at + 8 :]


def crowd(count: int) -> bytes:
    page = Image.new("1", (8, 8))
    return saved(page, "TIFF", save_all=True, append_images=[page] * (count - 1))


HOSTILE: dict[str, tuple[Callable[[], bytes], set[Reason]]] = {
    "png of 3600 million pixels": (lambda: png_of(60_000, 60_000), {Reason.LIMITS_EXCEEDED}),
    "png of 80 million pixels": (lambda: png_of(8000, 10_000), {Reason.LIMITS_EXCEEDED}),
    "jpeg of 4200 million pixels": (lambda: jpeg_of(65_000, 65_000), {Reason.LIMITS_EXCEEDED}),
    "tiff of 10 000 million pixels": (lambda: tiff_of(*tiff_size(100_000, 100_000)), {Reason.LIMITS_EXCEEDED}),
    "tiff without its pixels": (lambda: tiff_of(*tiff_size(2000, 3000)), {Reason.DAMAGED}),
    "tiff that names itself as its next page": (
        lambda: tiff_of(*tiff_size(4, 4), following=8),
        {Reason.DAMAGED, Reason.IMAGE_ONLY, Reason.TOO_MANY_PAGES},
    ),
    "tiff without a directory": (lambda: b"II*\0\xff\xff\xff\xff", {Reason.DAMAGED}),
    "tiff of a thousand pages": (lambda: crowd(1000), {Reason.TOO_MANY_PAGES}),
    "jpeg cut off": (lambda: saved(sheet(), "JPEG")[:4000], {Reason.IMAGE_ONLY, Reason.DAMAGED}),
    "png cut off": (lambda: saved(sheet(), "PNG")[:4000], {Reason.DAMAGED}),
    "beginnings alone": (lambda: b"\xff\xd8\xff\xe0", {Reason.DAMAGED}),
    "heic cut off": (lambda: HEIC[:20_000], {Reason.DAMAGED}),
    "heic that says it is larger": (lambda: heic_of(100_000, 100_000), {Reason.DAMAGED}),
    "heic's beginning alone": (lambda: HEIC[:40], {Reason.DAMAGED}),
    "avif cut off": (lambda: saved(sheet(72).convert("RGB"), "AVIF")[:2000], {Reason.DAMAGED}),
    "webp cut off": (lambda: saved(sheet(72), "WEBP")[:2000], {Reason.DAMAGED}),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_picture_is_a_named_problem_in_little_time(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "ocr_folder", lambda: None)
    make, reasons = HOSTILE[name]
    data = make()
    assert is_picture(data)
    began = time.monotonic()
    with pytest.raises(Unreadable) as caught:
        read_pdf(data)
    assert time.monotonic() - began < 20
    assert caught.value.reason in reasons
    with pytest.raises(Unreadable):
        page_image(data, 2000)
    assert read_pdf(form_pdf(TRUTH, annex=False)).invoice_number == TRUTH.invoice_number


def test_the_limit_of_pages_counts_the_pages_of_a_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "ocr_folder", lambda: None)
    with pytest.raises(Unreadable) as caught:
        read_pdf(crowd(5), Limits(pages=4))
    assert caught.value.reason == Reason.TOO_MANY_PAGES
    with pytest.raises(Unreadable) as caught:
        read_pdf(crowd(5), Limits(pages=5))
    assert caught.value.reason == Reason.IMAGE_ONLY


@pytest.mark.timeout(1500)
def test_mutated_pictures_are_named_problems_and_end_no_server(
    full_size: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "ocr_folder", lambda: None)
    # A small sheet: searching a large one for codes takes a hundred times as long as opening it.
    small, dpi = sheet(72), (600, 600)
    files = [
        saved(small, "JPEG", dpi=dpi),
        saved(small, "PNG", dpi=dpi),
        saved(small, "TIFF", dpi=dpi),
        saved(small, "TIFF", dpi=dpi, compression="tiff_lzw", save_all=True, append_images=[small]),
        saved(small.convert("1"), "TIFF", dpi=dpi, compression="group4"),
        saved(small, "WEBP"),
        saved(small.convert("RGB"), "AVIF"),
        HEIC,
    ]
    rng, count = random.Random(5), 5000 if full_size else 150
    reading.SANDBOX.start()
    server = reading.SANDBOX._process

    def mutants() -> Iterator[bytes]:
        for number in range(count):
            data = bytearray(files[number % len(files)])
            for _ in range(rng.randint(1, 8)):
                data[rng.randrange(len(data) if number % 2 else 400)] ^= rng.randint(1, 255)
            yield bytes(data)

    def outcome(data: bytes) -> str:
        problem = read(data).problem
        return str(problem.details.get("broke") or problem.reason) if problem else "invoice"

    with ThreadPoolExecutor(2) as pool:
        outcomes = Counter(pool.map(outcome, mutants()))
    print(dict(outcomes))
    assert set(outcomes) <= {reason.value for reason in Reason}
    assert outcomes[Reason.IMAGE_ONLY] > 0
    assert outcomes[Reason.DAMAGED] > 0
    assert reading.SANDBOX._process is server
