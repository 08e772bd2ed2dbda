"""What stands beside, above and below values in German, French, Italian and English: the labels that readers look for.

A label is written as people write it; `sheet.tokens` makes `Nr.`, `N°`, `No.` and `Nummer` the same word, so one
spelling of each is enough. A longer label wins over a shorter one that it begins with.
"""

from __future__ import annotations

from pulse.invoices.plain.label_table import Labels

#: What a labelled value is; `-` marks labels whose value is nobody's but must not be read as part of another one.
FIELDS = Labels(
    {
        "invoice_number": "Rechnung Nr. | Rechnungs-Nr. | Rechnungsnr. | Rech.-Nr. | Rg.-Nr. | Rg. Nr. | Beleg-Nr."
        " | Faktura Nr. | Faktura-Nr. | Honorarrechnung Nr. | Arztrechnung Nr."
        " | Apothekenrechnung Nr. | Quittung Nr. | Bon Nr. | Kassenbon Nr. | Gutschrift Nr."
        " | Gutschrifts-Nr. | Storno Nr. | Stornorechnung Nr. | Kassenbeleg Nr. | Mahnung Nr."
        " | Facture n° | N° de facture | N° facture | N° de la facture | Note d’honoraires n°"
        " | Ticket n° | Quittance n° | N° de quittance | N° de ticket | Reçu n° | Note de crédit n°"
        " | Avoir n° | N° de note de crédit | Fattura n. | N. fattura | N. di fattura"
        " | N. della fattura | Nota d’onorario n. | Ricevuta n. | Scontrino n. | N. scontrino"
        " | N. ricevuta | Nota di credito n. | Nota d’accredito n. | N. nota di credito | Invoice no."
        " | Receipt no. | Credit note no. | Rappel n° | Richiamo n. | Note n° | Nota n."
        " | Dokument-Nr. | N° de document | N. documento | Rechnungskopie Nr. | Copie de facture n°"
        " | Copia della fattura n. | Rechnung",
        "refers_to": "de la facture | de la facture n° | della fattura | della fattura n. | alla fattura"
        " | sulla fattura n. | zu Rechnung Nr. | zur Rechnung Nr. | zu Rechnung | zur Rechnung"
        " | Originalrechnung | Ursprungsrechnung | Ursprüngliche Rechnung | Stornierte Rechnung"
        " | Stornierte Rechnung Nr. | Betrifft Rechnung Nr. | Betrifft Rechnung | Bezug Rechnung"
        " | Unsere Rechnung Nr. | Originalrechnung Nr. | Storno zu Rechnung | Storno zu Rechnung Nr."
        " | Gutschrift zu Rechnung | Gutschrift zu Rechnung Nr. | Storno der Rechnung"
        " | Storno der Rechnung Nr. | Concerne la facture n° | Concerne facture n°"
        " | Facture d’origine n° | Facture d’origine | Facture initiale | Facture initiale n°"
        " | Facture originale | Facture annulée | Facture annulée n° | Annule la facture"
        " | Annule la facture n° | Relative à la facture | Relatif à la facture n°"
        " | Relative à la facture n° | Annulation de la facture n° | Annulation de la facture"
        " | À la facture n° | Avoir sur facture n° | Concerne la fattura n."
        " | Relativo alla fattura n. | Relativa alla fattura n. | Fattura originale"
        " | Fattura originale n. | Fattura annullata | Fattura annullata n. | Fattura stornata"
        " | Fattura stornata n. | Annulla la fattura | Annulla la fattura n. | Riferita alla fattura"
        " | Riferito alla fattura n. | Storno della fattura n. | Alla fattura n. | Credit for invoice no."
        " | Original invoice",
        "invoice_date": "Rechnungsdatum | Rechnung vom | Rech.-Datum | Rg.-Datum | Datum der Rechnung"
        " | Ausstellungsdatum | Belegdatum | Fakturadatum | Ausgestellt am | Date de facture"
        " | Date de la facture | Date facture | Date de facturation | Facture du | Date d’émission"
        " | Établie le | Date du document | Data fattura | Data della fattura | Data di fatturazione"
        " | Data di emissione | Fattura del | Emessa il | Data documento | Data del documento"
        " | Invoice date | Date of invoice | Quittungsdatum | Date de la quittance | Data ricevuta",
        "any_date": "Datum | Date | Data | den | le | li | vom | du | del | am",
        "due_date": "Zahlbar bis | Fällig am | Fälligkeit | Zahlungsfrist | Zahlbar bis am | Payable jusqu’au"
        " | Échéance | Date d’échéance | Délai de paiement | Payable avant le | Scadenza"
        " | Pagabile entro il | Pagabile entro | Termine di pagamento | Due date | Zu zahlen bis"
        " | À payer jusqu’au | Da pagare entro | Da pagare entro il | Rezept vom | Rezeptdatum"
        " | Ordonnance du | Date de l’ordonnance | Ricetta del | Data della ricetta | Verordnung vom"
        " | Gedruckt am | Druckdatum | Imprimé le | Stampato il | Mahndatum | Date du rappel"
        " | Datum der Verordnung | Valuta | Kasse | Uhrzeit | Zeit | Heure | Ora | Date de rappel"
        " | Data del richiamo",
        "birth_date": "Geburtsdatum | nato/a | nato | nata | née | né | né(e) | Geb.-Datum | geb. | geb. am"
        " | geboren | geboren am | Geburtstag | Date de naissance | né le | née le | né(e) le"
        " | naissance | Data di nascita | nato il | nata il | nato/a il | nascita | Date of birth"
        " | born | Geb.dat. | Né-e le | D. de naiss. | Date naissance | Data nascita",
        "ssn": "AHV-Nr. | AHV | AHV/IV-Nr. | AHVN13 | Sozialversicherungsnummer | SV-Nr."
        " | Versicherten-Nr. AHV | N° AVS | AVS | Numéro AVS | N° d’AVS | N. AVS | Numero AVS | NAVS"
        " | NAVS13 | OASI no. | N° AVS13 | AHV13",
        "card_number": "Karten-Nr. | Versichertenkarte | Versichertenkarte Nr. | Versichertenkarten-Nr. | VEKA-Nr."
        " | VEKA | KVG-Karte | N° de carte | Carte d’assuré | N° de carte d’assuré | N° carte"
        " | Carte d’assuré n° | N. tessera | Tessera | Tessera d’assicurato | N. della tessera"
        " | Tessera n. | Card no. | N. carta | Carta n. | Versicherungskarte | Versicherungskarte Nr."
        " | N° carte d’assuré | N. tessera d’assicurato | Tessera assicurato | N. tessera assicurato"
        " | N. di tessera",
        "insured_number": "Versicherten-Nr. | Versicherungs-Nr. | Vers.-Nr. | Versicherter Nr. | Mitglied-Nr."
        " | Mitglieder-Nr. | Policen-Nr. | Police Nr. | Police | Versicherungspolice | Vertrags-Nr."
        " | N° d’assuré | N° assuré | N° de l’assuré | Assuré n° | N° d’assurance | N° de police"
        " | N° d’assuré(e) | N° de membre | N. assicurato | N. d’assicurato | N. dell’assicurato"
        " | N. di assicurato | Assicurato n. | N. d’assicurazione | N. polizza | N. di polizza"
        " | Insured no. | Insurance no. | Policy no. | Member no. | N. di assicurazione"
        " | Numero d’assicurato | N. dell’assicurato/a | Assurance n° | Police n° | Polizza n."
        " | N° assurance | N. assicurazione",
        "treatment": "Behandlung | Behandlung vom | Behandlungsdatum | Behandlungszeitraum | Behandlungsperiode"
        " | Bezug | Bezug vom | Bezugsdatum | Bezugszeitraum | Bezugsperiode | Abgabezeitraum"
        " | Bezüge vom | Abgabe | Abgabe vom | Abgabedatum | Abgabe am | Abgegeben am"
        " | Leistungsdatum | Leistungszeitraum | Lieferdatum | Leistungen vom | Zeitraum | Periode"
        " | Konsultation vom | Konsultation | Traitement | Traitement du | Date de traitement"
        " | Date du traitement | Période de traitement | Période | Période du traitement"
        " | Date de remise | Date de la remise | Remise du | Remis le | Remise le | Délivré le"
        " | Date de délivrance | Date de prestation | Date de la prestation | Prestations du"
        " | Consultation du | Trattamento | Trattamento del | Trattamento dal | Data di trattamento"
        " | Data del trattamento | Periodo di trattamento | Periodo | Data di consegna | Consegna del"
        " | Consegnato il | Data della consegna | Data di dispensazione | Data della prestazione"
        " | Data prestazione | Prestazioni del | Consultazione del | Treatment | Treatment date"
        " | Date of treatment | Date of service | Dispensed on | Consegna | Remise | Dispensazione"
        " | Délivrance | Dispensation | Periodo del trattamento | Date des soins | Soins du",
        "sex": "Geschlecht | Sexe | Sesso | Sex | Gender",
        "law": "Gesetz | Loi | Legge | Law | Versicherungsart | Kostenträger Gesetz",
        "tiers": "Vergütungsart | Vergütung | Type de rémunération | Type de remboursement"
        " | Mode de remboursement | Tipo di rimunerazione | Rimborso | Tipo di rimborso"
        " | Abrechnungsart | Modalità di rimborso | Remboursement | Rückerstattung"
        " | Système de remboursement | Sistema di rimborso | Système",
        "reason": "Behandlungsgrund | Grund | Grund der Behandlung | Motif | Motif du traitement | Motivo"
        " | Motivo del trattamento | Reason | Motif de traitement | Motivo di trattamento",
        "canton": "Kanton | Canton | Cantone",
        "family_name": "Name | Nachname | Familienname | Nom | Nom de famille | Cognome | Surname | Last name"
        " | Family name",
        "given_name": "Vorname | Prénom | Nome | First name | Given name",
        "street": "Strasse | Adresse | Rue | Via | Indirizzo | Address",
        "place": "PLZ/Ort | PLZ Ort | Ort | NPA/Localité | NPA Localité | NPA | Localité | Lieu | NAP/Località"
        " | NPA/Luogo | Luogo | Località | PLZ",
        "patient": "Patient | Patientin | Patient/in | Patient/Patientin | Patient(in) | PatientIn | Patiente"
        " | Patient(e) | Patient-e | Patient/e | Paziente | Für | Pour | Per | Kunde | Kundin"
        " | Kunde/Kundin | Client | Cliente | Versicherte Person | Versicherte/r | Versicherter"
        " | Versicherte | Assuré | Assurée | Assuré(e) | Assuré-e | Personne assurée | Assicurato"
        " | Assicurata | Assicurato/a | Persona assicurata | Insured person | Name, Vorname"
        " | Name Vorname | Nom, prénom | Nom et prénom | Name und Vorname | Cognome, nome"
        " | Cognome e nome | Nom prénom | Cognome nome | Name/Vorname | Nom/prénom | Cognome/nome"
        " | Patient Name | Bezüger | Bezügerin | Bezogen durch",
        "prescriber": "Verordnender Arzt | Verordnende Ärztin | Verordnet durch | Verordnet von | Verordnung von"
        " | Verordner | Verschreibender Arzt | Verschrieben von | Zuweiser | Zuweisender Arzt"
        " | Überweisender Arzt | Arzt | Ärztin | Arzt/Ärztin | Rezept von | Auf Rezept von"
        " | Auf Verordnung von | Auf ärztliche Verordnung von | Zugewiesen von | Zugewiesen durch"
        " | Médecin prescripteur | Prescripteur | Prescrit par | Ordonnance de | Sur ordonnance de"
        " | Médecin | Médecin traitant | Prescription de | Médecin référent | Adressé par"
        " | Medico prescrivente | Medico prescrittore | Prescritto da | Ricetta di | Su ricetta di"
        " | Medico | Prescrittore | Medico curante | Su prescrizione di | Prescriber | Prescribed by"
        " | Inviato da | Prescrizione di | Verordnender Arzt / Ärztin | Rezeptierender Arzt"
        " | Prescrivente | Medico inviante | Prescripteur/trice",
        "biller": "Rechnungssteller | Rechnungsstellerin | Leistungserbringer | Leistungserbringerin | Absender"
        " | Émetteur de la facture | Auteur de la facture | Fournisseur de prestations | Prestataire"
        " | Émetteur | Emittente della fattura | Fornitore di prestazioni | Emittente | Biller"
        " | Provider | Fornitore",
        "insurer": "Versicherer | Krankenversicherer | Krankenkasse | Versicherung | Kostenträger | Assureur"
        " | Assureur-maladie | Caisse-maladie | Assurance | Assicuratore | Cassa malati"
        " | Assicurazione | Insurer | Kasse | Garant | Assurance-maladie | Assicurazione malattia"
        " | Assureur maladie",
        "guarantor": "Rechnungsempfänger | Debitor | Zahlungspflichtig | Destinataire | Débiteur | Destinatario"
        " | Debitore | Gesetzliche Vertretung | Représentant légal | Rappresentante legale"
        " | Rechnung an | Facture à | Fattura a",
        "gln": "GLN-Nr. | GLN | EAN-Nr. | EAN | N° GLN | N° EAN | N. GLN | GLN (B) | Code GLN | Codice GLN",
        "zsr": "ZSR-Nr. | ZSR | N° RCC | RCC | N. RCC | K-Nr. | Konkordatsnummer | N° concordat | N. RCC/ZSR"
        " | ZSR/RCC | N° ZSR | N. ZSR | RCC n°",
        "vat_number": "MWST-Nr. | MwSt-Nummer | MWST Nr. | UID | UID-Nr. | N° TVA | TVA n° | N° de TVA | N. IVA"
        " | Numero IVA | IVA n. | IDE | IDI | VAT no. | N° IDE | N. IDI | UID/MWST",
        "email": "E-Mail | Mail | Email | Courriel | E-mail | Posta elettronica",
        "-": "Tel. | Telefon | Téléphone | Tél. | Telefono | Phone | Fax | Telefax | Web | Website | www"
        " | Seite | Page | Pagina | Konto | Compte | Conto | Kunden-Nr. | N° de client | N. cliente"
        " | Referenz | Référence | Riferimento | Ihre Referenz | Unsere Referenz | Sachbearbeiter"
        " | Bearbeiter | Bank | Banque | Banca | Patienten-Nr. | N° de patient | N. paziente | Ref."
        " | Rezept-Nr. | N° d’ordonnance | N. ricetta | BIC | Postkonto | CCP | CP | Diagnose"
        " | Diagnostic | Diagnosi | Dossier | Fall-Nr. | N° de cas | N. caso | Zahlungsart"
        " | Verkäufer | Vendeur | Bedient von | Servi par | Servito da | IBAN | Es bediente Sie"
        " | Votre vendeur | Betreff | Objet | Oggetto",
    }
)

