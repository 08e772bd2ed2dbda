"""The form's head: labelled values in a left and a right block, in sections named at the left edge.

A label counts only at the left of its block, so that a patient may be called like a label, and never in the sections
of free text, so that a remark cannot fill in a number that is missing above. A label that no table knows is told by
its place between two known ones, or by the shape of its value.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from pulse.invoices.draft import Draft, Where
from pulse.invoices.forms import labels
from pulse.invoices.forms.head_values import LEVEL, SHAPES, HeadValues
from pulse.invoices.forms.lines import GUESSED, PRINTED, PrintedLine, height, joined, leading_label
from pulse.invoices.forms.parties import PartyReader
from pulse.invoices.forms.vocabulary import Vocabulary, keys, languages
from pulse.invoices.text.page_text import PageText, Phrase

_SECTIONS = Vocabulary(labels.SECTIONS)
_LABELS = Vocabulary(labels.HEAD)
_LANGUAGES = languages(labels.HEAD)
_KINDS = Vocabulary(labels.KINDS)
_TITLES = Vocabulary(labels.TITLES)
#: Sections whose text nobody promises anything about.
_FREE = frozenset({"diagnosis", "gln_list", "remark", "other"})
_PARTIES = frozenset({"biller", "provider"})
_FIRST_OF = {"patient.family_name": "patient"}
#: What stands in the right block; its other lines are the addressee.
_RIGHT = frozenset({"invoice", "reminder", "approval", "reason", "gln", "reminder_level"})
#: Top to bottom, over all releases.
_ORDER = (
    "patient.family_name",
    "patient.given_name",
    "patient.street",
    "patient.zip",
    "patient.city",
    "patient.birth_date",
    "sex",
    "case_date",
    "case_number",
    "patient.ssn",
    "patient.card_number",
    "patient.insured_number",
    "patient.canton",
    "copy",
    "tiers",
    "law",
    "contract",
    "treatment",
    "treatment_type",
    "reason",
    "company",
    "role",
)
_PLACES: dict[str | None, int] = {field: place for place, field in enumerate(_ORDER)}
#: Shares of the page's width: right labels stand behind the first; without any, the block begins at the second.
_RIGHT_HALF, _RIGHT_BLOCK = 0.5, 0.56
_ALIGNED, _VALUE_GAP = 6.0, 2.0
#: Fewer known labels of a patient than this, and the words are something else.
_MIN_PATIENT_LABELS = 4
_SECTION_PREFIX = 5
_DASH = re.compile(r"\s+[-–—|/]\s+")
_CANCELLED = re.compile(r"(?:Rechnung|facture|fattura)\s+(?:Nr\.|N°|No|N\.)?\s*(\S+)", re.IGNORECASE)


@dataclass
class _Entry:
    """A label of the left block with the value beside it; `field` is None where no table knows the label."""

    field: str | None
    value: Phrase | None


class HeadReader:
    """Reads heads page by page.

    `has_title` and `sections` say whether this is the form, `identifications` whose pages these are, `languages` counts
    the labels of each.
    """

    def __init__(self, draft: Draft) -> None:
        self.has_title = False
        self.sections: set[str] = set()
        self.languages: Counter[str] = Counter()
        self.values = HeadValues(draft)
        self._draft = draft
        self._parties = PartyReader(draft)
        self._left: dict[str, float] = {}
        self._page = 1

    @property
    def identifications(self) -> set[str]:
        return self.values.identifications

    def read(self, page: PageText, lines: Sequence[PrintedLine]) -> None:
        """Notes what stands above the table of positions of one page."""
        self._page = page.number
        sections: dict[str, list[list[list[Phrase]]]] = {}
        for section, phrases in _by_section(lines):
            sections.setdefault(section, []).append(phrases)
        self.sections |= sections.keys()
        for section, rows in sections.items():
            if section == "title":
                self._read_title([joined(phrase) for row in rows for phrase in row])
            elif section == "remark":
                self._read_remark(rows)
            elif section == "partners":
                for row in rows:
                    self._parties.read_partner(page.number, row)
            elif section == "prescriber":
                for row in rows:
                    self._parties.read_prescriber(page.number, row)
            elif section not in _FREE:
                self._read_section(section, rows, page.width)

    def _read_section(self, section: str, rows: list[list[list[Phrase]]], width: float) -> None:
        """Labels stand at the left edge of the section, as far left as its leftmost one on the first page."""
        firsts = [leading_label(row[0], _LABELS) for row in rows]
        if section not in self._left:
            least = _MIN_PATIENT_LABELS if section == "patient" else 1
            if len({found[0] for found in firsts if found}) < least:
                return
            self._left[section] = min(row[0][0].x0 for row, found in zip(rows, firsts, strict=True) if found)
        left = self._left[section]
        right = self._right_edge(section, rows, width)
        entries: list[_Entry] = []
        for row, found in zip(rows, firsts, strict=True):
            begins = [phrase for phrase in row if phrase[0].x0 < right - _ALIGNED]
            if begins and abs(begins[0][0].x0 - left) < _ALIGNED:
                self._read_labelled(section, found, begins, entries)
            elif begins and section == "patient":
                _continue(entries, begins[0])
            if section == "patient":
                self._read_right([phrase for phrase in row if phrase[0].x0 >= right - _ALIGNED])
        self._take_all(entries)

    def _right_edge(self, section: str, rows: list[list[list[Phrase]]], width: float) -> float:
        """Where the right block begins: at its own labels."""
        if section != "patient":
            return width
        edges = [
            phrase[0].x0
            for row in rows
            for phrase in row[1:]
            if phrase[0].x0 > _RIGHT_HALF * width and (found := leading_label(phrase, _LABELS)) and found[0] in _RIGHT
        ]
        return min(edges, default=_RIGHT_BLOCK * width)

    def _read_labelled(
        self, section: str, found: tuple[str, int] | None, phrases: list[list[Phrase]], entries: list[_Entry]
    ) -> None:
        if found is None:
            if len(phrases) > 1:
                entries.append(_Entry(None, _value(phrases[1:])))
            return
        field, count = found
        self._count(phrases[0][:count])
        rest = [phrase for phrase in (phrases[0][count:], *phrases[1:]) if phrase]
        if section in _PARTIES:
            self._parties.read_party(section, field, self._page, rest)
        else:
            entries.append(_Entry(field, _value(rest)))

    def _read_right(self, phrases: list[list[Phrase]]) -> None:
        if not phrases or not (found := leading_label(phrases[0], _LABELS)) or found[0] not in _RIGHT:
            return
        field, count = found
        self._count(phrases[0][:count])
        rest = [phrase for phrase in (phrases[0][count:], *phrases[1:]) if phrase]
        if rest and field != "gln":
            value = joined([word for phrase in rest for word in phrase])
            self.values.take(field, value.text, Where(self._page, value.box, PRINTED))

    def _count(self, label: list[Phrase]) -> None:
        spoken = _LANGUAGES.get(keys([word.text for word in label])[-1], ())
        if len(spoken) == 1:
            self.languages[next(iter(spoken))] += 1

    def _take_all(self, entries: list[_Entry]) -> None:
        """Values stand in one column: what stands elsewhere beside an empty field is not its value."""
        column = Counter(round(entry.value.x0) for entry in entries if entry.value).most_common(1)
        for entry in entries:
            if entry.value and abs(entry.value.x0 - column[0][0]) > 2 * _ALIGNED:
                entry.value = None
        for entry, field in zip(entries, _with_guesses(entries), strict=True):
            if field and entry.value:
                confidence = PRINTED if entry.field else GUESSED
                self.values.take(field, entry.value.text, Where(self._page, entry.value.box, confidence))

    # Title and remark: what kind of bill this is

    def _read_title(self, phrases: list[Phrase]) -> None:
        """`Rückforderungsbeleg – Storno`."""
        for phrase in phrases:
            for part in _DASH.split(phrase.text):
                if leading_label(_split(part, phrase), _TITLES):
                    self.has_title = True
                else:
                    self._read_kind(part, phrase)

    def _read_kind(self, text: str, phrase: Phrase) -> None:
        """`Storno`, `2. Mahnung`, `Storno der Rechnung R-1 vom 01.02.2026`."""
        level = LEVEL.match(text)
        words = _split(text, phrase)[1 if level else 0 :]
        found = leading_label(words, _KINDS) if words else None
        if found is None:
            return
        where = Where(self._page, phrase.box, PRINTED)
        if found[0] == "reminder":
            self._draft.put("request_type", "reminder", where)
            self._draft.put("reminder_level", int(level[1]) if level else None, where)
        else:
            self._draft.put("subtype", found[0], where)
        if cancelled := _CANCELLED.search(text):
            self._draft.text("refers_to", cancelled[1], where)

    def _read_remark(self, rows: list[list[list[Phrase]]]) -> None:
        """Free text, but for one thing: the bill that this one cancels, where the remark begins with it."""
        words = [word for phrase in rows[0] for word in phrase]
        if words and _CANCELLED.search(joined(words).text):
            self._read_kind(joined(words).text, joined(words))


def _names_of_sections() -> tuple[dict[str, list[str]], dict[str, str]]:
    """The names of each section, and the section of each beginning of a name that is long enough to tell."""
    names: dict[str, list[str]] = {}
    beginnings: dict[str, str] = {}
    for name, section in _SECTIONS:
        names.setdefault(section, []).append(name)
        for end in range(_SECTION_PREFIX, len(name)):
            beginnings.setdefault(name[:end], section)
    return names, beginnings


_NAMES, _BEGINNINGS = _names_of_sections()


def _by_section(lines: Sequence[PrintedLine]) -> list[tuple[str, list[list[Phrase]]]]:
    """Each line's section, and its phrases without the section's name."""
    starts = [line.phrases[0] for line in lines]
    edge = min((phrase[0].x0 for phrase in starts if _section(phrase, "title")), default=None)
    section, parted = "title", []
    for line in lines:
        phrases = line.phrases
        if edge is not None and phrases[0][0].x0 < edge + _ALIGNED and _is_speck(phrases[0]):
            phrases = phrases[1:]
        if edge is not None and phrases and phrases[0][0].x0 < edge + _ALIGNED:
            phrases = _parted(phrases)
            named = _section(phrases[0], section)
            if section == "partners" and (named is None or named == "prescriber"):
                parted.append((section, phrases))
                continue
            if section in _PARTIES and named is None and (known := _section_by_label(phrases[1:], section)):
                section, phrases = known, phrases[1:]
            elif named or section != "title":
                section, phrases = named or "other", phrases[1:]
        if phrases:
            parted.append((section, phrases))
    return parted


def _parted(phrases: list[list[Phrase]]) -> list[list[Phrase]]:
    """A remark that stands close to its section's name is a phrase of its own."""
    first, *others = phrases
    for count, beginning in enumerate(keys([word.text for word in first[:-1]]), start=1):
        if _SECTIONS.exact_key(beginning) == "remark":
            return [first[:count], first[count:], *others]
    return phrases


