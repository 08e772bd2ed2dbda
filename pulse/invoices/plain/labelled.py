"""Labelled values of a letter: behind the label, beside it, or below it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from pulse.invoices.plain import labels, values
from pulse.invoices.plain.sheet import Row, part, tokens
from pulse.invoices.text.page_text import Phrase

#: Labels whose value has a form of its own: they may stand anywhere in a line.
TYPED = frozenset(
    {
        "invoice_date",
        "any_date",
        "due_date",
        "birth_date",
        "ssn",
        "card_number",
        "treatment",
        "gln",
        "zsr",
        "vat_number",
        "email",
    }
)
#: Everyday words: labels only at a phrase's beginning and before a colon (or alone).
_STRICT = frozenset(
    {
        "family_name",
        "given_name",
        "street",
        "place",
        "canton",
        "reason",
        "law",
        "tiers",
        "sex",
        "insurer",
        "guarantor",
        "biller",
        "-",
    }
)
_WEAK_WORDS = frozenset(
    {"fur", "pour", "per", "kunde", "client", "cliente", "nota", "bezug", "remise", "consegna", "medico", "arzt"}
)
_NUMBER = re.compile(r"(?=[^\s]*\d)[A-Za-z]{0,5}[-./]?[\dA-Za-z][\w./\-]*")
_ALIGNED, _LINES_BELOW = 5.0, 2.0


@dataclass(frozen=True)
class Labelled:
    """A label, what it is the label of, and where its value may stand: the first of `values` that fits is it."""

    key: str
    row: Row
    index: int
    label: Phrase
    values: tuple[Phrase, ...]


@dataclass(frozen=True)
class _Span:
    """A label in a text: what of, its first character, the one behind it, and where the next label begins."""

    key: str
    start: int
    end: int
    stop: int


def find_labels(rows: Sequence[Row], key: str | None = None) -> list[Labelled]:
    """Every label in these rows (of one kind, where `key` names it), from the top."""
    return [found for index in range(len(rows)) for found in _in_row(rows, index, key)]


def kinds_of_labels(row: Row) -> set[str]:
    """What the labels in a row are labels of."""
    return {span.key for phrase in row.phrases for span in _spans(phrase.text)}


def starts_with_label(phrase: Phrase) -> bool:
    """Whether the phrase begins with a label that is one beyond doubt."""
    found = labels.FIELDS.first(phrase.text)
    if not found:
        return False
    rest = phrase.text[found[1] :].strip()
    return not rest or rest.startswith((":", ".:")) or _colon(phrase.text, found[1])


def _in_row(rows: Sequence[Row], index: int, wanted: str | None) -> Iterator[Labelled]:
    row = rows[index]
    for at, phrase in enumerate(row.phrases):
        for span in _spans(phrase.text) if not _is_value(rows, index, at) else ():
            if wanted in {None, span.key}:
                rest = _without_marks(part(phrase, span.end, span.stop))
                found = [rest] if rest.text else [*_beside(rows, index, at), *_below(rows, index, phrase)]
                yield Labelled(span.key, row, index, part(phrase, span.start, span.end), tuple(found))


def _without_marks(phrase: Phrase) -> Phrase:
    text = phrase.text
    start = len(text) - len(text.lstrip(" .:)=/|·–"))
    end = len(text.rstrip(" ,;|·(/–"))
    return part(phrase, start, end) if start < end else Phrase("", phrase.box, phrase.bold)


def _colon(text: str, end: int) -> bool:
    return bool(re.match(r"\s?[.)]?\s?[.)]?:", text[end:]))


@lru_cache(maxsize=4096)
def _spans(text: str) -> tuple[_Span, ...]:
    """The labels in a text."""
    found = tokens(text)
    counted: list[tuple[str, int, int]] = []
    at = 0
    while at < len(found):
        matched = labels.FIELDS.match(found, at)
        if matched:
            key, length = matched
            start, end = found[at].start, found[at + length - 1].end
            word = found[at].word if length == 1 else ""
            if _counts(key, text, word, start, end, colon=_colon(text, end)):
                counted.append((key, start, end))
                at += length - 1
        at += 1
    stops = [*(start for _, start, _ in counted[1:]), len(text)]
    return tuple(_Span(*one, stop) for one, stop in zip(counted, stops, strict=False))


def _counts(key: str, text: str, word: str, start: int, end: int, *, colon: bool) -> bool:
    """Whether a match is a label: by what stands around it and what follows."""
    rest = text[end:].lstrip(" .:)=/")
    alone = start == 0 and not rest
    if key == "-":
        return start == 0 or colon
    if key in TYPED:
        return alone or colon or fits(key, rest) or (not rest and key != "any_date")
    if key in {"invoice_number", "refers_to", "insured_number"}:
        if word == "rechnung" and not colon:
            return start == 0 and bool(_NUMBER.match(rest)) and not values.find_dates(rest[:12])
        return alone or colon or bool(_NUMBER.match(rest))
    if key in _STRICT:
        return alone or colon
    if start > 0:
        return colon and text[start - 1] in " ,;|·("
    return alone or colon or (word not in _WEAK_WORDS and _is_name(rest))


def _is_name(text: str) -> bool:
    pieces = text.replace(",", " ").split()
    return 2 <= len(pieces) <= 14 and pieces[0][:1].isupper() and not text.endswith((".", "!", "?"))


def fits(key: str, text: str) -> bool:
    """Whether a text begins with a value of the kind that the label promises."""
    text = text.lstrip(" .:)=/")
    head = text[:40]
    if key in {"invoice_date", "any_date", "due_date", "birth_date", "treatment"}:
        found = values.find_dates(head)
        return bool(found) and head.find(found[0][1]) <= 4
    if key == "email":
        return bool(values.MAIL.match(head))
    patterns = {
        "ssn": values.AHV, "card_number": values.CARD, "gln": values.GLN, "zsr": values.ZSR, "vat_number": values.VAT,
    }  # fmt: skip
    if key in patterns:
        return bool(patterns[key].match(head))
    if key in {"invoice_number", "refers_to", "insured_number"}:
        return bool(_NUMBER.match(text))
    return bool(text)


def number_in(text: str) -> str | None:
    """The number at a text's beginning: letters, digits and marks without blanks, with at least one digit."""
    found = _NUMBER.match(text.strip())
    return found[0].rstrip(".,;/-") if found else None


