from __future__ import annotations

import pytest

from mail_gateway.steps.password_words import MAX_PASSWORDS, candidates


@pytest.mark.parametrize(
    ("words", "password"),
    [
        ("geheim", "geheim"),
        ("Guten Tag\n\nX7!a-b\n\nFreundliche Grüsse\nPraxis Muster", "X7!a-b"),
        ("Das Passwort lautet: Abc 123", "Abc 123"),
        ("Passwort: „Abc123“.", "Abc123"),
        ("Voici le mot de passe : s3cret", "s3cret"),
        ("Le mot de passe est s3cret.", "s3cret"),
        ("La password è gatto77, grazie", "gatto77"),
        ("The password is\nTiger-9", "Tiger-9"),
        ("Kennwort:\nTiger-9\n\nMfG", "Tiger-9"),
        ("PW Tiger-9", "Tiger-9"),
        ("Sehr geehrte Damen und Herren, bitte nehmen Sie dafür 14.05.1979 oder rufen Sie an.", "14.05.1979"),
    ],
)
def test_the_password_is_among_the_likeliest_words(words: str, password: str) -> None:
    assert password in candidates(words)


def test_there_are_never_many_nor_long_ones() -> None:
    found = candidates("\n".join(f"wort{number} und {'x' * number}" for number in range(200)))
    assert len(found) == MAX_PASSWORDS
    assert max(map(len, found)) <= 64
    assert candidates("") == []
    assert len(candidates("Das Passwort ist " + "x " * 10_000)) <= MAX_PASSWORDS