def _is_speck(words: list[Phrase]) -> bool:
    """Whether nothing is written there: a speck, or a part of a ruled line."""
    return not any(letter.isalnum() for word in words for letter in word.text)


def _section_by_label(phrases: list[list[Phrase]], current: str) -> str | None:
    """A section's name may be misread: a party's line is known by its number's label, the patient by the name's."""
    found = leading_label(phrases[0], _LABELS) if phrases else None
    if found is None:
        return None
    return current if found[0] in {"gln", "zsr", "place_gln"} else _FIRST_OF.get(found[0])


def _section(words: list[Phrase], current: str) -> str | None:
    """The section that a phrase names; a name in two lines (`Rechnungs-` `steller`) is named by each."""
    spelled = keys([word.text for word in words])[-1]
    if found := _SECTIONS.exact_key(spelled) or _SECTIONS.near_key(spelled):
        return found
    if spelled and any(spelled in name for name in _NAMES.get(current, ())):
        return current
    return _BEGINNINGS.get(spelled)


def _split(text: str, phrase: Phrase) -> list[Phrase]:
    return [Phrase(word, phrase.box, phrase.bold) for word in text.split()]


def _value(phrases: list[list[Phrase]]) -> Phrase | None:
    """The first phrase; what stands far to its right is something else, such as the number of the page."""
    words: list[Phrase] = []
    for word in (word for phrase in phrases for word in phrase):
        if words and word.x0 - words[-1].x1 > _VALUE_GAP * height(word):
            break
        words.append(word)
    return joined(words) if words else None


