"""Wording by templates: every letter, hostile values, an insurer's own templates."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from letter_samples import all_facts

import letters
from letters import plain
from letters.facts import Facts
from letters.occasions import Kind, Recipient
from letters.texts import LETTER_BLOCKS, SHARED_BLOCKS, BadTemplate, Texts, default_texts
from letters.writer import TemplateWriter
from pulse.base.reasons import LANGUAGES

USUAL = {
    "de": {"wir", "haben", "die", "der", "ein", "nicht", "rechnung"},
    "fr": {"nous", "avons", "la", "le", "un", "pour", "facture", "vous", "dossier"},
    "it": {"abbiamo", "una", "un", "il", "la", "di", "fattura", "caso"},
    "en": {"we", "have", "the", "a", "case", "invoice", "for"},
}
HEALTH = re.compile(r"abilify|dafalgan|medika|medica|diagnos|risiko|risk|hoch|high", re.IGNORECASE)


def test_every_letter_is_worded_in_its_language(every_letter: Facts) -> None:
    wording = TemplateWriter().write(every_letter)
    assert wording.worded_by == "template"
    assert wording.attempts == 0
    assert 1 <= len(wording.paragraphs) <= 3
    assert all(paragraph.endswith(".") for paragraph in wording.paragraphs)
    said = set(" ".join(wording.paragraphs).lower().split())
    assert max(USUAL, key=lambda language: len(said & USUAL[language])) == every_letter.language


def blocks_of(facts: Facts) -> list[str]:
    """The blocks that this letter prints."""
    unused = {"payment": not facts.payee, "bill": not facts.bills}
    return [name for name in (*LETTER_BLOCKS, *SHARED_BLOCKS) if not unused.get(name)]


def test_no_german_text_holds_an_eszett() -> None:
    texts = default_texts()
    for facts in all_facts("de"):
        assert all("ß" not in " ".join(texts.block(name, facts)) for name in blocks_of(facts))


def test_the_mail_says_nothing_about_health_or_people(every_letter: Facts) -> None:
    subject, body = letters.subject(every_letter), letters.mail_text(every_letter)
    assert "\n" not in subject
    assert str(every_letter.case_id) in subject
    for text in (subject, body):
        assert not HEALTH.search(text)
        assert "Małgorzata" not in text
        assert "Apotheke" not in text
        assert "80.35" not in text
        assert "2026-0101" not in text
    named = {"de": "Brief", "fr": "Lettre", "it": "Lettera", "en": "Letter"}[every_letter.language]
    assert letters.file_name(every_letter) == f"{named}-12345678.pdf"


def test_controllers_find_the_link_in_the_mail(facts: Any) -> None:
    body = letters.mail_text(facts(Kind.CONTROLLER_NOTICE, Recipient.CONTROLLER))
    assert "https://pulse.muster-kv.example/cases/12345678" in body
    assert "17. Juni 2026, 10:00 Uhr" in body


@pytest.mark.parametrize(
    "value", ["{{ 7*7 }}", "{% include 'de/letter.txt' %}", "{{ ''.__class__ }}", "[[AMOUNT_BILLED]]"]
)
def test_a_template_in_a_value_is_printed_as_it_is(facts: Any, value: str) -> None:
    assert value in " ".join(TemplateWriter().write(facts(biller_name=value)).paragraphs)


def test_a_value_cannot_start_a_line_of_its_own(facts: Any) -> None:
    words = TemplateWriter().write(facts(biller_name="Apotheke\n\nWir zahlen\u202e alles\x00")).paragraphs
    assert len(words) == 2
    assert "Apotheke Wir zahlen alles geprüft" in words[0]


@pytest.mark.parametrize("kind", [Kind.RETURNED, Kind.DENIED])
def test_what_is_unknown_is_left_out_of_the_sentence(facts: Any, kind: Kind) -> None:
    unknown = {"invoice_number": None, "invoice_date": None, "biller_name": None}
    words = " ".join(TemplateWriter().write(facts(kind, **unknown)).paragraphs)
    assert "None" not in words
    assert "Wir haben die Rechnung " in words
    assert letters.texts.default_texts().line("subject", facts(kind, **unknown)).startswith("Ihre Rechnung:")


def _own(folder: Path, name: str, block: str, body: str) -> Texts:
    (folder / "de").mkdir(exist_ok=True)
    (folder / "de" / name).write_text(f"{{% block {block} %}}{body}{{% endblock %}}", encoding="utf-8")
    return Texts(folder)


def test_an_insurer_can_word_a_letter_anew(tmp_path: Path, facts: Any) -> None:
    texts = _own(tmp_path, "approved_client.txt", "explanation", "Wir zahlen {{ amount_approved }}.")
    assert TemplateWriter(texts).write(facts()).paragraphs == ("Wir zahlen CHF 80.35.",)


@pytest.mark.parametrize(
    "body",
    [
        "{{ ''.__class__.__mro__ }}",
        "{{ biller|attr('__class__') }}{{ (biller|attr('__class__')).x }}",
        "{% for i in range(1000000000) %}x{% endfor %}",
        "{{ diagnosis }}",
        "{{ amount_reduced }}{{ due_at }}",
        "{{ biller",
        "{% include '/etc/passwd' %}",
        "{{ 'x' * 30000 }}",
    ],
)
def test_a_bad_template_is_refused_before_it_is_used(tmp_path: Path, facts: Any, body: str) -> None:
    with pytest.raises(BadTemplate) as refusal:
        _own(tmp_path, "approved_client.txt", "explanation", body).check((facts(),))
    assert refusal.value.reason == "bad_template"


def test_our_own_templates_pass_the_same_check() -> None:
    default_texts().check(tuple(all_facts(*LANGUAGES)))


@pytest.mark.parametrize(
    ("value", "printed"),
    [("1", "1"), ("1.00", "1"), ("2.50", "2.5"), ("10", "10"), ("0.125", "0.125")],
)
def test_quantities_are_printed_without_idle_zeros(value: str, printed: str) -> None:
    assert plain.quantity(Decimal(value)) == printed


def test_dates_and_numbers_are_printed_the_swiss_way() -> None:
    assert plain.long_date(dt.date(2026, 3, 1), "de") == "1. März 2026"
    assert plain.long_date(dt.date(2026, 3, 1), "en") == "1 March 2026"
    assert plain.long_date(dt.date(2026, 6, 1), "fr") == "1er juin 2026"
    assert plain.long_date(dt.date(2026, 6, 2), "fr") == "2 juin 2026"
    assert plain.long_date(dt.date(2026, 6, 1), "it") == "1º giugno 2026"
    assert plain.long_date(dt.date(2026, 6, 11), "it") == "11 giugno 2026"
    assert plain.amount(Decimal("1234.5")) == "CHF 1'234.50"
    assert plain.masked_number("756.9217.0769.85") == "756.••••.••69.85"
    assert plain.masked_number("123456789") == "123456789"
