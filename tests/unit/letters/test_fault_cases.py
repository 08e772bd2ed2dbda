"""Fault cases L6 to L9 in every language, on paper and as a page."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from letter_samples import INSURER, make_facts
from lxml import html
from paper import text_of_pages

from letters.amounts import PositionFact
from letters.facts import Address, Facts
from letters.html import render_html
from letters.pdf import render
from letters.texts import BadTemplate, Texts
from letters.writer import TemplateWriter
from pulse.base.reasons import LANGUAGES, Language

every_language = pytest.mark.parametrize("language", LANGUAGES)


def letter_with(value: str, language: Language) -> Facts:
    """A letter that has the value wherever one of a stranger's stands."""
    known = make_facts(language=language)
    position = PositionFact(line=1, name=value, code=value, billed=known.billed_total, approved=known.approved_total)
    return make_facts(
        language=language, biller_name=value, patient_name=value, comment=value, invoice_number=value,
        insurance_number=value, positions=(position,), addressee=Address(name=value, street=value, city=value),
    )  # fmt: skip


def told(facts: Facts) -> tuple[str, str]:
    """The text on paper and on the page, without blanks: lines break where they may."""
    wording = TemplateWriter().write(facts)
    page = html.fromstring(render_html(facts, wording))
    return glued(text_of_pages(render(facts, wording))), glued(page.text_content())


def glued(text: str) -> str:
    return re.sub(r"\s+", "", text)


@every_language
@pytest.mark.parametrize(
    "value",
    ["x <y and z> w", '<img src="file:///etc/passwd">', "</para>", "<b>", "&lt;&amp;", "<br/><font size=40>"],
)
def test_l6_markup_is_printed_as_it_is(value: str, language: Language) -> None:
    for text in told(letter_with(value, language)):
        assert text.count(glued(value)) >= 7


@every_language
def test_l7_rare_letters_have_their_glyph_and_what_turns_or_hides_is_gone(language: Language) -> None:
    facts = letter_with("Michał Őry 😀 A\u202eB\u200bC\x00D\ufeffE ﬁ", language)
    paper, page = told(facts)
    for text in (paper, page):
        assert "MichałŐry" in text
        assert "ABCDE" in text
        assert not set(text) & set("\u202e\u200b\x00\ufeff")
    assert "□" in paper
    assert "😀" in page


@every_language
@pytest.mark.parametrize(
    "value", ["{{7*7}}", "{% include 'de/letter.txt' %}", "{{ ''.__class__ }}", "{# gone #}", "${7*7}"]
)
def test_l8_a_template_in_a_name_is_printed_as_it_is(value: str, language: Language) -> None:
    for text in told(letter_with(value, language)):
        assert text.count(glued(value)) >= 7


@every_language
@pytest.mark.parametrize(
    "body",
    [
        "{{ ''.__class__ }}",
        "{{ ''.__class__.__mro__[1].__subclasses__() }}",
        "{{ biller | attr('__class__') | attr('__mro__') }}",
        "{% for number in range(10**9) %}x{% endfor %}",
        "{{ 'x' * 10**9 }}",
        "{{ diagnosis }}",
        "{{ cycler.__init__.__globals__ }}",
        "{% set biller.name = 'x' %}",
        "{% if %}",
    ],
)
def test_l9_an_insurers_template_that_reaches_out_is_refused_with_a_reason(
    body: str, language: Language, tmp_path: Path
) -> None:
    (tmp_path / language).mkdir()
    own = tmp_path / language / "approved_client.txt"
    own.write_text(f"{{% block explanation %}}{body}{{% endblock %}}", encoding="utf-8")
    facts = make_facts(language=language)
    with pytest.raises(BadTemplate) as refusal:
        TemplateWriter(Texts(tmp_path)).write(facts)
    assert refusal.value.reason == "bad_template"
    assert "explanation" in refusal.value.message
    assert INSURER.name in text_of_pages(render(facts, TemplateWriter().write(facts)))
