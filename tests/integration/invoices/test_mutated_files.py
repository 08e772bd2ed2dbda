"""Mutated files by the sandbox: an Invoice or a named problem each, whatever chance made of them."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from mutations import mutated, unpacked

from pulse.base.errors import Unreadable
from pulse.base.reasons import Reason
from pulse.invoices.reading import is_xml, read_pdf, read_xml
from pulse.invoices.sandbox.caller import SANDBOX
from pulse.synthetic import form_pdf, invoice, xml
from pulse.synthetic.collection import compose
from pulse.synthetic.order import Wishes, orders
from pulse.synthetic.render.canvas import print_with_canvas

FEW, MANY = 300, 100_000
_SEED = 20_261_122


def _files() -> list[bytes]:
    truths = [invoice(seed, rows=rows) for seed, rows in ((71, 1), (72, 4), (73, 12))]
    forms = [form_pdf(truth, annex=False) for truth in truths]
    plain = [print_with_canvas(compose(order).paper) for order in orders(6, 74, Wishes(layouts=["plain"]))]
    # Codes and OCR cost a hundred times as much as text: one file in a hundred has codes, OCR has tests of its own.
    printed = [*forms, *map(unpacked, [*forms, *plain]), *map(xml, truths)]
    return [*printed * 7, form_pdf(truths[0], annex=True)]


def _outcome(data: bytes) -> str:
    try:
        (read_xml if is_xml(data) else read_pdf)(data)
    except Unreadable as problem:
        # What broke a reader of ours is told by the statement: no file may.
        return str(problem.details.get("broke") or Reason(problem.reason).value)
    return "invoice"


def _mutants(count: int) -> Iterator[bytes]:
    rng, files = random.Random(_SEED), _files()
    for _ in range(count):
        yield mutated(rng, files)


@pytest.mark.timeout(7200)
def test_a_mutated_file_is_an_invoice_or_a_named_problem(full_size: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pulse.invoices.reading.ocr_folder", lambda: None)
    SANDBOX.start()
    server = SANDBOX._process
    outcomes: Counter[str] = Counter()
    count = MANY if full_size else FEW
    with ThreadPoolExecutor(2) as pool:
        mutants = _mutants(count)
        for _ in range(0, count, 1000):
            outcomes.update(pool.map(_outcome, [one for _, one in zip(range(1000), mutants, strict=False)]))
    print(dict(outcomes))
    assert outcomes.total() == count
    assert {name for name in outcomes if name != "invoice"} <= {reason.value for reason in Reason}
    assert outcomes["invoice"] > 0
    assert len(outcomes) > 3
    assert SANDBOX._process is server, "no file has ended the reading server"
