"""The same letter in four languages: equal facts, equal parts, plain and polite words."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from letter_samples import INSURER, make_facts

from letters.amounts import Bill, CostShare
from letters.facts import Facts
from letters.legal import citation, reason_sentence
from letters.occasions import Kind, Recipient
from letters.plain import labels
from letters.readability import MAX_AVERAGE_WORDS, sentence_lengths
from letters.texts import LETTER_BLOCKS, SHARED_BLOCKS, default_texts, letters_that_exist, values_of
from pulse.base import reason_texts
from pulse.base.reasons import LANGUAGES, Language, Reason

for_every_language = pytest.mark.parametrize("language", LANGUAGES)
FAMILIAR = {
    "de": r"\b(?:du|dich|dir|dein\w*|euch|euer)\b",
    "fr": r"\b(?:tu|te|toi|ton|ta|tes)\b|\bt'",
    "it": r"\b(?:tu|te|ti|tuo|tua|tuoi|tue)\b",
    "en": r"\b(?:hi|hey|gonna|wanna)\b",
}
LEFT_OVER = re.compile(r"\[\[|\]\]|\{\{|\}\}|\{%|None|\(\)| [,.;:]|\.\.|  ")
SHARE = CostShare(
    franchise=Decimal("50.00"), copayment=Decimal("3.04"), settled=Decimal("27.30"), year=2026,
    year_franchise=Decimal("300.00"), year_copayment=Decimal("3.04"), adjustment=Decimal("20.00"),
)  # fmt: skip
BILL = Bill(case_id=7, purpose="cost_share", amount=Decimal("1253.05"), due_on=dt.date(2026, 7, 16))
ENCLOSED = replace(BILL, iban="CH4431999123000889012", reference="210000000003139471430009017")
UNKNOWN = {"invoice_number": None, "invoice_date": None, "biller_name": None}
PAID = {"payee": "provider", "cost_share": replace(SHARE, settled=Decimal("53.05"), adjustment=Decimal("-180"))}
FREE = replace(SHARE, franchise=Decimal(0), copayment=Decimal(0), settled=Decimal("80.35"), year=None)
BORNE = replace(SHARE, franchise=Decimal("80.35"), copayment=Decimal(0), settled=Decimal(0), adjustment=Decimal(0))
BACK = replace(BILL, purpose="repayment")
ACCOUNT = {"account": "CH93 … 2957"}
CLIENT, PROVIDER = Recipient.CLIENT, Recipient.PROVIDER
VARIANTS: list[tuple[Kind, Recipient, dict[str, Any]]] = [
    *((kind, recipient, {}) for kind, recipient in letters_that_exist()),
    *((kind, recipient, UNKNOWN) for kind, recipient in letters_that_exist() if recipient is not Recipient.CONTROLLER),
    (Kind.APPROVED, CLIENT, {"cost_share": SHARE, **ACCOUNT}),
    (Kind.APPROVED, CLIENT, {"cost_share": SHARE, "account_wanted": True, "refund": Decimal("12.00")}),
    (Kind.APPROVED, CLIENT, {"cost_share": BORNE}),
    (Kind.APPROVED, CLIENT, {"cost_share": FREE}),
    (Kind.APPROVED, CLIENT, PAID),
    (Kind.APPROVED, CLIENT, PAID | {"bills": (BILL,)}),
    (Kind.APPROVED, CLIENT, PAID | {"bills": (ENCLOSED,)}),
    (Kind.APPROVED, PROVIDER, {"payee": "provider", **ACCOUNT}),
    (Kind.APPROVED, PROVIDER, {"payee": "provider", "account_wanted": True}),
    (Kind.PARTLY_APPROVED, CLIENT, {"payee": "client"}),
    (Kind.PARTLY_APPROVED, PROVIDER, {"payee": "client"}),
    (Kind.DENIED, PROVIDER, {"bills": (BACK,)}),
    (Kind.DENIED, CLIENT, {"withdrawn": Decimal("53.05")}),
    (Kind.DENIED, PROVIDER, {"withdrawn": Decimal("53.05")}),
    *((Kind.DENIED, recipient, {"law": law}) for recipient in (CLIENT, PROVIDER) for law in ("VVG", "UVG")),
]
for_every_variant = pytest.mark.parametrize(
    ("kind", "recipient", "changes"), VARIANTS, ids=lambda value: "+".join(value) if isinstance(value, dict) else value
)


def letter(kind: Kind, recipient: Recipient, changes: dict[str, Any], language: Language) -> Facts:
    insurer = replace(INSURER, data_protection="datenschutz@muster-kv.example")
    return make_facts(kind, recipient, language, **{"insurer": insurer, **changes})


def blocks(facts: Facts) -> dict[str, tuple[str, ...]]:
    """Every block that this letter prints, with its paragraphs."""
    unused = {"payment": not facts.payee, "bill": not facts.bills, "account_wanted": not facts.account_wanted}
    names = [name for name in (*LETTER_BLOCKS, *SHARED_BLOCKS) if not unused.get(name)]
    return {name: default_texts().block(name, facts) for name in names}


def told(facts: Facts) -> str:
    return "\n".join(paragraph for paragraphs in blocks(facts).values() for paragraph in paragraphs)


def in_each(kind: Kind, recipient: Recipient, changes: dict[str, Any], look: Callable[[Facts], object]) -> list[object]:
    """What `look` finds in the letter of each language, told once where all find the same."""
    found = [look(letter(kind, recipient, changes, language)) for language in LANGUAGES]
    return [one for number, one in enumerate(found) if one not in found[:number]]


@for_every_variant
def test_every_language_has_the_same_parts(kind: Kind, recipient: Recipient, changes: dict[str, Any]) -> None:
    assert (
        len(in_each(kind, recipient, changes, lambda facts: [name for name, said in blocks(facts).items() if said]))
        == 1
    )


@for_every_variant
def test_every_language_tells_the_same_facts(kind: Kind, recipient: Recipient, changes: dict[str, Any]) -> None:
    def values(facts: Facts) -> set[str]:
        text = told(facts)
        return {name for name, value in values_of(facts).items() if value and value in text and name != "addressee"}

    def numbers(facts: Facts) -> set[str]:
        return {number.rstrip(".'") for number in re.findall(r"\d[\d.']*", told(facts))}

    assert len(in_each(kind, recipient, changes, values)) == 1
    assert len(in_each(kind, recipient, changes, numbers)) == 1


@for_every_language
@for_every_variant
def test_letters_are_polite_plain_and_complete(
    kind: Kind, recipient: Recipient, changes: dict[str, Any], language: Language
) -> None:
    text = told(letter(kind, recipient, changes, language))
    assert not re.search(FAMILIAR[language], text, re.IGNORECASE)
    assert not LEFT_OVER.search(text)
    assert "ß" not in text
    lengths = [length for line in text.splitlines() for length in sentence_lengths(line)]
    assert sum(lengths) / len(lengths) <= MAX_AVERAGE_WORDS
    assert max(lengths) <= 45


@for_every_language
@pytest.mark.parametrize("reason", list(Reason))
def test_reasons_are_polite_and_plain(reason: Reason, language: Language) -> None:
    sentence = reason_texts.text(reason, language)
    assert not re.search(FAMILIAR[language], sentence, re.IGNORECASE)
    assert not LEFT_OVER.search(sentence)
    assert max(sentence_lengths(sentence)) <= MAX_AVERAGE_WORDS


def test_every_language_labels_the_same_things() -> None:
    assert {frozenset(set(labels(language)) - {"first"}) for language in LANGUAGES} == {frozenset(labels("de"))}


def test_a_reason_cites_its_article_in_the_readers_language() -> None:
    assert [citation(Reason.NOT_LISTED, language) for language in LANGUAGES] == [
        "Art. 52 KVG", "art. 52 LAMal", "art. 52 LAMal", "Art. 52 KVG",
    ]  # fmt: skip
    assert reason_sentence(Reason.NOT_LISTED, make_facts(language="fr")).endswith("de sa remise (art. 52 LAMal).")
    assert citation(Reason.DECIDED_OTHER, "de") is None


@for_every_language
def test_supplementary_insurance_cites_no_article_and_no_formal_ruling(language: Language) -> None:
    facts = make_facts(Kind.DENIED, language=language, law="VVG")
    assert "(" not in reason_sentence(Reason.NOT_LISTED, facts)
    assert not re.search(r"\b(?:51|ATSG|LPGA)\b", " ".join(default_texts().block("legal", facts)))


@for_every_language
def test_the_right_remedy_is_told_to_each(language: Language) -> None:
    def legal(recipient: Recipient) -> str:
        return " ".join(default_texts().block("legal", make_facts(Kind.DENIED, recipient, language)))

    assert re.search(r"\b51\b.*\b30\b.*\b49\b.*\b52\b", legal(CLIENT))
    assert re.search(r"\b89\b", legal(PROVIDER))
    assert not re.search(r"\b(?:30|49|51)\b", legal(PROVIDER))


def test_italian_elides_before_eight_and_eleven() -> None:
    for day, words in (
        (8, "entro l'8 luglio"),
        (11, "entro l'11 luglio"),
        (1, "entro il 1º luglio"),
        (9, "entro il 9 luglio"),
    ):
        facts = make_facts(language="it", payee="provider", bills=(replace(BILL, due_on=dt.date(2026, 7, day)),))
        assert words in " ".join(default_texts().block("bill", facts))


@for_every_language
def test_the_data_protection_contact_stands_in_the_letter_where_there_is_one(language: Language) -> None:
    assert "datenschutz@muster-kv.example" in told(letter(Kind.APPROVED, CLIENT, {}, language))
    assert "datenschutz@" not in told(make_facts(language=language))
