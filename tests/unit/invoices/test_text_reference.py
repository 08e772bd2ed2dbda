"""The reference reads by methods of pdfminer that it overrides; a pdfminer without them is refused, not believed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pdfminer.pdfdevice import PDFTextDevice
from pdfminer.pdfinterp import PDFPageInterpreter

from pulse.base.errors import Misconfigured
from pulse.invoices.text import reference
from pulse.synthetic import form_pdf, invoice


@pytest.fixture(autouse=True)
def _unchecked() -> Iterator[None]:
    reference.check_hooks.cache_clear()
    yield
    reference.check_hooks.cache_clear()


def test_the_pdfminer_that_is_installed_calls_every_method_that_is_overridden() -> None:
    reference.check_hooks()


@pytest.mark.parametrize(
    ("base", "name"), [(PDFPageInterpreter, "do_gs"), (PDFPageInterpreter, "do_W_a"), (PDFTextDevice, "render_char")]
)
def test_a_pdfminer_without_one_of_them_reads_nothing(base: type, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(base, name)
    with pytest.raises(Misconfigured, match=f"{base.__name__}.{name} as expected"):
        reference.read_pages(form_pdf(invoice(1, rows=1), annex=False), max_pages=3)


def test_a_pdfminer_that_passes_other_arguments_reads_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(PDFTextDevice, "render_char", lambda self, matrix, font: 0.0)
    with pytest.raises(Misconfigured, match="as expected"):
        reference.check_hooks()
