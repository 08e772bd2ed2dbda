"""Values of the form's head by kind: from printed words to what the Invoice holds."""

from __future__ import annotations

import re
from collections.abc import Callable

from pulse.base.identifiers import compact
from pulse.invoices.draft import Draft, Where
from pulse.invoices.forms import labels
from pulse.invoices.forms.vocabulary import Vocabulary

_SEX = Vocabulary(labels.SEX)
_YES_NO = Vocabulary(labels.YES_NO)
_TIERS = Vocabulary(labels.TIERS)
_LAWS = Vocabulary(labels.LAWS)
_REASONS = Vocabulary(labels.REASONS)
_GUID = re.compile(r"(?<![0-9a-fA-F])[0-9a-fA-F]{32}(?![0-9a-fA-F])")
_PAGE_NUMBER = re.compile(r"\s+(?:Seite|Page|Pagina)\s+\d+.*")
_DAY = r"\d{1,2}\.\d{1,2}\.\d{4}"
_PERIOD = re.compile(rf"({_DAY})\s*(?:[-–—]|bis|au|al)\s*({_DAY})")
#: A scan may lose the stroke behind a whole date, and see a speck behind the number.
_DAY_AND_NUMBER = re.compile(r"\s*([\d.]*\.[\d.]*)?(?:\s*/\s*|\s*$|(?<=\.\d{4})\s+)(.*?)(?:\s+[^\w\s]+)?")
#: `2. Mahnung`, `2e rappel`, `2° sollecito`; a bare digit where a level is expected.
LEVEL = re.compile(r"([1-9])\s?(?:\.|°|º|e|ème|er|re|a|ª)?\s+(?=[^\W\d])")
_BARE_LEVEL = re.compile(r"([1-9])\.?")

#: How a value looks: asked where its label is unknown.
SHAPES: dict[str, Callable[[str], object]] = {
    "patient.family_name": re.compile(r"[^\d:]{2,60}").fullmatch,
    "patient.given_name": re.compile(r"[^\d:]{2,60}").fullmatch,
    "patient.street": re.compile(r".{3,80}").fullmatch,
    "patient.zip": re.compile(r"\d{4,5}").fullmatch,
    "patient.city": re.compile(r"[^\d:]{2,60}").fullmatch,
    "patient.birth_date": re.compile(_DAY).fullmatch,
    "sex": lambda text: _first_meaning(text, _SEX),
    "patient.ssn": re.compile(r"756[\d. ]{10,13}").fullmatch,
    "patient.card_number": re.compile(r"80756\d{15}").fullmatch,
    "patient.insured_number": re.compile(r"[\d. -]{4,24}").fullmatch,
    "patient.canton": re.compile(r"[A-Z]{2}").fullmatch,
    "copy": _YES_NO.exactly,
    "tiers": _TIERS.exactly,
    "law": _LAWS.exactly,
    "treatment": _PERIOD.fullmatch,
    "reason": _REASONS.exactly,
}


