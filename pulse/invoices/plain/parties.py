"""Who bills, who was treated, who prescribed: from labels, addresses and numbers."""

from __future__ import annotations

import re
from collections.abc import Sequence

from pulse.base.identifiers import compact, is_uid
from pulse.invoices.draft import Draft
from pulse.invoices.plain import values, words
from pulse.invoices.plain.labelled import Labelled, starts_with_label
from pulse.invoices.plain.names import Address, find_addresses, split_name
from pulse.invoices.plain.sheet import GUESSED, PRINTED, Row, first_word_width, joined, label, part, tokens, where
from pulse.invoices.text.page_text import Phrase

_LINE_HEIGHTS = 6.5
_BEHIND_NAME = re.compile(r"\s?(?:[,;·|(]|\s[–-]\s|geb\.|\*|né|nato|nata)\s?")
_ROLES = {
    "patient": "patient",
    "prescriber": "prescriber",
    "biller": "biller",
    "insurer": "insurer",
    "guarantor": "guarantor",
}
#: What GLN, ZSR and VAT numbers and mail addresses have.
_MAY_HAVE_NUMBER = re.compile(r"\d{4}|\d{3}[.\s]?\d{3}|@")
#: How far below its heading a role's lines stand, in points; and to its left and right.
_REACH, _SIDE = 75.0, 8.0


