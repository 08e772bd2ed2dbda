"""What is handed out and done: drugs, articles, pharmacies' and physicians' services, in three languages."""

from __future__ import annotations

import random
import tomllib
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cache
from importlib import resources
from typing import Any, Literal

from stdnum import ean

from pulse.synthetic import numbers
from pulse.synthetic.catalogue import VAT_DRUGS
from pulse.synthetic.distributions import PRICE, price

_SUBSTANCES = (
    "Ibuprofen", "Paracetamol", "Pantoprazol", "Atorvastatin", "Amlodipin", "Metoprolol", "Candesartan", "Torasemid",
    "Metformin", "Sitagliptin", "Esomeprazol", "Citalopram", "Sertralin", "Quetiapin", "Zolpidem", "Lorazepam",
    "Amoxicillin", "Cefuroxim", "Levocetirizin", "Salbutamol", "Rosuvastatin", "Lisinopril", "Bisoprolol", "Tramadol",
    "Co-Amoxi", "Co-Valsartan", "Dafalgan", "Algifor", "Novalgin", "Eliquis", "Xarelto", "Jardiance", "Ozempic",
    "Symbicort Turbuhaler", "Vitamin D3", "Magnesiocard", "Aspirin Cardio", "Nexium Mups", "Zyrtec", "Humira",
    "Aspégic Forte", "Prednison", "L-Thyroxin", "Méthotrexat Ø-frei", "Calcimagon D3 Forte",
)  # fmt: skip
_MAKERS = ("Sandoz", "Mepha", "Spirig HC", "Zentiva", "Streuli", "Axapharm", "Viatris", "", "", "")
_STRENGTHS = ("5 mg", "10 mg", "20 mg", "40 mg", "0.5 mg", "2.5 mg", "100 mg", "400 mg", "500 mg", "1 g", "20/12.5 mg")
#: Dose forms (German, French, Italian) with the counts they are packed in.
_FORMS = (
    (("Filmtabl", "cpr pell", "cpr riv"), ("10 Stk", "20 Stk", "28 Stk", "30 Stk", "98 Stk", "100 Stk")),
    (("Tabl", "cpr", "cpr"), ("14 Stk", "28 Stk", "50 Stk", "100 Stk")),
    (("Kaps", "caps", "caps"), ("16 Stk", "30 Stk", "90 Stk")),
    (("Brausetabl", "cpr eff", "cpr eff"), ("10 Stk", "20 Stk")),
    (("Salbe", "ong", "ung"), ("Tb 30 g", "Tb 100 g")),
    (("Tropfen", "gouttes", "gocce"), ("Fl 10 ml", "Fl 30 ml", "Fl 100 ml")),
    (("Sirup", "sirop", "sciroppo"), ("Fl 120 ml", "Fl 200 ml")),
    (("Inj Lös Fertspr", "sol inj ser prê", "sol iniett sir pre"), ("1 Stk", "4 Stk", "12 Stk")),
)
_PIECES = {"de": "Stk", "fr": "pce", "it": "pz"}
_INDEX = {"de": 0, "fr": 1, "it": 2}
_LONG = (
    "mit verzögerter Wirkstofffreisetzung, in der Blisterpackung, ohne Laktose, gemäss ärztlicher Verordnung",
    "à libération prolongée, sous plaquette, sans lactose, selon ordonnance médicale du médecin traitant",
    "a rilascio prolungato, in blister, senza lattosio, secondo la prescrizione del medico curante",
)


Table = Literal["loa", "articles", "tardoc", "tarmed", "laboratory"]


@dataclass(frozen=True, kw_only=True)
class Service:
    """Something that can stand in a row: `unit_price` in francs or points; `factor` is a point's value.

    A two-part tariff has its technical part too: points and what a point is worth.
    """

    tariff: str
    code: str
    name: str
    unit_price: Decimal
    factor: Decimal = Decimal("1.00")
    vat_rate: Decimal = Decimal("0.00")
    technical: tuple[Decimal, Decimal] | None = None


def drug(rng: random.Random, language: str, *, pharmacode: bool = False) -> Service:
    """A pack by GTIN (tariff 402) or Pharmacode (400); its name, number and price are invented."""
    forms, counts = rng.choice(_FORMS)
    parts = (rng.choice(_SUBSTANCES), rng.choice(_MAKERS), forms[_INDEX[language]], rng.choice(_STRENGTHS))
    count = rng.choice(counts).replace("Stk", _PIECES[language])
    tail = _LONG[_INDEX[language]] if rng.random() < 0.06 else ""
    return Service(
        tariff="400" if pharmacode else "402",
        code=numbers.pharmacode(rng) if pharmacode else numbers.gtin(rng),
        name=" ".join(part for part in (*parts, count, tail) if part),
        unit_price=price(rng, PRICE.draw(rng)),
        vat_rate=VAT_DRUGS,
    )


@cache
def _tables() -> dict[str, tuple[tuple[Service, ...], ...]]:
    """Services by table, each in German, French and Italian."""
    text = resources.files("pulse.synthetic").joinpath("data/services.toml").read_text(encoding="utf-8")
    return {name: tuple(_service(row) for row in rows) for name, rows in tomllib.loads(text).items()}


def _service(row: dict[str, Any]) -> tuple[Service, ...]:
    factor = Decimal(row.get("factor", "1.00"))
    return tuple(
        Service(
            tariff=row["tariff"],
            code=row["code"],
            name=name,
            unit_price=Decimal(row["price"]),
            factor=factor,
            vat_rate=Decimal(row.get("vat_rate", "0.00")),
            technical=(Decimal(row["technical"]), factor) if "technical" in row else None,
        )
        for name in row["names"]
    )


def listed(rng: random.Random, language: str, table: Table) -> Service:
    """One of a table; an article without a fixed code gets a GTIN that no drug has."""
    service = rng.choice(_tables()[table])[_INDEX[language]]
    if service.code:
        return service
    body = "7610" + numbers.digits(rng, 8)
    return replace(service, code=f"{body}{ean.calc_check_digit(body)}")
