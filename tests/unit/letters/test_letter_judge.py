"""The judge of finished letters is worth something only if it finds wrong ones: here it has to, one by one."""

from __future__ import annotations

import ast
import random
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from hostile_writer import FAULTS, right_text
from letter_samples import all_facts, make_facts

from letters.evaluation import judge as module
from letters.evaluation.cases import random_cases
from letters.evaluation.judge import CODES, judge
from letters.evaluation.paper import text_of
from letters.facts import Facts
from letters.occasions import Kind, Recipient
from letters.pdf import render
from letters.placeholders import fill
from letters.writer import TemplateWriter, Wording
from pulse.base.reasons import LANGUAGES, Language

#: What the first sentence of a letter becomes, or what is put behind it; and how the judge calls it.
MISSTATED: dict[Kind, tuple[tuple[str, str, str], ...]] = {
    Kind.APPROVED: (
        ("CHF 80.35", "CHF 80.53", "missing"),
        ("CHF 80.35", "CHF 180.35", "number"),
        ("CHF 80.35", "80.35", "missing"),
        ("CHF 80.35", "CHF 71.55", "missing"),
        ("2026-0101", "2026-0102", "missing"),
        ("2026-0101", "", "missing"),
        ("12. Juni 2026", "12. Juli 2026", "date"),
        ("12. Juni 2026", "10. Juni 2026", "missing"),
        ("Apotheke zum Bären AG", "Apotheke zum Löwen AG", "name"),
        ("von Apotheke zum Bären AG ", "", "missing"),
        ("wir übernehmen", "wir übernehmen nicht", "polarity"),
        ("Sie ist in Ordnung, und wir übernehmen", "Wir verweigern", "polarity"),
        ("den ganzen Betrag", "einen Teil", "polarity"),
        ("den ganzen Betrag", "leider den Betrag", "polarity"),
        ("Rechnung 2026-0101 vom 12. Juni 2026", "Rechnung 12. Juni 2026 vom 2026-0101", "role"),
        ("+", "Frau Keller hat sie geprüft.", "name"),
        ("+", "Das sind neunzig Prozent.", "number"),
        ("+", "Wir melden uns am Montag.", "number"),
        ("+", "Bitte rufen Sie 079 123 45 67 an.", "number"),
        ("+", "Schreiben Sie an hilfe@kasse.example.", "contact"),
        ("+", "Mehr unter www.kasse.ch.", "contact"),
        ("+", "Das folgt aus Art. 25.", "contact"),
        ("+", "Den Betrag haben wir bereits bezahlt.", "claim"),
        ("+", "Der Entscheid ist endgültig.", "claim"),
        ("+", "Ihr Arzt weiss mehr.", "claim"),
        ("+", "Eine Fachperson hat sie angeschaut.", "claim"),
        ("+", "Wir bezahlen, sofern Sie einverstanden sind.", "claim"),
        ("+", "We have looked at it and it is all in order for you.", "language"),
        ("+", "# Brief {}", "contact"),
        ("+", "Das sind CHF 12.30 mehr.", "number"),
        ("+", "Das Medikament kostet ½ davon.", "number"),
    ),
    Kind.PARTLY_APPROVED: (
        ("CHF 65.90.", "CHF 14.45.", "missing"),
        ("verrechneten CHF 80.35 übernehmen wir CHF 65.90", "verrechneten CHF 65.90 übernehmen wir CHF 80.35", "role"),
        ("übernehmen wir CHF 65.90.", "übernehmen wir CHF 14.45.", "role"),
        ("CHF 14.45", "CHF 65.90", "role"),
        ("nicht übernehmen", "übernehmen", "polarity"),
        ("verrechneten CHF 80.35", "nicht verrechneten CHF 80.35", "role"),
        ("leider", "gerne", "polarity"),
        ("Von den verrechneten CHF 80.35 übernehmen wir CHF 65.90.", "", "missing"),
    ),
    Kind.DENIED: (
        ("nicht übernehmen", "übernehmen", "polarity"),
        ("Leider können wir die Kosten von CHF 80.35 nicht übernehmen.", "", "missing"),
        ("Leider können", "Gerne können", "polarity"),
        ("+", "Wir vergüten den Betrag.", "polarity"),
        ("CHF 80.35", "CHF 71.55", "missing"),
    ),
    Kind.RETURNED: (
        ("+", "Wir bezahlen die Rechnung.", "polarity"),
        ("+", "Wir lehnen die Rechnung ab.", "polarity"),
        ("2026-0101", "2026-0110", "missing"),
    ),
}  # fmt: skip


