"""Texts that give orders to a program instead of saying something about an invoice.

They have no effect anyway: values are data everywhere. A person should know that somebody tried.
"""

from __future__ import annotations

import re

#: To leave aside what a program was told, in the four languages.
_ORDERS = re.compile(
    r"\b(?:ignore|disregard|forget|override)\b.{0,40}\b(?:instructions?|prompts?|rules)\b"
    r"|\b(?:ignorier\w*|missacht\w*|vergiss|vergessen)\b.{0,40}\b(?:anweisung\w*|instruktion\w*|vorgaben|regeln)\b"
    r"|\b(?:ignore[rz]?|oublie[rz]?)\b.{0,40}\b(?:instructions?|consignes?|règles)\b"
    r"|\b(?:ignora\w*|dimentica\w*)\b.{0,40}\b(?:istruzion\w*|regole)\b"
    r"|\bsystem prompt\b|<\|im_start\|>",
    re.IGNORECASE | re.DOTALL,
)
#: One of these is in every such order, and in next to no invoice: the quick way to say no.
_STEMS = (
    "ignor",
    "disregard",
    "forget",
    "override",
    "missacht",
    "vergiss",
    "vergess",
    "oublie",
    "dimentica",
    "prompt",
    "<|",
)


def addresses_a_program(text: str) -> bool:
    """Whether the text tells a program to leave its instructions aside."""
    lowered = text.lower()
    return any(stem in lowered for stem in _STEMS) and _ORDERS.search(text) is not None