#: Where totals stand.
TOTALS = Labels(
    {
        "total_amount": "Total | Gesamtbetrag | Rechnungsbetrag | Rechnungstotal | Gesamttotal | Summe | Gesamtsumme"
        " | Totalbetrag | Endbetrag | Total der Rechnung | Bruttobetrag | Total Rechnung"
        " | Montant total | Total facture | Total de la facture | Montant de la facture | Somme"
        " | Total général | Total TTC | Somme totale | Importo totale | Totale | Totale fattura"
        " | Totale della fattura | Importo della fattura | Somma | Importo fattura | Total amount"
        " | Invoice total | Grand total | Total inkl. MWST | Total TVA incl. | Total TVA comprise"
        " | Totale IVA incl. | Totale IVA inclusa | Total (inkl. MWST) | Gutschriftsbetrag"
        " | Total Gutschrift | Montant de l’avoir | Total avoir | Importo accreditato | Total brut"
        " | Totale lordo | Totale nota di credito | Total note de crédit | Montant facturé"
        " | Importo fatturato | Total Leistungen | Total des prestations | Totale prestazioni"
        " | Totale delle prestazioni",
        "amount_due": "Fälliger Betrag | Zu bezahlen | Zu zahlen | Zu bezahlender Betrag | Offener Betrag"
        " | Zahlbetrag | Noch offen | Restbetrag | Saldo | Total zu bezahlen | Total zu zahlen"
        " | Saldo zu unseren Gunsten | Offen | Noch zu bezahlen | Noch zu zahlen | Zu Ihren Lasten"
        " | Betrag fällig | Zahlungsbetrag | Netto zu bezahlen | Ausstehend | Ausstehender Betrag"
        " | Montant dû | Montant à payer | À payer | Total à payer | Solde | Solde à payer"
        " | Reste à payer | Montant exigible | Net à payer | Solde ouvert | Solde dû | Montant échu"
        " | Reste dû | Importo dovuto | Da pagare | Importo da pagare | Totale da pagare"
        " | Saldo da pagare | Importo esigibile | Ancora da pagare | Importo scoperto"
        " | Importo a saldo | Netto da pagare | Amount due | Balance due | To pay | Betrag offen"
        " | Solde en notre faveur | Saldo a nostro favore | Restanz | Importo residuo",
        "prepaid_amount": "Anzahlung | Akonto | Akontozahlung | Bereits bezahlt | Bezahlt | Geleistete Zahlung"
        " | Vorauszahlung | Schon bezahlt | Zahlung erhalten | Abzüglich Anzahlung"
        " | Abzüglich Zahlung | Abzgl. Anzahlung | ./. Anzahlung | Acompte | Déjà payé | Payé"
        " | Paiement reçu | Acompte versé | Déjà réglé | Versé | Acompte reçu | Acconto | Già pagato"
        " | Pagato | Pagamento ricevuto | Acconto versato | Acconto ricevuto | Prepaid | Deposit"
        " | Paid | Already paid | Bar bezahlt | Payé comptant | Pagato in contanti"
        " | Bereits beglichen | Versement reçu",
        "subtotal": "Zwischentotal | Vortrag | Zwischensumme | Übertrag | Subtotal | Sous-total"
        " | Total intermédiaire | À reporter | Report | Subtotale | Totale intermedio | Riporto"
        " | Da riportare | Carried forward | Brought forward | Total Seite | Total Medikamente"
        " | Total Arzneimittel | Übertrag von Seite | Report de la page | Riporto da pagina"
        " | Übertrag auf Seite | Report à la page | Riporto a pagina",
        "rounding": "Rundung | Rundungsdifferenz | Arrondi | Différence d’arrondi | Arrotondamento | Rounding"
        " | Differenza di arrotondamento",
        "vat": "MWST | Mehrwertsteuer | TVA | IVA | VAT | davon MWST | inkl. MWST | dont TVA | di cui IVA"
        " | TVA incl. | IVA incl. | MWST-Satz | Taux TVA | Aliquota IVA | darin enthalten MWST"
        " | Enthaltene MWST | zzgl. MWST | Netto | Net | exkl. MWST | MWST-Betrag | Montant TVA"
        " | Importo IVA | TVA comprise | IVA inclusa | TVA incluse | Total MWST | Total TVA"
        " | Totale IVA | Hors TVA | HT | Satz | Taux | Aliquota | MWST Code | Code MWST | Code TVA"
        " | Codice IVA | davon",
        "fee": "Mahngebühr | Mahnspesen | Bearbeitungsgebühr | Frais de rappel | Spese di richiamo"
        " | Tassa di richiamo | Reminder fee | Versandkosten | Frais d’envoi | Spese di spedizione"
        " | Verzugszins | Frais de sommation | Spese di diffida | Spese di sollecito",
        "given": "Gegeben | Bar | Rückgeld | Retour | EC-Karte | Kreditkarte | TWINT | Maestro | Carte | Rendu"
        " | Contanti | Resto | Comptant | Espèces | Reçu | Ricevuto | Visa | Mastercard | Debitkarte"
        " | Zurück | Monnaie",
    }
)

