"""Several invoices in one file, as a billing centre sends them or a scanner makes them: which pages are whose.

One invoice is never cut: a page begins another invoice only where it names another one and says in more than one way
that it is a first page. Where one thing says so and another does not, nothing is cut and a person looks at the file.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

from pulse.base.identifiers import compact
from pulse.invoices.codes.annex import CodesRead
from pulse.invoices.forms.reader import names_annex, read_form
from pulse.invoices.model import Invoice
from pulse.invoices.plain.payment import cut_off, names_payment_part
from pulse.invoices.plain.reader import numbers_on, read_plain
from pulse.invoices.plain.sheet import rows_of
from pulse.invoices.sources import names_invoice, same_number, value_at
from pulse.invoices.text.page_text import PageText

#: More invoices than this are not one mail's attachment.
MAX_PARTS = 100
#: A page with fewer visible characters says nothing.
_FEW_CHARACTERS = 30
#: Where a page's number stands: lines from the top and from the bottom.
_TOP_LINES, _BOTTOM_LINES = 10, 4
_NUMBER_OF_PAGE = re.compile(
    r"(?<![^\W\d])(?:Seite|Page|Pagina|Blatt|Feuille|Foglio)\s*:?\s*(\d{1,3})(?:\s*(?:/|von|de|di|of|sur|su)\s*(\d{1,3}))?(?!\d)",
    re.IGNORECASE,
)
#: `Übertrag von Seite 1` speaks of another page.
_OF_ANOTHER = re.compile(r"\b(?:von|auf|de|la|à|a|da|di|dalla|alla|siehe|voir|vedi|from|to|on|see)\s*$", re.IGNORECASE)
_BARE_NUMBER = re.compile(r"(\d{1,2})\s?/\s?(\d{1,2})")
_AMOUNT = re.compile(r"\d[.,]\d{2}(?!\d)")
#: What tells whose invoice a page is, by any of its values; a patient by the name where there is nothing better.
_FACTS: Mapping[str, tuple[str, ...]] = {
    "patient": ("patient.ssn", "patient.birth_date"),
    "name": ("patient.family_name",),
    "date": ("invoice_date",),
    "biller": ("biller.gln", "biller.zsr"),
}
_VALUES = ("guid", "invoice_number", "total_amount", *(path for paths in _FACTS.values() for path in paths))
#: So many of number, patient, date, biller and amount stand on a first page: where its number is 1, where it has none,
#: where OCR read it.
_HEAD_OF_FIRST, _HEAD, _HEAD_OF_SCAN = 2, 3, 4
#: A shorter name or number stands on a page by chance.
_TELLING = 4

Relation = Literal["same", "other", "unsure", "unknown"]


@dataclass(frozen=True)
class Share:
    """An invoice's pages (from 1), and its number or identifier where they name one."""

    pages: tuple[int, ...]
    name: str
    values: Mapping[str, Any]


@dataclass(frozen=True)
class Division:
    """Which pages are which invoice's; no `shares` where there is one invoice. `unsure`: a page that may begin another
    one."""

    shares: tuple[Share, ...] = ()
    unsure: int | None = None


@dataclass(frozen=True)
class _Mark:
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


@dataclass
class _Group:
    """An invoice while its pages are collected."""

    kind: str
    values: dict[str, Any]
    pages: list[int]
    label: int | None
    #: No page of print yet: the sheets of codes came first.
    only_annex: bool = False

    def share(self) -> Share:
        name = self.values.get("invoice_number") or self.values.get("guid") or ""
        return Share(tuple(sorted(self.pages)), name, self.values)

    def take(self, mark: _Mark) -> None:
        self.pages.append(mark.page.number)
        self.values = {**mark.values, **self.values}
        if mark.kind != "annex":
            self.label, self.only_annex = mark.label or self.label, False


def divided(
    texts: Sequence[PageText], codes: CodesRead, invoice: Invoice | None, named: Mapping[int, Invoice]
) -> Division:
    """The invoices of a file. `invoice` is what the file gives where it is read as one; `named` the invoice behind each
    page of codes. Costs next to nothing where every page says that it goes on."""
    if len(texts) < 2 or not (_several_codes(codes) or any(_may_begin(text, invoice, codes) for text in texts[1:])):
        return Division()
    marks = [_mark(text, codes, named) for text in texts]
    return _Dividing(marks).division()


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


