"""Questions that a person may pick: one for each thing that was found and that a provider can put right."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from letters.occasions import Recipient
from pulse.base import reason_texts
from pulse.base.reasons import Language
from pulse.claims.letter_facts import File, language_of, read_file
from pulse.claims.office import Office
from pulse.claims.steps import codes

_LONGEST_NAME = 60


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """A question in the provider's language; `about` is the reason code, or a word, that it was prepared from."""

    about: str
    text: str


def prepared(office: Office, invoice_id: int) -> tuple[Prepared, ...]:
    """What may be asked, the most precise first: positions, then the whole invoice, then what fits any invoice.

    Raises `CaseMissing`.
    """
    with office.database.read() as connection:
        file = read_file(connection, invoice_id)
    language = language_of(file, Recipient.PROVIDER)
    found = [*_of_positions(file, language), *_of_the_invoice(file, language)]
    found += [one for word in reason_texts.QUESTIONS_OF_ANY if (one := _question(word, language))]
    return tuple({one.text: one for one in found}.values())


def _of_positions(file: File, language: Language) -> Iterator[Prepared]:
    for index, line in enumerate(file.lines):
        name = (line.name or line.code or "")[:_LONGEST_NAME]
        place = reason_texts.field_label(f"positions.{index}", language) + (f" ({name})" if name else "")
        for code in codes(line.reasons):
            if (one := _question(code.value, language)) is not None:
                yield Prepared(about=one.about, text=f"{place}: {one.text}")


def _of_the_invoice(file: File, language: Language) -> Iterator[Prepared]:
    of_lines = {code for line in file.lines for code in codes(line.reasons)}
    findings = [finding.code for finding in file.case.content.findings]
    for code in dict.fromkeys([*codes(file.case.reasons), *findings]):
        if code not in of_lines and (one := _question(str(code), language)) is not None:
            yield one


def _question(topic: str, language: Language) -> Prepared | None:
    words = reason_texts.question(topic, language)
    return None if words is None else Prepared(about=topic, text=words)
