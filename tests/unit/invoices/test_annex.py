"""Codes are put in order by place, else by trial; what does not unpack is not believed; trials have a bound."""

from __future__ import annotations

import base64
import random
import zlib

import pytest

from pulse.invoices.codes import annex, stream
from pulse.invoices.codes.annex import Annex, CodesRead, assemble
from pulse.invoices.codes.pictures import Code
from pulse.invoices.codes.stream import Budget
from pulse.synthetic.qr_sheet import CHUNK, chunks

GUID, OTHER = "a" * 32, "b" * 32


def xml(rows: int, seed: int = 1) -> bytes:
    rng = random.Random(seed)
    lines = "".join(
        f"<row n='{n}' amount=\"{rng.randrange(99999)}.05\">Päckchen {rng.random()}</row>" for n in range(rows)
    )
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<request>{lines}</request>\n'.encode()


XML = xml(500)


def qr(text: str, page: int, x: float, y: float) -> Code:
    return Code(True, text, page, x, y, 140, 0)


def sheet(guid: str, page: int, number: int, kind: str = "GAX") -> Code:
    return Code(False, f"FD50{guid}de{kind}{number:02d}", page, 550, 40, 27, 0)


def placed(pieces: list[str], first_page: int = 1) -> list[Code]:
    """Three in a row, six on a page, each row a little askew as on a scan."""
    return [
        qr(piece, first_page + index // 6, 100 + index % 3 * 190, 160 + index % 6 // 3 * 170 + index % 3 * 9)
        for index, piece in enumerate(pieces)
    ]


def one(codes: list[Code]) -> bytes:
    """The XML of the only annex, of which nothing is left over."""
    read = assemble(codes)
    assert not read.unused
    assert len(read.annexes) == 1
    return read.annexes[0].xml


@pytest.mark.parametrize("size", [1262, 1264])
def test_codes_are_ordered_by_page_row_and_column_however_they_were_found(size: int) -> None:
    text = "".join(chunks(XML)).strip()
    pieces = [text[start : start + size].ljust(size) for start in range(0, len(text), size)]
    assert len(pieces) > 6
    assert one(list(reversed(placed(pieces)))) == XML


def test_sheets_out_of_order_are_ordered_by_their_data_matrix() -> None:
    pieces = chunks(XML)
    codes = [*placed(pieces[:6], first_page=2), sheet(GUID, 2, 1), *placed(pieces[6:], first_page=1), sheet(GUID, 1, 2)]
    read = assemble(codes)
    assert [(found.xml, found.guid) for found in read.annexes] == [(XML, GUID)]
    assert read.guids == (GUID,)


@pytest.mark.parametrize("seed", range(5))
def test_codes_in_no_order_at_all_are_put_in_order_by_trial(seed: int) -> None:
    """Sheets mixed up, turned by 90 or 180 degrees, without a legible Data Matrix: the place says nothing."""
    pieces = chunks(XML)
    random.Random(seed).shuffle(pieces)
    assert one(placed(pieces)) == XML


def test_forty_shuffled_sheets_are_put_in_order_within_the_bounds() -> None:
    large = xml(13_000)
    pieces = chunks(large)
    assert len(pieces) > 200
    sheets = [pieces[start : start + 6] for start in range(0, len(pieces), 6)]
    random.Random(3).shuffle(sheets)
    assert one(placed([piece for pieces in sheets for piece in pieces])) == large


@pytest.mark.parametrize("prefix", [b"\xef\xbb\xbf", b""])
def test_comments_instructions_and_marked_text_are_xml_too(prefix: bytes) -> None:
    data = prefix + b"<?xml version='1.0'?><!-- <&> --><a><![CDATA[<b>]]>\r\n<c d='>'/></a>"
    assert one(placed(chunks(data))) == data


def test_an_xml_of_two_bytes_a_character_is_read_in_its_printed_order() -> None:
    data = '<?xml version="1.0" encoding="UTF-16"?><request/>'.encode("utf-16")
    assert one(placed(chunks(data))) == data


def test_a_sheet_printed_twice_counts_once() -> None:
    small = chunks(b"<request/>")
    assert one([*placed(small), *placed(small, first_page=2)]) == b"<request/>"


def test_a_missing_code_is_named_and_nothing_is_made_up() -> None:
    pieces = chunks(XML)
    for missing in (0, 3, len(pieces) - 1):
        read = assemble(placed(pieces[:missing] + pieces[missing + 1 :]))
        assert read.annexes == ()
        assert read.unused


def test_a_damaged_code_beside_a_whole_annex_is_named() -> None:
    read = assemble([*placed(chunks(b"<request/>")), *placed(chunks(XML)[2:4], first_page=3)])
    assert [found.xml for found in read.annexes] == [b"<request/>"]
    assert read.unused == (3,)


def test_many_codes_cost_a_bounded_number_of_trials(monkeypatch: pytest.MonkeyPatch) -> None:
    spent, spend = [], Budget.spend

    def counted(budget: Budget, size: int) -> None:
        spent.append(size)
        spend(budget, size)

    monkeypatch.setattr(Budget, "spend", counted)
    assemble([qr(f"{number:04d}AAAA", 1 + number // 6, number, number) for number in range(240)])
    assert 0 < len(spent) <= 240


def test_pieces_that_fit_in_any_order_end_at_the_budget() -> None:
    """Stored deflate blocks of the same text: each piece continues each other one, and none ends the stream."""
    blocks = [f"<a n='{number:02d}'/> ".encode() * 20 + b" " for number in range(20)]
    heads = [b"\x00" + len(one).to_bytes(2, "little") + (len(one) ^ 0xFFFF).to_bytes(2, "little") for one in blocks]
    pieces = [base64.b64encode(head + block).decode() for head, block in zip(heads, blocks, strict=True)]
    assert not any(piece.endswith("=") for piece in pieces)
    budget = Budget(trials=500)
    assert stream.follow(pieces, budget) is None
    assert not budget.left


def test_an_annex_that_unpacks_without_end_is_not_unpacked() -> None:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = packer.compress(b"<a>" + b" " * (stream.MAX_XML_BYTES * 4)) + packer.flush()
    text = base64.b64encode(packed).decode()
    read = assemble(placed([text[start : start + CHUNK] for start in range(0, len(text), CHUNK)]))
    assert read.annexes == ()
    assert read.unused


def test_sheets_of_two_invoices_are_told_apart_by_their_data_matrix() -> None:
    codes = [*placed(chunks(b"<one/>")), sheet(GUID, 1, 1), *placed(chunks(b"<two/>"), 2), sheet(OTHER, 2, 1)]
    read = assemble(codes)
    assert read.annexes == (Annex(b"<one/>", (1,), GUID), Annex(b"<two/>", (2,), OTHER))
    assert read.guids == (GUID, OTHER)


@pytest.mark.parametrize("seed", range(3))
def test_two_invoices_without_a_legible_data_matrix_are_told_apart_too(seed: int) -> None:
    first, second = xml(300, seed=1), xml(300, seed=2)
    codes = [*placed(chunks(first)), *placed(chunks(second), first_page=5)]
    random.Random(seed).shuffle(codes)
    assert [found.xml for found in assemble(codes).annexes] == [first, second]


def test_a_sheet_without_a_legible_data_matrix_belongs_to_the_stream_that_it_continues() -> None:
    pieces = chunks(XML)
    codes = [*placed(pieces), sheet(GUID, 1, 1)]
    assert [(found.xml, found.guid) for found in assemble(codes).annexes] == [(XML, GUID)]


def test_a_form_of_another_invoice_is_seen_by_its_data_matrix() -> None:
    codes = [sheet(OTHER, 1, 1, "GGR"), *placed(chunks(b"<one/>"), 2), sheet(GUID, 2, 1)]
    assert assemble(codes).guids == (OTHER, GUID)


def test_a_swiss_qr_bill_is_no_chunk_but_a_payment_slip() -> None:
    lines = ["SPC", "0200", "1", "CH4431999123000889012", *["x"] * 14, "80.35", "CHF", *["x"] * 7]
    lines += ["QRR", "210000000003139471430009017", "", "EPD"]
    read = assemble([qr("\n".join(lines), 2, 100, 700), qr("\r\n".join(lines), 3, 100, 700)])
    assert read.annexes == ()
    assert read.unused == ()
    assert [(slip.page, slip.iban) for slip in read.slips] == [(2, "CH4431999123000889012")]


def test_other_codes_are_ignored() -> None:
    codes = [
        qr("https://example.org/?a=b", 1, 10, 10),
        qr("INVOICE101", 1, 10, 10),
        Code(False, "12345", 1, 0, 0, 5, 0),
    ]
    assert assemble(codes) == CodesRead(codes=tuple(codes))


class PaperWithHiddenCodes:
    """At each resolution other codes are found."""

    def __init__(self, found: dict[int, list[Code]]) -> None:
        self.found, self.asked = found, list[int]()

    def codes(self, page: int, dpi: int) -> list[Code]:
        self.asked.append(dpi)
        return [code for code in self.found.get(dpi, []) if code.page == page]


def test_what_one_resolution_misses_the_next_one_adds() -> None:
    codes = placed(chunks(xml(100)))
    paper = PaperWithHiddenCodes({200: codes[1:], 300: codes[:-1]})
    read = annex.read_codes(paper, [1])  # type: ignore[arg-type]
    assert [found.xml for found in read.annexes] == [xml(100)]
    assert paper.asked == [200, 300]
