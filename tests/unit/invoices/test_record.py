"""The record of a reading: as JSON and back, of bounded size, and never believed blindly."""

from __future__ import annotations

import gzip
import random
import zlib

import pytest

from pulse.base.errors import Unreadable
from pulse.invoices import record, recording
from pulse.invoices.codes.pictures import Code
from pulse.invoices.record import (
    Candidate,
    CodeSeen,
    InvalidRecord,
    PageWords,
    Reading,
    Record,
    Word,
    packed_enclosures,
)
from pulse.invoices.recording import codes_of, words_of
from pulse.invoices.text.page_text import Glyph, Line, PageText
from pulse.synthetic import invoice


def page(words: list[str], number: int = 1) -> PageText:
    """A page with one line per word."""
    lines = tuple(
        Line(
            tuple(Glyph(one, 10 + 5 * at, row * 10, 15 + 5 * at, row * 10 + 8, 8, False) for at, one in enumerate(word))
        )
        for row, word in enumerate(words)
    )
    return PageText(number, 595, 842, lines, has_image=False, hidden=3)


def test_a_record_comes_back_as_it_was() -> None:
    truth = invoice(5, rows=2)
    whole = Record(
        pages=(PageWords(page=1, width=595.3, height=841.9, lines=((Word(text="Zürich", box=(1, 2, 3, 4)),),)),),
        codes=(CodeSeen(kind="qr", page=2, x=1, y=2, side=3, text="SPC"),),
        candidates=(Candidate(source="qr_annex", invoice=truth, chosen=True), Candidate(source="xml", problem="P109")),
    )
    assert Record.unpack(whole.pack()) == whole
    assert packed_enclosures(whole.pack()).codes == whole.codes
    assert whole.pages[0].text == "Zürich"


def test_words_and_codes_are_noted_where_they_stand() -> None:
    (seen,), cut = words_of([page(["Abilify", "71.55"])])
    assert [[word.text for word in line] for line in seen.lines] == [["Abilify"], ["71.55"]]
    assert seen.lines[1][0].box == (10, 10, 35, 18)
    assert (seen.hidden, cut) == (3, False)
    (code,) = codes_of([Code(True, "x" * 5000, 2, 10.123, 20, 30, 90)])
    assert (code.kind, code.page, code.x, code.orientation, len(code.text)) == ("qr", 2, 10.1, 90, 2000)


def test_more_words_than_a_document_has_are_cut_and_that_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recording, "MAX_WORDS", 20)
    pages, cut = words_of([page(["a"] * 12, 1), page(["b"] * 12, 2)])
    assert cut
    assert [sum(len(line) for line in one.lines) for one in pages] == [12, 8]


def test_a_record_never_grows_beyond_its_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(record, "MAX_PACKED_BYTES", 20_000)
    rng = random.Random(1)
    lines = tuple((Word(text=rng.randbytes(20).hex(), box=(0, 0, 1, 1)),) for _ in range(3000))
    whole = Record(pages=(PageWords(page=1, width=1, height=1, lines=lines),), candidates=(Candidate(source="text"),))
    packed = whole.pack()
    assert len(packed) <= 20_000
    assert Record.unpack(packed) == Record(candidates=(Candidate(source="text"),), cut=True)


def test_a_reading_keeps_its_record_as_it_came_packed() -> None:
    packed = gzip.compress(b"{}", 1)
    assert Reading(Record.unpack(packed), packed=packed).packed_record() is packed
    assert Record.unpack(Reading(Record(cut=True)).packed_record()) == Record(cut=True)


def test_a_record_larger_than_any_that_is_made_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    packed = Record(cut=True).pack()
    monkeypatch.setattr(record, "MAX_PACKED_BYTES", len(packed) - 1)
    with pytest.raises(InvalidRecord):
        Record.unpack(packed)


@pytest.mark.parametrize(
    "data",
    [b"", b"no gzip", gzip.compress(b"{}")[:-9], gzip.compress(b'{"pages": [{}]}')],
    ids=["empty", "not packed", "cut off", "another JSON"],
)
def test_what_is_no_record_is_refused(data: bytes) -> None:
    with pytest.raises(InvalidRecord):
        Record.unpack(data)


def test_a_record_that_unpacks_without_end_is_refused() -> None:
    packer = zlib.compressobj(wbits=31)
    bomb = b"".join(packer.compress(bytes(1 << 20)) for _ in range((record.MAX_BYTES >> 20) + 2)) + packer.flush()
    with pytest.raises(InvalidRecord):
        Record.unpack(bomb)


def test_a_reading_without_an_invoice_raises_its_problem() -> None:
    with pytest.raises(Unreadable) as refused:
        Reading(Record(), problem=Unreadable("no", code="P108")).required()
    assert refused.value.reason == "P108"
