"""The guard: what a model must not write, one fault at a time."""

from __future__ import annotations

from typing import Any

import pytest
from letter_samples import all_facts

from letters import guard, prompt
from letters.facts import Facts
from letters.model_writer import WORDED_BY_MODEL
from letters.occasions import Kind, Recipient
from letters.placeholders import fill, found_in, tokens_of, with_tokens
from letters.texts import default_texts

pytest.importorskip("lingua", reason="the extra `models` is not installed")

TEXTS = default_texts()
for_every_worded_letter = pytest.mark.parametrize(
    "letter",
    [letter for letter in all_facts() if letter.kind in WORDED_BY_MODEL],
    ids=lambda letter: f"{letter.kind}-{letter.recipient}-{letter.language}",
)


def judge(text: str, facts: Facts) -> guard.Verdict:
    return guard.check(text, guard.Rules.of(facts, TEXTS, prompt.echoes(facts)))


@for_every_worded_letter
def test_our_own_wording_passes(letter: Facts) -> None:
    verdict = judge("\n\n".join(with_tokens(letter, TEXTS)), letter)
    assert verdict.faults == ()
    filled = [fill(paragraph, letter) for paragraph in verdict.paragraphs]
    assert filled == list(TEXTS.block("explanation", letter))


NAMED = "[[INVOICE_NUMBER]] vom [[INVOICE_DATE]] von [[BILLER]]"
GOOD = {
    Kind.APPROVED: f"Wir haben die Rechnung {NAMED} geprüft und übernehmen [[AMOUNT_APPROVED]].",
    Kind.DENIED: f"Wir haben die Rechnung {NAMED} geprüft. Leider können wir [[AMOUNT_BILLED]] nicht übernehmen.",
    Kind.PARTLY_APPROVED: f"Von der Rechnung {NAMED} über [[AMOUNT_BILLED]] übernehmen wir [[AMOUNT_APPROVED]]. "
    "Den Rest von [[AMOUNT_REDUCED]] können wir leider nicht übernehmen.",
    Kind.RETURNED: f"Die Rechnung {NAMED} können wir so noch nicht bearbeiten.",
}


@pytest.mark.parametrize("kind", list(GOOD))
def test_other_good_words_pass_too(facts: Any, kind: Kind) -> None:
    assert judge(GOOD[kind], facts(kind)).faults == ()


@pytest.mark.parametrize(
    ("fault", "addition"),
    [
        ("number", " Das dauert 3 Wege."),
        ("number", " Wir melden uns in zwanzig Schritten."),
        ("number", " Wir melden uns am Montag."),
        ("number", " Der Anteil liegt bei ½ davon."),
        ("number", " Das geschah im Juni."),
        ("currency", " Der Betrag ist in Franken."),
        ("currency", " Der Betrag ist in CHF."),
        ("contact", " Schreiben Sie an hilfe@example."),
        ("contact", " Sehen Sie auf beispiel.ch nach."),
        ("contact", " Bitte nennen Sie die IBAN."),
        ("law", " So will es das Krankenversicherungsgesetz."),
        ("law", " Das folgt aus Art. und Abs. dazu."),
        ("name", " Das hat Frau Keller entschieden."),
        ("name", " Das hat bei uns Anna Keller entschieden."),
        ("banned", " Das garantieren wir."),
        ("banned", " Das war Ihr Fehler."),
        ("banned", " Bitte nehmen Sie das Medikament weiter."),
        ("banned", " Als KI kann man das sagen."),
        ("banned", " Der Selbstbehalt ist klein."),
        ("banned", " Es besteht ein Verdacht auf Betrug."),
        ("banned", " Freundliche Grüsse."),
        ("characters", " Das ist **wichtig**."),
        ("characters", ' {"text": "Hallo"}.'),
        ("characters", " Wir grüssen herzlich, Ihre Straße."),
        ("characters", " Das ist <b>wichtig</b>."),
        ("characters", " Das ist fein 😀."),
        ("characters", " Das \u202e ist gut."),
        ("characters", " Это хорошо."),
        ("unknown_placeholder", " Siehe [[DIAGNOSIS]]."),
        ("repetition", " Das ist gut so. Das ist gut so."),
        ("unfinished", " Und ausserdem wäre noch zu sagen, dass"),
        ("echo", " Erkläre nur den Entscheid, ändere ihn nicht."),
        ("length", " Wort" * 200 + "."),
        ("hard_to_read", " Und so" * 30 + "."),
    ],
)
def test_each_invention_is_found(facts: Any, fault: str, addition: str) -> None:
    assert fault in judge(GOOD[Kind.APPROVED] + addition, facts()).faults


@pytest.mark.parametrize("token", ["[[INVOICE_NUMBER]]", "[[AMOUNT_APPROVED]]", "[[BILLER]]"])
def test_a_dropped_fact_is_found(facts: Any, token: str) -> None:
    assert "missing_fact" in judge(GOOD[Kind.APPROVED].replace(token, "das"), facts()).faults


