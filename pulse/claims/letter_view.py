"""What pages and API show of one letter: its wording, what was made of it, and what a person may still do."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO

import pikepdf

from db import effects, letter_revisions, letters
from db.letter_revisions import LetterRevision
from db.letters import Letter
from letters.facts import Facts
from letters.html import render_html
from letters.writer import Wording
from pulse.base.errors import NotFound
from pulse.claims.approve_letter import may_be_called_back
from pulse.claims.office import Office


@dataclass(frozen=True, kw_only=True)
class LetterView:
    """A letter with every change of its wording, oldest first."""

    letter: Letter
    revisions: list[LetterRevision]
    #: Pages of its PDF.
    pages: int
    may_be_called_back: bool

    @property
    def revision(self) -> int:
        """The number of the newest change; 0 where the wording is as it was first written."""
        return len(self.revisions)

    @property
    def waits(self) -> bool:
        """It waits for a person, who may word it."""
        return self.letter.state == "waiting_for_approval"

    @property
    def text(self) -> str:
        """Its paragraphs, with blank lines between them."""
        return "\n\n".join(self.letter.paragraphs or [])

    @property
    def faults(self) -> list[str]:
        """What was wrong with each answer of a model that was not used."""
        return list((self.letter.wording or {}).get("failed") or [])


def letter_view(office: Office, letter_id: str) -> LetterView:
    """One letter that has a PDF; raises `NotFound`."""
    with office.database.read() as connection:
        letter = letters.get(connection, letter_id)
        if letter is None or letter.pdf_sha256 is None:
            raise NotFound("There is no such letter.", letter=letter_id)
        effect = effects.get(connection, letter.effect_key)
        revisions = letter_revisions.of_letter(connection, letter_id)
    with pikepdf.open(BytesIO(office.documents.get(letter.pdf_sha256))) as pdf:
        pages = len(pdf.pages)
    return LetterView(
        letter=letter, revisions=revisions, pages=pages, may_be_called_back=may_be_called_back(letter, effect)
    )


def letter_page(office: Office, letter_id: str) -> str:
    """The letter as an accessible web page, with the values of its PDF; raises `NotFound`."""
    letter = letter_view(office, letter_id).letter
    wording, policy = Wording(paragraphs=tuple(letter.paragraphs or ())), office.policy
    return render_html(Facts.from_json(letter.facts), wording, policy.texts, policy.letterhead)
