"""The letter as a web page: well formed, accessible by its structure, and with the same values as the PDF."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import html5lib
import pytest
from letter_samples import make_facts
from lxml import html
from paper import billed_letter, letters_of_all_shapes, long_letter, looks, text_of_pages

from letters.facts import Facts
from letters.html import render_html
from letters.letterhead import Letterhead
from letters.pdf import render
from letters.writer import TemplateWriter

#: What carries a value: a word with a digit, or a capitalised one.
_VALUE = re.compile(r"[^\s]*\d[^\s]*|[A-ZÄÖÜÀÉÈŁ][^\s]+")


def page_of(facts: Facts, look: Letterhead | None = None) -> str:
    return render_html(facts, TemplateWriter().write(facts), look=look)


def shown(facts: Facts, look: Letterhead | None = None) -> Any:
    return html.fromstring(page_of(facts, look))


def test_every_letter_is_a_strictly_well_formed_page() -> None:
    parser = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False)
    for facts in letters_of_all_shapes():
        parser.parse(page_of(facts))


def test_every_letter_tells_its_language_its_title_and_one_first_heading(every_letter: Facts) -> None:
    page = shown(every_letter)
    language = every_letter.language
    assert page.get("lang") == (language if language == "en" else f"{language}-CH")
    assert page.findtext(".//title").strip()
    (first,) = page.findall(".//h1")
    assert first.text_content() == TemplateWriter()._texts.line("subject", every_letter)
    ranks = [int(heading.tag[1]) for heading in page.iter("h1", "h2", "h3", "h4", "h5", "h6")]
    assert ranks[0] == 1
    assert set(ranks[1:]) <= {2}
    (main,) = page.findall(".//main")
    assert main.find(".//h1") is not None
    assert all(heading.text_content().strip() for heading in page.iter("h1", "h2"))


def test_nothing_runs_and_nothing_is_fetched(tmp_path: Path) -> None:
    for facts in letters_of_all_shapes():
        page = shown(facts, looks(tmp_path)[2])
        assert not list(page.iter("script", "iframe", "object", "embed", "form", "link", "base", "a"))
        for element in page.iter():
            assert not [name for name in element.attrib if name.startswith("on") or name in ("style", "srcset")]
        assert [image.get("src")[:22] for image in page.iter("img")] == ["data:image/png;base64,"]
        assert "url(" not in page.findtext(".//style")


def test_the_table_has_headers_and_as_many_cells_in_each_row() -> None:
    for facts in [long_letter("fr"), make_facts(), billed_letter("it")]:
        (table,) = shown(facts).iter("table")
        heads = table.xpath(".//thead//th")
        assert all(head.get("scope") == "col" and head.text_content().strip() for head in heads)
        assert [len(row) for row in table.xpath(".//tbody/tr")] == [len(heads)] * len(facts.positions)
        (total,) = table.xpath(".//tfoot/tr")
        assert len(total) == len(heads)
        assert total.xpath("./th/@scope") == ["row"]
        region = table.getparent()
        assert region.get("role") == "region"
        assert region.get("aria-label")


def test_the_logo_has_the_insurers_name_and_lists_pair_label_and_value(tmp_path: Path) -> None:
    page = shown(make_facts(), looks(tmp_path)[2])
    (image,) = page.iter("img")
    assert image.get("alt") == "Muster Krankenversicherung AG"
    for entries in page.iter("dl"):
        assert [one.tag for one in entries] == ["dt", "dd"] * (len(entries) // 2)
        assert all(one.text_content().strip() for one in entries)


@pytest.mark.parametrize("facts", letters_of_all_shapes(), ids=lambda one: f"{one.kind}-{one.recipient}-{one.language}")
def test_page_and_paper_tell_the_same_values(facts: Facts) -> None:
    paper = text_of_pages(render(facts, TemplateWriter().write(facts)))
    page = shown(facts)
    for element in page.iter("style", "title"):
        element.drop_tree()
    web = " ".join(text.strip() for text in page.itertext())
    assert missing(_VALUE.findall(web), paper) == []
    bill_and_footer = re.compile(r"(?s)\n[^\n]*·[^\n]*\d{8}\n(Seite|Page|Pagina)[^\n]*")
    told = [one for one in paper.split("\n") if not re.fullmatch(r"(Seite|Page|Pagina) \d+ \w+ \d+", one)]
    amounts = re.findall(r"\d[\d']*\.\d{2}\b|\d{13}|\d{1,2}\.? \w+ \d{4}", bill_and_footer.sub("", "\n".join(told)))
    assert missing(amounts, web) == []


def missing(values: list[str], text: str) -> list[str]:
    """Which of them do not stand in the text, wherever its lines break."""
    glued = re.sub(r"[\s…]+", "", text)
    return sorted({value for value in values if re.sub(r"[\s…]+", "", value) not in glued})


HOSTILE = "<img src=x onerror=alert(1)>&amp;\"'`</p><script>alert(1)</script>{{7*7}}"


def test_whatever_stands_in_a_value_is_text() -> None:
    facts = make_facts(
        patient_name=HOSTILE, biller_name=HOSTILE, comment=HOSTILE, invoice_number=HOSTILE,
        insurer=make_facts().insurer.__class__(
            name=HOSTILE, street=HOSTILE, zip="3000", city="Bern", phone=HOSTILE, email=HOSTILE
        ),
        addressee=make_facts().addressee.__class__(name=HOSTILE, street=HOSTILE),
    )  # fmt: skip
    page = shown(facts)
    assert not list(page.iter("script", "img"))
    assert page.text_content().count(HOSTILE) >= 9
    html5lib.HTMLParser(strict=True).parse(page_of(facts))


def test_equal_letters_are_equal_pages() -> None:
    assert page_of(long_letter("de")) == page_of(long_letter("de"))