def _continue(entries: list[_Entry], words: list[Phrase]) -> None:
    """A value's second line stands right below the first one."""
    last = entries[-1].value if entries else None
    if last and abs(words[0].x0 - last.x0) < _ALIGNED and words[0].box[1] - last.box[3] < height(words[0]):
        entries[-1].value = joined([last, *words])


def _with_guesses(entries: list[_Entry]) -> list[str | None]:
    """The fields of all entries: unknown labels between two known ones are those that the form has between them."""
    fields = [entry.field for entry in entries]
    known = [(index, _PLACES[field]) for index, field in enumerate(fields) if field in _PLACES]
    for (before, first), (after, last) in pairwise(known):
        between = _ORDER[first + 1 : last]
        if after - before - 1 == len(between) and None in fields[before:after]:
            fields[before + 1 : after] = between
    taken = {entry.field for entry in entries}
    for index, entry in enumerate(entries):
        if entry.field is None and entry.value:
            candidates = (fields[index], *_BY_SHAPE)
            fields[index] = next(
                (one for one in candidates if one not in taken and one in SHAPES and SHAPES[one](entry.value.text)),
                None,
            )
    return fields


#: Values that no other of the form looks like.
_BY_SHAPE = ("patient.ssn", "patient.card_number", "law", "tiers")
