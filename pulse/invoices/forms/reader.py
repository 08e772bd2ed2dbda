"""Reads the printed German forms 4.4, 4.5 and 5.0 (tiers garant and tiers payant) from their text layer.

The labels are those of the Forum Datenaustausch print templates; nothing but their place and their words is trusted.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from pulse.base.reasons import Reason
from pulse.invoices.draft import Draft, Where
from pulse.invoices.forms.foot import FootReader
from pulse.invoices.forms.head import PRINTED, HeadReader
from pulse.invoices.forms.rows import RowReader
from pulse.invoices.text.page_text import Line, PageText

_RELEASE = re.compile(r"Release\s+(\d\.\d)[A-Z]?/(?:\w+/)?(de|fr|it)")
_ANNEX_TITLE = "QR-Code Blatt"
#: Fewer labels than this on all pages, and the document is something else.
_MIN_LABELS = 4


def names_annex(page: PageText) -> bool:
    """Whether the page's head says that it is a sheet of QR codes."""
    return any(_ANNEX_TITLE in phrase.text for line in page.lines[:6] for phrase in line.phrases())


def read_form(pages: Sequence[PageText]) -> tuple[Draft, str | None] | None:
    """What the printed form says, and its release; None if these pages are no such form.

    A page that is there twice (the patient's copy behind the insurer's) counts once.
    """
    draft = Draft()
    head, rows, foot = HeadReader(draft), RowReader(draft), FootReader(draft)
    release: str | None = None
    seen: set[tuple[Line, ...]] = set()
    for page in pages:
        if names_annex(page) or page.lines in seen:
            continue
        seen.add(page.lines)
        above, table = _split(page)
        release = release or _read_release(draft, page, above)
        head.read(page, above)
        foot.read(page, rows.read(page, table))
    rows.finish(foot.vat_rates)
    if head.labels + foot.labels + draft.rows < _MIN_LABELS:
        return None
    if len(head.identifications) > 1:
        draft.find(Reason.SOURCES_DISAGREE, "invoice_number", "the pages belong to different invoices")
    return draft, release


def _split(page: PageText) -> tuple[list[Line], list[Line]]:
    """Lines above the table of positions, and from its header on."""
    for index, line in enumerate(page.lines):
        if [word.text for word in line.words()[:2]] == ["Datum", "Tarif"]:
            return list(page.lines[:index]), list(page.lines[index:])
    return list(page.lines), []


def _read_release(draft: Draft, page: PageText, lines: list[Line]) -> str | None:
    """`Release 4.4G/de`, `Release 5.0/General/de`: release and language of the form."""
    for line in lines:
        for phrase in line.phrases():
            if found := _RELEASE.search(phrase.text):
                draft.put("language", found[2], Where(page.number, phrase.box, PRINTED))
                return found[1]
    return None
