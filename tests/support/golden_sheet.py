"""The golden table's arithmetic as a spreadsheet: formulas over the inputs alone, written from the sources.

A row is worked out where its rule is arithmetic: dates, check digits, quantities, prices, rounding. What asks for more
(a remark, a history, a group of medications) is left to the table.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

from openpyxl import Workbook
from openpyxl.utils import get_column_letter

_TEXTS = ("id", "law", "cover_law", "tariff", "code", "article", "indication_code", "status", "price_model")
_DATES = ("day", "covered_from", "covered_until", "price_since", "approval_from", "approval_until")
_NUMBERS = ("quantity", "unit_price", "factor", "amount", "maximum_price", "vat_rate")
_FLAGS = ("needs_approval", "codes")
_DIGITS = "+".join(f"{1 if place % 2 else 3}*VALUE(MID([ean],{place},1))" for place in range(1, 13))
#: Of binary fractions: far below a centime.
_NOTHING = "0.0000001"

FORMULAS = {
    # Art. 25 KVG: cover on the day of treatment, both ends included; another law is another insurer's.
    "covered": '=AND([day]<>"",[day]>=[covered_from],OR([covered_until]="",[day]<=[covered_until]))',
    "lawful": '=OR([law]="",[law]=[cover_law])',
    # Tariff codes of articles; the short form names none.
    "article_tariff": '=OR([tariff]="",[tariff]="402",[tariff]="400",[tariff]="406")',
    # EAN-13: digits at even places count three times; the last digit completes a multiple of ten.
    "digits": '=SUBSTITUTE(SUBSTITUTE([code]," ",""),".","")',
    "ean": '=IF(AND(LEN([digits])=14,LEFT([digits],1)="0"),MID([digits],2,13),'
    'IF(OR(LEN([digits])=8,LEN([digits])=12,LEN([digits])=13),RIGHT("00000"&[digits],13),""))',
    "right_number": f"=IFERROR(MOD(10-MOD({_DIGITS},10),10)=VALUE(RIGHT([ean],1)),FALSE())",
    "known_article": '=OR([right_number],[article]<>"")',
    "packs": '=IF([quantity]="",1,[quantity])',
    "right_quantity": "=AND([packs]>0,[packs]<=100,[amount]>0)",
    # The price of a pack is price times factor; without one the amount tells it.
    "pack_price": '=IF([unit_price]="",IF([packs]=0,0,[amount]/[packs]),[unit_price]*[factor])',
    "asked": f"=IF([amount]-[packs]*[pack_price]>0.05+{_NOTHING},[packs]*[pack_price],[amount])",
    # Art. 52 Abs. 3 KVG: the list's price is a maximum.
    "dear": f'=AND([maximum_price]<>"",[pack_price]>[maximum_price]+{_NOTHING})',
    "at_most": "=IF([dear],MIN([asked],[packs]*[maximum_price]),[asked])",
    # BAG, circular of 19 February 2026: refusable from 2027-01-01.
    "code_right": '=AND([indication_code]<>"",ISNUMBER(SEARCH(","&[indication_code]&",",","&[codes]&",")))',
    "code_refused": '=AND([codes]<>"",[day]>=DATE(2027,1,1),NOT([code_right]))',
    # Art. 73 KVV: a limitation that asks for an approval of costs; both days included.
    "approved": '=OR([needs_approval]="",AND([approval_from]<>"",[day]>=[approval_from],'
    'OR([approval_until]="",[day]<=[approval_until])))',
    "ours": '=AND([covered],[lawful],[article_tariff],[known_article],[status]="listed",[right_quantity],'
    "NOT([code_refused]),[approved])",
    "payable": "=IF([ours],MIN(ROUND([at_most]+0.000000001,2),[amount]),0)",
    "outcome": '=IF([payable]=0,"none",IF([payable]<[amount],"partial","full"))',
}
_COLUMNS = (*_TEXTS, *_DATES, *_NUMBERS, *_FLAGS, *FORMULAS)


def is_arithmetic(row: dict[str, str]) -> bool:
    """Whether the formulas can tell the row's outcome."""
    approvals = row["approval"].split()
    simple = not approvals or (len(approvals) == 1 and approvals[0].split(";")[2:] == ["", f"gtin={row['code']}"])
    return simple and not (row["remark"] or row["history"] or row["beside"] or "packs=" in row["limitation"])


def workbook(rows: Sequence[dict[str, str]]) -> Workbook:
    """One line a row: its inputs, then the formulas."""
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.append(_COLUMNS)
    for number, row in enumerate(rows, start=2):
        inputs = {**row, **_limitation(row["limitation"]), **_approval(row["approval"])}
        texts = [inputs[name] or None for name in _TEXTS]
        dates = [date.fromisoformat(inputs[name]) if inputs[name] else None for name in _DATES]
        numbers = [float(inputs[name]) if inputs[name] else None for name in _NUMBERS]
        flags = [inputs[name] or None for name in _FLAGS]
        sheet.append([*texts, *dates, *numbers, *flags, *(_placed(formula, number) for formula in FORMULAS.values())])
    return book


def _placed(formula: str, row: int) -> str:
    return re.sub(r"\[(\w+)\]", lambda name: f"{get_column_letter(_COLUMNS.index(name[1]) + 1)}{row}", formula)


def _limitation(text: str) -> dict[str, str]:
    parts = dict(part.partition("=")[::2] for part in text.split())
    return {"needs_approval": "yes" if "approval" in parts else "", "codes": parts.get("codes", "")}


def _approval(text: str) -> dict[str, str]:
    begins, ends = text.split(";")[:2] if text else ("", "")
    return {"approval_from": begins, "approval_until": ends}