def _several_codes(codes: CodesRead) -> bool:
    return len(codes.guids) > 1 or len(codes.annexes) > 1


def _may_begin(text: PageText, invoice: Invoice | None, codes: CodesRead) -> bool:
    """Whether a page behind the first needs a closer look: it does not say that it goes on with this invoice."""
    if text.characters < _FEW_CHARACTERS or text.number in codes.sheets:
        return False
    if invoice and text.source == "ocr" and names_invoice(text.text, invoice):
        return False
    number = page_number(text)
    if number is None and not cut_off(rows_of(text))[0]:
        return False
    if invoice is None or number in {None, 1}:
        return True
    return not _names(text, (invoice.invoice_number, invoice.guid, invoice.patient.family_name))


def _names(text: PageText, values: Iterable[str | None]) -> bool:
    """Whether one of these stands on the page; one of three letters stands there by chance."""
    plain = ("".join(value.split()) for value in values if value)
    return any(len(value) >= _TELLING and value in text.letters for value in plain)


def _mark(text: PageText, codes: CodesRead, named: Mapping[int, Invoice]) -> _Mark:
    guid = codes.names.get(text.number)
    own = {"guid": guid} if guid else {}
    if annexed := named.get(text.number):
        return _Mark(text, "annex", {**_values(annexed), **own}, len(annexed.positions))
    if text.number in codes.sheets:
        return _Mark(text, "annex", own)
    if text.characters < _FEW_CHARACTERS:
        return _Mark(text, "blank", own)
    if names_annex(text):
        return _Mark(text, "annex", own)
    for kind, read in (("form", read_form), ("plain", read_plain)):
        if found := read([text]):
            values = {path: found[0].values[path] for path in _VALUES if found[0].values.get(path) is not None}
            if text.source == "ocr":
                values.pop("guid", None)  # 32 digits are rarely read without a fault
            return _Mark(text, kind, {**values, **own}, found[0].rows)  # type: ignore[arg-type]
    numbers = numbers_on(text)
    return _Mark(text, "text", {**({"invoice_number": numbers[0]} if numbers else {}), **own})


def _values(invoice: Invoice) -> dict[str, Any]:
    return {path: value for path in _VALUES if (value := value_at(invoice, path)) is not None}


def is_of(share: Share, invoice: Invoice) -> bool:
    """Whether an invoice that came beside the pages is this share's."""
    return _same(share.values, _values(invoice)) == "same"


