"""The form's words by language: what stands beside a value, above a column, at the edge of a section.

The German words are those of the Forum Datenaustausch templates; for French and Italian there is no published template,
so several words stand for one thing. They are compared without case, accents, marks, articles and the many ways to say
"number": see `vocabulary`. Words that are in no table are still read by their place: see `head` and `columns`.
"""

from __future__ import annotations

from collections.abc import Mapping

from pulse.base.reasons import Language

Words = Mapping[str, Mapping[Language, tuple[str, ...]]]

TITLES: Words = {
    "form": {
        "de": ("Rückforderungsbeleg", "TP-Rechnung", "Tiers Payant Rechnung", "Tiers Garant Rechnung", "TG-Rechnung"),
        "fr": (
            "Justificatif de remboursement",
            "Demande de remboursement",
            "Facture TP",
            "Facture tiers payant",
            "Facture TG",
            "Facture tiers garant",
        ),
        "it": (
            "Giustificativo di rimborso",
            "Richiesta di rimborso",
            "Domanda di rimborso",
            "Fattura TP",
            "Fattura terzo pagante",
            "Fattura TG",
            "Fattura terzo garante",
        ),
    },
}

ANNEX: Words = {
    "annex": {
        "de": ("QR-Code Blatt", "QR-Codeblatt"),
        "fr": ("Feuille de codes QR", "Feuille QR-Code", "Page de codes QR", "Feuillet QR-Code"),
        "it": ("Foglio codici QR", "Foglio QR-Code", "Pagina codici QR"),
    },
}

SECTIONS: Words = {
    "document": {"de": ("Dokument",), "fr": ("Document",), "it": ("Documento",)},
    "biller": {
        "de": ("Rechnungssteller",),
        "fr": ("Auteur facture", "Auteur de la facture", "Émetteur de facture", "Facturier", "Émetteur"),
        "it": ("Autore fattura", "Autore della fattura", "Emittente fattura", "Emittente", "Fatturante"),
    },
    "provider": {
        "de": ("Leistungserbringer",),
        "fr": ("Fournisseur de prestations", "Four. de prestations", "Prestataire", "Fournisseur"),
        "it": ("Fornitore di prestazioni", "Forn. di prestazioni", "Fornitore prestazioni", "Prestatore", "Fornitore"),
    },
    "patient": {"de": ("Patient",), "fr": ("Patient", "Patient/e"), "it": ("Paziente",)},
    "prescriber": {
        "de": ("Zuweiser", "Überweiser"),
        "fr": ("Mandant", "Mandataire", "Prescripteur", "Médecin prescripteur", "Médecin traitant"),
        "it": ("Inviante", "Mandante", "Mandatario", "Prescrittore", "Medico prescrivente", "Medico inviante"),
    },
    "diagnosis": {"de": ("Diagnose",), "fr": ("Diagnostic",), "it": ("Diagnosi",)},
    "gln_list": {"de": ("GLN-Liste", "EAN-Liste"), "fr": ("Liste GLN", "Liste EAN"), "it": ("Lista GLN", "Elenco GLN")},
    "remark": {
        "de": ("Bemerkung", "Bemerkungen"),
        "fr": ("Remarque", "Remarques", "Commentaire"),
        "it": ("Osservazione", "Osservazioni", "Commento", "Nota", "Note"),
    },
    "partners": {"de": ("Partner",), "fr": ("Partenaire", "Partenaires"), "it": ("Partner", "Partecipanti")},
}

#: How the key of a partner's role begins who referred or prescribed.
REFERRERS = ("zuweis", "uberweis", "ueberweis", "referr", "prescri", "prescrittore", "mandat", "mandan", "invia")

