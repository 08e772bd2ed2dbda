"""What is laid out: the payment part's code, scans, the register of clients, the report."""

from __future__ import annotations

import csv
import io
import random
from importlib import resources
from pathlib import Path

import pypdfium2
import pytest
import zxingcpp

from pulse.base.identifiers import is_ahv_number
from pulse.synthetic.clients import COLUMNS, write_clients
from pulse.synthetic.collection import compose, write
from pulse.synthetic.order import Wishes, orders
from pulse.synthetic.payment_part import payload
from pulse.synthetic.render.canvas import print_with_canvas
from pulse.synthetic.report import NoSet, makeup, shares
from pulse.synthetic.scans import Scan, scanned


def items_with_payment_part():
    items = [compose(one) for one in orders(30, 2, Wishes(layouts=["pharmacy-letter"]))]
    return [item for item in items if item.truth.payment.reference_type]


def test_the_payment_parts_code_says_what_is_printed_beside_it() -> None:
    item = items_with_payment_part()[0]
    pages = pypdfium2.PdfDocument(print_with_canvas(item.paper))
    page = pages[len(pages) - 1]
    read = zxingcpp.read_barcodes(page.render(scale=3).to_pil(), formats=zxingcpp.BarcodeFormat.QRCode)
    assert [code.text for code in read] == [payload(item.truth)]
    lines = read[0].text.split("\n")
    assert len(lines) == 31
    assert (lines[0], lines[3]) == ("SPC", item.truth.payment.iban)
    assert (lines[18], lines[19]) == (f"{item.truth.amount_due:.2f}", "CHF")
    assert lines[27:29] == [item.truth.payment.reference_type, item.truth.payment.reference or ""]


def test_a_scan_has_the_resolution_asked_for_and_no_text() -> None:
    item = compose(next(iter(orders(1, 2, Wishes(layouts=["form-4.5"])))))
    document = print_with_canvas(item.paper)
    scan = Scan(dpi=150, skew_degrees=1.0, noise=20, blur_px=0.3, specks=10)
    once, again = (scanned(document, scan, random.Random(1)) for _ in range(2))
    assert once == again
    page = pypdfium2.PdfDocument(once)[0]
    assert page.get_textpage().get_text_bounded() == ""
    (picture,) = page.get_objects()
    assert abs(picture.get_px_size()[0] - 595.275 / 72 * 150) < 2


def test_a_black_and_white_scan_has_two_colours() -> None:
    item = compose(next(iter(orders(1, 2, Wishes(layouts=["form-4.5"])))))
    document = scanned(print_with_canvas(item.paper), Scan(dpi=150, colors="bw"), random.Random(1))
    (picture,) = pypdfium2.PdfDocument(document)[0].get_objects()
    levels = picture.get_bitmap().to_pil().convert("L").getcolors()
    assert len(levels) == 2


def test_clients_have_the_columns_of_the_demos_register_and_valid_numbers(tmp_path: Path) -> None:
    write_clients(tmp_path / "clients.csv", 40, 1, ["language"])
    rows = list(csv.DictReader((tmp_path / "clients.csv").read_text(encoding="utf-8").splitlines()))
    demo = resources.files("pulse.demo").joinpath("clients.csv").read_text(encoding="utf-8")
    assert next(csv.reader(io.StringIO(demo))) == list(COLUMNS) == list(rows[0])
    assert len({row["insurance_number"] for row in rows}) == 40
    assert all(is_ahv_number(row["ahv_number"]) for row in rows)
    assert {row["language"] for row in rows[:3]} == {"de", "fr", "it"}
    assert all(row["birth_date"] <= row["covered_from"] for row in rows)


def test_the_report_sets_what_was_drawn_beside_what_is_stated(tmp_path: Path) -> None:
    drawn = list(write(tmp_path, 60, 8, Wishes(faults=["wrong-sum"], fault_share=0.5)))
    rows = shares(tmp_path)
    by_value = {(row.distribution, row.value): row for row in rows}
    german = by_value["language", "de"]
    assert german.count == sum(item.order.language == "de" for item in drawn)
    assert german.stated == pytest.approx(62 / 93)
    assert german.drawn == german.count / 60
    for name in {row.distribution for row in rows}:
        assert sum(row.stated for row in rows if row.distribution == name) == pytest.approx(1)
    assert makeup(tmp_path)["fault"]["wrong-sum"] == sum(bool(item.faults) for item in drawn)


def test_a_folder_without_a_manifest_is_no_set(tmp_path: Path) -> None:
    with pytest.raises(NoSet):
        shares(tmp_path)
