"""Who bills, who insures, and what is handed out, where the caller names nobody."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

VAT_DRUGS, VAT_STANDARD = Decimal("2.6"), Decimal("8.1")


@dataclass(frozen=True, kw_only=True)
class Provider:
    """A pharmacy or practice that bills; `iban` is a QR-IBAN."""

    gln: str
    zsr: str
    name: str
    street: str
    zip: str
    city: str
    email: str
    vat_number: str
    iban: str
    phone: str = "031 000 00 00"


@dataclass(frozen=True, kw_only=True)
class Insurer:
    """Whom the invoice is for."""

    gln: str = "7601000003331"
    name: str = "Muster Krankenversicherung AG"
    street: str = "Versicherungsweg 5"
    zip: str = "4052"
    city: str = "Basel"


@dataclass(frozen=True, kw_only=True)
class Medication:
    """A pack: GTIN (tariff 402, 406) or Pharmacode (400), unit price in francs."""

    code: str
    name: str
    price: Decimal
    tariff: str = "402"
    vat_rate: Decimal = VAT_DRUGS


def _drug(code: str, name: str, price: str) -> Medication:
    return Medication(code=code, name=name, price=Decimal(price))


#: Packs and retail prices of the Spezialitätenliste, June 2026; then an own article and a drug by Pharmacode.
MEDICATIONS = (
    _drug("7680562090041", "Abilify Tabl 10 mg 28 Stk", "71.55"),
    _drug("7680562090164", "Abilify Tabl 15 mg 28 Stk", "77.70"),
    _drug("7680618760034", "Acicutan Kaps 25 mg 30 Stk", "69.35"),
    _drug("7680272570703", "Aldactone Filmtabl 50 mg 50 Stk", "15.80"),
    _drug("7680511780252", "Advantan Salbe 0.1 % 30 g", "15.15"),
    _drug("7680553780173", "Actos Tabl 45 mg 98 Stk", "136.35"),
    _drug("7680580360034", "Alendronat Spirig HC Wochentabletten Tabl 70 mg 4 Stk", "34.05"),
    _drug("7680658230023", "Acarizax Lyophilisat zum Einnehmen Subling Tabl 12 SQ-HDM Ds 90 Stk", "268.65"),
    _drug("7680494930101", "Acetalgin Supp 125 mg 10 Stk", "2.90"),
    _drug("7680367520170", "Acidum folicum Streuli Tabl 5 mg 100 Stk", "14.95"),
    _drug("7680667480020", "Aimovig Inj Lös 70 mg/ml Fertigpen 1 ml", "437.15"),
    _drug("7680519690300", "Agopton 30 Kaps 30 mg 56 Stk", "52.80"),
    _drug("7680676320027", "Aklief Creme 50 mcg/g Disp 75 g", "43.45"),
    _drug("7680658510026", "Adenuric Filmtabl 80 mg 28 Stk", "44.05"),
    _drug("7680691440021", "Actonel Tabl 35 mg magensaftresistent Blist 12 Stk", "63.75"),
    _drug("7680631660014", "Actemra Inj Lös 162 mg/0.9ml Fertspr 4 Stk", "1042.95"),
    _drug("7680521320011", "Acetylcystein Zentiva Brausetabl 200 mg 30 Stk", "4.40"),
    Medication(code="2734976", name="Aspégic Forte 20 Sach. 1000 mg", price=Decimal("8.70"), tariff="400"),
    Medication(
        code="7610000000011",
        name=(
            "Verbandmaterial-Set nach Dr. O’Sullivan für die Wundversorgung zu Hause, steril, mit Kompressen "
            "10 × 10 cm, Fixierbinden 6 cm × 4 m und Heftpflaster «sensitiv», gemäss ärztlicher Verordnung"
        ),
        price=Decimal("24.90"),
        tariff="406",
        vat_rate=VAT_STANDARD,
    ),
)

PROVIDERS = (
    Provider(
        gln="7601000001115",
        zsr="P012345",
        name="Muster-Apotheke AG",
        street="Marktgasse 1",
        zip="3011",
        city="Bern",
        email="rechnung@muster-apotheke.example",
        vat_number="CHE108791452",
        iban="CH4431999123000889012",
    ),
    Provider(
        gln="7601000222220",
        zsr="P198765",
        name="Pharmacie de l'Étoile Sàrl",
        street="Rue d'Italie 14",
        zip="1700",
        city="Fribourg",
        email="factures@pharmacie-etoile.example",
        vat_number="CHE123456788",
        iban="CH1731999123000889013",
    ),
    Provider(
        gln="7601000333339",
        zsr="P204060",
        name="Dorfapotheke Grünau-Zurzibiet GmbH",
        street="Äussere Baselstrasse 118a",
        zip="5330",
        city="Bad Zurzach",
        email="info@dorfapotheke.example",
        vat_number="CHE116281710",
        iban="CH2531999000000204060",
    ),
)
