"""The rows of an XML request: `service`, `service_ex` (5.0, 4.5), `record_…` (4.4)."""

from __future__ import annotations

import re
from decimal import Decimal
from math import prod

from lxml import etree

from pulse.base.reasons import Reason
from pulse.invoices.draft import DOUBLE, Draft, Where, plain_double

#: Tariffs of drugs: by Pharmacode (400) and by GTIN (402).
DRUG_TARIFFS = frozenset({"400", "402"})
_INDICATION = re.compile(r"(?<!\d)\d{5}\.\d{2}(?!\d)")
_MAX_ROWS = 2000


def indication_code(texts: list[str | None]) -> str | None:
    """The first Indikationscode `XXXXX.NN` in remarks and extra values."""
    found = (_INDICATION.search(text) for text in texts if text)
    return next((match[0] for match in found if match), None)


def read_positions(draft: Draft, services: etree._Element | None, where: Where) -> None:
    """Notes each row, in the document's order, and their number."""
    rows = list(services.iterchildren(tag=etree.Element))[:_MAX_ROWS] if services is not None else []
    draft.rows = len(rows)
    if rows:
        draft.put_evidence("positions", where)
    for index, row in enumerate(rows):
        _read_row(draft, f"positions.{index}", row, where)


def _read_row(draft: Draft, path: str, row: etree._Element, where: Where) -> None:
    tariff = row.get("tariff_type")
    draft.text(f"{path}.tariff", tariff, where)
    draft.text(f"{path}.code", row.get("code"), where)
    draft.text(f"{path}.name", row.get("name"), where)
    draft.text(f"{path}.remark", row.get("remark"), where)
    draft.date(f"{path}.date", row.get("date_begin"), where)
    draft.number(f"{path}.quantity", plain_double(row.get("quantity")), where)
    two_part = row.get("unit_mt") is not None
    suffix = "_mt" if two_part else ""
    draft.money(f"{path}.unit_price", plain_double(row.get(f"unit{suffix}")), where, is_double=True)
    _read_factor(draft, path, [row.get(f"{part}_factor{suffix}") for part in ("unit", "scale", "external")], where)
    draft.money(f"{path}.amount", plain_double(row.get("amount")), where, is_double=True)
    draft.number(f"{path}.vat_rate", plain_double(row.get("vat_rate")), where)
    if tariff in DRUG_TARIFFS:
        extras = [child.get("value") for child in row.iterchildren(tag=etree.Element)]
        code = indication_code([row.get("remark"), *extras, row.get("ref_code")])
        draft.text(f"{path}.indication_code", code, where)


def _read_factor(draft: Draft, path: str, factors: list[str | None], where: Where) -> None:
    """The product of point value, scale and outer factor: what the unit price is multiplied by."""
    plain = [plain_double(factor) for factor in factors if factor is not None]
    if not plain:
        return
    if all(DOUBLE.fullmatch(factor or "") for factor in plain):
        product = prod((Decimal(factor or "1") for factor in plain), start=Decimal(1))
        draft.number(f"{path}.factor", format(round(product, 6), "f"), where)
    else:
        draft.find(Reason.AMOUNT_UNREADABLE, f"{path}.factor", "this is not a number")
