"""Identifiers of a scan that their form and check digit put right."""

from __future__ import annotations

from itertools import pairwise

import pytest

from pulse.invoices.text.ocr_identifiers import is_in_one_piece, with_identifiers
from pulse.invoices.text.ocr_symbols import Symbol, Word

GUID = "1e1b19b9b39010343237b5916cc996d5"


def word(text: str, left: int = 100) -> Word:
    boxes = [(left + index * 20, 100, left + index * 20 + 16, 127) for index in range(len(text))]
    return Word(tuple(Symbol(one, box, 0.95) for one, box in zip(text, boxes, strict=True)), 0.95)


@pytest.mark.parametrize(
    ("read", "meant"),
    [
        ("1elb19b9b39O10343237b5916cc996d5", GUID),
        ("CHE-984,576,121", "CHE-984.576.121"),
        ("CHES25416307", "CHE525416307"),
        ("756.5499,5280.75", "756.5499.5280.75"),
        ("756.0791.6295.,05", "756.0791.6295.05"),
    ],
)
def test_an_identifier_is_spelled_as_its_form_wants_and_never_sure(read: str, meant: str) -> None:
    (found,) = with_identifiers([word(read)])
    assert (found.text, found.confidence) == (meant, 0.5)


@pytest.mark.parametrize(
    "text", [GUID, "CHE-984.576.121", "CHE-984,576,122", "CHES25416308", "756.5499,5280.76", "Olten"]
)
def test_what_is_right_or_has_another_check_digit_stays(text: str) -> None:
    assert with_identifiers([word(text)]) == [word(text)]


@pytest.mark.parametrize(
    "parts", [["info", "@", "egger.example"], ["info@", "egger.example"], ["info@egger.", "example"]]
)
def test_a_mail_address_that_was_torn_apart_is_one_word_without_gaps(parts: list[str]) -> None:
    left, words = 100, []
    for part in parts:
        words.append(word(part, left))
        left = words[-1].box[2] + 12
    (found,) = with_identifiers(words)
    assert found.text == "info@egger.example"
    boxes = [symbol.box for symbol in found.symbols]
    assert max(right[0] - left[2] for left, right in pairwise(boxes)) < 12


def test_words_beside_a_mail_address_stay_apart() -> None:
    words = [word("Mail:"), word("info@egger.example", 230), word("Tel.", 650)]
    assert [one.text for one in with_identifiers(words)] == ["Mail:", "info@egger.example", "Tel."]


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("7601804410885)", True),
        ("756.5499.5280.75", True),
        ("CHE-984.576.121,", True),
        ("7601804410886", False),
        ("11", False),
    ],
)
def test_a_number_whose_check_digit_fits_has_no_blank_within(text: str, is_one: bool) -> None:
    assert is_in_one_piece(word(text)) is is_one
