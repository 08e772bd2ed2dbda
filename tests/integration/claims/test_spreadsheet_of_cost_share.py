"""Years of cost sharing beside a spreadsheet that works them out cell by cell.

The formulas are written from the sources (Art. 64 KVG, Art. 103 KVV, Art. 38a KLV), one row a cost in order of
treatment, and evaluated by LibreOffice: the franchise is what it leaves of its yearly sum, of the rest 10 or 40 percent
are borne, of which 10 or 25 count towards the cap. Its sums are in whole centimes and thousandths, which binary numbers
hold exactly; only the co-payment is rounded.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

from openpyxl import Workbook
from spreadsheets import calculated

from pulse.claims.rules.cost_share import Cost, Share, Terms, shares, terms_of

#: A history is a person's year: the terms, and the costs in the order in which they arrived.
History = tuple[Terms, list[Cost]]
_NEW_YEAR = date(2026, 1, 1)
_NAMES = ["history", "franchise", "cap", "amount", "rate"]
#: In centimes; `{r}` is the row, `{p}` the one above. A history's first row does not look above itself.
_FORMULAS = {
    "used": "=IF(A{r}=A{p};F{p}+G{p};0)",
    "taken": "=IF(E{r}=0;0;MIN(D{r};B{r}-F{r}))",
    "rest": "=D{r}-G{r}",
    "counted": "=H{r}*IF(E{r}=40;250;IF(E{r}=10;100;0))",
    "counted_before": "=IF(A{r}=A{p};J{p}+K{p};0)",
    "counting": "=MIN(I{r};C{r}*1000-J{r})",
    "borne_exactly": "=IF(E{r}=40;K{r}*8/5;K{r})",
    "copayment": "=ROUND(L{r}/1000;0)",
    "paid": "=D{r}-G{r}-M{r}",
}


def test_random_years_agree_with_the_spreadsheet_to_the_centime(
    tmp_path: Path, need: Callable[[str], str], full_size: bool
) -> None:
    chance = random.Random(20_261_122)
    histories = [a_year(chance) for _ in range(1000 if full_size else 60)]
    expected = worked_out(histories, tmp_path, localc=need("localc"))
    found = [in_order(shares(costs, terms), costs) for terms, costs in histories]
    assert found == expected
    reached = [terms for (terms, _), year in zip(histories, found, strict=True) if at_the_cap(terms, year)]
    assert len(reached) > len(histories) / 10, "the years do not try the cap"


def a_year(chance: random.Random) -> History:
    """A year of one person: from a single cost to many, small and dear ones, some on one day."""
    born = date(chance.choice([1950, 1985, 2015]), 5, 1)
    chosen = ["0", "100", "600"] if born.year == 2015 else ["300", "500", "2500"]
    terms = terms_of(born, 2026, Decimal(chance.choice(chosen)))
    most = chance.choice([5_000, 50_000, 500_000])
    costs = [
        Cost(
            day=_NEW_YEAR + timedelta(days=chance.randrange(365)),
            amount=Decimal(chance.randrange(1, most)) / 100,
            rate=chance.choice([Decimal("0.10"), Decimal("0.10"), Decimal("0.40"), Decimal(0)]),
        )
        for _ in range(chance.randrange(1, 40))
    ]
    return terms, costs


def ordered(costs: list[Cost]) -> list[int]:
    """By day; of one day the higher rate first, then the larger amount."""
    return sorted(range(len(costs)), key=lambda one: (costs[one].day, -costs[one].rate, -costs[one].amount))


def in_order(found: tuple[Share, ...], costs: list[Cost]) -> list[Share]:
    return [found[number] for number in ordered(costs)]


def worked_out(histories: list[History], folder: Path, *, localc: str) -> list[list[Share]]:
    """Each history's shares in order of treatment, as the spreadsheet has them."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append([*_NAMES, *_FORMULAS])
    r = 1
    for number, (terms, costs) in enumerate(histories, start=1):
        for one in ordered(costs):
            r += 1
            given = [number, *(int(100 * one) for one in (terms.franchise, terms.cap, costs[one].amount))]
            formulas = [formula.replace(";", ",").format(r=r, p=r - 1) for formula in _FORMULAS.values()]
            sheet.append([*given, int(100 * costs[one].rate), *formulas])
    expected: list[list[Share]] = [[] for _ in histories]
    for row in calculated(book, folder, localc=localc):
        parts = {"franchise": row["taken"], "copayment": row["copayment"], "paid": row["paid"]}
        share = Share(**{name: Decimal(round(centimes)) / 100 for name, centimes in parts.items()})
        expected[int(row["history"]) - 1].append(share)
    return expected


def at_the_cap(terms: Terms, year: list[Share]) -> bool:
    return sum(one.copayment for one in year) >= terms.cap
