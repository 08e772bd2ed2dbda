"""Reading a whole set and holding each document against its truth."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from pulse.base.clock import SystemClock, swiss_date
from pulse.base.errors import Unreadable
from pulse.evaluation.pairs import Pair
from pulse.evaluation.scoring import FieldResult, score
from pulse.invoices.assisted import ReadingModel, helped
from pulse.invoices.evidence import calibrated, document_confidence
from pulse.invoices.model import Invoice
from pulse.invoices.reading import read

#: What reads a document of a set: the invoice as its readers said it, confidences not yet weighed.
Reader = Callable[[Pair], Invoice]


@dataclass(frozen=True)
class Result:
    """What became of one document. `problem` is the reason code of a document that gave no invoice."""

    pair: Pair
    fields: tuple[FieldResult, ...]
    invoice: Invoice | None = None
    problem: str | None = None
    seconds: float = 0.0

    @property
    def reader(self) -> str:
        """Who read it: `qr_annex`, `xml`, `text`, `ocr`, `model`, or nobody."""
        return self.invoice.source.kind if self.invoice else "nobody"

    @property
    def is_exact(self) -> bool:
        """Whether every field is right."""
        return all(one.outcome == "right" for one in self.fields)

    @property
    def confidence(self) -> float:
        """Of the document, by the fields that decide."""
        return document_confidence(self.invoice) if self.invoice else 0.0

    def wrong(self, limit: float) -> list[FieldResult]:
        """What was said wrong at least this surely."""
        return [one for one in self.fields if one.is_wrong(limit)]


def read_plainly(pair: Pair) -> Invoice:
    """Reads through the sandbox, without a model's help. Raises `Unreadable`."""
    return read(pair.document.read_bytes(), weigh=False).required()


def read_with(model: ReadingModel) -> Reader:
    """Reads plainly, and with this model's help where no reader knows the layout."""

    def reader(pair: Pair) -> Invoice:
        data, today = pair.document.read_bytes(), swiss_date(SystemClock().now())
        reading = read(data, today=today, weigh=False)
        digest = hashlib.sha256(data).hexdigest()
        return helped(reading, model, sha256=digest, today=today, weigh=False).required()

    return reader


def with_help(results: Sequence[Result], model: ReadingModel) -> Iterator[Result]:
    """The same results, those of documents that nobody could read measured again with the model's help.

    One document at a time: a model is asked in turn.
    """
    reader = read_with(model)
    for result in results:
        yield _measure(result.pair, reader) if result.problem else result


def measure(pairs: Sequence[Pair], *, reader: Reader = read_plainly, jobs: int = 1) -> Iterator[Result]:
    """One result for each pair, in their order; `jobs` documents are read at a time, each in a process of its own."""
    with ThreadPoolExecutor(jobs) as pool:
        yield from pool.map(lambda pair: _measure(pair, reader), pairs)


def _measure(pair: Pair, reader: Reader) -> Result:
    began = time.perf_counter()
    try:
        raw = reader(pair)
    except Unreadable as problem:
        return Result(pair, tuple(score(pair.truth, None)), problem=problem.reason)
    seconds = time.perf_counter() - began
    return Result(pair, tuple(score(pair.truth, raw)), invoice=calibrated(raw), seconds=seconds)
