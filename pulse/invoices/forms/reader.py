"""Reads the printed forms 4.4, 4.5 and 5.0, tiers garant and tiers payant, German, French and Italian.

Nothing but the place and the words of the form's labels is trusted.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from pulse.base.reasons import Reason
from pulse.invoices.draft import Draft, Where
from pulse.invoices.forms import labels
from pulse.invoices.forms.foot import FootReader
from pulse.invoices.forms.head import HeadReader
from pulse.invoices.forms.lines import GUESSED, PRINTED, PrintedLine
from pulse.invoices.forms.rows import RowReader, is_foot, split_at_headings
from pulse.invoices.forms.vocabulary import Vocabulary, key, plain_letters, spelling, words_of
from pulse.invoices.text.page_text import PageText

_RELEASE = re.compile(r"Release\s+(\d\.\d)[A-Z]?/(?:\w+/)?(de|fr|it)")
_ANNEX_TITLES = tuple(known for known, _ in Vocabulary(labels.ANNEX))
#: All of them have these letters.
_ANNEX_LETTERS = "qr"
_TITLE_LINES = 6
#: Other invoices have a patient's labels or a table too; fewer signs of the form than this, and they are none.
_MIN_SIGNS = 2
#: Sections that other invoices do not name at the edge.
_FRAME = frozenset({"document", "biller", "provider"})
#: What every release prints and nobody else does: whatever a scan makes of a form, one of these words is left of it.
_OWN_WORDS = frozenset(
    {"release"}
    | {
        spelling(word)
        for by_language in (
            labels.TITLES["form"],
            labels.SECTIONS["biller"],
            labels.SECTIONS["provider"],
            labels.HEAD["identification"],
            labels.HEAD["reason"],
            labels.HEAD["role"],
            labels.COLUMNS["point_value"],
        )
        for word in words_of(by_language)
    }
)


def names_annex(page: PageText) -> bool:
    """Whether the page's head says that it is a sheet of QR codes."""
    titles = (key(phrase.text) for line in page.lines[:_TITLE_LINES] for phrase in line.phrases())
    return any(known in title for title in titles for known in _ANNEX_TITLES)


def read_form(pages: Sequence[PageText]) -> tuple[Draft, str | None] | None:
    """What the printed form says, and its release; None if these pages are no such form.

    A page that is there twice (the patient's copy behind the insurer's) counts once.
    """
    letters = [plain_letters(page.letters) for page in pages]
    if not any(word in printed for printed in letters for word in _OWN_WORDS):
        return None
    draft = Draft()
    head, rows, foot = HeadReader(draft), RowReader(draft), FootReader(draft)
    release: str | None = None
    has_form_columns = False
    seen: set[tuple[str, ...]] = set()
    for page, printed in zip(pages, letters, strict=True):
        if _ANNEX_LETTERS in printed and names_annex(page):
            continue
        lines = [one for line in page.lines if (one := PrintedLine(line)).words]
        above, columns, below = split_at_headings(lines)
        told = tuple([line.text for line in (below or lines)])
        if told in seen:
            continue
        seen.add(told)
        release = release or _read_release(draft, page, above)
        if columns:
            has_form_columns = has_form_columns or columns.are_of_the_form
            foot.read(page, rows.read(page, below, columns))
        else:
            above, bottom = _split_at_foot(above)
            foot.read(page, bottom)
        head.read(page, above)
    signs = (release is not None, head.has_title, len(head.sections & _FRAME) > 1, has_form_columns)
    if sum(signs) < _MIN_SIGNS:
        return None
    rows.finish(foot.vat_rates)
    head.values.finish()
    if head.languages:
        draft.put("language", head.languages.most_common(1)[0][0], Where(confidence=GUESSED))
    if len(head.identifications) > 1:
        draft.find(Reason.SOURCES_DISAGREE, "invoice_number", "the pages belong to different invoices")
    return draft, release


def _split_at_foot(lines: Sequence[PrintedLine]) -> tuple[Sequence[PrintedLine], Sequence[PrintedLine]]:
    """A last page may have no more rows: its head and its foot."""
    for index, line in enumerate(lines):
        if is_foot(line, None):
            return lines[:index], lines[index:]
    return lines, []


def _read_release(draft: Draft, page: PageText, lines: Sequence[PrintedLine]) -> str | None:
    """`Release 4.4G/de`, `Release 5.0/General/de`: release and language of the form."""
    for line in lines[: 2 * _TITLE_LINES]:
        if found := _RELEASE.search(line.text):
            draft.put("language", found[2], Where(page.number, line.words[-1].box, PRINTED))
            return found[1]
    return None
