"""The form's head: labelled values in a left and a right block, in sections with a bold name at the edge.

A label counts only in its own section and where the form has labels, so that a patient may be called like a label and
a remark cannot fill in a number that is missing above.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from pulse.base.identifiers import compact
from pulse.invoices.draft import Draft, Where
from pulse.invoices.text.page_text import Line, PageText, Phrase

PRINTED, GUESSED = 0.95, 0.6
# Shares of the page's width where section names and labels end, where values, party names and the right block begin.
_SECTION_END, _LABEL_END, _VALUE_START, _NAME_START = 0.12, 0.25, 0.26, 0.38
_RIGHT_LABEL_START, _RIGHT_VALUE_START, _PHONE_START = 0.56, 0.69, 0.8
_SECTIONS = {
    "Dokument": "document",
    "Rechnungs-": "biller",
    "steller": "biller",
    "Rechnungssteller": "biller",
    "Leistungs-": "provider",
    "erbringer": "provider",
    "Leistungserbringer": "provider",
    "Patient": "patient",
    "Zuweiser": "prescriber",
    "Diagnose": "other",
    "GLN-Liste": "other",
    "Bemerkung": "other",
    "Partner": "partners",
}
_ADDRESS = re.compile(r"(?:(?P<street>.*?)[\s·,]+)?(?P<zip>\d{4,5})\s+(?P<city>[^\d\s][^·]*)")
_NAME_AND_STREET = re.compile(r"(?P<name>.+?)\s+(?P<street>\S+\s+\d+\s?\w{0,3})")
_GLN, _ZSR, _GUID = re.compile(r"\d{13}"), re.compile(r"[A-Z]\d{6}"), re.compile(r"[0-9a-fA-F]{32}")
_SEX = {
    "m": "male",
    "mann": "male",
    "f": "female",
    "w": "female",
    "frau": "female",
    "d": "diverse",
    "divers": "diverse",
}
_TIERS = {"TG": "garant", "TP": "payant", "TS": "soldant"}
_REASONS = {
    "Krankheit": "disease",
    "Unfall": "accident",
    "Schwangerschaft": "maternity",
    "Mutterschaft": "maternity",
    "Prävention": "prevention",
    "Geburtsgebrechen": "birthdefect",
    "Anderes": "unknown",
}
_LAWS = frozenset({"KVG", "VVG", "UVG", "IVG", "MVG", "ORG"})
_REFERRERS = ("zuweis", "referrer", "überweis")


@dataclass
class _Pending:
    """A value whose second line may follow."""

    label: str
    section: str
    phrase: Phrase


class HeadReader:
    """Reads heads page by page; `labels` counts what was recognised, `identifications` names the pages' invoices."""

    def __init__(self, draft: Draft) -> None:
        self.labels = 0
        self.identifications: set[str] = set()
        self._draft = draft
        self._page = 1
        self._pending: _Pending | None = None

    def read(self, page: PageText, lines: list[Line]) -> None:
        """Notes what stands above the table of positions of one page."""
        self._page = page.number
        section = "title"
        for line in lines:
            phrases = line.phrases()
            edge = next((one.text for one in phrases if one.x0 < _SECTION_END * page.width), None)
            section = _SECTIONS.get(edge or "", section)
            if section == "title":
                self._read_title(phrases)
            elif section == "partners":
                self._read_partner(phrases)
            elif section != "other":
                self._read_line(section, phrases, page.width)
        self._flush()

    def _read_title(self, phrases: list[Phrase]) -> None:
        for phrase in phrases:
            if phrase.text in {"Tiers Payant Rechnung", "TP-Rechnung", "Rückforderungsbeleg"}:
                self.labels += 1

    def _read_line(self, section: str, phrases: list[Phrase], width: float) -> None:
        left = [one for one in phrases if _SECTION_END * width <= one.x0 < _LABEL_END * width]
        values = [one for one in phrases if _VALUE_START * width <= one.x0 < _RIGHT_LABEL_START * width]
        if left:
            self._flush()
            label = left[-1].text.rstrip(":")
            if section in {"biller", "provider"}:
                names = [one for one in phrases if _NAME_START * width <= one.x0 < _PHONE_START * width]
                self._read_party(section, label, [one for one in values if one.x0 < _NAME_START * width], names)
            elif section == "prescriber":
                self._read_prescriber([one for one in phrases if one.x0 >= _VALUE_START * width])
            elif values:
                self._pending = _Pending(label, section, _joined(values))
        elif self._pending and values and abs(values[0].x0 - self._pending.phrase.x0) < 3:
            self._pending.phrase = _joined([self._pending.phrase, *values])
        self._read_right(phrases, width)

    def _read_right(self, phrases: list[Phrase], width: float) -> None:
        label = next(
            (one for one in phrases if _RIGHT_LABEL_START * width <= one.x0 < _RIGHT_VALUE_START * width), None
        )
        values = [one for one in phrases if one.x0 >= _RIGHT_VALUE_START * width]
        if label and values:
            self._take("right", label.text.rstrip(":"), _joined(values))

    def _flush(self) -> None:
        if self._pending:
            self._take(self._pending.section, self._pending.label, self._pending.phrase)
            self._pending = None

    def _take(self, section: str, label: str, phrase: Phrase) -> None:
        reader = _READERS.get((section, label))
        if reader:
            self.labels += 1
            reader(self, phrase.text, self._where(phrase))

    def _where(self, phrase: Phrase, confidence: float = PRINTED) -> Where:
        return Where(self._page, phrase.box, confidence)

    # Values by kind

    def identification(self, text: str, where: Where) -> None:
        """`timestamp / dd.mm.yyyy hh:mm:ss / guid` (5.0) or `timestamp - …` (4.x)."""
        self.identifications.add(text)
        if guid := _GUID.search(text):
            self._draft.text("guid", guid[0].lower(), where)

    def sex(self, text: str, where: Where) -> None:
        """`M`, `W`, `F`, or `Frau / F`: the first part is how the person names themselves."""
        self._draft.put("patient.sex", _SEX.get(text.split("/", maxsplit=1)[0].strip().lower()), where)

    def ssn(self, text: str, where: Where) -> None:
        """AHV number, with or without dots."""
        self._draft.text("patient.ssn", compact(text), where)

    def copy(self, text: str, where: Where) -> None:
        """`Ja` or `Nein`."""
        self._draft.put("subtype", {"Ja": "copy", "Nein": "normal"}.get(text), where)

    def tiers(self, text: str, where: Where) -> None:
        """`TG`, `TP` or `TS`."""
        self._draft.put("tiers", _TIERS.get(text.upper()), where)

    def law(self, text: str, where: Where) -> None:
        """`KVG` and its kin."""
        self._draft.put("law", text.upper() if text.upper() in _LAWS else None, where)

    def reason(self, text: str, where: Where) -> None:
        """`Krankheit` and its kin."""
        self._draft.put("treatment.reason", _REASONS.get(text), where)

    def treatment(self, text: str, where: Where) -> None:
        """`dd.mm.yyyy - dd.mm.yyyy`."""
        begin, _, end = text.partition("-")
        self._draft.date("treatment.begin", begin, where)
        self._draft.date("treatment.end", end, where)

    def invoice(self, text: str, where: Where) -> None:
        """`dd.mm.yyyy / number`."""
        day, _, number = text.partition("/")
        self._draft.date("invoice_date", day, where)
        self._draft.text("invoice_number", number, where)

    def reminder(self, text: str, where: Where) -> None:
        """`dd.mm.yyyy / number`: only a reminder has one."""
        if any(character.isdigit() for character in text):
            self._draft.put("request_type", "reminder", where)
            self._draft.put("reminder_level", 1, where)

    # Parties

    def _read_party(self, role: str, label: str, values: list[Phrase], names: list[Phrase]) -> None:
        path = {"GLN-Nr.(B)": "gln", "GLN-Nr.(P)": "gln", "ZSR-Nr.(B)": "zsr", "ZSR-Nr.(P)": "zsr"}.get(label)
        if path is None and label != "GLN-Nr.(L)":
            return
        self.labels += 1
        if path and values:
            self._draft.text(f"{role}.{path}", values[0].text, self._where(values[0]))
        if not names:
            return
        if path == "gln":
            self._draft.text(f"{role}.name", names[0].text, self._where(names[0]))
        elif address := _ADDRESS.fullmatch(names[0].text.strip(" ·")):
            self._put_address(role, address, names[0], PRINTED)

    def _put_address(self, role: str, address: re.Match[str], phrase: Phrase, confidence: float) -> None:
        for part, text in address.groupdict().items():
            self._draft.text(f"{role}.{part}", (text or "").strip(" ·"), self._where(phrase, confidence))

    def _read_prescriber(self, phrases: list[Phrase]) -> None:
        """`GLN / ZSR` and, in one phrase, title, name and address."""
        if not phrases:
            return
        self._read_numbers(phrases[0])
        for phrase in phrases[1:]:
            self._read_person(phrase)

    def _read_partner(self, phrases: list[Phrase]) -> None:
        """A row of the table of partners: role, numbers, name and address between middle dots."""
        if len(phrases) > 1 and phrases[0].text.lower().startswith(_REFERRERS):
            self._read_numbers(phrases[1])
            for phrase in phrases[2:]:
                name, *address = (part.strip() for part in phrase.text.split("·"))
                self._draft.text("prescriber.name", name, self._where(phrase))
                if address and (found := _ADDRESS.fullmatch(" ".join(address))):
                    self._put_address("prescriber", found, phrase, PRINTED)

    def _read_numbers(self, phrase: Phrase) -> None:
        for path, pattern in (("gln", _GLN), ("zsr", _ZSR)):
            if found := pattern.search(phrase.text):
                self._draft.text(f"prescriber.{path}", found[0], self._where(phrase))

    def _read_person(self, phrase: Phrase) -> None:
        if not (address := _ADDRESS.fullmatch(phrase.text)):
            return
        before = address["street"] or ""
        if parts := _NAME_AND_STREET.fullmatch(before):
            self._draft.text("prescriber.name", parts["name"], self._where(phrase, GUESSED))
            self._draft.text("prescriber.street", parts["street"], self._where(phrase, GUESSED))
        else:
            self._draft.text("prescriber.name", before, self._where(phrase, GUESSED))
        self._draft.text("prescriber.zip", address["zip"], self._where(phrase, GUESSED))
        self._draft.text("prescriber.city", address["city"], self._where(phrase, GUESSED))


