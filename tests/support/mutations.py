"""Files broken in every way that chance finds: bytes, cuts, splices, objects, and what pages say."""

from __future__ import annotations

import io
import random
import re
from collections.abc import Callable, Sequence

import pypdf
from pypdf.generic import DecodedStreamObject, NameObject

_OBJECT = re.compile(rb"\d+ 0 obj\b.*?endobj", re.DOTALL)
_NUMBER = re.compile(rb"-?\d+(?:\.\d+)?")
_DIGIT = re.compile(rb"\d")
#: A text of a page whose streams are in the clear, as reportlab writes it.
_TEXT = re.compile(rb"\(((?:[^()\\]|\\.)*)\) Tj")
_ODD_WORDS = (
    b"",
    b" ",
    b"0",
    b"-",
    b":",
    b"%",
    b"1,234",
    b"-0.00",
    b"1 234 567.00",
    b"31.02.2026",
    b"Total CHF",
    b"2.6",
)
_HOSTILE_NUMBERS = (b"0", b"-1", b"99999999999", b"1e9", b"-2147483648", b"0.0000001", b"NaN", b"4294967296")


def unpacked(pdf: bytes) -> bytes:
    """The same PDF with its pages' text in the clear, so that a changed byte changes what a page says."""
    writer = pypdf.PdfWriter(clone_from=io.BytesIO(pdf))
    for page in writer.pages:
        content = page.get_contents()
        if content is not None:
            plain = DecodedStreamObject()
            plain.set_data(content.get_data())
            page[NameObject("/Contents")] = writer._add_object(plain)
    with io.BytesIO() as file:
        writer.write(file)
        return file.getvalue()


def mutated(rng: random.Random, files: Sequence[bytes]) -> bytes:
    """One of the files after one to three mutations."""
    data = rng.choice(files)
    for _ in range(rng.choice((1, 1, 2, 3))):
        data = rng.choice(_MUTATORS)(rng, data, files)
    return data


def _bytes(rng: random.Random, data: bytes, files: Sequence[bytes]) -> bytes:
    changed = bytearray(data)
    for _ in range(rng.choice((1, 5, 50, 500))):
        changed[rng.randrange(len(changed))] = rng.randrange(256)
    return bytes(changed)


def _run(rng: random.Random, data: bytes, files: Sequence[bytes]) -> bytes:
    start = rng.randrange(len(data))
    return data[:start] + rng.randbytes(rng.randrange(60)) + data[start + rng.randrange(60) :]


def _cut(rng: random.Random, data: bytes, files: Sequence[bytes]) -> bytes:
    start = rng.randrange(len(data))
    return data[:start] + data[start + rng.randrange(len(data) - start + 1) :] or b"%PDF-"


def _splice(rng: random.Random, data: bytes, files: Sequence[bytes]) -> bytes:
    other = rng.choice(files)
    return data[: rng.randrange(1, len(data))] + other[rng.randrange(len(other)) :]


def _objects(rng: random.Random, data: bytes, files: Sequence[bytes]) -> bytes:
    found = list(_OBJECT.finditer(data))
    if len(found) < 2:
        return _run(rng, data, files)
    one, other = sorted(rng.sample(found, 2), key=lambda match: match.start())
    middle = data[one.end() : other.start()]
    return data[: one.start()] + other[0] + middle + one[0] + data[other.end() :]


def _numbers(rng: random.Random, data: bytes, files: Sequence[bytes]) -> bytes:
    found = list(_NUMBER.finditer(data))
    for match in sorted(rng.sample(found, min(len(found), rng.choice((1, 3, 20)))), key=lambda m: -m.start()):
        data = data[: match.start()] + rng.choice(_HOSTILE_NUMBERS) + data[match.end() :]
    return data


def _texts(rng: random.Random, data: bytes, files: Sequence[bytes]) -> bytes:
    """What a page says at some places is empty, odd, another place's, cut short, longer, or has other digits."""
    found = list(_TEXT.finditer(data))
    for match in sorted(rng.sample(found, min(len(found), rng.choice((1, 3, 10, 40)))), key=lambda m: -m.start()):
        said = match[1]
        new = rng.choice(
            (
                rng.choice(_ODD_WORDS),
                rng.choice(found)[1],
                said[: rng.randrange(len(said) + 1)].rstrip(b"\\"),
                said + b" " + rng.choice(_ODD_WORDS),
                _DIGIT.sub(lambda _: b"%d" % rng.randrange(10), said),
            )
        )
        data = data[: match.start(1)] + new + data[match.end(1) :]
    return data


def _repeated(rng: random.Random, data: bytes, files: Sequence[bytes]) -> bytes:
    start = rng.randrange(len(data))
    piece = data[start : start + rng.randrange(1, 200)]
    return data[:start] + piece * rng.choice((2, 10, 300)) + data[start:]


_MUTATORS: tuple[Callable[[random.Random, bytes, Sequence[bytes]], bytes], ...] = (
    _bytes,
    _run,
    _cut,
    _splice,
    _objects,
    _numbers,
    _repeated,
    _texts,
    _texts,
)
