"""The record of a reading: what each step saw, kept beside the document so that a person can look it up later.

It holds personal data as the document does: it is kept and deleted with it, and never logged.
"""

from __future__ import annotations

import gzip
import io
from dataclasses import dataclass
from typing import Literal, TypeVar

from pydantic import BaseModel, ValidationError

from pulse.base.errors import InvalidInput, Unreadable
from pulse.invoices.draft import Box
from pulse.invoices.model import Invoice, SourceKind, Value

Unpacked = TypeVar("Unpacked", bound=BaseModel)

MAX_BYTES, MAX_PACKED_BYTES = 32 * 1024 * 1024, 2 * 1024 * 1024


class InvalidRecord(InvalidInput):
    """This is no record of a reading."""

    code = "invalid_record"


#: Characters of a part's place.
_MOST_PLACE = 20


class Word(Value):
    """One word as the page shows it; box in points from the page's top left; confidence where OCR guessed it."""

    text: str
    box: Box
    confidence: float | None = None


class PageWords(Value):
    """The words of a page by line, from the text layer or from OCR; `hidden` characters were left out."""

    page: int
    width: float
    height: float
    source: Literal["text", "ocr"] = "text"
    hidden: int = 0
    lines: tuple[tuple[Word, ...], ...] = ()

    @property
    def text(self) -> str:
        """The page as plain text, a line per line."""
        return "\n".join(" ".join(word.text for word in line) for line in self.lines)


class CodeSeen(Value):
    """A QR code or Data Matrix: its text, its middle and its side in points, how it is turned in degrees."""

    kind: Literal["qr", "data_matrix"]
    page: int
    x: float
    y: float
    side: float
    orientation: int = 0
    text: str


class FileSeen(Value):
    """A file in the PDF: its name and size, and whether it was read as an invoice. Then `request` holds the bytes of
    its XML, each as the character of its number, so that they come out as they were."""

    name: str
    size: int | None
    read: bool
    request: str = ""


class Candidate(Value):
    """What one source gave: an invoice, or why it gave none."""

    source: SourceKind
    invoice: Invoice | None = None
    problem: str | None = None
    chosen: bool = False


class ModelAnswer(Value):
    """What a language model answered, and the paths of the values that were found on the page and taken."""

    model: str
    answer: str
    taken: tuple[str, ...] = ()


class Record(Value):
    """Everything that was seen, step by step; `cut` where there was more than is kept."""

    version: Literal[1] = 1
    pages: tuple[PageWords, ...] = ()
    codes: tuple[CodeSeen, ...] = ()
    files: tuple[FileSeen, ...] = ()
    candidates: tuple[Candidate, ...] = ()
    model_answers: tuple[ModelAnswer, ...] = ()
    cut: bool = False

    def pack(self) -> bytes:
        """As gzipped JSON, no larger than `MAX_PACKED_BYTES`: what is too much is left out, the words first."""
        for record in (self, self.model_copy(update={"pages": (), "cut": True}), Record(cut=True)):
            packed = gzip.compress(record.model_dump_json(exclude_defaults=True).encode(), 6, mtime=0)
            if len(packed) <= MAX_PACKED_BYTES:
                break
        return packed

    @classmethod
    def unpack(cls, packed: bytes) -> Record:
        """The reverse of `pack`. Raises `InvalidRecord`, also for one larger than `pack` makes or that would grow
        beyond `MAX_BYTES`."""
        return _unpacked(packed, cls)


class Enclosed(BaseModel):
    """Of a record the codes and files alone."""

    codes: tuple[CodeSeen, ...] = ()
    files: tuple[FileSeen, ...] = ()


def packed_enclosures(packed: bytes) -> Enclosed:
    """Codes and files of a packed record; its many words are not made values. Raises `InvalidRecord` as `unpack`
    does."""
    return _unpacked(packed, Enclosed)


def _unpacked(packed: bytes, kind: type[Unpacked]) -> Unpacked:
    if len(packed) > MAX_PACKED_BYTES:
        raise InvalidRecord
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(packed)) as file:
            data = file.read(MAX_BYTES + 1)
        if len(data) > MAX_BYTES:
            raise InvalidRecord
        return kind.model_validate_json(data)
    except (OSError, EOFError, ValidationError) as error:
        raise InvalidRecord from error


@dataclass(frozen=True)
class Part:
    """One of several invoices in a file: its pages there (from 1), and a PDF of them alone. The same file gives the
    same bytes, at any time."""

    pages: tuple[int, ...]
    data: bytes
    #: Its number or its identifier, where the pages name one.
    name: str = ""

    @property
    def place(self) -> str:
        """Its pages as the ledger keeps them: `3-4`, `2,5-6`; of many single ones the first."""
        runs: list[list[int]] = []
        for page in self.pages:
            if runs and runs[-1][-1] == page - 1:
                runs[-1].append(page)
            else:
                runs.append([page])
        place = ",".join(f"{run[0]}-{run[-1]}" if len(run) > 1 else f"{run[0]}" for run in runs)
        return place if len(place) <= _MOST_PLACE else f"{place[: place.rindex(',', 0, _MOST_PLACE)]}…"


@dataclass(frozen=True)
class Reading:
    """What became of a document: an invoice, a problem, or the `parts` of several invoices, each to be read by itself;
    and the record of how it was read; packed already where it came so.

    `pictures`: pages beside the parts' text that nobody looked at.
    """

    record: Record
    invoice: Invoice | None = None
    problem: Unreadable | None = None
    packed: bytes | None = None
    parts: tuple[Part, ...] = ()
    pictures: int = 0

    def packed_record(self) -> bytes:
        """The record as it is kept."""
        return self.packed or self.record.pack()

    def required(self) -> Invoice:
        """The invoice. Raises the problem where there is none."""
        if self.invoice is None:
            raise self.problem or Unreadable()
        return self.invoice
