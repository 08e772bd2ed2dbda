from __future__ import annotations

import io
import zipfile
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from pulse.reference.rows import BrokenList, ListedPack, NotThisList
from pulse.reference.sl import ListDayUnknown, recognised
from pulse.reference.sl_xml import read, release_day

DAY = date(2025, 12, 1)
LIST = """<?xml version="1.0" encoding="utf-8"?>
<Preparations ReleaseDate="01.12.2025">
  <Preparation>
    <NameDe>Vitamus</NameDe><DescriptionDe>Inj Lös</DescriptionDe><AtcCode>A11DB</AtcCode>
    <FlagItLimitation>Y</FlagItLimitation><FlagSB>Y</FlagSB>
    <Packs>
      <Pack>
        <DescriptionDe>5 Amp 2 ml</DescriptionDe><SwissmedicCategory>B</SwissmedicCategory><GTIN>7680284860144</GTIN>
        <PointLimitations><PointLimitation><Points>20</Points><Packs>0</Packs></PointLimitation></PointLimitations>
        <Prices>
          <ExFactoryPrice><Price>3.89</Price><ValidFromDate>01.07.2001</ValidFromDate></ExFactoryPrice>
          <PublicPrice><Price>8.55</Price><ValidFromDate>01.03.2010</ValidFromDate></PublicPrice>
        </Prices>
        <Partners><Partner><Description>Muster AG</Description></Partner></Partners>
        <Status><IntegrationDate>15.03.1975</IntegrationDate><ValidFromDate>01.01.2000</ValidFromDate>
          <ValidThruDate>31.12.9999</ValidThruDate></Status>
      </Pack>
      <Pack><DescriptionDe>10 Amp</DescriptionDe><GTIN /><Prices /></Pack>
    </Packs>
    <Substances><Substance><DescriptionLa>Cyanocobalaminum</DescriptionLa></Substance></Substances>
    <Limitations>
      <Limitation>
        <LimitationCode>VITAMUS</LimitationCode><LimitationType>DIA</LimitationType>
        <DescriptionDe>Nur nach &lt;b&gt;Kostengutsprache&lt;/b&gt;.&lt;br&gt;Bei Mangel.</DescriptionDe>
        <DescriptionFr>Après garantie de prise en charge.</DescriptionFr><DescriptionIt />
        <ValidFromDate>01.01.2020</ValidFromDate><ValidThruDate>31.12.2026</ValidThruDate>
      </Limitation>
    </Limitations>
    <ItCodes><ItCode Code="07.02.40."><Limitations>
      <Limitation>
        <LimitationCode>070240</LimitationCode><LimitationType>PKT</LimitationType><LimitationValue>40</LimitationValue>
        <DescriptionDe>Gesamthaft zugelassen: 40 Punkte</DescriptionDe><ValidThruDate>31.12.9999</ValidThruDate>
      </Limitation>
    </Limitations></ItCode></ItCodes>
  </Preparation>
</Preparations>
"""


def packs(text: str = LIST, day: date = DAY) -> list[ListedPack]:
    return list(read(io.BytesIO(text.encode()), day=day))


def test_a_pack_is_read_with_its_price_terms_and_days() -> None:
    pack = packs()[0]
    assert (pack.gtin, pack.name) == ("7680284860144", "Vitamus Inj Lös 5 Amp 2 ml")
    assert (pack.price, pack.price_from) == (Decimal("8.55"), date(2010, 3, 1))
    assert (pack.category, pack.atc, pack.substances, pack.manufacturer) == (
        "B",
        "A11DB",
        "Cyanocobalaminum",
        "Muster AG",
    )
    assert (pack.listed_from, pack.listed_until) == (date(1975, 3, 15), None)


def test_the_raised_cost_share_is_40_percent_since_2024_and_was_20_before() -> None:
    assert packs()[0].cost_share_percent == 40
    assert packs(day=date(2023, 12, 1))[0].cost_share_percent == 20
    assert packs(LIST.replace("<FlagSB>Y", "<FlagSB>N"))[0].cost_share_percent == 10


