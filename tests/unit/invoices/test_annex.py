"""Codes are put in order by place; what does not unpack is not believed; nothing unpacks without bound."""

from __future__ import annotations

import base64
import zlib

from pulse.invoices.codes import annex
from pulse.invoices.codes.annex import assemble
from pulse.invoices.codes.pictures import Code
from pulse.synthetic.qr_sheet import CHUNK, chunks

XML = ("<request>" + "".join(f"<row n='{n}' x='{n * 7919 % 104_729}'/>" for n in range(1500)) + "</request>").encode()
GUID, OTHER = "a" * 32, "b" * 32


def qr(text: str, page: int, x: float, y: float) -> Code:
    return Code(True, text, page, x, y, 140, 0)


def sheet(guid: str, page: int, number: int) -> Code:
    return Code(False, f"FD50{guid}deGAX{number:02d}", page, 550, 40, 27, 0)


def placed(pieces: list[str], first_page: int = 1) -> list[Code]:
    """Three in a row, six on a page, each row a little askew as on a scan."""
    return [
        qr(piece, first_page + index // 6, 100 + index % 3 * 190, 160 + index % 6 // 3 * 170 + index % 3 * 9)
        for index, piece in enumerate(pieces)
    ]


def test_codes_are_ordered_by_page_row_and_column_however_they_were_found() -> None:
    pieces = chunks(XML)
    assert len(pieces) > 6
    assert all(len(piece) == CHUNK for piece in pieces)
    assert assemble(list(reversed(placed(pieces)))).xml == XML


def test_sheets_out_of_order_are_ordered_by_their_data_matrix() -> None:
    pieces = chunks(XML)
    codes = [*placed(pieces[:6], first_page=2), sheet(GUID, 2, 1), *placed(pieces[6:], first_page=1), sheet(GUID, 1, 2)]
    found = assemble(codes)
    assert found.xml == XML
    assert found.guid == GUID


def test_sheets_scanned_upside_down_are_read() -> None:
    turned = [qr(code.text, code.page, 600 - code.x, 800 - code.y) for code in placed(chunks(XML)[:6])]
    assert assemble(turned).incomplete
    small = b"<request>" + b"".join(f"<r n='{n * 7919 % 9973}'/>".encode() for n in range(600)) + b"</request>"
    pieces = chunks(small)
    assert 2 <= len(pieces) <= 6
    assert assemble([qr(one.text, one.page, 600 - one.x, 800 - one.y) for one in placed(pieces)]).xml == small


def test_a_sheet_printed_twice_counts_once() -> None:
    pieces = chunks(XML)[:6]
    small = chunks(b"<request/>")
    assert assemble([*placed(small), *placed(small, first_page=2)]).xml == b"<request/>"
    assert assemble(placed(pieces)).xml is None


def test_a_missing_code_is_named_and_nothing_is_made_up() -> None:
    pieces = chunks(XML)
    found = assemble(placed(pieces[:3] + pieces[4:]))
    assert found.xml is None
    assert found.incomplete


def test_many_codes_cost_three_attempts_at_most(monkeypatch) -> None:
    attempts = []
    monkeypatch.setattr(annex, "_inflate", attempts.append)
    assemble([qr(f"{number:04d}AAAA", 1 + number // 6, number, number) for number in range(240)])
    assert len(attempts) == 3


def test_an_annex_that_unpacks_without_end_is_not_unpacked() -> None:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = packer.compress(b" " * (annex.MAX_XML_BYTES * 4)) + packer.flush()
    text = base64.b64encode(packed).decode()
    found = assemble(placed([text[start : start + CHUNK] for start in range(0, len(text), CHUNK)]))
    assert found.xml is None
    assert found.incomplete


def test_sheets_of_two_invoices_are_told_apart() -> None:
    codes = [*placed(chunks(b"<one/>")), sheet(GUID, 1, 1), *placed(chunks(b"<two/>"), 2), sheet(OTHER, 2, 1)]
    found = assemble(codes)
    assert found.xml == b"<one/>"
    assert found.several


def test_a_swiss_qr_bill_is_no_chunk_but_a_payment_slip() -> None:
    lines = ["SPC", "0200", "1", "CH4431999123000889012", *["x"] * 14, "80.35", "CHF", *["x"] * 7]
    lines += ["QRR", "210000000003139471430009017", "", "EPD"]
    found = assemble([qr("\n".join(lines), 2, 100, 700)])
    assert found.xml is None
    assert not found.incomplete
    assert found.slip is not None
    assert (found.slip.iban, found.slip.reference_type) == ("CH4431999123000889012", "QRR")
    assert found.slip.reference == "210000000003139471430009017"


def test_other_codes_are_ignored() -> None:
    found = assemble([qr("https://example.org/?a=b", 1, 10, 10), Code(False, "12345", 1, 0, 0, 5, 0)])
    assert found == annex.Annex()
