"""Reads invoices of pharmacies and practices that use no form: letters, tables and till slips, in de, fr, it and en.

Nothing is known of the layout. Labels name values, a header names columns, numbers tell what they are by their form and
check digit, and of several ways to read a list of positions the one whose sums agree is taken. What is not certain is
left out, and the checks say that it is missing.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence

from pulse.base.identifiers import compact, is_ahv_number
from pulse.base.money import ZERO
from pulse.base.reasons import Reason
from pulse.invoices.draft import Draft, Where
from pulse.invoices.plain import values, words
from pulse.invoices.plain.foot import Foot, note_foot, read_foot
from pulse.invoices.plain.header import Header, find_header
from pulse.invoices.plain.labelled import Labelled, find_labels, fits, kinds_of_labels, number_in
from pulse.invoices.plain.names import find_addresses
from pulse.invoices.plain.parties import PartyReader
from pulse.invoices.plain.payment import cut_off, read_account_outside, read_payment_part
from pulse.invoices.plain.positions import note_date, note_positions
from pulse.invoices.plain.sheet import GUESSED, PRINTED, Row, label, rows_of, tokens, where
from pulse.invoices.plain.slip_rows import read_slip_rows
from pulse.invoices.plain.table import Item, TableReader, words_of_total
from pulse.invoices.text.page_text import PageText, Phrase

_TITLE_ROWS = 30
_ORDINAL = re.compile(r"^\d\s?(?:\.|ère|ème|er|re|e|a|o|°|º|ª)?\s+")


def read_plain(pages: Sequence[PageText]) -> tuple[Draft, str | None] | None:
    """What the pages say, without a form's release; None if they are no invoice.

    Of several invoices in one file the first one is read, and a finding says that there are others.
    """
    sheets = [cut_off(rows_of(page)) for page in _distinct(pages)]
    sheets = [(letter, slip) for letter, slip in sheets if letter or slip]
    numbers = [_numbers_in(letter) for letter, _ in sheets]
    first = next((number for found in numbers for number in found[:1]), None)
    own: list[tuple[list[Row], list[Row]]] = []
    others = False
    for sheet, found in zip(sheets, numbers, strict=True):
        if found and first not in found:
            others = True
        elif not others or found:
            own.append(sheet)
        others = others or len(set(found)) > 1
    reader = _Reader([row for letter, _ in own for row in letter], [row for _, slip in own for row in slip])
    if not reader.read():
        return None
    if others:
        reader.draft.find(Reason.SOURCES_DISAGREE, "invoice_number", "the pages belong to different invoices")
    return reader.draft, None


def _distinct(pages: Sequence[PageText]) -> list[PageText]:
    """A page that is there twice counts once."""
    return list({page.lines: page for page in reversed(pages)}.values())[::-1]


def numbers_on(page: PageText) -> list[str]:
    """The invoice numbers that a page names."""
    return _numbers_in(cut_off(rows_of(page))[0])


def _numbers_in(rows: Sequence[Row]) -> list[str]:
    found = find_labels(rows, "invoice_number")
    numbers = [number for one in found for value in one.values[:1] if (number := number_in(value.text))]
    return [number for number in numbers if not values.find_dates(number)]


class _Reader:
    """One invoice: the rows of its letter and of its payment part."""

    def __init__(self, rows: list[Row], slip: list[Row]) -> None:
        self.draft = Draft()
        self._rows = rows
        self._slip = slip
        self._has_header = False

    def read(self) -> bool:
        """Notes everything; False where this is no invoice."""
        items, outside = self._read_tables()
        foot = read_foot(outside)
        if not items and not self._has_header:
            items, outside = self._read_without_header(outside, foot)
            foot = read_foot(outside)
        self._labels = find_labels(outside)
        if not self._is_invoice(items, foot):
            return False
        self._note_kind(outside)
        note_positions(self.draft, items, foot.rates)
        amounts = [item.amount for item in items if item.amount is not None]
        note_foot(self.draft, foot, sum(amounts, ZERO) if amounts and len(amounts) == len(items) else None)
        self._note_labelled()
        self._note_reminded()
        self._note_dates(outside)
        self._note_common_date()
        PartyReader(self.draft, outside, self._labels).read()
        read_payment_part(self.draft, self._slip)
        read_account_outside(self.draft, outside)
        return True

    # Positions

    def _read_tables(self) -> tuple[list[Item], list[Row]]:
        """Positions below headers, and the rows that are no part of a table."""
        table = TableReader()
        outside: list[Row] = []
        index = 0
        while index < len(self._rows):
            found = find_header(self._rows, index)
            self._has_header = self._has_header or bool(found)
            if found and self._goes_on(table, found[0]):
                header, size = found
                page = self._rows[index].page
                below = [row for row in self._rows[index + size :] if row.page == page]
                index += size + table.read(below, header)
            elif self._begins_page(index) and table.header is not None and (taken := self._continued(table, index)):
                index += taken
            else:
                outside.append(self._rows[index])
                index += 1
        return table.items, outside

    @staticmethod
    def _goes_on(table: TableReader, header: Header) -> bool:
        return table.header is None or [one.key for one in table.header.columns] == [one.key for one in header.columns]

    def _begins_page(self, index: int) -> bool:
        return index > 0 and self._rows[index].page != self._rows[index - 1].page

    def _continued(self, table: TableReader, index: int) -> int:
        """Rows of a table that goes on at the top of the next page without its header."""
        page = self._rows[index].page
        below = [row for row in self._rows[index:] if row.page == page]
        if any(find_header(below, at) for at in range(len(below))):
            return 0
        assert table.header is not None
        start = Header(table.header.columns, below[0].top)
        return table.read(below, start)

    def _read_without_header(self, rows: list[Row], foot: Foot) -> tuple[list[Item], list[Row]]:
        """Positions between the head and the first total."""
        end = next((index for index, row in enumerate(rows) if words_of_total(row) == "end"), None)
        if end is None:
            return [], rows
        start = 0
        for index in range(end - 1, -1, -1):
            if (
                kinds_of_labels(rows[index]) - {"gln", "-", "patient"}
                or find_addresses(rows[index : index + 1])
                or re.search(r"@|\bTel\b|IBAN", rows[index].text)
            ):
                start = index + 1
                break
        totals = [one.amount for one in foot.amounts if one.key == "total_amount"]
        items = read_slip_rows(rows[start:end], totals[0] if totals else None)
        return (items, [*rows[:start], *rows[end:]]) if items else ([], rows)

    # What it is

    def _is_invoice(self, items: Sequence[Item], foot: Foot) -> bool:
        """A document that calls itself an invoice (or has an invoice's number) and asks for an amount."""
        named = any(one.key == "invoice_number" for one in self._labels) or bool(self._kinds(self._rows))
        return named and (foot.has_total() or bool(items)) and (bool(items) or len(self._labels) > 2)

    def _kinds(self, rows: Sequence[Row]) -> dict[str, tuple[Row, Phrase]]:
        """Kinds of document named in titles: a phrase that is the word alone, or begins with it and a number."""
        kinds: dict[str, tuple[Row, Phrase]] = {}
        for row in rows[:_TITLE_ROWS]:
            for phrase in row.phrases:
                text = _ORDINAL.sub("", phrase.text)
                found = words.DOCUMENTS.first(text)
                rest = text[found[1] :].strip(" .:–-/()") if found else ""
                if found and (not rest or re.search(r"\d", rest) or len(tokens(rest)) <= 3 or phrase.bold):
                    kinds.setdefault(found[0], (row, phrase))
        return kinds

    def _note_kind(self, rows: Sequence[Row]) -> None:
        kinds = self._kinds(rows)
        for subtype in ("storno", "refund", "copy"):
            if subtype in kinds:
                row, phrase = kinds[subtype]
                self.draft.put("subtype", subtype, where(row, phrase))
        if "reminder" in kinds:
            row, phrase = kinds["reminder"]
            level = re.search(r"(?<!\d)([1-9])\s?(?:\.|e|er|ère|ème|a|°)?\s", f"{phrase.text} ")
            self.draft.put("request_type", "reminder", where(row, phrase))
            self.draft.put("reminder_level", int(level[1]) if level else 1, where(row, phrase))
        spoken = [token.word for row in self._rows for phrase in row.phrases for token in tokens(phrase.text)]
        if language := words.language_of(spoken):
            self.draft.values["language"] = language
        self._note_words(rows)

    def _note_words(self, rows: Sequence[Row]) -> None:
        """Tiers and law, where exactly one is named."""
        for path, table in (("tiers", words.TIERS), ("law", words.LAWS)):
            found: dict[str, tuple[Row, Phrase]] = {}
            for row in rows:
                for phrase in row.phrases:
                    spoken = tokens(phrase.text)
                    for at in range(len(spoken)):
                        matched = table.match(spoken, at)
                        printed = phrase.text[spoken[at].start : spoken[at].end]
                        if matched and (matched[1] > 1 or printed.isupper() or printed in {"LAMal", "Tiers"}):
                            found.setdefault(matched[0], (row, phrase))
            if len(found) == 1:
                ((value, (row, phrase)),) = found.items()
                self.draft.put(path, value, where(row, phrase))

    # Labelled values

    def _note_labelled(self) -> None:
        for found in self._labels:
            phrase = next((value for value in found.values if fits(found.key, value.text)), None)
            if phrase is None:
                continue
            text, evidence = phrase.text, where(found.row, phrase)
            if found.key in {"invoice_number", "refers_to", "insured_number"}:
                number = number_in(text)
                if number and not values.find_dates(number) and not self._is_other_number(found.key, number):
                    path = "patient.insured_number" if found.key == "insured_number" else found.key
                    self.draft.text(path, number, evidence)
            elif found.key == "invoice_date":
                note_date(self.draft, "invoice_date", found.row.page, phrase)
            elif found.key == "birth_date":
                self._note_birth(found, phrase)
            elif found.key == "treatment":
                self._note_treatment(found, text, phrase)
            elif found.key == "sex":
                self.draft.put("patient.sex", words.SEXES.whole(text.split("/")[0]), evidence)
            elif found.key == "reason":
                self.draft.put("treatment.reason", words.REASONS.whole(text), evidence)
        self._note_formed()

    @staticmethod
    def _is_other_number(key: str, number: str) -> bool:
        """A card's or an AHV number behind a label of the insured number is what it is."""
        return key == "insured_number" and bool(values.AHV.fullmatch(number) or values.CARD.fullmatch(number))

    def _note_formed(self) -> None:
        """AHV and card numbers tell what they are wherever they stand."""
        for row in self._rows:
            for phrase in row.phrases:
                if "756" not in phrase.text:
                    continue
                if (ssn := values.ahv_number(phrase.text)) and (is_ahv_number(ssn) or self._labelled_as("ssn", row)):
                    self.draft.text("patient.ssn", ssn, where(row, phrase))
                if card := values.CARD.search(phrase.text):
                    self.draft.text("patient.card_number", compact(card[0]), where(row, phrase))

    def _labelled_as(self, key: str, row: Row) -> bool:
        return any(one.key == key and one.row.page == row.page for one in self._labels)

    def _note_birth(self, found: Labelled, phrase: Phrase) -> None:
        day = values.find_dates(phrase.text)[0]
        if values.has_short_year(day[1]):
            self.draft.find(Reason.VALUE_UNREADABLE, "patient.birth_date", "the year has two digits only")
        elif "patient.birth_date" not in self.draft.values:
            note_date(self.draft, "patient.birth_date", found.row.page, phrase)

    def _note_treatment(self, found: Labelled, text: str, phrase: Phrase) -> None:
        dates = values.find_dates(text)
        begin, end = dates[0], dates[1] if len(dates) > 1 else dates[0]
        if "treatment.begin" in self.draft.values:
            return
        for path, (day, printed) in (("treatment.begin", begin), ("treatment.end", end)):
            if day is None:
                self.draft.find(Reason.DATE_IMPOSSIBLE, path, f"there is no {printed}")
            else:
                self.draft.put(path, day, where(found.row, phrase))

    def _note_reminded(self) -> None:
        """A reminder refers to the invoice whose number it bears."""
        number = self.draft.values.get("invoice_number")
        if number and self.draft.values.get("request_type") == "reminder":
            seen = self.draft.evidence["invoice_number"]
            self.draft.put("refers_to", number, Where(seen.page, seen.box, seen.confidence))

    def _note_common_date(self) -> None:
        """A treatment of one day is the day of every position that names none."""
        begin, end = (self.draft.values.get(f"treatment.{edge}") for edge in ("begin", "end"))
        if begin is None or begin != end:
            return
        for index in range(self.draft.rows):
            if (path := f"positions.{index}.date") not in self.draft.values:
                seen = self.draft.evidence["treatment.begin"]
                self.draft.put(path, begin, Where(seen.page, seen.box, seen.confidence))

    def _note_dates(self, rows: Sequence[Row]) -> None:
        """The invoice's date where no label names it so: behind `Datum`, or behind a town (`Bern, 3.6.2026`)."""
        if "invoice_date" in self.draft.values or any(one.field == "invoice_date" for one in self.draft.findings):
            return
        for found in self._labels:
            if found.key == "any_date" and found.values and fits("any_date", found.values[0].text):
                phrase = found.values[0]
                day = values.find_dates(phrase.text)[0][0]
                if day and len(label(found.label.text)) == 1 and found.label.text[:1].isupper():
                    self.draft.put("invoice_date", day, where(found.row, phrase, PRINTED))
                    return
        for row in rows:
            for phrase in row.phrases:
                town = re.match(r"[^\W\d_][^\d,]*,\s?(?:den\s|le\s|li\s)?(?=\d)", phrase.text)
                if (
                    town
                    and (dates := values.find_dates(phrase.text))
                    and phrase.text.endswith(dates[0][1])
                    and dates[0][0]
                ):
                    self.draft.put("invoice_date", dates[0][0], where(row, phrase, PRINTED))
                    return
        self._note_number_and_date()

    def _note_number_and_date(self) -> None:
        """`Rechnung Nr. 123 vom 3.6.2026`: the date behind the number."""
        for found in self._labels:
            if found.key == "invoice_number":
                for phrase in found.row.phrases:
                    dates: list[tuple[dt.date | None, str]] = values.find_dates(phrase.text)
                    if dates and dates[0][0]:
                        self.draft.put("invoice_date", dates[0][0], where(found.row, phrase, GUESSED))
                        return