class PartyReader:
    """Reads the parties of one invoice from the rows of its letter."""

    def __init__(self, draft: Draft, rows: Sequence[Row], labels: Sequence[Labelled]) -> None:
        self._draft = draft
        self._rows = rows
        self._labels = labels
        self._addresses = find_addresses(rows)
        self._roles = [(one, _ROLES[one.key]) for one in labels if one.key in _ROLES]

    def read(self) -> None:
        """Notes prescriber, patient and biller: the labelled ones first, so that what is left is the biller's."""
        used = self._read_prescriber()
        used |= self._read_patient()
        self._read_biller(used)
        self._read_numbers()

    # Prescriber

    def _read_prescriber(self) -> set[int]:
        used: set[int] = set()
        for found, role in self._roles:
            if role != "prescriber" or not found.values or "prescriber.name" in self._draft.values:
                continue
            phrase = found.values[0]
            name = self._wrapped(found, self._first_part(phrase))
            if not name.text or not re.match(r"[^\W\d_]", name.text) or len(name.text) < 3:
                continue
            self._draft.text("prescriber.name", name.text, where(found.row, name))
            for address in self._addresses:
                if address.name == name.text or self._under(address.place, address.page, found):
                    self._put_place("prescriber", address, GUESSED)
                    used.add(id(address))
            for text, box in self._near(found):
                self._put_numbers("prescriber", text, box, found.row.page)
        return used

    def _wrapped(self, found: Labelled, name: Phrase) -> Phrase:
        """A name with its second line, where it fills the first one and the next line says more than a name."""
        following = self._rows[found.index + 1] if found.index + 1 < len(self._rows) else None
        if following is None or len(following.phrases) != 1 or found.row.phrases[-1].x1 - name.x1 > 1:
            return name
        second = following.phrases[0]
        rest = self._first_part(second)
        flush = abs(second.x0 - found.label.x0) < _SIDE and following.top - found.row.bottom < _SIDE
        right = max(row.phrases[-1].x1 for row in self._rows if row.page == found.row.page and len(row.phrases) == 1)
        full = found.row.phrases[-1].x1 + first_word_width(second) > right
        if not (flush and full and 0 < len(rest.text) < len(second.text)) or starts_with_label(second):
            return name
        return joined([name, rest])

    def _first_part(self, phrase: Phrase) -> Phrase:
        """A name before what is told behind it: a comma, a number, a date of birth."""
        text = phrase.text
        stop = len(text)
        for pattern in (
            r"\s?[,;·|(]",
            r"\s[–-]\s",
            r"\s?/\s",
            r"\s(?:GLN|ZSR|RCC|EAN|AHV|AVS|geb\.|né|née|nato|nata|\*)",
            r"\s\d",
        ):
            if found := re.search(pattern, text):
                stop = min(stop, found.start())
        return part(phrase, 0, stop)

    def _near(self, found: Labelled) -> list[tuple[str, Phrase]]:
        """What stands in the label's row behind it, and directly below."""
        behind = [one for one in found.row.phrases if one.x1 > found.label.x0]
        below: list[Phrase] = []
        bottom = found.row.bottom
        for row in self._rows[found.index + 1 : found.index + 4]:
            if row.page != found.row.page or row.top - bottom > 8:
                break
            if any(
                one.key in _ROLES or one.key == "-"
                for one in self._labels
                if one.row is row and one.label.x0 < found.label.x1
            ):
                break
            below += [one for one in row.phrases if one.x0 >= found.label.x0 - _SIDE]
            bottom = row.bottom
        return [(one.text, one) for one in (*behind, *below)]

    # Patient

    def _read_patient(self) -> set[int]:
        for key in ("family_name", "given_name", "street", "canton"):
            if found := next((one for one in self._labels if one.key == key and one.values), None):
                if key in {"family_name"} and "," in found.values[0].text:
                    self._split(found.values[0], found.row, given_first=False)
                elif key != "canton" or re.fullmatch(r"[A-Z]{2}", found.values[0].text):
                    self._draft.text(f"patient.{key}", found.values[0].text, where(found.row, found.values[0]))
        place = next((one for one in self._labels if one.key == "place" and one.values), None)
        if place and (match := re.match(r"(\d{4,5})\s+(.+)", place.values[0].text)):
            self._draft.text("patient.zip", match[1], where(place.row, place.values[0]))
            self._draft.text("patient.city", match[2], where(place.row, place.values[0]))
        if "patient.given_name" not in self._draft.values:
            self._draft.values.pop("patient.family_name", None)
            self._read_patient_value()
        address = self._patient_address()
        if address is None:
            return set()
        if "patient.family_name" not in self._draft.values and address.names:
            self._split(address.names[0], address.page, given_first=True)
        self._put_place("patient", address, PRINTED)
        return {id(address)}

    def _read_patient_value(self) -> None:
        for found, role in self._roles:
            if role != "patient":
                continue
            for phrase in found.values:
                name = self._first_part(phrase)
                if "," in phrase.text and _is_comma_name(phrase.text):
                    head = phrase.text.split(",")
                    name = part(
                        phrase,
                        0,
                        len(head[0]) + 1 + len(self._first_part(Phrase(head[1], phrase.box, bold=False)).text) + 1,
                    )
                title = words.SALUTATIONS & {token.word for token in tokens(name.text)[:1]}
                order = self._order(found, titled=bool(title))
                if self._split(name, found.row, given_first=order):
                    return

    def _order(self, found: Labelled, *, titled: bool) -> bool | None:
        """Whether the given name comes first: a salutation says so; `Name, Vorname` says the opposite."""
        spelled = label(found.label.text)
        if len(spelled) > 1 and spelled[0] in {"name", "nom", "cognome"}:
            return False
        return True if titled else None

    def _split(self, phrase: Phrase, place: Row | int, *, given_first: bool | None) -> bool:
        others = [name.text for address in self._addresses for name in address.names]
        others += [one.text for row in self._rows for one in row.phrases if 1 <= one.text.count(" ") <= 6]
        if given_first is None:
            given_first = self._order_elsewhere(phrase.text, others)
        split = split_name(phrase.text, others, given_first=given_first)
        if split is None:
            return False
        family, given, certain = split
        confidence = PRINTED if certain else GUESSED
        self._draft.text("patient.family_name", family, where(place, phrase, confidence))
        self._draft.text("patient.given_name", given, where(place, phrase, confidence))
        return True

    def _order_elsewhere(self, text: str, others: Sequence[str]) -> bool | None:
        """The name over an address has the given name first; so has the same name in the same order."""
        del others
        return True if any(address.name == text for address in self._addresses) else None

    def _patient_address(self) -> Address | None:
        """The address over which the patient's name stands; without a name, the one of a person."""
        family, given = (self._draft.values.get(f"patient.{part_}") for part_ in ("family_name", "given_name"))
        persons = [one for one in self._addresses if not one.is_provider() and not one.is_insurer()]
        if family:
            wanted = sorted(label(f"{family} {given or ''}"))
            for one in persons:
                if any(sorted(label(name.text)) == wanted for name in one.names):
                    return one
            nameless = [one for one in persons if not one.names and self._role_of(one) in {"patient", None}]
            return next((one for one in nameless if len(self._addresses) > 1), None)
        labelled = [one for one in persons if self._role_of(one) == "patient"]
        free = [one for one in persons if self._role_of(one) is None and one.names]
        return next(iter((*labelled, *(one for one in free if one.salutation), *free)), None)

    # Biller

    def _read_biller(self, used: set[int]) -> None:
        free = [one for one in self._addresses if id(one) not in used]
        billers = [one for one in free if self._role_of(one) == "biller"]
        billers += [one for one in free if self._role_of(one) is None and one.is_provider() and not one.is_insurer()]
        billers += [
            one
            for one in free
            if self._role_of(one) is None
            and not one.salutation
            and not one.is_insurer()
            and one.names
            and one not in billers
        ]
        if billers:
            chosen = billers[0]
            if chosen.names:
                name = chosen.names[0]
                self._draft.text(
                    "biller.name", name.text, where(chosen.page, name, PRINTED if chosen.is_provider() else GUESSED)
                )
            self._put_place("biller", chosen, PRINTED)
            return
        for row in self._rows[:6]:
            for phrase in row.phrases:
                if any(words.names_provider(token.word) for token in tokens(phrase.text)):
                    self._draft.text("biller.name", phrase.text, where(row, phrase, GUESSED))
                    return

    def _read_numbers(self) -> None:
        """GLN, ZSR and VAT number, mail address: those that are nobody else's are the biller's."""
        for row in self._rows:
            for phrase in row.phrases:
                if not _MAY_HAVE_NUMBER.search(phrase.text):
                    continue
                role = self._role_at(phrase, row)
                if role in {None, "biller"}:
                    self._put_numbers("biller", phrase.text, phrase, row.page)
                elif role == "prescriber":
                    self._put_numbers("prescriber", phrase.text, phrase, row.page)

    def _put_numbers(self, role: str, text: str, phrase: Phrase, page: int) -> None:
        """What is a party's number by its form, in a text that is nothing but its numbers and their labels."""
        taken = {
            self._draft.values.get(f"{other}.{path}")
            for other in ("biller", "prescriber")
            if other != role
            for path in ("gln", "zsr")
        }
        for match in values.GLN.finditer(text):
            named = any(label(text)[index] in {"gln", "ean"} for index in range(len(label(text))))
            if (
                (named or match[0].startswith(("7601", "2099", "7634")))
                and match[0] not in taken
                and not match[0].startswith("756")
            ):
                self._draft.text(f"{role}.gln", match[0], where(page, phrase))
        if (
            (zsr := values.zsr_number(text))
            and zsr not in taken
            and re.search(r"ZSR|RCC|K-Nr|[A-Z] ?\d{4}\.?\d\d", text)
        ):
            self._draft.text(f"{role}.zsr", zsr, where(page, phrase))
        if role == "biller":
            if (vat := values.VAT.search(text)) and is_uid(vat[0]):
                self._draft.text("biller.vat_number", compact(vat[0]), where(page, phrase))
            if mail := values.MAIL.search(text):
                self._draft.text("biller.email", mail[0], where(page, phrase))

    # Roles

    def _role_of(self, address: Address) -> str | None:
        if address.label:
            return _ROLES.get(address.label)
        first = address.names[0] if address.names else address.street or address.place
        return self._role_at(first, address.page)

    def _role_at(self, phrase: Phrase, page: Row | int) -> str | None:
        """Whose lines these are: of the nearest heading above them or to their left that names a role."""
        number = page.page if isinstance(page, Row) else page
        best: tuple[float, str] | None = None
        for found, role in self._roles:
            if found.row.page != number:
                continue
            same_row = abs(found.label.box[1] - phrase.box[1]) < 4 and found.label.x0 <= phrase.x0 + 1
            distance = phrase.box[1] - found.label.box[3]
            below = (
                -2 < distance < _REACH and found.label.x0 - _SIDE <= phrase.x0 and self._under(phrase, number, found)
            )
            if same_row or below:
                score = (0.0 if same_row else max(distance, 0.0)) + abs(phrase.x0 - found.label.x0) / 100
                if best is None or score < best[0]:
                    best = (score, role)
        return best[1] if best else None

    def _under(self, phrase: Phrase, page: int, found: Labelled) -> bool:
        """Whether a phrase belongs to the lines below a heading: flush with the heading or its value, without a gap."""
        if page != found.row.page:
            return False
        edges = [found.label.x0, *(value.x0 for value in found.values[:1])]
        if not any(abs(phrase.x0 - edge) <= _SIDE for edge in edges):
            return False
        bottom = found.row.bottom
        for row in self._rows[found.index + 1 :]:
            if row.page != page or row.top > phrase.box[1] + 2:
                break
            near = [one for one in row.phrases if any(abs(one.x0 - edge) <= _SIDE for edge in edges)]
            if near:
                if row.top - bottom > 9 or any(starts_with_label(one) for one in near):
                    return False
                bottom = row.bottom
        return 0 <= phrase.box[1] - found.row.top < _REACH

    def _put_place(self, role: str, address: Address, confidence: float) -> None:
        if address.street:
            self._draft.text(f"{role}.street", address.street.text, where(address.page, address.street, confidence))
        for key, text in (("zip", address.zip), ("city", address.city)):
            self._draft.text(f"{role}.{key}", text, where(address.page, address.place, confidence))


def _is_comma_name(text: str) -> bool:
    """`Beispiel, Anna`, not `Anna Beispiel, Teststrasse 5`."""
    family, given = text.split(",")[:2]
    return (
        bool(given.strip())
        and not re.search(r"\d", family)
        and bool(re.match(r"\s?[^\W\d_]", given))
        and (not re.search(r"\d", given) or bool(_BEHIND_NAME.search(given)))
        and len(family.split()) <= 3
    )
