"""The mail around a letter: neutral whatever the letter holds, the same words as text and as HTML."""

from __future__ import annotations

import dataclasses
import re
from decimal import Decimal
from html import unescape

import pytest
from letter_samples import CLIENT, PROVIDER, make_facts
from lxml import etree, html

import letters
from letters.amounts import PositionFact
from letters.facts import Address, Facts
from letters.occasions import Kind, Recipient
from letters.texts import letters_that_exist
from pulse.base.reasons import LANGUAGES, Language

NASTY = '<b>HIV</b> & "Abilify"\r\nBcc: thief@evil.example {{ 7*7 }} Schizophrenie'
#: What no mail may tell: names, numbers, amounts, medications, outcomes, whatever the language.
SECRETS = [
    "HIV", "Abilify", "Schizo", "thief", "7*7", "49", "Małgorzata", "Győri", "Bären", "80.35", "71.55", "65.90", "756",
    "7680", "2026-0101", "Rezept", "CHF",
]  # fmt: skip
OUTCOMES = re.compile(
    r"abgelehnt|ablehnung|bewilligt|genehmigt|gekürzt|medika|diagnos|behandl|arznei|versichert|"
    r"refus|accept|approuv|médica|diagnost|traite|assuré|rifiut|approv|medicin|tratta|assicurat|"
    r"denied|denial|approved|reduc|medic|treat|drug|insured|return|renvoy|retourn|zurück|restitu",
    re.IGNORECASE,
)


def nasty(facts: Facts) -> Facts:
    """The same letter with health data and markup wherever a stranger's text can stand."""
    changes: dict[str, object] = {
        "addressee": dataclasses.replace(facts.addressee, name=f"{facts.addressee.name} {NASTY}"),
    }
    for name in ("patient_name", "biller_name", "invoice_number", "comment"):
        if getattr(facts, name) is not None:
            changes[name] = f"{getattr(facts, name)} {NASTY}"
    if facts.positions:
        first: PositionFact = dataclasses.replace(facts.positions[0], name=NASTY, billed=Decimal("71.55"))
        changes["positions"] = (first, *facts.positions[1:])
    return dataclasses.replace(facts, **changes)  # type: ignore[arg-type]


EVERY = [(kind, recipient, language) for kind, recipient in letters_that_exist() for language in LANGUAGES]


@pytest.mark.parametrize(("kind", "recipient", "language"), EVERY)
@pytest.mark.parametrize("password", [False, True])
def test_no_mail_tells_anything_about_health_people_or_money(
    kind: Kind, recipient: Recipient, language: Language, password: bool
) -> None:
    facts = nasty(make_facts(kind, recipient, language))
    text = letters.mail_text(facts, password=password)
    page = letters.mail_html(facts, password=password)
    everything = "\n".join([letters.subject(facts), letters.file_name(facts), text, page])
    told = everything.replace("Muster Krankenversicherung AG", "").replace("12345678", "")
    for secret in SECRETS:
        assert secret not in told
    if recipient is not Recipient.CONTROLLER:
        assert not OUTCOMES.search(told)
    assert "\n" not in letters.subject(facts) + letters.file_name(facts)


@pytest.mark.parametrize(("kind", "recipient", "language"), EVERY)
def test_the_html_says_the_same_words_as_the_text_in_a_page_that_loads_nothing(
    kind: Kind, recipient: Recipient, language: Language
) -> None:
    facts = make_facts(kind, recipient, language)
    page = letters.mail_html(facts)
    tree = html.document_fromstring(page)
    assert tree.get("lang") == language
    assert tree.findtext(".//title") == letters.subject(facts)
    assert [p.text_content() for p in tree.iter("p")] == letters.mail_text(facts).strip().split("\n\n")
    assert not tree.xpath("//script|//img|//link|//iframe|//a|//@src|//@onclick")


def test_what_an_insurer_is_called_cannot_break_the_page() -> None:
    insurer = dataclasses.replace(make_facts().insurer, name="A & B <script>alert(1)</script>")
    page = letters.mail_html(make_facts(insurer=insurer))
    assert "<script>" not in page
    assert "A & B <script>alert(1)</script>" in unescape(page)
    etree.fromstring(page.removeprefix("<!DOCTYPE html>").replace('<meta charset="utf-8">', "").replace(
        '<meta name="viewport" content="width=device-width, initial-scale=1">', ""))  # fmt: skip


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_letter_with_a_password_says_where_the_password_comes_from(language: Language) -> None:
    facts = make_facts(language=language)
    plain, told = letters.mail_text(facts), letters.mail_text(facts, password=True)
    (added,) = set(told.split("\n\n")) - set(plain.split("\n\n"))
    assert any(word in added for word in ("Passwort", "mot de passe", "password"))
    assert "ß" not in told


def test_the_samples_hold_what_must_not_be_told() -> None:
    facts = str(nasty(make_facts()).to_json())
    for secret in ("HIV", "Abilify", CLIENT.name, "80.35"):
        assert secret in facts
    assert isinstance(PROVIDER, Address)