_Reader = Callable[[HeadReader, str, Where], None]


def _plain(path: str) -> _Reader:
    return lambda reader, text, where: reader._draft.text(path, text, where)


def _day(path: str) -> _Reader:
    return lambda reader, text, where: reader._draft.date(path, text, where)


_READERS: dict[tuple[str, str], _Reader] = {
    ("document", "Identifikation"): HeadReader.identification,
    ("patient", "Name"): _plain("patient.family_name"),
    ("patient", "Vorname"): _plain("patient.given_name"),
    ("patient", "Strasse"): _plain("patient.street"),
    ("patient", "PLZ"): _plain("patient.zip"),
    ("patient", "Ort"): _plain("patient.city"),
    ("patient", "Geburtsdatum"): _day("patient.birth_date"),
    ("patient", "Geschlecht"): HeadReader.sex,
    ("patient", "AHV-Nr."): HeadReader.ssn,
    ("patient", "VEKA-Nr."): _plain("patient.card_number"),
    ("patient", "Versicherten-Nr."): _plain("patient.insured_number"),
    ("patient", "Kanton"): _plain("patient.canton"),
    ("patient", "Kopie"): HeadReader.copy,
    ("patient", "Vergütungsart"): HeadReader.tiers,
    ("patient", "Gesetz"): HeadReader.law,
    ("patient", "Behandlung"): HeadReader.treatment,
    ("patient", "Behandlungsgrund"): HeadReader.reason,
    ("right", "Behandlungsgrund"): HeadReader.reason,
    ("right", "Rech.-Datum/-Nr."): HeadReader.invoice,
    ("right", "Mahn.-Datum/-Nr."): HeadReader.reminder,
}


def _joined(phrases: list[Phrase]) -> Phrase:
    boxes = [phrase.box for phrase in phrases]
    box = (
        min(one[0] for one in boxes),
        min(one[1] for one in boxes),
        max(one[2] for one in boxes),
        max(one[3] for one in boxes),
    )
    return Phrase(" ".join(phrase.text for phrase in phrases), box, phrases[0].bold)
