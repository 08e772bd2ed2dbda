from __future__ import annotations

import pytest

from mail_gateway.message.reasons import ANSWERABLE
from mail_gateway.outgoing.answer_text import body, subject
from pulse.base.reasons import LANGUAGES, Reason

DOCUMENT_REASONS = [reason for reason in Reason if reason.startswith("P1")]


@pytest.mark.parametrize(
    ("original", "answered"),
    [
        ("Rechnung 5", "Re: Rechnung 5"),
        ("AW: Re:  Rechnung 5", "Re: Rechnung 5"),
        ("", "Re: E-Mail"),
        ("=?utf-8?q?a=0D=0ABcc:_x?=", "Re: a Bcc: x"),
        ("Rechnung Anna 756.9217.0769.85", "Re: Rechnung Anna …"),
        ("x" * 500, "Re: " + "x" * 120),
    ],
)
def test_the_subject_is_the_senders_own_on_one_clean_line(original: str, answered: str) -> None:
    assert subject(original) == answered


@pytest.mark.parametrize("language", [*LANGUAGES, None, "rm"])
@pytest.mark.parametrize("reason", [*DOCUMENT_REASONS, *sorted(ANSWERABLE)])
def test_every_reason_has_its_sentence_in_every_language(language: str | None, reason: str) -> None:
    text = body([reason, reason], language=language, insurer="Muster Kasse", max_bytes=25 * 1024 * 1024)
    parts = 1 if language in LANGUAGES else 2
    assert text.count("\n- ") == parts * (2 if reason == Reason.TOO_LARGE else 1)
    assert text.count("Muster Kasse") == parts
    assert "{" not in text
    assert ("25 M" in text) == (reason == Reason.TOO_LARGE)


def test_an_unknown_language_gets_german_and_english() -> None:
    text = body(["no_document"], language=None, insurer="Kasse", max_bytes=1)
    assert text.index("Guten Tag") < text.index("Hello")


@pytest.mark.parametrize("reason", ["P102", "zip_locked", "password_wrong"])
def test_where_a_password_is_missing_it_is_asked_for_by_reply(reason: str) -> None:
    text = body([reason], language="de", insurer="Kasse", max_bytes=1)
    assert "antworten Sie auf diese E-Mail" in text
    assert "als PDF-Datei, direkt" not in text
    both = body([reason, "P103"], language="fr", insurer="Kasse", max_bytes=1)
    assert "répondre à ce courriel" in both
    assert "en fichier PDF, joint" in both
    assert "répondre" not in body(["P103"], language="fr", insurer="Kasse", max_bytes=1)
