"""A person may word a letter as they like, but its facts stay, and no other comes in."""

from __future__ import annotations

import pytest
from letter_samples import all_facts, make_facts

from letters.edited import MAX_CHARACTERS, Problem, paragraphs_of, problems
from letters.facts import Facts
from letters.occasions import Kind, Recipient
from letters.texts import default_texts, values_of
from pulse.base.reasons import Language

EVERY = [facts for facts in all_facts("de", "fr", "it", "en") if facts.recipient is not Recipient.CONTROLLER]


def template(facts: Facts) -> str:
    return "\n\n".join(default_texts().block("explanation", facts))


@pytest.mark.parametrize("facts", EVERY, ids=lambda one: f"{one.kind}-{one.recipient}-{one.wording_language}")
def test_the_templates_own_words_may_stand(facts: Facts) -> None:
    assert problems(paragraphs_of(template(facts)), facts) == ()


@pytest.fixture
def facts() -> Facts:
    return make_facts(Kind.PARTLY_APPROVED, Recipient.CLIENT, "de")


@pytest.mark.parametrize("name", ["invoice_number", "invoice_date", "amount_billed", "amount_approved"])
def test_a_fact_that_the_template_names_must_stay_and_is_named(facts: Facts, name: str) -> None:
    value = values_of(facts)[name]
    assert value
    assert value in template(facts)
    without = template(facts).replace(value, "dies")
    assert Problem("missing", value) in problems(paragraphs_of(without), facts)


def test_a_number_that_only_ends_like_a_fact_is_another_number(facts: Facts) -> None:
    value = values_of(facts)["amount_approved"]
    assert value
    plain = value.removeprefix("CHF ")
    for wrong in (f"1'{plain}", f"9{plain}", f"{plain}5", f"{plain}.5"):
        found = problems(paragraphs_of(template(facts).replace(value, f"CHF {wrong}")), facts)
        assert Problem("missing", value) in found
        assert any(one.code == "number" for one in found)


@pytest.mark.parametrize(
    ("added", "code", "what"),
    [
        ("Sie erhalten CHF 999.95 zurück.", "number", "999.95"),
        ("Sie erhalten 12 Franken.", "number", "12"),
        ("Sie erhalten hundert Franken.", "currency", "Franken"),
        ("Zahlen Sie bis am 30.06.2027.", "number", "30.06.2027"),
        ("Zahlen Sie bis am 1. Juli.", "number", "1"),
        ("Konto CH93 0076 2011 6238 5295 7.", "number", "CH93"),
        ("Schreiben Sie an hilfe@fremd.example.", "contact", "@"),
        ("Siehe www.fremd.ch.", "contact", "www"),
        ("Das steht in Art. 52 KVG.", "law", "KVG"),
        ("Das sagt das Gesetz.", "law", None),
        ("Es sind ١٢ Packungen.", "number", "١٢"),
        ("Es sind １２ Packungen.", "number", "１２"),
        ("Es ist ½ Packung.", "number", "½"),
        ("Teil XII ist gemeint.", "number", "XII"),
        ("Das ist gut \N{GRINNING FACE}.", "sign", "\N{GRINNING FACE}"),
        ("Сie erhalten Bescheid.", "sign", "С"),
        ("Telefon 079 123 45 67.", "number", "079"),
        ("Kosten von €", "currency", "€"),
    ],
)
def test_what_is_no_fact_of_this_letter_is_refused_and_named(
    facts: Facts, added: str, code: str, what: str | None
) -> None:
    found = problems(paragraphs_of(f"{template(facts)}\n\n{added}"), facts)
    assert any(one.code == code and what in (None, one.what) for one in found), found


@pytest.mark.parametrize(
    "added",
    [
        "Wir haben Ihre Unterlagen noch einmal geprüft und bitten Sie um Verständnis.",
        "Bei Fragen sind wir gerne für Sie da (auch am Telefon).",
        "Die Position «Abilify Tabl 10 mg 28 Stk» ist davon betroffen.",
        "Was Ihnen Frau Muñoz erklärt hat, gilt weiterhin.",
    ],
)
def test_a_person_may_add_their_own_words_and_the_letters_other_facts(facts: Facts, added: str) -> None:
    assert problems(paragraphs_of(f"{template(facts)}\n\n{added}"), facts) == ()


def test_another_letters_amount_is_no_fact_of_the_providers() -> None:
    facts = make_facts(Kind.APPROVED, Recipient.PROVIDER, "de")
    found = problems(paragraphs_of(f"{template(facts)}\n\nDer Selbstbehalt beträgt CHF 8.05."), facts)
    assert Problem("number", "8.05") in found


def test_an_empty_and_an_endless_text_are_refused(facts: Facts) -> None:
    assert problems(paragraphs_of(" \n\n\u200b\n"), facts) == (Problem("empty"),)
    assert problems(paragraphs_of("ja " * MAX_CHARACTERS), facts) == (Problem("too_long"),)
    assert problems(paragraphs_of("ja\n\n" * 13), facts) == (Problem("too_long"),)


def test_blank_lines_part_paragraphs_as_a_browser_sends_them() -> None:
    assert paragraphs_of("one\r\nstill one\r\n \r\n\r\ntwo\u200b\r\n") == ("one still one", "two")


_SAYS = {
    "de": ("Wir übernehmen die Kosten.", "Wir können die Kosten nicht übernehmen."),
    "fr": ("Nous prenons les coûts en charge.", "Nous ne pouvons pas prendre les coûts en charge."),
    "it": ("Ci assumiamo i costi.", "Non possiamo assumerci i costi."),
    "en": ("We cover the costs.", "We cannot cover the costs."),
}


@pytest.mark.parametrize("language", ["de", "fr", "it", "en"])
@pytest.mark.parametrize("kind", [Kind.APPROVED, Kind.DENIED])
def test_a_text_that_says_the_opposite_of_the_decision_is_refused(kind: Kind, language: Language) -> None:
    facts = make_facts(kind, Recipient.CLIENT, language)
    covers, refuses = _SAYS[language]
    right, wrong = (covers, refuses) if kind is Kind.APPROVED else (refuses, covers)
    assert Problem("decision") in problems((wrong,), facts)
    assert Problem("decision") not in problems((right,), facts)
