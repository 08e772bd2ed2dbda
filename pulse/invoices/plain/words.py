"""The words by which an invoice tells what it is and who is in it, in German, French, Italian and English."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from pulse.invoices.plain.label_table import Labels


def _set(line: str) -> frozenset[str]:
    return frozenset(line.split())


DOCUMENTS = Labels(
    {
        "invoice": "Rechnung | Honorarrechnung | Apothekenrechnung | Arztrechnung | Faktura | Quittung"
        " | Kassenbon | Kassenbeleg | Kassenzettel | Beleg | Rechnungsbeleg | Rückforderungsbeleg"
        " | Facture | Note d’honoraires | Quittance | Ticket de caisse | Reçu | Fattura"
        " | Nota d’onorario | Ricevuta | Scontrino | Invoice | Receipt | Medikamentenrechnung"
        " | Barverkauf | Rezeptquittung | Krankenkassenbeleg | Facture de pharmacie"
        " | Fattura della farmacia | Ticket | Bon | Décompte | Facture d’honoraires | Nota"
        " | Ricevuta fiscale | Justificatif | Justificatif de remboursement"
        " | Giustificativo di rimborso",
        "reminder": "Mahnung | Zahlungserinnerung | Rappel | Sommation | Richiamo | Sollecito | Diffida"
        " | Reminder | 1. Mahnung | 2. Mahnung | 3. Mahnung | Sollecito di pagamento"
        " | Richiamo di pagamento | Rappel de paiement | Erinnerung",
        "copy": "Kopie | Rechnungskopie | Copie | Duplikat | Duplicata | Copia | Duplicato | Duplicate | Copy"
        " | Copie de facture | Copia della fattura | Zweitausfertigung",
        "refund": "Gutschrift | Note de crédit | Avoir | Nota di credito | Nota d’accredito | Accredito"
        " | Credit note | Rückerstattung | Remboursement",
        "storno": "Storno | Stornierung | Stornorechnung | Annulation | Annullamento | Facture annulée"
        " | Storno di fattura | Annulation de facture | Cancellation | Fattura di storno"
        " | Annullamento di fattura | Stornobeleg | Facture d’annulation | Annullamento fattura"
        " | Extourne | Fattura annullata | Fattura stornata",
    }
)

TIERS = Labels(
    {
        "garant": "Tiers garant | TG | Système du tiers garant | Sistema del terzo garante | Terzo garante",
        "payant": "Tiers payant | TP | Terzo pagante | Sistema del terzo pagante",
        "soldant": "Tiers soldant | TS | Terzo saldante",
    }
)

LAWS = Labels(
    {
        "KVG": "KVG | LAMal",
        "VVG": "VVG | LCA",
        "UVG": "UVG | LAA | LAINF",
        "IVG": "IVG | LAI",
        "MVG": "MVG | LAM",
    }
)

REASONS = Labels(
    {
        "disease": "Krankheit | Maladie | Malattia | Illness",
        "accident": "Unfall | Accident | Infortunio",
        "maternity": "Mutterschaft | Schwangerschaft | Maternité | Grossesse | Maternità | Gravidanza | Maternity",
        "prevention": "Prävention | Prévention | Prevenzione | Prevention | Vorsorge",
        "birthdefect": "Geburtsgebrechen | Infirmité congénitale | Infermità congenita",
    }
)

SEXES = Labels(
    {
        "male": "männlich | M | Mann | masculin | homme | maschile | uomo | male | H",
        "female": "weiblich | W | F | Frau | féminin | femme | femminile | donna | female",
        "diverse": "divers | D | diverse | autre | altro",
    }
)

#: How a person is addressed, above or before the name; the given name then comes first.
SALUTATIONS = _set(
    "herr herrn frau familie monsieur madame m mme mlle famille signor signora sig mr mrs ms signore egregio gentile"
    " spettabile an famiglia ra sigra"
)

#: Words in the names of those who bill, and of those who insure.
PROVIDER_WORDS = _set(
    "apotheke apotheken drogerie pharmacie pharmacies farmacia farmacie praxis arztpraxis hausarztpraxis gruppenpraxis"
    " cabinet studio zentrum centre centro spital hopital ospedale klinik clinique clinica gmbh ag sa sagl sarl doktor"
    " arzte medecins medici permanence gesundheitszentrum pharma medizin praxisgemeinschaft poliklinik hausarzte"
    " kinderarztpraxis medico medical"
)
INSURER_WORDS = _set(
    "versicherung versicherungen krankenversicherung krankenkasse krankenkassen assurance assurances assicurazione"
    " assicurazioni caisse cassa kasse"
)
_PROVIDER_ENDINGS = ("zentrum", "praxis", "apotheke", "drogerie", "klinik", "spital")
#: Fewer of them do not tell the language.
_TELLING_WORDS = 2
LANGUAGE_WORDS: Mapping[str, frozenset[str]] = {
    "de": _set(
        "rechnung datum betrag menge preis und der die das geburtsdatum bezeichnung apotheke strasse zu vom quittung"
        " mwst apothekenrechnung arztrechnung gesamtbetrag frau herr versicherten telefon"
        " rechnungsdatum verordnet durch bezahlen zahlen dank ihren geb geboren gesetz faktura"
    ),
    "fr": _set(
        "facture date montant quantite prix et de la le naissance designation pharmacie rue tva du payer quittance"
        " madame monsieur assure traitement prescrit par merci votre loi ne"
    ),
    "it": _set(
        "fattura data importo quantita prezzo e di della il nascita descrizione farmacia via iva del ricevuta signora"
        " signor assicurato trattamento prescritto pagare grazie sua legge nato nata"
    ),
    "en": _set("invoice date amount quantity price and of the birth description pharmacy street vat receipt"),
}
#: The languages that each word tells of.
_TOLD = {
    word: [language for language, telling in LANGUAGE_WORDS.items() if word in telling]
    for word in frozenset[str]().union(*LANGUAGE_WORDS.values())
}


def names_provider(word: str) -> bool:
    """Whether a word, or what it ends in, is one of those who bill (`Ärztezentrum`, `Seeapotheke`)."""
    return word in PROVIDER_WORDS or word.endswith(_PROVIDER_ENDINGS)


def language_of(words: Iterable[str]) -> str | None:
    """The language that most of the telling words are of; None where there are too few."""
    counts = Counter(language for word in words for language in _TOLD.get(word, ()))
    best = max(LANGUAGE_WORDS, key=lambda language: counts[language])
    return best if counts[best] >= _TELLING_WORDS else None