def test_a_limitation_has_the_texts_of_all_languages_without_their_marks() -> None:
    own, _ = packs()[0].limitations
    assert own.texts == {"de": "Nur nach Kostengutsprache .\nBei Mangel.", "fr": "Après garantie de prise en charge."}
    assert (own.needs_approval, own.valid_from, own.valid_until) == (True, date(2020, 1, 1), date(2026, 12, 31))


def test_bounds_in_points_are_told_in_packs_by_what_a_pack_counts() -> None:
    _, group = packs()[0].limitations
    assert (group.code, group.points, group.packs, group.needs_approval) == ("070240", 40, 2, False)


def test_a_groups_limitation_counts_only_for_preparations_flagged_for_it() -> None:
    flagged = LIST.replace("<FlagItLimitation>Y", "<FlagItLimitation>N")
    assert [one.code for one in packs(flagged)[0].limitations] == ["VITAMUS"]


def test_a_pack_without_a_gtin_is_read_without_one() -> None:
    assert (packs()[1].gtin, packs()[1].price) == (None, None)


def test_the_list_says_its_day() -> None:
    assert release_day(io.BytesIO(LIST.encode())) == DAY


@pytest.mark.parametrize("text", ["<Other/>", "no XML", "<Preparations/>", ""])
def test_another_file_is_not_the_list(text: str) -> None:
    with pytest.raises(NotThisList):
        release_day(io.BytesIO(text.encode()))


@pytest.mark.parametrize(
    ("old", "new"), [("8.55", "eight"), ("01.03.2010", "2010-03-01"), ("</Preparations>", ""), ("</Packs>", "")]
)
def test_what_cannot_be_read_is_named_by_its_line(old: str, new: str) -> None:
    with pytest.raises(BrokenList, match=r"line \d+: "):
        packs(LIST.replace(old, new))


def test_entities_are_not_expanded() -> None:
    bomb = LIST.replace("<Prep", '<!DOCTYPE Preparations [<!ENTITY a "boom">]><Prep', 1).replace("5 Amp 2 ml", "&a;")
    assert "boom" not in packs(bomb)[0].name


def test_the_list_is_found_in_its_zip(tmp_path: Path) -> None:
    path = tmp_path / "XMLPublications.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("GGSL.xml", "<GGSL/>")
        archive.writestr("Preparations.xml", LIST)
    file = recognised(path)
    assert (file.format, file.list_date, file.languages) == ("xml", DAY, ("de", "fr", "it"))
    assert [pack.gtin for pack in file.packs()] == ["7680284860144", None]


def test_a_zip_without_the_list_or_a_broken_one_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "other.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("GGSL.xml", "<GGSL/>")
    with pytest.raises(NotThisList, match=r"Preparations\.xml"):
        recognised(path)
    path.write_bytes(b"PK\x03\x04 and no more")
    with pytest.raises(NotThisList, match="zip"):
        recognised(path)


def test_the_day_is_that_of_the_option_the_name_or_the_contents(tmp_path: Path) -> None:
    named = tmp_path / "Preparations-20251101.xml"
    named.write_text(LIST, "utf-8")
    assert recognised(named).list_date == date(2025, 11, 1)
    assert recognised(named, day=date(2025, 10, 1)).list_date == date(2025, 10, 1)
    plain = named.rename(tmp_path / "Preparations.xml")
    assert recognised(plain).list_date == DAY


def test_a_list_without_a_day_asks_for_it(tmp_path: Path) -> None:
    path = tmp_path / "list-de.ndjson"
    path.write_text('{"resourceType": "Bundle", "entry": []}\n', "utf-8")
    with pytest.raises(ListDayUnknown, match="--date"):
        recognised(path)
    assert recognised(path, fallback=date(2026, 6, 2)).list_date == date(2026, 6, 2)
