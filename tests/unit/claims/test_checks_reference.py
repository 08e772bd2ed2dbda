from __future__ import annotations

from pathlib import Path

from pulse.claims.rules.checks import CHECKS
from pulse.claims.rules.checks.__main__ import reference

PAGE = Path(__file__).resolve().parents[3] / "docs" / "reference" / "checks.md"


def test_the_reference_page_says_of_each_check_what_its_docstring_says() -> None:
    """Write it anew with `python -m pulse.claims.rules.checks > docs/reference/checks.md`."""
    assert PAGE.read_text(encoding="utf-8") == reference()


def test_each_check_names_its_legal_source() -> None:
    laws = ("KVG", "KVV", "KLV", "KVAG", "MWSTG", "ATSG", "LOA", "BAG", "same circular")
    assert [check.__name__ for check in CHECKS if not any(law in (check.__doc__ or "") for law in laws)] == []
