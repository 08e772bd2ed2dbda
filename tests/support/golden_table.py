"""The golden table: 300 positions with the outcome, the amount and the reasons that the sources demand.

`golden/positions.csv` is worked by hand from the law and the lists' rules, a source in each row; never from our code.
Empty cells are unknown values. Cells that hold more than one value:

| column | shape |
|---|---|
| `article` | the GTIN that the register gives for a Pharmacode |
| `limitation` | `approval` (asks for an approval of costs), `codes=A,B` (Indikationscodes), `packs=N`, `text` |
| `approval` | `from;until;packs;gtin=…` or `…;atc=…`; a blank between two |
| `history` | `day gtin packs biller` with biller `own` (who bills now) or `other`; a comma between two |
| `beside` | the dispensing categories of the listed medications on the invoice's other lines |
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from pulse.base.identifiers import gtin_13
from pulse.claims.rules.coverage import Cover
from pulse.claims.rules.facts import Approval, Dispensed, Limitation, Pack, PositionFacts
from pulse.invoices.model import Invoice, Party, Position, Source

PATH = Path(__file__).parent / "golden" / "positions.csv"
OWN_GLN, OTHER_GLN = "7601000001115", "7601000000019"


@dataclass(frozen=True, kw_only=True)
class Expected:
    outcome: str
    payable: Decimal
    person: bool
    reasons: tuple[str, ...]


def rows() -> list[dict[str, str]]:
    """The table as it stands in the file."""
    with PATH.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def expected_of(row: dict[str, str]) -> Expected:
    return Expected(
        outcome=row["outcome"],
        payable=Decimal(row["payable"]),
        person=row["person"] == "yes",
        reasons=tuple(row["reasons"].split()),
    )


def facts_of(row: dict[str, str]) -> PositionFacts:
    """What is known about the row's position."""
    position = position_of(row)
    gtin = row["article"] or (gtin_13(row["code"]) if row["tariff"] in ("", "400", "402", "406") else None)
    return PositionFacts(
        invoice=invoice_of(row, position),
        position=position,
        day=position.date,
        cover=Cover(law=row["cover_law"], begins=_day(row["covered_from"]), ends=_optional_day(row["covered_until"])),
        gtin=gtin,
        pack=_pack(row, gtin) if gtin and row["status"] else None,
        approvals=tuple(_approval(text) for text in row["approval"].split()),
        beside_prescription=bool({"A", "B"} & set(row["beside"].split())),
        history=tuple(_dispensed(n, text) for n, text in enumerate(filter(None, row["history"].split(",")))),
    )


def position_of(row: dict[str, str]) -> Position:
    return Position(
        line=1,
        date=_optional_day(row["day"]),
        tariff=row["tariff"] or None,
        code=row["code"] or None,
        name=row["name"],
        quantity=_number(row["quantity"]),
        unit_price=_number(row["unit_price"]),
        factor=Decimal(row["factor"]),
        amount=_number(row["amount"]),
        vat_rate=_number(row["vat_rate"]),
        indication_code=row["indication_code"] or None,
        remark=row["remark"] or None,
    )


def invoice_of(row: dict[str, str], *positions: Position) -> Invoice:
    values: dict[str, Any] = {"law": row["law"] or None}
    return Invoice(source=Source(kind="xml"), biller=Party(gln=OWN_GLN), positions=positions, **values)


def _pack(row: dict[str, str], gtin: str) -> Pack:
    values: dict[str, Any] = {"status": row["status"]}
    return Pack(
        gtin=gtin,
        name=row["name"],
        maximum_price=_number(row["maximum_price"]),
        price_since=_optional_day(row["price_since"]),
        price_model=row["price_model"] == "yes",
        limitations=(_limitation(row["limitation"]),) if row["limitation"] else (),
        atc=row["atc"] or None,
        category=row["category"] or None,
        **values,
    )


def _limitation(text: str) -> Limitation:
    parts = dict(part.partition("=")[::2] for part in text.split())
    return Limitation(
        code="GOLDEN",
        texts={"de": "Unter einer Bedingung."},
        needs_approval="approval" in parts,
        indication_codes=tuple(filter(None, parts.get("codes", "").split(","))),
        packs=int(parts["packs"]) if "packs" in parts else None,
    )


def _approval(text: str) -> Approval:
    begins, ends, packs, subject = text.split(";")
    kind, _, value = subject.partition("=")
    return Approval(
        gtin=value if kind == "gtin" else None,
        atc=value if kind == "atc" else None,
        valid_from=_day(begins),
        valid_until=_optional_day(ends),
        packs=Decimal(packs) if packs else None,
    )


def _dispensed(number: int, text: str) -> Dispensed:
    day, gtin, packs, biller = text.split()
    return Dispensed(
        invoice_id=7000 + number,
        line=1,
        gtin=gtin,
        atc="N05AX12",
        day=_day(day),
        packs=Decimal(packs),
        biller=OWN_GLN if biller == "own" else OTHER_GLN,
    )


def _day(text: str) -> date:
    return date.fromisoformat(text)


def _optional_day(text: str) -> date | None:
    return _day(text) if text else None


def _number(text: str) -> Decimal | None:
    return Decimal(text) if text else None
