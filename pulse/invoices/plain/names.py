"""Names of persons, told apart into family and given name; addresses of one line and of several."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pulse.invoices.plain import labels, words
from pulse.invoices.plain.labelled import starts_with_label
from pulse.invoices.plain.sheet import Row, label, part, tokens
from pulse.invoices.text.page_text import Phrase

_PLACE = re.compile(
    r"(?:(?:CH|D|F|I|A|FL)[-–\s]\s?)?(?P<zip>\d{4,5})\s+(?P<city>[^\W\d_][^\d,;|·•()]*?(?:\s+\d{1,2})?)(?:\s?\([A-Z]{2}\))?[.,;]?"
)
#: No address is without one.
_POSTAL_CODE = re.compile(r"\d{4}\s+[^\W\d_]")
_ONE_LINE = re.compile(
    r"(?:(?P<name>[^,·|•;]+?)\s?[,·|•;–]\s?)?(?P<street>[^,·|•;]*?[^\W\d_][^,·|•;]*?)\s?(?:[,·|•;–]|\s-\s)\s?"
    r"(?:CH[-–\s])?(?P<zip>\d{4})\s+(?P<city>[^\W\d_][^\d,·|•;]*?(?:\s+\d{1,2})?)(?:\s?\([A-Z]{2}\))?(?:\s?[,·|•;].*)?"
)
_TITLES = re.compile(
    r"^(?:(?:Herrn?|Frau|Monsieur|Madame|Mme|Mlle|M\.|Signora?|Signor|Sig\.(?:\s?ra)?|Sig\.ra|Mr\.?|Mrs\.?|Ms\.?)\s+)+"
)
_PARTICLES = frozenset(
    {
        "von",
        "van",
        "de",
        "della",
        "di",
        "da",
        "la",
        "le",
        "du",
        "del",
        "der",
        "den",
        "zu",
        "zur",
        "dos",
        "des",
        "al",
        "el",
        "ter",
        "lo",
        "li",
    }
)
_ALIGNED, _LEADING = 3.5, 1.2
_MAX_LINES = 6


@dataclass(frozen=True)
class Address:
    """A name with the lines of its address; `role` where a label says whose it is."""

    page: int
    names: tuple[Phrase, ...]
    street: Phrase | None
    place: Phrase
    zip: str
    city: str
    top: float
    salutation: bool = False
    label: str | None = None

    @property
    def name(self) -> str:
        return self.names[0].text if self.names else ""

    def is_provider(self) -> bool:
        """Whether a word of the name is one of those who bill."""
        return any(words.names_provider(token.word) for name in self.names for token in tokens(name.text)) or any(
            label(name.text)[:2] in {("dr", "med"), ("dr", "ssa"), ("med", "pract"), ("prof", "dr"), ("dres", "med")}
            for name in self.names
        )

    def is_insurer(self) -> bool:
        """Whether a word of the name is one of those who insure."""
        return any(
            token.word in words.INSURER_WORDS or token.word.endswith(("versicherung", "krankenkasse"))
            for name in self.names
            for token in tokens(name.text)
        )


def find_addresses(rows: Sequence[Row]) -> list[Address]:
    """Every address in these rows: a line with postal code and town, and what stands above it."""
    found = []
    for index, row in enumerate(rows):
        for phrase in row.phrases:
            if not _POSTAL_CODE.search(phrase.text):
                continue
            if address := _one_line(rows, index, phrase) or _several_lines(rows, index, phrase):
                found.append(address)
    return found


def _one_line(rows: Sequence[Row], index: int, phrase: Phrase) -> Address | None:
    known = labels.FIELDS.first(phrase.text)
    start = known[1] if known and phrase.text[known[1] :].lstrip(" .").startswith(":") else 0
    start += len(phrase.text[start:]) - len(phrase.text[start:].lstrip(" .:"))
    match = _ONE_LINE.fullmatch(phrase.text[start:])
    if not match or (not re.search(r"\d", match["street"]) and match["name"] is None):
        return None

    def piece(group: str) -> Phrase | None:
        return part(phrase, start + match.start(group), start + match.end(group)) if match[group] else None

    place = part(phrase, start + match.start("zip"), start + match.end("city"))
    street, name = piece("street"), piece("name")
    if name is None:
        above = _above(rows, index, phrase)
        names = tuple(reversed(above[:2])) if above else ()
        beside = [one for one in rows[index].phrases if one.x1 < phrase.x0]
        names = names or tuple(beside[-1:])
    else:
        names = (name,)
    return Address(
        rows[index].page,
        names,
        street,
        place,
        match["zip"],
        match["city"].strip(),
        rows[index].top,
        label=known[0] if start and known else None,
    )


def _several_lines(rows: Sequence[Row], index: int, phrase: Phrase) -> Address | None:
    match = _PLACE.fullmatch(phrase.text)
    if not match:
        return None
    above = _above(rows, index, phrase)
    street = None
    if above and (
        re.search(r"\d", above[0].text) or re.match(r"(?i)postfach|case postale|casella postale", above[0].text)
    ):
        street, above = above[0], above[1:]
        if (
            re.match(r"(?i)postfach|case postale|casella postale", street.text)
            and above
            and re.search(r"\d", above[0].text)
        ):
            street, above = above[0], above[1:]
    names = list(reversed(above))
    salutation = bool(names) and all(token.word in words.SALUTATIONS for token in tokens(names[0].text))
    if salutation:
        names = names[1:]
    if names and (titled := _TITLES.match(names[0].text)):
        salutation, names[0] = True, part(names[0], titled.end())
    if not names and street is None:
        return None
    return Address(
        rows[index].page, tuple(names), street, phrase, match["zip"], match["city"].strip(), rows[index].top, salutation
    )


def _above(rows: Sequence[Row], index: int, phrase: Phrase) -> list[Phrase]:
    """The lines above that belong to the same block, the nearest first: one below the other, flush or centred."""
    block: list[Phrase] = []
    current = phrase
    for row in reversed(rows[max(0, index - 12) : index]):
        if row.page != rows[index].page or len(block) == _MAX_LINES:
            break
        height = max(current.box[3] - current.box[1], 6.0)
        if current.box[1] - row.bottom > _LEADING * height:
            break
        line = next((one for one in row.phrases if _aligned(one, phrase)), None)
        if line is None or line.box[3] > current.box[1] + 3:
            continue
        if (
            current.box[1] - line.box[3] > _LEADING * height
            or starts_with_label(line)
            or re.search(r"@|www\.|\bTel|\bFax|\d{13}|:", line.text)
        ):
            break
        if _PLACE.fullmatch(line.text):
            break
        block.append(line)
        current = line
    return block


def _aligned(one: Phrase, other: Phrase) -> bool:
    return (
        abs(one.x0 - other.x0) <= _ALIGNED
        or abs(one.x1 - other.x1) <= _ALIGNED
        or abs(one.x0 + one.x1 - other.x0 - other.x1) / 2 <= _ALIGNED
    )


def split_name(text: str, others: Iterable[str], *, given_first: bool | None) -> tuple[str, str, bool] | None:
    """Family name, given name, and whether that is certain.

    A comma tells (`Beispiel, Anna`); so does the same name in another order elsewhere on the sheet (`others`); else
    the order that is usual where it stands, with a particle (`de la Fontaine`) taken to the family name.
    """
    text = _TITLES.sub("", text.strip()).strip(" ,")
    if "," in text:
        family, _, given = (piece.strip() for piece in text.partition(","))
        return (family, given, True) if family and given else None
    pieces = text.split()
    if len(pieces) < 2:
        return None
    if rotation := _rotation(pieces, others):
        first, second = rotation
        if given_first is None:
            given_first = False
        return (second, first, True) if given_first else (first, second, True)
    certain = len(pieces) == 2 and given_first is not None
    if given_first is False:
        cut = 1
        while cut < len(pieces) - 1 and pieces[cut - 1].lower() in _PARTICLES:
            cut += 1
        return " ".join(pieces[:cut]), " ".join(pieces[cut:]), certain
    cut = len(pieces) - 1
    while cut > 1 and pieces[cut - 1].lower() in _PARTICLES:
        cut -= 1
    certain = certain or (given_first is True and pieces[cut].lower() in _PARTICLES)
    return " ".join(pieces[cut:]), " ".join(pieces[:cut]), certain


def _rotation(pieces: Sequence[str], others: Iterable[str]) -> tuple[str, str] | None:
    """The two parts of a name that elsewhere stands with its parts exchanged."""
    for other in others:
        if pieces[0] not in other:
            continue
        known = _TITLES.sub("", other).replace(",", " ").split()
        for cut in range(1, len(pieces)):
            if [*pieces[cut:], *pieces[:cut]] == known and known != list(pieces):
                return " ".join(pieces[:cut]), " ".join(pieces[cut:])
    return None