HEAD: Words = {
    "identification": {
        "de": ("Identifikation",),
        "fr": ("Identification",),
        "it": ("Identificazione",),
    },
    "patient.family_name": {"de": ("Name", "Nachname"), "fr": ("Nom", "Nom de famille"), "it": ("Cognome",)},
    "patient.given_name": {"de": ("Vorname",), "fr": ("Prénom",), "it": ("Nome",)},
    "patient.street": {"de": ("Strasse", "Straße", "Adresse"), "fr": ("Rue",), "it": ("Via", "Indirizzo")},
    "patient.zip": {"de": ("PLZ",), "fr": ("NPA",), "it": ("NPA", "CAP")},
    "patient.city": {"de": ("Ort", "Wohnort"), "fr": ("Localité", "Lieu"), "it": ("Località", "Luogo")},
    "patient.birth_date": {
        "de": ("Geburtsdatum",),
        "fr": ("Date de naissance", "Né(e) le"),
        "it": ("Data di nascita",),
    },
    "sex": {"de": ("Geschlecht",), "fr": ("Sexe",), "it": ("Sesso",)},
    "case_date": {
        "de": ("Falldatum", "Unfalldatum"),
        "fr": ("Date du cas", "Date de l'accident", "Date accident"),
        "it": ("Data del caso", "Data dell'infortunio", "Data infortunio"),
    },
    "case_number": {"de": ("Fall-Nr.", "Fallnummer", "Unfall-Nr."), "fr": ("N° de cas",), "it": ("N. del caso",)},
    "patient.ssn": {
        "de": ("AHV-Nr.", "AHV-Nummer", "Sozialversicherungs-Nr."),
        "fr": ("N° AVS", "Numéro AVS", "NAVS13", "NAVS"),
        "it": ("N. AVS", "Numero AVS", "NAVS13", "NAVS"),
    },
    "patient.card_number": {
        "de": ("VEKA-Nr.", "Karten-Nr.", "Versichertenkarte", "Versichertenkarten-Nr.", "VK-Nr."),
        "fr": ("N° CADA", "N° de carte", "N° carte d'assuré", "Carte d'assuré", "N° VEKA", "N° CAMS"),
        "it": ("N. TEAMS", "N. tessera", "N. tessera d'assicurato", "Tessera d'assicurato", "N. carta", "N. VEKA"),
    },
    "patient.insured_number": {
        "de": ("Versicherten-Nr.", "Versicherungs-Nr.", "Versichertennummer", "Vers.-Nr."),
        "fr": ("N° d'assuré", "N° assuré", "N° assurance", "N° d'assurance"),
        "it": ("N. assicurato", "N. d'assicurato", "N. assicurazione"),
    },
    "patient.canton": {"de": ("Kanton",), "fr": ("Canton",), "it": ("Cantone",)},
    "copy": {"de": ("Kopie",), "fr": ("Copie",), "it": ("Copia",)},
    "tiers": {
        "de": ("Vergütungsart",),
        "fr": ("Type de rémunération", "Type de remboursement", "Type de remb.", "Mode de remboursement"),
        "it": ("Tipo di rimunerazione", "Tipo di rimborso", "Tipo rimb.", "Tipo di remunerazione"),
    },
    "law": {"de": ("Gesetz",), "fr": ("Loi",), "it": ("Legge",)},
    "contract": {"de": ("Vertrags-Nr.",), "fr": ("N° de contrat",), "it": ("N. contratto",)},
    "treatment": {"de": ("Behandlung",), "fr": ("Traitement",), "it": ("Trattamento", "Cura")},
    "treatment_type": {
        "de": ("Behandlungsart",),
        "fr": ("Type de traitement", "Genre de traitement"),
        "it": ("Tipo di trattamento", "Genere di trattamento", "Tipo di cura"),
    },
    "reason": {
        "de": ("Behandlungsgrund",),
        "fr": ("Motif du traitement", "Motif traitement"),
        "it": ("Motivo del trattamento", "Motivo trattamento", "Motivo della cura"),
    },
    "company": {
        "de": ("Betriebs-Nr./Name", "Betriebs-Nr./-Name"),
        "fr": ("N°/Nom entreprise", "N°/nom de l'entreprise"),
        "it": ("N./Nome ditta", "N./Nome azienda", "N./Nome dell'azienda"),
    },
    "role": {"de": ("Rolle/Ort",), "fr": ("Rôle/Lieu", "Rôle/Localité"), "it": ("Ruolo/Luogo", "Ruolo/Località")},
    "approval": {
        "de": ("KoGu-Datum/-Nr.", "Kostengutsprache"),
        "fr": ("Date/N° GPC", "Date/N° GoPC", "Date/N° de garantie"),
        "it": ("Data/N. GC", "Data/N. garanzia", "Data/N. GRC", "Data/N. di garanzia"),
    },
    "invoice": {
        "de": ("Rech.-Datum/-Nr.", "Rechnungs-Datum/-Nr.", "Rechnungsdatum/-Nr.", "Rechnungsnummer"),
        "fr": ("Date/N° de facture", "Date/N° facture"),
        "it": ("Data/N. fattura", "Data/N. di fattura", "Data/N. della fattura"),
    },
    "reminder": {
        "de": ("Mahn.-Datum/-Nr.", "Mahnungs-Datum/-Nr.", "Mahndatum/-Nr."),
        "fr": ("Date/N° de rappel", "Date/N° rappel"),
        "it": ("Data/N. richiamo", "Data/N. sollecito", "Data/N. di richiamo", "Data/N. di sollecito"),
    },
    "reminder_level": {
        "de": ("Mahnstufe",),
        "fr": ("Niveau de rappel", "Degré de rappel"),
        "it": ("Livello di richiamo", "Livello di sollecito", "Grado di sollecito"),
    },
    "gln": {
        "de": ("GLN-Nr.", "GLN-Nr.(B)", "GLN-Nr.(P)", "EAN-Nr.(B)", "EAN-Nr.(P)"),
        "fr": ("N° GLN", "N° GLN (B)", "N° GLN (P)", "N° GLN (F)"),
        "it": ("N. GLN", "N. GLN (B)", "N. GLN (P)", "N. GLN (F)"),
    },
    "place_gln": {"de": ("GLN-Nr.(L)",), "fr": ("N° GLN (L)",), "it": ("N. GLN (L)",)},
    "zsr": {
        "de": ("ZSR-Nr.", "ZSR-Nr.(B)", "ZSR-Nr.(P)"),
        "fr": ("N° RCC", "N° RCC (B)", "N° RCC (P)", "N° RCC (F)"),
        "it": ("N. RCC", "N. RCC (B)", "N. RCC (P)", "N. RCC (F)"),
    },
    "gln_zsr": {
        "de": ("GLN-Nr. / ZSR-Nr.", "GLN-/ZSR-Nr."),
        "fr": ("N° GLN / N° RCC", "N° GLN/RCC"),
        "it": ("N. GLN / N. RCC", "N. GLN/RCC"),
    },
}

