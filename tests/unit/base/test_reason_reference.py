from __future__ import annotations

from pathlib import Path

from pulse.base.reason_texts.__main__ import reference

PAGE = Path(__file__).resolve().parents[3] / "docs" / "reference" / "reason-codes.md"


def test_the_reference_page_lists_the_reason_codes_as_they_are() -> None:
    """Write it anew with `python -m pulse.base.reason_texts > docs/reference/reason-codes.md`."""
    assert PAGE.read_text(encoding="utf-8") == reference()
