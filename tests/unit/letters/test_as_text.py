"""A letter as plain text says what its PDF says."""

from __future__ import annotations

import io
import re

import pytest
from letter_samples import make_facts
from paper import billed_letter, long_letter
from pypdf import PdfReader

from letters.as_text import render_text
from letters.facts import Facts
from letters.occasions import Kind, Recipient
from letters.pdf import render
from letters.writer import TemplateWriter
from pulse.base.reasons import LANGUAGES


def text_of(facts: Facts) -> str:
    return render_text(facts, TemplateWriter().write(facts))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_word_of_the_text_stands_on_paper(language: str) -> None:
    for facts in (make_facts(Kind.PARTLY_APPROVED, language=language), billed_letter(language)):  # type: ignore[arg-type]
        pdf = PdfReader(io.BytesIO(render(facts, TemplateWriter().write(facts))))
        paper = set(" ".join(page.extract_text() for page in pdf.pages).split())
        told = {word for word in text_of(facts).split() if word != "-"}
        assert told <= paper, told - paper


def test_amounts_stand_one_below_the_other() -> None:
    lines = text_of(make_facts(Kind.PARTLY_APPROVED, Recipient.PROVIDER)).splitlines()
    ends = {re.search(r"\d+\.\d\d", line[60:]).end() for line in lines if "Stk" in line or line.startswith("Total")}  # type: ignore[union-attr]
    assert len(ends) == 1


def test_a_long_letter_keeps_its_lines_short_and_prints_no_markup() -> None:
    facts = make_facts(Kind.DENIED, comment="Sehr lang " * 60 + "\x1b[31m")
    text = text_of(facts)
    assert max(map(len, text.splitlines())) <= 110
    assert "\x1b" not in text
    assert "Abilify" in text
    assert text_of(long_letter("de", positions=3)).count("Filmtabletten") == 3