@pytest.mark.parametrize(
    "text",
    [
        "We have reviewed the invoice [[INVOICE_NUMBER]] of [[INVOICE_DATE]] from [[BILLER]]: [[AMOUNT_APPROVED]].",
        "Nous avons contrôlé la facture [[INVOICE_NUMBER]] du [[INVOICE_DATE]] de [[BILLER]]: [[AMOUNT_APPROVED]].",
        "Abbiamo controllato la fattura [[INVOICE_NUMBER]] del [[INVOICE_DATE]] di [[BILLER]]: [[AMOUNT_APPROVED]].",
    ],
)
def test_another_language_is_found(facts: Any, text: str) -> None:
    assert "language" in judge(text, facts()).faults


@pytest.mark.parametrize(
    ("kind", "sentence"),
    [
        (Kind.DENIED, " Wir übernehmen die Kosten gern."),
        (Kind.DENIED, " Wir übernehmen den Betrag, obwohl das Medikament nicht auf der Liste steht."),
        (Kind.DENIED, " Die Kosten werden nicht abgelehnt."),
        (Kind.DENIED, " Das freut uns."),
        (Kind.DENIED, " Sie ist in Ordnung."),
        (Kind.APPROVED, " Die Kosten können wir nicht übernehmen."),
        (Kind.APPROVED, " Leider ist das so."),
        (Kind.APPROVED, " Die Rechnung haben wir abgelehnt."),
        (Kind.RETURNED, " Wir übernehmen die Kosten später."),
        (Kind.RETURNED, " Die Rechnung lehnen wir ab."),
        (Kind.PARTLY_APPROVED, " Damit ist der ganze Betrag gemeint. Den gesamten Rest klären wir."),
    ],
)
def test_words_against_the_decision_are_found(facts: Any, kind: Kind, sentence: str) -> None:
    assert "polarity" in judge(GOOD[kind] + sentence, facts(kind)).faults


@pytest.mark.parametrize("said", list(GOOD))
@pytest.mark.parametrize("decided", list(GOOD))
def test_a_letter_of_one_decision_never_passes_for_another(facts: Any, said: Kind, decided: Kind) -> None:
    assert judge(GOOD[said], facts(decided)).passed == (said is decided)


def test_a_denial_has_no_approved_amount_to_name(facts: Any) -> None:
    letter = facts(Kind.DENIED)
    assert letter.approved_total == 0
    assert "unknown_placeholder" in judge(GOOD[Kind.DENIED] + " Das sind [[AMOUNT_APPROVED]].", letter).faults


def test_a_part_needs_both_halves(facts: Any) -> None:
    half = GOOD[Kind.PARTLY_APPROVED].replace("können wir leider nicht übernehmen", "nennen wir hier")
    assert "polarity" in judge(half, facts(Kind.PARTLY_APPROVED)).faults


@pytest.mark.parametrize(
    ("kind", "text", "fault"),
    [
        (Kind.APPROVED, "we will cover it, as Anna wishes", "name"),
        (Kind.APPROVED, "unfortunately", "polarity"),
        (Kind.DENIED, "we gladly approve it", "polarity"),
        (Kind.DENIED, "this takes two weeks", "number"),
        (Kind.DENIED, "as an AI I see it so", "banned"),
        (Kind.DENIED, "under the Health Insurance Act", "law"),
    ],
)
def test_english_is_judged_alike(facts: Any, kind: Kind, text: str, fault: str) -> None:
    letter = facts(kind, language="en")
    whole = "\n\n".join(with_tokens(letter, TEXTS)) + f" And {text}."
    assert fault in judge(whole, letter).faults


@pytest.mark.parametrize(
    ("text", "faults"),
    [
        ("", ("empty",)),
        ("  \n ", ("empty",)),
        ("<think>Ich überlege, ob 80 Franken …</think>", ("empty",)),
        ("Wort " * 10_000, ("too_long",)),
    ],
)
def test_nothing_and_endless_text_are_not_looked_at_further(facts: Any, text: str, faults: tuple[str, ...]) -> None:
    assert judge(text, facts()).faults == faults


def test_thinking_is_taken_out_but_an_open_thought_is_a_fault(facts: Any) -> None:
    good = GOOD[Kind.APPROVED]
    assert judge(f"<think>80 CHF, hm.</think>\n\n{good}", facts()).passed
    assert "characters" in judge(f"<think>80 CHF, hm. {good}", facts()).faults


def test_a_value_that_looks_like_a_placeholder_is_not_filled_again(facts: Any) -> None:
    letter = facts(biller_name="[[AMOUNT_APPROVED]]")
    assert fill("Von [[BILLER]] kam das.", letter) == "Von [[AMOUNT_APPROVED]] kam das."


@for_every_worded_letter
def test_the_prompt_holds_nothing_of_the_case(letter: Facts) -> None:
    asked = prompt.prompt(letter, ("language", "polarity"))
    for value in ("Małgorzata", "Bären", "2026", "80.35", "Abilify", "7680562090041", "756", "12345678", "Muster"):
        assert value not in asked
    assert found_in((asked,)) == set(tokens_of(letter).values())


@pytest.mark.parametrize("language", ["de", "en"])
def test_every_fault_can_be_told_to_the_model(facts: Any, language: str) -> None:
    letter = facts(Kind.DENIED, Recipient.PROVIDER, language=language)
    assert len(prompt.prompt(letter, guard.FAULTS)) > len(prompt.prompt(letter))
