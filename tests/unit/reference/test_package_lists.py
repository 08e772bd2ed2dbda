from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import openpyxl
import pytest

from pulse.base.identifiers import gtin_13
from pulse.reference import refdata, swissmedic
from pulse.reference.packages import ListedPackage, gtin_of
from pulse.reference.register_rows import Refused
from pulse.reference.rows import BrokenList, NotThisList

HEADINGS = (
    "Zulassungs-nummer\n\nNuméro",
    "Bezeichnung des Arzneimittels",
    "ATC-Code",
    "Packungscode",
    "Packungsgrösse",
    "Abgabekategorie Packung",
    "Abgabekategorie Arzneimittel",
    "Verz. bei betäubungsmittel-haltigen",
)


def workbook(path: Path, *rows: tuple[object, ...], headings: tuple[str, ...] = HEADINGS) -> Path:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (("", "Zugelassene Packungen"), ("Stand / Etat au: 31.10.2026",), headings, *rows):
        sheet.append(row)
    book.save(path)
    return path


def test_a_gtin_is_built_from_authorization_package_and_check_digit() -> None:
    assert gtin_of(65206, 1) == "7680652060015"
    assert gtin_of(277, 1) == "7680002770014"
    assert gtin_of(0, 1) is gtin_of(100_000, 1) is gtin_of(1, 1000) is None


def test_swissmedics_columns_are_found_by_their_headings(tmp_path: Path) -> None:
    path = workbook(
        tmp_path / "x.xlsx",
        (56209, "Abilify", "N05AX12", 4, "28", "B", "A", None),
        (48164, "Temesta", "N05BA06", "102", "30", "B", "B", "B"),
        (None,) * 8,
        ("no number", "X", None, 1, None, "A", "A", None),
    )
    found = swissmedic.read(path)
    assert found.day == date(2026, 10, 31)
    first, second, third = found.packs
    assert isinstance(first, ListedPackage)
    assert (first.line, first.gtin, first.name, first.category, first.narcotic_list) == (
        4, "7680562090041", "Abilify, 28", "B", None,
    )  # fmt: skip
    assert isinstance(second, ListedPackage)
    assert second.narcotic_list == "b"
    assert third == Refused(
        line=7, field="package", code="no_gtin", why="no GTIN follows from authorization and package"
    )


def test_another_workbook_and_another_file_are_not_this_list(tmp_path: Path) -> None:
    other = workbook(tmp_path / "x.xlsx", headings=("a", "b"))
    text = tmp_path / "y.xlsx"
    text.write_text("PK no zip", encoding="utf-8")
    for path in (other, text):
        with pytest.raises(NotThisList):
            swissmedic.read(path)


def test_swissmedics_real_list_names_narcotics_and_a_plus(shared_folder: Path) -> None:
    found = swissmedic.read(shared_folder / "samples/refdata/oddb2xml_swissmedic_package.xlsx")
    packs = {pack.gtin: pack for pack in found.packs if isinstance(pack, ListedPackage)}
    assert found.day == date(2019, 1, 31)
    assert len(packs) == 42
    assert all(gtin_13(gtin) == gtin for gtin in packs)
    pethidine = packs["7680133690465"]
    assert (pethidine.category, pethidine.narcotic_list, pethidine.atc) == ("A+", "a", "N02AB02")
    assert {pack.narcotic_list for pack in packs.values()} == {None, "a", "c", "d"}


def test_refdatas_real_articles_have_names_atc_and_categories(shared_folder: Path) -> None:
    found = refdata.articles(shared_folder / "samples/refdata/oddb2xml_Refdata.Articles.xml")
    packs = {pack.gtin: pack for pack in found.packs if isinstance(pack, ListedPackage)}
    assert found.day == date(2026, 3, 9)
    varilrix = packs["7680005850010"]
    assert (varilrix.atc, varilrix.category, varilrix.holder) == ("J07BK01", "B", "GlaxoSmithKline AG")
    assert varilrix.name == "VARILRIX Trockensub c Solv Fertspr 0.5 ml"


def test_the_real_list_of_a_plus_packs_is_read_whole(shared_folder: Path) -> None:
    packs = list(refdata.aplus(shared_folder / "samples/refdata/oddb2xml_files_Aplus.txt").packs)
    assert len(packs) == 507
    assert all(isinstance(pack, ListedPackage) and pack.category == "A+" for pack in packs)


def test_pharmacodes_come_from_csv_and_from_refdatas_former_xml(tmp_path: Path) -> None:
    table, xml = tmp_path / "p.csv", tmp_path / "p.xml"
    table.write_text("phar;gtin;name\n31532;7680562090041;Abilify\nx;7680562090041;\n12;1;\n1;2\n", encoding="utf-8")
    day, codes = refdata.pharmacodes(table)
    assert day is None
    assert [code if isinstance(code, Refused) else code[1:] for code in codes] == [
        ("0031532", "7680562090041"),
        Refused(line=3, field="pharmacode", code="invalid_value", why="is no Pharmacode"),
        Refused(line=4, field="gtin", code="no_gtin", why="is no GTIN"),
        Refused(line=5, field="", code="wrong_columns", why="has 2 columns, not 3"),
    ]
    xml.write_text(
        '<ARTICLE CREATION_DATETIME="2026-01-02T01:00:07" xmlns="urn:a"><ITEM><GTIN>7680562090041</GTIN>'
        "<PHAR>31532</PHAR></ITEM><ITEM><GTIN>1</GTIN><PHAR>2</PHAR></ITEM></ARTICLE>",
        encoding="utf-8",
    )
    day, codes = refdata.pharmacodes(xml)
    assert day == datetime(2026, 1, 2).date()  # noqa: DTZ001  a day
    assert list(codes) == [(1, "0031532", "7680562090041")]


def test_other_files_are_not_these_lists_and_broken_xml_is_said(tmp_path: Path) -> None:
    file = tmp_path / "x"
    file.write_text("hello\n", encoding="utf-8")
    for read in (
        refdata.articles,
        lambda path: list(refdata.aplus(path).packs),
        lambda path: list(refdata.pharmacodes(path)[1]),
    ):
        with pytest.raises(NotThisList):
            read(file)
    file.write_text("<Articles><Article><GTIN>1</GTIN></Article><Art", encoding="utf-8")
    with pytest.raises(BrokenList, match="breaks off"):
        list(refdata.articles(file).packs)


def test_an_entity_in_the_xml_is_not_resolved(tmp_path: Path) -> None:
    secret, file = tmp_path / "secret", tmp_path / "x.xml"
    secret.write_text("7680562090041", encoding="utf-8")
    file.write_text(
        f'<!DOCTYPE a [<!ENTITY e SYSTEM "{secret.as_uri()}">]>'
        "<Articles><Article><GTIN>&e;</GTIN></Article></Articles>",
        encoding="utf-8",
    )
    assert list(refdata.articles(file).packs) == []