#: Left to right as the form prints them; the headings of one letter (A, V, P, M) are told by their place.
COLUMNS: Words = {
    "date": {"de": ("Datum",), "fr": ("Date",), "it": ("Data",)},
    "tariff": {"de": ("Tarif",), "fr": ("Tarif",), "it": ("Tariffa",)},
    "code": {
        "de": ("Tarifziffer", "Ziffer", "Leistung"),
        "fr": ("Code tarifaire", "Position", "Code", "Pos. tarifaire", "Position tarifaire", "Chiffre tarifaire"),
        "it": ("Codice tariffale", "Posizione", "Codice", "Pos. tariffale", "Posizione tariffaria", "Cifra tariffaria"),
    },
    "reference": {
        "de": ("Bezugsziffer", "Bezug"),
        "fr": ("Code réf.", "Référence", "Code de référence", "Pos. réf.", "Réf.", "Position de référence"),
        "it": ("Codice rif.", "Riferimento", "Codice di riferimento", "Pos. rif.", "Rif.", "Posizione di riferimento"),
    },
    "session": {"de": ("Si", "Gr"), "fr": ("Sé", "Gr", "Séance"), "it": ("Se", "Gr", "Seduta")},
    "side": {"de": ("St",), "fr": ("Cô", "Côté", "Ct"), "it": ("La", "Lato", "Lt")},
    "quantity": {"de": ("Anzahl", "Menge"), "fr": ("Quantité", "Nombre", "Qté"), "it": ("Quantità", "Numero", "Qtà")},
    "unit_price": {
        "de": ("TP AL/Preis", "TP AL / Preis", "Preis"),
        "fr": ("Pt PM/Prix", "PT PM/Prix", "Pts PM/Prix", "Prix", "PT AL/Prix", "TP AL/Prix", "TP PM/Prix"),
        "it": ("Pt PM/Prezzo", "PT PM/Prezzo", "Prezzo", "PT AL/Prezzo", "TP AL/Prezzo", "TP PM/Prezzo"),
    },
    "scale": {"de": ("fAL", "f AL"), "fr": ("f PM", "fPM", "fAL"), "it": ("f PM", "fPM", "fAL")},
    "point_value": {
        "de": ("TPW AL",),
        "fr": ("VPt PM", "VPT PM", "Val. PM", "VPT AL", "VP PM", "VP AL"),
        "it": ("VPt PM", "VPT PM", "Val. PM", "VPT AL", "VP PM", "VP AL"),
    },
    "unit_tl": {
        "de": ("TP TL",),
        "fr": ("Pt PT", "PT PT", "PT TL", "TP PT", "TP TL"),
        "it": ("Pt PT", "PT PT", "PT TL", "TP PT", "TP TL"),
    },
    "scale_tl": {"de": ("fTL", "f TL"), "fr": ("f PT", "fPT", "fTL"), "it": ("f PT", "fPT", "fTL")},
    "point_value_tl": {
        "de": ("TPW TL",),
        "fr": ("VPt PT", "VPT PT", "Val. PT", "VPT TL", "VP PT", "VP TL"),
        "it": ("VPt PT", "VPT PT", "Val. PT", "VPT TL", "VP PT", "VP TL"),
    },
    "vat": {"de": ("MWST", "MwSt.-Satz"), "fr": ("TVA", "Taux TVA"), "it": ("IVA", "Aliquota IVA")},
    "amount": {"de": ("Betrag",), "fr": ("Montant",), "it": ("Importo",)},
}

