"""The letter on paper, read back from the PDF."""

from __future__ import annotations

import io
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import pdfplumber
import pytest
from letter_samples import all_facts
from pypdf import PdfReader
from reportlab import rl_config

from letters.amounts import PositionFact
from letters.facts import Facts
from letters.fonts import regular
from letters.layout import Style, wrap
from letters.occasions import Kind, Recipient
from letters.pdf import render
from letters.texts import default_texts
from letters.writer import TemplateWriter, Wording
from pulse.base.reasons import LANGUAGES, Language, Reason

_INSIDE = ("franchise", "selbstbehalt", "kostenbeteiligung", "deductible", "co-payment", "risiko", "risk")


def pages_of(facts: Facts, wording: Wording | None = None) -> list[str]:
    data = render(facts, wording or TemplateWriter().write(facts))
    with pdfplumber.open(io.BytesIO(data)) as document:
        return [page.extract_text() for page in document.pages]


def text_of(facts: Facts, wording: Wording | None = None) -> str:
    """All pages in one line, so that a line break is no difference."""
    return " ".join(" ".join(pages_of(facts, wording)).split())


def test_every_letter_says_what_its_wording_says_and_who_writes_to_whom(every_letter: Facts) -> None:
    text = text_of(every_letter)
    for paragraph in TemplateWriter().write(every_letter).paragraphs:
        assert paragraph in text
    assert "Muster Krankenversicherung AG" in text
    assert every_letter.addressee.name in text
    assert "12345678" in text
    assert "None" not in text
    assert "[[" not in text


def test_a_usual_letter_is_one_page(every_letter: Facts) -> None:
    assert len(pages_of(every_letter)) == 1


def test_a_client_learns_amounts_payee_reasons_and_rights(facts: Any) -> None:
    text = text_of(facts(Kind.PARTLY_APPROVED))
    for part in (
        "Total 80.35 65.90",
        "Wir bezahlen CHF 65.90 direkt an Apotheke zum Bären AG.",
        "wird über Ihr Konto abgerechnet",
        "Der verrechnete Preis liegt über dem Höchstpreis",
        "kostenlos eine schriftliche Verfügung verlangen (Art. 51 Abs. 2",
        "756.••••.••69.85",
    ):
        assert part in text
    assert "756.9217" not in text


def test_a_provider_learns_nothing_of_cost_share_or_risk() -> None:
    for facts in all_facts():
        if facts.recipient is Recipient.PROVIDER:
            text = text_of(facts).lower()
            for word in _INSIDE:
                assert word not in text
            assert "verfügung" not in text


def test_not_insured_says_no_more_than_that(facts: Any) -> None:
    text = text_of(facts(Kind.NOT_INSURED, Recipient.PROVIDER))
    assert "nicht bei uns versichert" in text
    for told in ("756", "10. Juni", "Abilify", "80.35", "Begründung"):
        assert told not in text


def test_an_automated_decision_is_labelled_and_a_persons_is_not(facts: Any) -> None:
    assert "automatisiert getroffen" in text_of(facts(automated=True))
    assert "automatisiert" not in text_of(facts(automated=False))
    assert "taken by automated means" in text_of(facts(automated=True, language="en"))


def test_a_missing_value_is_named_once(facts: Any) -> None:
    text = text_of(facts(Kind.RETURNED, Recipient.PROVIDER))
    assert "Versicherte Person: Geburtsdatum" in text
    assert "Position 2: Artikelnummer (GTIN)" in text
    assert "fehlt das Geburtsdatum" not in text


def test_controllers_get_link_and_date_and_no_health_data(facts: Any) -> None:
    text = text_of(facts(Kind.CONTROLLER_NOTICE, Recipient.CONTROLLER, reasons=(Reason.RISK_ABUSE,)))
    assert "https://pulse.muster-kv.example/cases/12345678" in text
    assert "Missbrauch" not in text
    assert "Verfügung" not in text


HOSTILE = [
    "x <y and z> w",
    '<img src="file:///etc/passwd">',
    "</para><b>offen",
    "&lt;b&gt; &amp; &",
    "{{7*7}} {% include 'x' %}",
    "(\\) Tj ET",
    "[[AMOUNT_BILLED]]",
    "Łukasz Ő. Ćwik-Šťastný",
]


@pytest.mark.parametrize("value", HOSTILE)
def test_markup_and_rare_letters_are_printed_as_they_are(facts: Any, value: str) -> None:
    position = PositionFact(line=1, name=value, code=value, billed=Decimal("80.35"), approved=Decimal("80.35"))
    text = text_of(facts(biller_name=value, patient_name=value, comment=value, positions=(position,)))
    assert text.count(" ".join(value.split())) >= 4


