"""Several invoices in one file, as a billing centre sends them or a scanner makes them: which pages are whose.

One invoice is never cut: a page begins another invoice only where it names another one and says in more than one way
that it is a first page. Where one thing says so and another does not, nothing is cut and a person looks at the file.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pulse.invoices.codes.annex import CodesRead
from pulse.invoices.model import Invoice
from pulse.invoices.plain.payment import cut_off, names_payment_part
from pulse.invoices.plain.sheet import rows_of
from pulse.invoices.several.marks import (
    FEW_CHARACTERS,
    Mark,
    Relation,
    differing,
    mark_of,
    names,
    page_number,
    relation,
    values_of,
)
from pulse.invoices.sources import names_invoice
from pulse.invoices.text.page_text import PageText

#: More invoices than this are not one mail's attachment.
MAX_PARTS = 100
_AMOUNT = re.compile(r"\d[.,]\d{2}(?!\d)")
#: So many of number, patient, date, biller and amount stand on a first page: where its number is 1, where it has none,
#: where OCR read it.
_HEAD_OF_FIRST, _HEAD, _HEAD_OF_SCAN = 2, 3, 4


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

    def take(self, mark: Mark) -> None:
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
    marks = [mark_of(text, codes, named) for text in texts]
    return _Dividing(marks).division()


def is_of(share: Share, invoice: Invoice) -> bool:
    """Whether an invoice that came beside the pages is this share's."""
    return relation(share.values, values_of(invoice)) == "same"


def _several_codes(codes: CodesRead) -> bool:
    return len(codes.guids) > 1 or len(codes.annexes) > 1


def _may_begin(text: PageText, invoice: Invoice | None, codes: CodesRead) -> bool:
    """Whether a page behind the first needs a closer look: it does not say that it goes on with this invoice."""
    if text.characters < FEW_CHARACTERS or text.number in codes.sheets:
        return False
    if invoice and text.source == "ocr" and names_invoice(text.text, invoice):
        return False
    number = page_number(text)
    if number is None and not cut_off(rows_of(text))[0]:
        return False
    if invoice is None or number in {None, 1}:
        return True
    return not names(text, (invoice.invoice_number, invoice.guid, invoice.patient.family_name))


class _Dividing:
    """Goes through the pages once; each begins an invoice, goes on with one, or belongs to none."""

    def __init__(self, marks: Sequence[Mark]) -> None:
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
        found = _relation(current, mark) if current else "other"
        if found == "same" and not mark.is_cover:
            assert current
            current.take(mark)
        elif self._begins(mark, found):
            self._begin(index)
        elif found in {"other", "unsure"} and mark.kind in {"form", "plain"} and not mark.is_cover and current:
            self._unsure = self._unsure or mark.page.number
            current.take(mark)
        elif current and self._goes_on(mark, current):
            current.take(mark)

    def _own_group(self, mark: Mark) -> _Group | None:
        """The invoice whose identifier the page bears: its sheets of codes may lie anywhere."""
        guid = mark.values.get("guid")
        return next((group for group in self._groups if guid and group.values.get("guid") == guid), None)

    def _begins(self, mark: Mark, found: Relation) -> bool:
        if mark.kind == "annex":
            return found == "other" and bool(mark.values.get("guid") or mark.values.get("invoice_number"))
        if mark.kind == "blank":
            return found == "other"
        if found != "other" or mark.is_cover or mark.kind == "text":
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

    def _goes_on(self, mark: Mark, current: _Group) -> bool:
        """Whether a page that names no invoice belongs to the one before it: a letter between two does not."""
        if mark.kind == "annex" or (mark.label or 0) > 1:
            return True
        if names(mark.page, (current.values.get("invoice_number"), current.values.get("patient.family_name"))):
            return True
        if mark.label == 1 or mark.is_cover:
            return False
        return bool(_AMOUNT.search(mark.page.text)) or names_payment_part(mark.page)


def _relation(group: _Group, mark: Mark) -> Relation:
    """Whether a page names the same invoice as those before it.

    An invoice's letter and its form may say things in two ways; two forms or two letters do not. OCR may misread a
    digit of the number.
    """
    found = relation(group.values, mark.values)
    old, new = group.values.get("total_amount"), mark.values.get("total_amount")
    in_two_ways = {group.kind, mark.kind} == {"form", "plain"}
    differs = differing(group.values, mark.values)
    if found == "other" and in_two_ways and differs.get("patient") is False and not differs.get("date"):
        return "unsure"
    if found != "unsure":
        return found
    if old is None or new is None or old == new:
        is_explained = mark.page.source == "ocr" or (in_two_ways and old is not None and old == new)
        return "same" if is_explained else "unsure"
    return "other" if mark.label == 1 and group.kind == mark.kind else "unsure"