FOOT: Words = {
    "total_amount": {
        "de": ("Gesamtbetrag", "Gesamttotal", "Total"),
        "fr": ("Montant total", "Total", "Total général"),
        "it": ("Importo totale", "Totale", "Totale generale"),
    },
    "amount_due": {
        "de": ("Fälliger Betrag", "Zu zahlender Betrag"),
        "fr": ("Montant dû", "Montant échu", "Montant à payer", "Montant exigible", "Solde dû"),
        "it": ("Importo dovuto", "Importo da pagare", "Importo esigibile", "Importo scaduto", "Saldo dovuto"),
    },
    "prepaid_amount": {
        "de": ("Anzahlung", "Vorauszahlung"),
        "fr": ("Acompte", "Acomptes", "Avance"),
        "it": ("Acconto", "Acconti", "Anticipo"),
    },
    "reminder_fee": {
        "de": ("Mahngebühr", "Mahngebühren"),
        "fr": ("Frais de rappel",),
        "it": ("Spese di richiamo", "Spese di sollecito", "Tassa di richiamo", "Tassa di sollecito"),
    },
    "obligations": {
        "de": ("davon PFL", "davon Pflichtleistungen"),
        "fr": ("dont prest. oblig.", "dont PFL", "dont POL", "dont prestations obligatoires", "dont obligatoire"),
        "it": ("di cui PFL", "di cui prest. obbl.", "di cui prestazioni obbligatorie", "di cui obbligatorie"),
    },
    "currency": {"de": ("Währung",), "fr": ("Monnaie", "Devise"), "it": ("Valuta", "Moneta", "Divisa")},
    "vat_number": {
        "de": ("MwSt.Nr.",),
        "fr": ("N° TVA",),
        "it": ("N. IVA", "Partita IVA"),
    },
    "subtotal": {
        "de": ("Zwischentotal", "Zwischensumme"),
        "fr": ("Sous-total", "Total intermédiaire"),
        "it": ("Totale intermedio", "Subtotale", "Sub-totale", "Totale parziale"),
    },
    "carried": {"de": ("Übertrag",), "fr": ("Report", "À reporter"), "it": ("Riporto", "Da riportare")},
    "vat_code": {"de": ("Code",), "fr": ("Code",), "it": ("Codice",)},
    "vat_rate": {"de": ("Satz",), "fr": ("Taux",), "it": ("Aliquota", "Tasso")},
}

