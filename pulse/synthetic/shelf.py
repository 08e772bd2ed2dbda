"""What is handed out and done: drugs, articles, pharmacies' and physicians' services, in three languages."""

from __future__ import annotations

import random
from dataclasses import dataclass
from decimal import Decimal

from stdnum import ean

from pulse.synthetic import numbers
from pulse.synthetic.catalogue import VAT_DRUGS, VAT_STANDARD
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


def _named(
    tariff: str,
    code: str,
    names: tuple[str, str, str],
    cost: str,
    *,
    factor: Decimal = Decimal("1.00"),
    vat_rate: Decimal = Decimal("0.00"),
) -> tuple[Service, ...]:
    return tuple(
        Service(tariff=tariff, code=code, name=name, unit_price=Decimal(cost), factor=factor, vat_rate=vat_rate)
        for name in names
    )


def _two_part(tariff: str, code: str, names: tuple[str, str, str], points: str, technical: str) -> tuple[Service, ...]:
    value = Decimal("0.89")
    return tuple(
        Service(
            tariff=tariff,
            code=code,
            name=name,
            unit_price=Decimal(points),
            factor=value,
            technical=(Decimal(technical), value),
        )
        for name in names
    )


_LOA_VALUE = Decimal("1.40")
#: Pharmacies' services by points; the tariff's number is not public, so that it stands by its name.
LOA = (
    _named("LOA", "1010.00", ("Sicherheitscheck", "Contrôle de sécurité", "Controllo di sicurezza"), "3.63", factor=_LOA_VALUE),
    _named("LOA", "1020.00", ("Medikamenten-Check", "Validation médicaments", "Verifica medicamenti"), "4.30", factor=_LOA_VALUE),
    _named("LOA", "1040.00", ("Bezugs-Check", "Validation traitement", "Verifica trattamento"), "3.24", factor=_LOA_VALUE),
    _named("LOA", "2010.00", ("Wochen-Dosiersystem 3-5 Medikamente", "Semainier 3-5 médicaments", "Dosettes settimanali 3-5 medicamenti"), "6.56", factor=_LOA_VALUE),
    _named("LOA", "3030.00", ("Notfalldienst, nachts", "Service d’urgence, de nuit", "Servizio d’urgenza, di notte"), "12.15", factor=_LOA_VALUE),
)  # fmt: skip
ARTICLES = (
    _named("406", "", ("Pflaster «sensitiv» 6 cm × 1 m", "Pansement «sensitive» 6 cm × 1 m", "Cerotto «sensitive» 6 cm × 1 m"), "8.90", vat_rate=VAT_STANDARD),
    _named("406", "", ("Fieberthermometer digital", "Thermomètre digital", "Termometro digitale"), "14.50", vat_rate=VAT_STANDARD),
    _named("452", "03.07.10.10.1", ("Insulin-Pumpe, Verbrauchsmaterial", "Pompe à insuline, consommables", "Microinfusore, materiale d’uso"), "21.60", vat_rate=VAT_STANDARD),
    _named("452", "35.05.01.02.1", ("Saugkompressen steril 10 × 10 cm", "Compresses absorbantes stériles 10 × 10 cm", "Compresse assorbenti sterili 10 × 10 cm"), "1.65", vat_rate=VAT_STANDARD),
    _named("452", "21.03.01.01.1", ("Blutzucker-Teststreifen 50 Stk", "Bandelettes glycémie 50 pce", "Strisce glicemia 50 pz"), "39.90", vat_rate=VAT_STANDARD),
)  # fmt: skip
TARDOC = (
    _two_part("007", "AA.00.0010", ("Ärztliche Konsultation, erste 5 Min.", "Consultation médicale, 5 premières min.", "Consultazione medica, primi 5 min."), "9.57", "8.19"),
    _two_part("007", "AA.00.0020", ("+ Ärztliche Konsultation, jede weitere 1 Min.", "+ Consultation médicale, par min. suppl.", "+ Consultazione medica, ogni min. suppl."), "1.91", "1.64"),
    _two_part("007", "CA.15.0010", ("Blutentnahme durch Arzt", "Prise de sang par le médecin", "Prelievo di sangue dal medico"), "4.10", "6.35"),
)  # fmt: skip
TARMED = (
    _two_part("001", "00.0010", ("Konsultation, erste 5 Min. (Grundkonsultation)", "Consultation, première période de 5 min.", "Consultazione, primi 5 min."), "9.57", "8.19"),
    _two_part("001", "00.0020", ("+ Konsultation, jede weiteren 5 Min.", "+ Consultation, par période de 5 min.", "+ Consultazione, ogni 5 min. successivi"), "9.57", "8.19"),
)  # fmt: skip
LABORATORY = (
    _named("317", "1020.00", ("Alanin-Aminotransferase (ALAT)", "Alanine aminotransférase (ALAT)", "Alanina-aminotransferasi (ALAT)"), "2.30"),
    _named("317", "1356.00", ("Glukose, Blut/Plasma/Serum", "Glucose, sang/plasma/sérum", "Glucosio, sangue/plasma/siero"), "2.30"),
    _named("317", "4707.00", ("Präsenztaxe praxisnahes Labor", "Taxe de présence laboratoire", "Tassa di presenza laboratorio"), "4.00"),
    _named("316", "1245.00", ("C-reaktives Protein (CRP), quant.", "Protéine C réactive (CRP), quant.", "Proteina C-reattiva (CRP), quant."), "9.00"),
)  # fmt: skip


def listed(rng: random.Random, language: str, choice: tuple[tuple[Service, ...], ...]) -> Service:
    """One of a table; an article without a fixed code gets a GTIN that no drug has."""
    service = rng.choice(choice)[_INDEX[language]]
    if service.code:
        return service
    body = "7610" + numbers.digits(rng, 8)
    return Service(**{**vars(service), "code": f"{body}{ean.calc_check_digit(body)}"})