class HeadValues:
    """Puts values into the draft by the label that they stand beside."""

    def __init__(self, draft: Draft) -> None:
        self.identifications: set[str] = set()
        self._draft = draft

    def take(self, field: str, text: str, where: Where) -> None:
        """A field is an Invoice's path, or the name of a label whose value needs more than copying."""
        if reader := _READERS.get(field):
            reader(self, text, where)
        elif field == "patient.birth_date":
            self._draft.date(field, text, where)
        elif field == "patient.canton":
            self._draft.text(field, text.upper(), where)
        elif field.startswith("patient."):
            self._draft.text(field, text, where)

    def identification(self, text: str, where: Where) -> None:
        """`timestamp / dd.mm.yyyy hh:mm:ss / guid` (5.0) or `timestamp - …` (4.x)."""
        self.identifications.add(_PAGE_NUMBER.sub("", text))
        if guid := _GUID.search(text):
            self._draft.text("guid", guid[0].lower(), where)

    def sex(self, text: str, where: Where) -> None:
        """`M`, `W`, or `Frau / F`: the first part is how the person names themselves."""
        self._known("patient.sex", text, _first_meaning(text, _SEX), where)

    def ssn(self, text: str, where: Where) -> None:
        """AHV number, with or without dots."""
        self._draft.text("patient.ssn", compact(text), where)

    def card(self, text: str, where: Where) -> None:
        """Number of the insured person's card, with or without blanks."""
        self._draft.text("patient.card_number", compact(text), where)

    def copy(self, text: str, where: Where) -> None:
        """`Ja` or `Nein`; a bill that is cancelled stays so."""
        self._draft.put("subtype", _YES_NO.exactly(text), where)

    def tiers(self, text: str, where: Where) -> None:
        """`TG`, `TP` or `TS`."""
        self._known("tiers", text, _TIERS.exactly(text), where)

    def law(self, text: str, where: Where) -> None:
        """`KVG`, `LAMal` and their kin."""
        self._known("law", text, _LAWS.exactly(text), where)

    def reason(self, text: str, where: Where) -> None:
        """`Krankheit` and its kin."""
        self._known("treatment.reason", text, _REASONS.meaning(text), where)

    def treatment(self, text: str, where: Where) -> None:
        """`dd.mm.yyyy - dd.mm.yyyy`, or one day."""
        begin, end = period.groups() if (period := _PERIOD.search(text)) else (text, text)
        self._draft.date("treatment.begin", begin, where)
        self._draft.date("treatment.end", end, where)

    def invoice(self, text: str, where: Where) -> None:
        """`dd.mm.yyyy / number`, or one of both."""
        day, number = _day_and_number(text)
        self._draft.date("invoice_date", day, where)
        self._draft.text("invoice_number", number, where)

    def reminder(self, text: str, where: Where) -> None:
        """`dd.mm.yyyy / number` or `dd.mm.yyyy / 2. Mahnung`: only a reminder has one."""
        if not any(character.isdigit() for character in text):
            return
        self._draft.put("request_type", "reminder", where)
        if level := LEVEL.match(_day_and_number(text)[1]):
            self._draft.put("reminder_level", int(level[1]), where)

    def level(self, text: str, where: Where) -> None:
        """`2`, `2. Mahnung`."""
        if matched := LEVEL.match(text) or _BARE_LEVEL.fullmatch(text):
            self._draft.put("reminder_level", int(matched[1]), where)

    def finish(self) -> None:
        """A reminder whose level stands nowhere is the first; it is about the invoice whose number it bears."""
        evidence = self._draft.evidence
        if self._draft.values.get("request_type") != "reminder":
            return
        where = evidence["request_type"]
        self._draft.put("reminder_level", 1, where)
        if "invoice_number" in evidence:
            self._draft.put("refers_to", self._draft.values["invoice_number"], evidence["invoice_number"])

    def _known(self, path: str, text: str, value: str | None, where: Where) -> None:
        if value is not None:
            self._draft.put(path, value, where)


def _first_meaning(text: str, known: Vocabulary) -> str | None:
    return known.exactly(text.split("/", maxsplit=1)[0])


def _day_and_number(text: str) -> tuple[str, str]:
    matched = _DAY_AND_NUMBER.fullmatch(text)
    return (matched[1] or "", matched[2]) if matched else ("", text)


_READERS: dict[str, Callable[[HeadValues, str, Where], None]] = {
    "identification": HeadValues.identification,
    "sex": HeadValues.sex,
    "patient.ssn": HeadValues.ssn,
    "patient.card_number": HeadValues.card,
    "copy": HeadValues.copy,
    "tiers": HeadValues.tiers,
    "law": HeadValues.law,
    "reason": HeadValues.reason,
    "treatment": HeadValues.treatment,
    "invoice": HeadValues.invoice,
    "reminder": HeadValues.reminder,
    "reminder_level": HeadValues.level,
}