def on_paper(facts: Facts, *paragraphs: str) -> str:
    return text_of(render(facts, Wording(paragraphs=paragraphs)))


def misstated() -> Iterator[tuple[Kind, str, str]]:
    for kind, changes in MISSTATED.items():
        text = " ".join(TemplateWriter().write(make_facts(kind)).paragraphs)
        for old, new, code in changes:
            assert old == "+" or old in text, old
            yield kind, f"{text} {new}" if old == "+" else text.replace(old, new), code


@pytest.mark.parametrize("facts", all_facts(*LANGUAGES), ids=lambda facts: f"{facts.language}-{facts.kind}")
def test_our_own_letters_state_their_facts(facts: Facts) -> None:
    assert judge(text_of(render(facts, TemplateWriter().write(facts))), facts) == []


def test_random_letters_by_template_state_their_facts() -> None:
    for facts in random_cases(count=90, seed=5):
        assert judge(text_of(render(facts, TemplateWriter().write(facts))), facts) == []


def test_the_judge_finds_each_misstatement() -> None:
    cases = list(misstated())
    assert len(cases) >= 40
    missed = []
    for kind, text, code in cases:
        found = {one.code for one in judge(on_paper(make_facts(kind), text), make_facts(kind))}
        if code not in found:
            missed.append((kind, code, found, text))
    assert missed == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_letter_tells_the_facts_of_its_own_case(language: Language) -> None:
    """The letter of one case, held against another that differs in one fact."""
    facts = make_facts(Kind.PARTLY_APPROVED, language=language)
    paper = text_of(render(facts, TemplateWriter().write(facts)))
    for change in (
        {"invoice_number": "2026-0107"}, {"invoice_date": facts.letter_date}, {"biller_name": "Apotheke Löwen"},
        {"billed_total": Decimal("90.35")}, {"case_id": 12345679}, {"patient_name": "Anna Muster"},
        {"kind": Kind.DENIED, "approved_total": Decimal(0), "payee": None, "positions": (),
         "reasons": facts.all_reasons},
    ):  # fmt: skip
        assert judge(paper, replace(facts, **change)) != [], change


@pytest.mark.parametrize("language", LANGUAGES)
def test_without_a_guard_the_judge_sees_what_a_hostile_writer_does(language: Language) -> None:
    """Each fault six times straight onto paper. Where it says the same in bad form, or what is true, none is wrong."""
    kinds, told = (Kind.APPROVED, Kind.PARTLY_APPROVED, Kind.DENIED) * 2, {}
    for name in sorted(set(FAULTS) - OF_FORM):
        chance = random.Random(f"{name} {language}")
        letters = [make_facts(kind, language=language) for kind in kinds]
        texts = [fill(FAULTS[name](chance, right_text(facts), facts), facts) for facts in letters]
        papers = [on_paper(facts, *text.split("\n\n")) for facts, text in zip(letters, texts, strict=True)]
        told[name] = sum(bool(judge(paper, facts)) for paper, facts in zip(papers, letters, strict=True))
    assert {name: count for name, count in told.items() if count < 3} == {}


#: Faults of form, and those that may leave a text true.
OF_FORM = {
    "thinking", "endless", "repeated words", "broken off", "prompt echo", "markdown",
    "dropped sentence", "words moved", "words lost", "words of others", "turned round",
    "sentence of another decision",
}  # fmt: skip


def test_the_judge_shares_nothing_with_the_guard() -> None:
    imported = set()
    for node in ast.walk(ast.parse(Path(module.__file__).read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom):
            imported |= {f"{node.module}.{name.name}" for name in node.names} | {str(node.module)}
        elif isinstance(node, ast.Import):
            imported |= {name.name for name in node.names}
    ours = {name for name in imported if name.startswith(("letters", "pulse"))}
    assert ours <= {
        "letters.facts", "letters.facts.Facts", "letters.occasions", "letters.occasions.Kind",
        "letters.occasions.Recipient", "pulse.base",
        "pulse.base.reason_texts", "pulse.base.reasons", "pulse.base.reasons.LANGUAGES", "pulse.base.reasons.Language",
    }  # fmt: skip


def test_every_problem_has_a_known_code() -> None:
    assert {code for _, _, code in misstated()} <= set(CODES)
    assert judge("Guten Tag", make_facts(Kind.NOTICE, Recipient.CLIENT))[0].code == "unreadable"
