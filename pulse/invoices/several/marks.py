"""What a page says of itself, where several invoices may lie in one file: its own number, and whose it is."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

from pulse.base.identifiers import compact
from pulse.invoices.codes.annex import CodesRead
from pulse.invoices.forms.reader import names_annex, read_form
from pulse.invoices.model import Invoice
from pulse.invoices.plain.reader import numbers_on, read_plain
from pulse.invoices.sources import same_number, value_at
from pulse.invoices.text.page_text import PageText

#: A page with fewer visible characters says nothing.
FEW_CHARACTERS = 30
#: Where a page's number stands: lines from the top and from the bottom.
_TOP_LINES, _BOTTOM_LINES = 10, 4
_NUMBER_OF_PAGE = re.compile(
    r"(?<![^\W\d])(?:Seite|Page|Pagina|Blatt|Feuille|Foglio)\s*:?\s*(\d{1,3})(?:\s*(?:/|von|de|di|of|sur|su)\s*(\d{1,3}))?(?!\d)",
    re.IGNORECASE,
)
#: `Übertrag von Seite 1` speaks of another page.
_OF_ANOTHER = re.compile(r"\b(?:von|auf|de|la|à|a|da|di|dalla|alla|siehe|voir|vedi|from|to|on|see)\s*$", re.IGNORECASE)
_BARE_NUMBER = re.compile(r"(\d{1,2})\s?/\s?(\d{1,2})")
#: What tells whose invoice a page is, by any of its values; a patient by the name where there is nothing better.
_FACTS: Mapping[str, tuple[str, ...]] = {
    "patient": ("patient.ssn", "patient.birth_date"),
    "name": ("patient.family_name",),
    "date": ("invoice_date",),
    "biller": ("biller.gln", "biller.zsr"),
}
_VALUES = ("guid", "invoice_number", "total_amount", *(path for paths in _FACTS.values() for path in paths))
#: A shorter name or number stands on a page by chance.
_TELLING = 4

Relation = Literal["same", "other", "unsure", "unknown"]


@dataclass(frozen=True)
class Mark:
    """What a page says of itself: its own number, and the values that it names, where anything reads it."""

    page: PageText
    kind: Literal["annex", "blank", "form", "plain", "text"]
    values: Mapping[str, Any] = field(default_factory=dict)
    rows: int = 0

    @cached_property
    def label(self) -> int | None:
        return page_number(self.page)

    @property
    def head(self) -> int:
        """How many of the things of a first page it has."""
        said = self.values.get
        patient = any(map(said, (*_FACTS["patient"], *_FACTS["name"])))
        amounts = self.rows or said("total_amount")
        return sum(map(bool, (said("invoice_number"), said("invoice_date"), patient, amounts))) + any(
            map(said, _FACTS["biller"])
        )

    @property
    def is_cover(self) -> bool:
        """A list of invoices, or a letter about one: nobody's treatment stands on it."""
        treated = any(self.values.get(path) for path in ("patient.ssn", "patient.birth_date"))
        return self.kind == "plain" and not self.rows and not treated


def mark_of(text: PageText, codes: CodesRead, named: Mapping[int, Invoice]) -> Mark:
    guid = codes.names.get(text.number)
    own = {"guid": guid} if guid else {}
    if annexed := named.get(text.number):
        return Mark(text, "annex", {**values_of(annexed), **own}, len(annexed.positions))
    if text.number in codes.sheets:
        return Mark(text, "annex", own)
    if text.characters < FEW_CHARACTERS:
        return Mark(text, "blank", own)
    if names_annex(text):
        return Mark(text, "annex", own)
    for kind, read in (("form", read_form), ("plain", read_plain)):
        if found := read([text]):
            values = {path: found[0].values[path] for path in _VALUES if found[0].values.get(path) is not None}
            if text.source == "ocr":
                values.pop("guid", None)  # 32 digits are rarely read without a fault
            return Mark(text, kind, {**values, **own}, found[0].rows)  # type: ignore[arg-type]
    numbers = numbers_on(text)
    return Mark(text, "text", {**({"invoice_number": numbers[0]} if numbers else {}), **own})


def page_number(page: PageText) -> int | None:
    """The number that a page gives itself, from 1: `Seite 2`, `Page 2 de 3`, `2/3`."""
    for place, line in enumerate(page.lines):
        if _TOP_LINES <= place < len(page.lines) - _BOTTOM_LINES:
            continue
        for phrase in line.phrases():
            for found in _NUMBER_OF_PAGE.finditer(phrase.text):
                if not _OF_ANOTHER.search(phrase.text[: found.start()]) and int(found[1]):
                    return int(found[1])
            bare = _BARE_NUMBER.fullmatch(phrase.text)
            if bare and (place < 2 or place >= len(page.lines) - 2) and 1 <= int(bare[1]) <= int(bare[2]):
                return int(bare[1])
    return None


def names(text: PageText, values: Iterable[str | None]) -> bool:
    """Whether one of these stands on the page; one of three letters stands there by chance."""
    plain = ("".join(value.split()) for value in values if value)
    return any(len(value) >= _TELLING and value in text.letters for value in plain)


def values_of(invoice: Invoice) -> dict[str, Any]:
    return {path: value for path in _VALUES if (value := value_at(invoice, path)) is not None}


def relation(old: Mapping[str, Any], new: Mapping[str, Any]) -> Relation:
    """Whether these values are of one invoice.

    By the identifier where both have one, else by the number with patient, date and biller. One number of two billers
    may be an intermediary's letter with the form of its doctor, and so may two numbers of one person and one amount.
    """
    if old.get("guid") and new.get("guid"):
        return "same" if old["guid"] == new["guid"] else "other"
    differs = differing(old, new)
    patient, biller = differs.get("patient"), differs.get("biller")
    number, own_number = old.get("invoice_number"), new.get("invoice_number")
    if number is None or own_number is None:
        return "other" if patient or biller else "unknown"
    if same_number(number, own_number):
        if patient and biller:
            return "other"
        return "same" if not patient and (not biller or patient is False) else "unsure"
    if not any(differs.values()):
        return "unsure"
    is_one_bill = patient is False and not differs.get("date") and old.get("total_amount") is not None
    return "same" if is_one_bill and old["total_amount"] == new.get("total_amount") else "other"


def differing(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, bool]:
    """For patient, date and biller, where both name them, whether they differ in all that is said: one digit may be
    misread."""
    found: dict[str, bool] = {}
    for fact, paths in _FACTS.items():
        pairs = [(old[path], new[path]) for path in paths if old.get(path) and new.get(path)]
        if pairs:
            found[fact] = all(_plain(one) != _plain(other) for one, other in pairs)
    name = found.pop("name", None)
    return found if name is None else {"patient": name, **found}


def _plain(value: Any) -> Any:
    return compact(value).casefold() if isinstance(value, str) else value