def test_emoji_become_a_visible_box_and_invisible_signs_vanish(facts: Any) -> None:
    text = text_of(facts(comment="Gut 😀👍🏽! A\u202eB\u200bC\x07D\U000e0041E\ufeff"))
    assert "Gut □! ABCDE" in text


def test_the_face_prints_nothing_it_lacks() -> None:
    face = regular()
    assert face.printable("中文 ok") == "□ ok"
    assert face.printable("é") == "é"


def test_a_word_wider_than_the_line_is_cut_and_an_amount_keeps_its_currency() -> None:
    style = Style(10, 12)
    assert all(style.face.width(line, 10) <= 100 for line in wrap("W" * 300, style, 100))
    lines = wrap("Das macht zusammen CHF 1'234.50", style, style.face.width("Das macht zusammen CHF", 10))
    assert lines == ["Das macht zusammen", "CHF 1'234.50"]


def test_a_long_table_goes_on_with_its_headings_and_counts_its_pages(facts: Any) -> None:
    positions = tuple(
        PositionFact(line=n, name=f"Medikament {n} mit einem recht langen Namen", code="7680562090041",
                     quantity=Decimal(1), billed=Decimal("1.00"), approved=Decimal("1.00"))
        for n in range(1, 121)
    )  # fmt: skip
    pages = pages_of(facts(positions=positions, billed_total=Decimal(120), approved_total=Decimal(120)))
    assert len(pages) > 3
    for number, page in enumerate(pages, start=1):
        assert f"Seite {number} von {len(pages)}" in page
        if "Medikament 1" in page:
            assert "Verrechnet CHF" in page
    assert sum(page.count("7680562090041") for page in pages) == 120
    assert "Total 120.00 120.00" in " ".join(pages)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_page_begins_with_the_closing_or_holds_the_small_print_alone(facts: Any, language: Language) -> None:
    for count in range(1, 13):
        positions = tuple(
            PositionFact(line=n, name="Abilify", code="7680562090041", quantity=Decimal(1), billed=Decimal("2.00"),
                         approved=Decimal("1.00"), reasons=(Reason.PRICE_ABOVE_MAXIMUM,))
            for n in range(1, count + 1)
        )  # fmt: skip
        totals = {"billed_total": Decimal(2 * count), "approved_total": Decimal(count)}
        letter = facts(Kind.PARTLY_APPROVED, language=language, positions=positions, **totals)
        closing = default_texts().line("closing", letter)
        for page in pages_of(letter)[1:]:
            lines = page.splitlines()
            assert closing not in lines[0]
            assert closing in lines


def test_long_comments_and_names_do_not_leave_the_page(facts: Any) -> None:
    letter = facts(Kind.DENIED, comment="Sehr langes Wort " + "x" * 3000, patient_name="N" * 300, biller_name="Ä" * 400)
    with pdfplumber.open(io.BytesIO(render(letter, TemplateWriter().write(letter)))) as document:
        for page in document.pages:
            assert max(char["x1"] for char in page.chars) <= page.width - 50
            assert max(char["bottom"] for char in page.chars) <= page.height - 20


def test_the_same_letter_is_the_same_bytes_in_any_thread() -> None:
    letters = [facts for facts in all_facts() if facts.recipient is not Recipient.CONTROLLER]
    alone = [render(facts, TemplateWriter().write(facts)) for facts in letters]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda facts: render(facts, TemplateWriter().write(facts)), letters * 2))
    assert together == alone * 2


def test_the_file_says_what_it_is_and_not_who_it_is_about(facts: Any) -> None:
    letter = facts()
    data = render(letter, TemplateWriter().write(letter))
    reader = PdfReader(io.BytesIO(data))
    assert reader.metadata is not None
    assert reader.metadata["/CreationDate"] == "D:20260616000000Z"
    assert reader.metadata.author == "Muster Krankenversicherung AG"
    assert "Małgorzata" not in str(reader.metadata)
    assert reader.trailer["/Root"]["/Lang"] == "de-CH"
    assert len(data) < 60_000


def test_rare_letters_are_embedded_and_leave_the_next_file_as_it_would_be(facts: Any) -> None:
    usual, rare = facts(), facts(comment="Łukasz Ő. Ćwik, Ελλάδα")
    before = render(usual, TemplateWriter().write(usual))
    assert "Łukasz Ő. Ćwik, Ελλάδα" in text_of(rare)
    assert render(usual, TemplateWriter().write(usual)) == before
    PdfReader(io.BytesIO(render(rare, TemplateWriter().write(rare))), strict=True)


def test_other_files_of_the_process_are_written_as_before(facts: Any) -> None:
    before = rl_config.useA85
    pages_of(facts())
    assert rl_config.useA85 == before
