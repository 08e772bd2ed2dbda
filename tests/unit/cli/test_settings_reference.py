from __future__ import annotations

from pathlib import Path

from pulse.settings import reference

PAGE = Path(__file__).resolve().parents[3] / "docs" / "reference" / "settings.md"


def test_the_reference_page_lists_the_settings_as_they_are() -> None:
    """Write it anew with `python -m pulse.settings > docs/reference/settings.md`."""
    assert PAGE.read_text(encoding="utf-8") == reference()