def _beside(rows: Sequence[Row], index: int, at: int) -> list[Phrase]:
    """The next phrase to the right, unless it is a label itself."""
    row = rows[index]
    if at + 1 < len(row.phrases) and (not starts_with_label(row.phrases[at + 1]) or _is_value(rows, index, at + 1)):
        return [_without_marks(row.phrases[at + 1])]
    return []


def _is_value(rows: Sequence[Row], index: int, at: int) -> bool:
    """Whether a word that could be a label is a value (a family named `Ort`): it stands behind a label, and so do
    a label and a value in the next row above or below."""
    here = rows[index].phrases
    if (
        at != 1
        or labels.FIELDS.whole(here[1].text) is None
        or here[1].text.endswith(":")
        or not starts_with_label(here[0])
    ):
        return False
    near = [row.phrases for row in (*rows[max(index - 1, 0) : index], *rows[index + 1 : index + 2])]
    return any(
        len(other) == 2
        and all(abs(one.x0 - beside.x0) < 1 for one, beside in zip(here, other, strict=False))
        and starts_with_label(other[0])
        and not starts_with_label(other[1])
        for other in near
    )


def _below(rows: Sequence[Row], index: int, phrase: Phrase) -> list[Phrase]:
    """The phrase below the label, flush with it on the left or the right or centred, unless it is a label itself."""
    height = max(phrase.box[3] - phrase.box[1], 5.0)
    for row in rows[index + 1 : index + 3]:
        if row.page != rows[index].page or row.top - phrase.box[3] > _LINES_BELOW * height:
            break
        for other in row.phrases:
            near = min(
                abs(other.x0 - phrase.x0),
                abs(other.x1 - phrase.x1),
                abs(other.x0 + other.x1 - phrase.x0 - phrase.x1) / 2,
            )
            if near <= _ALIGNED and row.top >= phrase.box[3] - 2:
                return [] if starts_with_label(other) else [other]
    return []
