"""A person words a waiting letter: the facts stay, the PDF is made anew, and what it said before is kept."""

from __future__ import annotations

from collections.abc import Sequence

from db import audit, documents, letter_revisions, letters
from db.letters import Letter
from letters.edited import Problem, paragraphs_of, problems
from letters.facts import Facts
from letters.pdf import render
from letters.writer import TemplateWriter, Wording
from pulse.base.errors import InvalidInput, NotFound
from pulse.claims.approve_letter import waiting
from pulse.claims.office import Office

_WRONG = {
    "empty": "The letter needs a text.",
    "too_long": "The text is too long for a letter.",
    "missing": "The text must name “{what}”.",
    "number": "“{what}” is no number, date or amount of this letter.",
    "currency": "“{what}” speaks of money that is no fact of this letter.",
    "contact": "“{what}” is no address or account of this letter.",
    "law": "“{what}” cites law: the letter does that itself.",
    "sign": "“{what}” is no sign that a letter is written with.",
    "decision": "The text says the opposite of what was decided.",
}


class WordingRefused(InvalidInput):
    """The text leaves out a fact of this letter, brings in what is none, or says the opposite of the decision."""

    code = "wording_refused"


def edit(office: Office, letter_id: str, text: str, user: str, *, revision: int | None = None) -> None:
    """Gives a waiting letter a person's wording; a blank line parts its paragraphs.

    `revision`: which change of the wording the person started from. Raises `WordingRefused`, whose message names what
    is wrong, `Conflict` where the letter does not wait or was worded anew meanwhile, `NotFound`.
    """
    letter = _letter(office, letter_id)
    facts, paragraphs = Facts.from_json(letter.facts), paragraphs_of(text)
    wrong = problems(paragraphs, facts, office.policy.texts)
    if wrong:
        raise WordingRefused(" ".join(_sentence(one) for one in wrong), problems=[_sentence(one) for one in wrong])
    _word(office, letter, facts, paragraphs, user, worded_by="person", revision=revision)


def back_to_template(office: Office, letter_id: str, user: str, *, revision: int | None = None) -> None:
    """Gives a waiting letter the template's wording. Raises `Conflict` and `NotFound` as `edit`."""
    letter = _letter(office, letter_id)
    facts = Facts.from_json(letter.facts)
    wording = TemplateWriter(office.policy.texts).write(facts)
    _word(office, letter, facts, wording.paragraphs, user, worded_by="template", revision=revision)


def _word(
    office: Office,
    letter: Letter,
    facts: Facts,
    paragraphs: Sequence[str],
    user: str,
    *,
    worded_by: str,
    revision: int | None,
) -> None:
    """Stores the wording with its PDF, and what it was before; nothing where it is the same."""
    after, now = list(paragraphs), office.clock.now()
    pdf = render(facts, Wording(paragraphs=tuple(after)), office.policy.texts, office.policy.letterhead)
    digest = office.documents.put(pdf)
    with office.database.write() as connection:
        current = waiting(connection, letter.id, revision)
        before = current.paragraphs or []
        if before == after:
            return
        number = letter_revisions.count(connection, letter.id) + 1
        letter_revisions.add(connection, letter.id, number, before=before, after=after, made_by=user, made_at=now)
        documents.note(connection, digest, pdf, at=now)
        wording = {**(current.wording or {}), "worded_by": worded_by}
        letters.set_letter(connection, letter.id, paragraphs=after, wording=wording, pdf_sha256=digest)
        audit.note(
            connection,
            "web:letter:worded",
            actor=user,
            at=now,
            invoice_id=letter.invoice_id,
            letter=letter.id,
            revision=number,
            worded_by=worded_by,
        )


def _letter(office: Office, letter_id: str) -> Letter:
    with office.database.read() as connection:
        letter = letters.get(connection, letter_id)
    if letter is None or letter.pdf_sha256 is None:
        raise NotFound(letter=letter_id)
    return letter


def _sentence(problem: Problem) -> str:
    return _WRONG[problem.code].format(what=problem.what)