class _Dividing:
    """Goes through the pages once; each begins an invoice, goes on with one, or belongs to none."""

    def __init__(self, marks: Sequence[_Mark]) -> None:
        self._marks = marks
        self._groups: list[_Group] = []
        self._unsure: int | None = None
        labelled = [mark for mark in marks if mark.label]
        #: Whoever put the file together may have numbered all of its pages.
        self._numbers_the_file = bool(labelled) and all(mark.label == mark.page.number for mark in labelled)

    def division(self) -> Division:
        for index in range(len(self._marks)):
            self._place(index)
        groups = self._groups
        if len(groups) > 1 and not self._unsure:
            self._unsure = next((group.pages[0] for group in groups if group.only_annex), None)
            if all(group.only_annex for group in groups):
                self._unsure = None
        if self._unsure or len(groups) > MAX_PARTS:
            return Division(unsure=self._unsure or 1)
        return Division(tuple(group.share() for group in groups) if len(groups) > 1 else ())

    def _place(self, index: int) -> None:
        mark = self._marks[index]
        if mark.kind == "blank" and not mark.values:
            self._place_blank(index)
            return
        if group := self._own_group(mark):
            group.take(mark)
            return
        current = self._groups[-1] if self._groups else None
        relation = _relation(current, mark) if current else "other"
        if relation == "same" and not mark.is_cover:
            assert current
            current.take(mark)
        elif self._begins(mark, relation):
            self._begin(index)
        elif relation in {"other", "unsure"} and mark.kind in {"form", "plain"} and not mark.is_cover and current:
            self._unsure = self._unsure or mark.page.number
            current.take(mark)
        elif current and self._goes_on(mark, current):
            current.take(mark)

    def _own_group(self, mark: _Mark) -> _Group | None:
        """The invoice whose identifier the page bears: its sheets of codes may lie anywhere."""
        guid = mark.values.get("guid")
        return next((group for group in self._groups if guid and group.values.get("guid") == guid), None)

    def _begins(self, mark: _Mark, relation: Relation) -> bool:
        if mark.kind == "annex":
            return relation == "other" and bool(mark.values.get("guid") or mark.values.get("invoice_number"))
        if mark.kind == "blank":
            return relation == "other"
        if relation != "other" or mark.is_cover or mark.kind == "text":
            return False
        if not self._groups:
            return True
        if mark.label == 1:
            return mark.head >= _HEAD_OF_FIRST
        if mark.label is None or self._numbers_the_file:
            return mark.head >= (_HEAD_OF_SCAN if mark.page.source == "ocr" or mark.label else _HEAD)
        return False

    def _begin(self, index: int) -> None:
        mark = self._marks[index]
        group = _Group(mark.kind, {}, [], None, only_annex=mark.kind == "annex")
        group.take(mark)
        # A first page that holds an address alone belongs to the second one.
        before = index - 1
        placed = {page for other in self._groups for page in other.pages}
        if (mark.label or 0) > 1 and before >= 0 and self._marks[before].page.number not in placed:
            group.pages.append(self._marks[before].page.number)
        self._groups.append(group)

    def _place_blank(self, index: int) -> None:
        """A scanned page that nothing is known of lies before its own sheets of codes, or behind its invoice."""
        following = next((mark for mark in self._marks[index + 1 :] if mark.kind != "blank"), None)
        mark = self._marks[index]
        current = self._groups[-1] if self._groups else None
        begins = following and following.kind == "annex" and not self._own_group(following)
        if following and begins and (current is None or _relation(current, following) == "other"):
            self._groups.append(_Group("annex", dict(following.values), [mark.page.number], None))
        elif current:
            current.take(mark)

    def _goes_on(self, mark: _Mark, current: _Group) -> bool:
        """Whether a page that names no invoice belongs to the one before it: a letter between two does not."""
        if mark.kind == "annex" or (mark.label or 0) > 1:
            return True
        if _names(mark.page, (current.values.get("invoice_number"), current.values.get("patient.family_name"))):
            return True
        if mark.label == 1 or mark.is_cover:
            return False
        return bool(_AMOUNT.search(mark.page.text)) or names_payment_part(mark.page)


def _relation(group: _Group, mark: _Mark) -> Relation:
    """Whether a page names the same invoice as those before it.

    An invoice and the form of the same one may write its number in two ways; two forms or two letters do not. OCR may
    misread a digit of it.
    """
    relation = _same(group.values, mark.values)
    old, new = group.values.get("total_amount"), mark.values.get("total_amount")
    if relation != "unsure":
        return relation
    if old is None or new is None or old == new:
        misread, in_two_ways = mark.page.source == "ocr", group.kind != mark.kind and old is not None and old == new
        return "same" if misread or in_two_ways else "unsure"
    return "other" if mark.label == 1 and group.kind == mark.kind else "unsure"


def _same(old: Mapping[str, Any], new: Mapping[str, Any]) -> Relation:
    if old.get("guid") and new.get("guid"):
        return "same" if old["guid"] == new["guid"] else "other"
    facts = dict(_differing(old, new))
    name = facts.pop("name", None)
    if name is not None:
        facts.setdefault("patient", name)
    number, own_number = old.get("invoice_number"), new.get("invoice_number")
    if number is None or own_number is None:
        return "other" if facts.get("patient") or facts.get("biller") else "unknown"
    if same_number(number, own_number):
        return "other" if facts.get("biller") else "unsure" if facts.get("patient") else "same"
    if any(facts.values()):
        return "other"
    return "unsure"


def _differing(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[tuple[str, bool]]:
    """For each fact that both name, whether they differ in all that is said of it: one digit may be misread."""
    for fact, paths in _FACTS.items():
        pairs = [(old[path], new[path]) for path in paths if old.get(path) and new.get(path)]
        if pairs:
            yield fact, all(_plain(one) != _plain(other) for one, other in pairs)


def _plain(value: Any) -> Any:
    return compact(value).casefold() if isinstance(value, str) else value
