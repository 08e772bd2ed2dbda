"""Who bills, who provided, who prescribed: a number beside its label, and to its right name, address and telephone."""

from __future__ import annotations

import re

from pulse.invoices.draft import Draft, Where
from pulse.invoices.forms import labels
from pulse.invoices.forms.lines import GUESSED, PRINTED, joined
from pulse.invoices.forms.vocabulary import key, keys
from pulse.invoices.text.page_text import Phrase

Words = list[Phrase]

#: What stands between the parts of an address; a scan makes a dot, a stroke or a plus of `·`.
_MARKS = " ·,:;*°+–-"
_ADDRESS = re.compile(rf"(?:(?P<street>.*?)[\s{_MARKS}]+)?(?P<zip>\d{{4}})\s+(?P<city>[^\d\s][^·]*)")
_LONE_MARK = re.compile(r"\s*[*°+–-]\s+")
#: German streets end with their number; French and Italian ones begin with what kind of street they are.
_STREET_KIND = (
    r"rue|ruelle|avenue|av\.|chemin|ch\.|route|rte|place|pl\.|quai|boulevard|bd|allée|impasse|sentier|passage|cours"
    r"|via|viale|vicolo|piazza|corso|strada|salita|contrada"
)
_NAME_AND_STREET = (
    re.compile(rf"(?P<name>.+?)\s+(?P<street>(?:{_STREET_KIND})\s+.+)", re.IGNORECASE),
    re.compile(r"(?P<name>.+?)\s+(?P<street>\S+\s+\d+\s?\w{0,3})"),
)
_GLN, _ZSR = re.compile(r"(?<!\d)\d{13}(?!\d)"), re.compile(r"(?<!\w)[A-Z]\s?\d{6}(?!\d)")
_NUMBERS = re.compile(r"\d{13}|[A-Z]\s?\d{6}|^\s*/\s*$")
#: A number beside its label, right or wrong; anything else there is the name beside a missing number.
_NUMBER = {"gln": re.compile(r"[\dO. ]{6,18}"), "zsr": re.compile(r"[A-Z][. ]?[\d. ]{4,8}|\d{6,7}")}
_CONTACT = re.compile(r"(?:t[eé]l|fax|phone|seite|page|pagina)\b.*|[+\d][\d\s/()·]{6,}", re.IGNORECASE)


class PartyReader:
    """Puts the parties' values into the draft."""

    def __init__(self, draft: Draft) -> None:
        self._draft = draft

    def read_party(self, role: str, field: str, page: int, phrases: list[Words]) -> None:
        """One line of a party: beside its GLN stands its name, beside its other numbers its address."""
        number = "gln" if field in {"gln", "place_gln"} else field
        if number not in _NUMBER:
            return
        phrases = [phrase for phrase in phrases if keys([word.text for word in phrase])[-1]]
        if phrases and (taken := _leading_number(phrases[0], _NUMBER[number])):
            if field != "place_gln":
                self._draft.text(f"{role}.{number}", _without_blanks(taken), Where(page, joined(taken).box, PRINTED))
            phrases = [rest for rest in (phrases[0][len(taken) :], *phrases[1:]) if rest]
        texts = [text for text in map(joined, phrases) if not _CONTACT.fullmatch(text.text.strip(_MARKS))]
        if field == "gln" and texts:
            self._draft.text(f"{role}.name", texts[0].text.strip(" ·,:;"), Where(page, texts[0].box, PRINTED))
        elif field != "gln":
            for text in texts:
                if address := _ADDRESS.fullmatch(text.text.strip(_MARKS)):
                    self._put_address(role, address, Where(page, text.box, PRINTED))

    def read_prescriber(self, page: int, phrases: list[Words]) -> None:
        """A label, `GLN / ZSR` (or the stroke alone) and, in one phrase, title, name and address."""
        texts = [joined(phrase) for phrase in phrases]
        at = next((index for index, one in enumerate(texts) if _NUMBERS.search(one.text)), None)
        if at is None:
            return
        self._put_numbers(page, texts[at])
        for text in texts[at + 1 :]:
            self._put_person(text, page)

    def read_partner(self, page: int, phrases: list[Words]) -> None:
        """A row of the table of partners: role, numbers, name and address between middle dots."""
        role = key(joined(phrases[0]).text) if phrases else ""
        if len(phrases) < 2 or not role.startswith(labels.REFERRERS):
            return
        self._put_numbers(page, joined(phrases[1]))
        for phrase in (joined(words) for words in phrases[2:]):
            name, *address = (part.strip() for part in phrase.text.split("·"))
            where = Where(page, phrase.box, PRINTED)
            if not address and _ADDRESS.fullmatch(" ".join(_LONE_MARK.split(name)[1:])):
                name, *address = _LONE_MARK.split(name)
                where = Where(page, phrase.box, GUESSED)
            self._draft.text("prescriber.name", name, where)
            if address and (found := _ADDRESS.fullmatch(" ".join(address))):
                self._put_address("prescriber", found, where)

    def _put_numbers(self, page: int, phrase: Phrase) -> None:
        for path, pattern in (("gln", _GLN), ("zsr", _ZSR)):
            if found := pattern.search(phrase.text):
                self._draft.text(f"prescriber.{path}", found[0].replace(" ", ""), Where(page, phrase.box, PRINTED))

    def _put_person(self, phrase: Phrase, page: int) -> None:
        """Nothing marks where a name ends and a street begins."""
        if not (address := _ADDRESS.fullmatch(phrase.text)):
            return
        where = Where(page, phrase.box, GUESSED)
        before = address["street"] or ""
        parts = next((found for pattern in _NAME_AND_STREET if (found := pattern.fullmatch(before))), None)
        self._draft.text("prescriber.name", parts["name"] if parts else before, where)
        self._draft.text("prescriber.street", parts["street"] if parts else None, where)
        self._draft.text("prescriber.zip", address["zip"], where)
        self._draft.text("prescriber.city", address["city"], where)

    def _put_address(self, role: str, address: re.Match[str], where: Where) -> None:
        for part, text in address.groupdict().items():
            self._draft.text(f"{role}.{part}", (text or "").strip(_MARKS), where)


def _leading_number(words: Words, shape: re.Pattern[str]) -> Words:
    """The words that make up a number at the beginning, printed with or without blanks."""
    for count in range(min(5, len(words)), 0, -1):
        if shape.fullmatch(" ".join(word.text for word in words[:count])):
            return words[:count]
    return []


def _without_blanks(words: Words) -> str:
    return "".join(word.text for word in words)