#: Words over the columns of a table of positions.
COLUMNS = Labels(
    {
        "line": "Pos. | Nr. | # | Position | Pos. Nr. | Zeile | Ligne | Riga | Line | Posizione",
        "date": "Datum | Date | Data | Bezugsdatum | Abgabe | Abgabedatum | Bezug | Bezug am | Remise"
        " | Date de remise | Consegna | Data consegna | Leistungsdatum | Data di consegna"
        " | Date remise | Behandlung | Tag | Jour | Giorno",
        "tariff": "Tarif | Tariffa | Tariff | Tarifcode | Tarif-Nr. | Tarif n° | Tar. | Code tarif"
        " | Codice tariffa | Tariftyp",
        "code": "GTIN | GTIN/EAN | EAN | Pharmacode | Pharma-Code | GTIN / Pharmacode | Code | Artikel-Nr."
        " | Art.-Nr. | Artikelnummer | Artikelcode | N° article | N° d’article | Code article"
        " | Codice | Codice articolo | N. articolo | Ziffer | Tarifziffer | Réf. | Référence"
        " | Tarifposition | Article no. | Item no. | N° GTIN | Codice GTIN | Code GTIN | GTIN/Code"
        " | Pharmacode/GTIN | Leistungscode | Chiffre | Cifra | Chiffre tarifaire"
        " | Position tarifaire | Posizione tariffale | Code/GTIN | N. art. | N° art. | GTIN-Nr."
        " | Code prestation | Codice prestazione | GTIN / Code | GTIN / Codice",
        "name": "Bezeichnung | Artikel | Medikament | Leistung | Beschreibung | Text | Produkt | Präparat"
        " | Artikelbezeichnung | Leistungsbezeichnung | Medikament / Leistung | Désignation | Libellé"
        " | Article | Médicament | Prestation | Description | Produit | Texte | Préparation"
        " | Descrizione | Denominazione | Articolo | Medicamento | Prestazione | Prodotto | Testo"
        " | Item | Product | Designazione | Arzneimittel | Medicina | Medicinale | Preparato"
        " | Artikel/Leistung | Leistung / Artikel | Médicament / prestation"
        " | Medicamento / prestazione | Article / prestation | Articolo / prestazione"
        " | Artikel / Leistung | Medikamente | Prestation / article",
        "quantity": "Menge | Anzahl | Anz. | Mge. | Qté | Quantité | Nombre | Qtà | Quantità | Quantity | Qty"
        " | Stück | Stk. | Pces | Pz. | Packungen | Nb. | Nbre | Q.tà | Pièces | Pezzi | Quant.",
        "unit": "Einheit | Unité | Unità | Unit | Packung | Emballage | Confezione",
        "unit_price": "Preis | Einzelpreis | Stückpreis | Einheitspreis | E-Preis | Preis/Stk. | EP | Prix"
        " | Prix unitaire | Prix unit. | P.U. | PU | Prix/pce | Prezzo | Prezzo unitario"
        " | Prezzo unit. | P. unit. | Price | Unit price | Taxpunkte | Ansatz | Points | Punti"
        " | Prix à l’unité | Stk.-Preis | Preis pro Stück | Publikumspreis | Prix public"
        " | Prezzo al pubblico | Preis je Einheit | Prix par unité | Prezzo per unità | Prix pièce"
        " | Prezzo al pezzo | Einzel | Stückpr.",
        "factor": "Faktor | Facteur | Fattore | Factor | TPW | Taxpunktwert | Valeur du point"
        " | Valore del punto | VPT | Skalierung",
        "discount": "Rabatt | Rabais | Sconto | Ribasso | Discount",
        "vat_rate": "MWST | MwSt. | MWST % | TVA | TVA % | IVA | IVA % | VAT | MWST-Satz | Taux TVA | Taux de TVA"
        " | Aliquota IVA | Satz | Taux | Aliquota | MWST-Code | M",
        "amount": "Betrag | Montant | Importo | Total | Totale | Amount | Gesamtpreis | Gesamt | Summe"
        " | Betrag inkl. MWST | Total CHF | Betrag CHF | Montant CHF | Importo CHF | Zeilenbetrag"
        " | Positionsbetrag | Betrag in CHF | Prix total | Prezzo totale | Totalbetrag | Montant TTC"
        " | Betrag (CHF) | Fr. | CHF",
    }
)

#: What stands beside a column's word without being another column.
COLUMN_NOISE = frozenset(
    {"chf", "fr", "in", "en", "inkl", "incl", "mwst", "tva", "iva", "nr", "exkl", "pro", "stk", "sfr"}
)

PAYMENT_PARTS = Labels(
    {
        "receipt": "Empfangsschein | Récépissé | Ricevuta | Receipt",
        "payment": "Zahlteil | Section paiement | Sezione pagamento | Payment part",
    }
)

PAYMENT_LABELS = Labels(
    {
        "account": "Konto / Zahlbar an | Compte / Payable à | Conto / Pagabile a | Account / Payable to",
        "reference": "Referenz | Référence | Riferimento | Reference",
        "amount": "Betrag | Montant | Importo | Amount",
        "currency": "Währung | Monnaie | Valuta | Currency",
        "debtor": "Zahlbar durch | Payable par | Pagabile da | Payable by",
        "message": "Zusätzliche Informationen | Informations supplémentaires | Informazioni supplementari"
        " | Additional information",
        "point": "Annahmestelle | Point de dépôt | Punto di accettazione | Acceptance point",
    }
)
