"""What a position bills: an article by its number, a service, an aid; and what one pack of it costs."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Literal

from pulse.base.identifiers import compact, gtin_13, is_pharmacode
from pulse.invoices.model import Position

#: `article`: by number, on the Spezialitätenliste or not. `pharmacy_service`: what a pharmacy does beside handing out
#: (LOA). `aid`: of the list of aids and devices (MiGeL). `service`: of a medical tariff, none of which we pay.
Kind = Literal["article", "pharmacy_service", "aid", "service", "unknown"]

#: Tariff types as the forms print them. 402: drugs by GTIN, 400: drugs by Pharmacode, 406: other articles by GTIN,
#: 452: MiGeL, 001 and 007: TARMED and TARDOC, 005: lump sums, TMA: triage, 316 and 317: laboratory, 311: physiotherapy,
#: 510: nutrition, 590 and 595: complementary medicine and fitness (VVG), 011: inpatient supplement, 999: unspecified.
#: LOA is the tariff of the pharmacies' services, printed by name or as 600.
_KINDS: dict[str, Kind] = {
    **dict.fromkeys(("402", "400", "406"), "article"),
    **dict.fromkeys(("LOA", "600"), "pharmacy_service"),
    "452": "aid",
    **dict.fromkeys(
        ("001", "007", "005", "TMA", "316", "317", "311", "510", "590", "595", "011", "999"),
        "service",
    ),
}
_PHARMACODE_TARIFF = "400"


def kind_of(position: Position) -> Kind:
    """By the tariff; a position without one, as in the short form, is an article."""
    return "article" if position.tariff is None else _KINDS.get(position.tariff.strip().upper(), "unknown")


def is_article(position: Position) -> bool:
    """Whether the position bills an article by number."""
    return kind_of(position) == "article"


def pharmacode_of(position: Position) -> str | None:
    """The Pharmacode, seven digits, of a position that is billed by it."""
    code = compact(position.code or "")
    if position.tariff != _PHARMACODE_TARIFF or not is_pharmacode(code):
        return None
    return code.zfill(7)


def gtin_of(position: Position, pharmacodes: Mapping[str, str] | None = None) -> str | None:
    """The position's valid GTIN, 13 digits; by the table of Pharmacodes where it is billed by one."""
    if not is_article(position):
        return None
    pharmacode = pharmacode_of(position)
    if pharmacode is not None:
        return (pharmacodes or {}).get(pharmacode)
    return gtin_13(position.code or "")


def quantity_of(position: Position) -> Decimal:
    """The number of packs; one where the position is silent, as in the short form."""
    return Decimal(1) if position.quantity is None else position.quantity


def pack_price(position: Position) -> Decimal | None:
    """What one pack costs in CHF: unit price times factor, else the amount's part; None where neither can be told."""
    if position.unit_price is not None:
        return position.unit_price * position.factor
    quantity = quantity_of(position)
    return None if position.amount is None or not quantity else position.amount / quantity