SEX: Words = {
    "male": {"de": ("M", "Mann", "männlich"), "fr": ("H", "Homme", "masculin"), "it": ("Uomo", "maschile", "Maschio")},
    "female": {
        "de": ("F", "W", "Frau", "weiblich"),
        "fr": ("Femme", "féminin"),
        "it": ("D", "Donna", "femminile", "Femmina"),
    },
    "diverse": {"de": ("divers",), "fr": ("divers", "autre"), "it": ("diverso", "altro")},
}
YES_NO: Words = {
    "copy": {"de": ("Ja",), "fr": ("Oui",), "it": ("Sì",)},
    "normal": {"de": ("Nein",), "fr": ("Non",), "it": ("No",)},
}
TIERS: Words = {
    "garant": {"de": ("TG", "Tiers garant"), "fr": (), "it": ("Terzo garante",)},
    "payant": {"de": ("TP", "Tiers payant"), "fr": (), "it": ("Terzo pagante",)},
    "soldant": {"de": ("TS", "Tiers soldant"), "fr": (), "it": ("Terzo saldante",)},
}
LAWS: Words = {
    "KVG": {"de": ("KVG",), "fr": ("LAMal",), "it": ("LAMal",)},
    # A scan makes `WG` of it.
    "VVG": {"de": ("VVG", "WG"), "fr": ("LCA",), "it": ("LCA",)},
    "UVG": {"de": ("UVG",), "fr": ("LAA",), "it": ("LAINF",)},
    "IVG": {"de": ("IVG",), "fr": ("LAI",), "it": ("LAI",)},
    "MVG": {"de": ("MVG",), "fr": ("LAM",), "it": ("LAM",)},
    "ORG": {"de": ("ORG",), "fr": (), "it": ()},
}
REASONS: Words = {
    "disease": {"de": ("Krankheit",), "fr": ("Maladie",), "it": ("Malattia",)},
    "accident": {"de": ("Unfall",), "fr": ("Accident",), "it": ("Infortunio", "Incidente")},
    "maternity": {
        "de": ("Mutterschaft", "Schwangerschaft"),
        "fr": ("Maternité", "Grossesse"),
        "it": ("Maternità", "Gravidanza"),
    },
    "prevention": {"de": ("Prävention",), "fr": ("Prévention",), "it": ("Prevenzione",)},
    "birthdefect": {
        "de": ("Geburtsgebrechen",),
        "fr": ("Infirmité congénitale",),
        "it": ("Infermità congenita", "Difetto di nascita"),
    },
    "unknown": {
        "de": ("Anderes", "Unbekannt"),
        "fr": ("Autre", "Autres", "Inconnu"),
        "it": ("Altro", "Sconosciuto"),
    },
}
#: Kinds of bill that a title or a note beside it names.
KINDS: Words = {
    "copy": {"de": ("Kopie",), "fr": ("Copie",), "it": ("Copia",)},
    "refund": {
        "de": ("Gutschrift", "Rückerstattung"),
        "fr": ("Note de crédit", "Avoir", "Remboursement"),
        "it": ("Nota di credito", "Accredito", "Rimborso"),
    },
    "storno": {
        "de": ("Storno", "Stornorechnung", "Stornierung"),
        "fr": ("Annulation", "Extourne", "Storno"),
        "it": ("Storno", "Annullamento"),
    },
    "reminder": {
        "de": ("Mahnung", "Zahlungserinnerung"),
        "fr": ("Rappel", "Sommation"),
        "it": ("Sollecito", "Richiamo"),
    },
}
