"""What the answer to a trial mail says: each document with the values read, how sure they are, and what was found."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from pulse.base.reason_texts import text
from pulse.base.reasons import LANGUAGES, Language, Reason
from pulse.invoices.checks import ReadingState
from pulse.invoices.model import Invoice

_MAX_ROWS = 40


@dataclass(frozen=True, kw_only=True)
class Tried:
    """A document of a trial mail: its invoice and what a real one would lead to, or why there is none."""

    filename: str
    invoice: Invoice | None = None
    state: ReadingState | None = None
    problem: str = ""


@dataclass(frozen=True)
class _Phrases:
    greeting: str
    opening: str
    nothing: str
    complete: str
    incomplete: str
    doubtful: str
    fields: dict[str, str]
    sure: str
    positions: str
    more: str
    found: str
    shortened: str
    kept: str
    automatic: str


_FIELDS = (
    "invoice_number",
    "invoice_date",
    "biller.gln",
    "biller.name",
    "patient.family_name",
    "patient.given_name",
    "patient.birth_date",
    "patient.ssn",
    "patient.insured_number",
    "treatment.begin",
    "treatment.end",
    "total_amount",
    "payment.iban",
)
#: Values about a person, which a stranger may not learn.
_PERSONAL = frozenset(name for name in _FIELDS if name.startswith("patient."))


def _fields(*labels: str) -> dict[str, str]:
    return dict(zip(_FIELDS, labels, strict=True))


_PHRASES: dict[Language, _Phrases] = {
    "de": _Phrases(
        greeting="Guten Tag",
        opening="So haben wir Ihre Probesendung gelesen. Sie führt zu keinem Fall und zu keiner Zahlung.",
        nothing="Der E-Mail liegt keine Rechnung bei, die wir lesen können.",
        complete="Vollständig: Eine solche Rechnung wird ohne Rückfrage geprüft.",
        incomplete="Unvollständig: Eine solche Rechnung geht an Sie zurück.",
        doubtful="Unsicher: Bei einer solchen Rechnung schaut ein Mensch nach.",
        fields=_fields(
            "Rechnungsnummer", "Rechnungsdatum", "GLN des Rechnungsstellers", "Rechnungssteller", "Nachname", "Vorname",
            "Geburtsdatum", "AHV-Nummer", "Versichertennummer", "Behandlung von", "Behandlung bis", "Total", "IBAN",
        ),
        sure="{percent} % sicher",
        positions="Positionen",
        more="… und {count} weitere",
        found="Festgestellt:",
        shortened="Angaben zur Person sind gekürzt, weil Ihr Absender nicht bestätigt ist (SPF, DKIM, DMARC).",
        kept="Wir haben davon nichts aufbewahrt.",
        automatic="Diese Antwort wurde automatisch erstellt.",
    ),
    "fr": _Phrases(
        greeting="Bonjour,",
        opening="Voici comment nous avons lu votre envoi d'essai. Il ne mène à aucun dossier ni à aucun paiement.",
        nothing="Aucune facture que nous puissions lire n'est jointe au courriel.",
        complete="Complète : une telle facture est traitée sans question.",
        incomplete="Incomplète : une telle facture vous est retournée.",
        doubtful="Incertaine : une personne vérifie une telle facture.",
        fields=_fields(
            "Numéro de facture", "Date de facture", "GLN de l'émetteur", "Émetteur", "Nom", "Prénom",
            "Date de naissance", "Numéro AVS", "Numéro d'assuré", "Traitement du", "Traitement au", "Total", "IBAN",
        ),
        sure="sûr à {percent} %",
        positions="Positions",
        more="… et {count} autres",
        found="Constaté :",
        shortened="Les données personnelles sont abrégées, car votre adresse n'est pas confirmée (SPF, DKIM, DMARC).",
        kept="Nous n'en avons rien conservé.",
        automatic="Cette réponse a été créée automatiquement.",
    ),
    "it": _Phrases(
        greeting="Buongiorno,",
        opening="Ecco come abbiamo letto il Suo invio di prova. Non apre alcun caso e non porta ad alcun pagamento.",
        nothing="All'e-mail non è allegata alcuna fattura che possiamo leggere.",
        complete="Completa: una fattura così viene trattata senza domande.",
        incomplete="Incompleta: una fattura così Le viene rinviata.",
        doubtful="Incerta: una fattura così viene controllata da una persona.",
        fields=_fields(
            "Numero di fattura", "Data della fattura", "GLN dell'emittente", "Emittente", "Cognome", "Nome",
            "Data di nascita", "Numero AVS", "Numero d'assicurato", "Cura dal", "Cura al", "Totale", "IBAN",
        ),
        sure="sicuro al {percent} %",
        positions="Posizioni",
        more="… e altre {count}",
        found="Constatato:",
        shortened="I dati personali sono abbreviati, perché il Suo mittente non è confermato (SPF, DKIM, DMARC).",
        kept="Non ne abbiamo conservato nulla.",
        automatic="Questa risposta è stata creata automaticamente.",
    ),
    "en": _Phrases(
        greeting="Hello,",
        opening="This is how we have read your sample. It leads to no case and to no payment.",
        nothing="No invoice that we can read is attached to the e-mail.",
        complete="Complete: an invoice like this is processed without a question.",
        incomplete="Incomplete: an invoice like this is returned to you.",
        doubtful="Unsure: a person looks at an invoice like this.",
        fields=_fields(
            "Invoice number", "Invoice date", "Biller's GLN", "Biller", "Family name", "Given name",
            "Date of birth", "AHV number", "Insured number", "Treatment from", "Treatment to", "Total", "IBAN",
        ),
        sure="{percent} % sure",
        positions="Positions",
        more="… and {count} more",
        found="Found:",
        shortened="Personal data are shortened, because your sender address is not confirmed (SPF, DKIM, DMARC).",
        kept="We have kept nothing of it.",
        automatic="This answer was created automatically.",
    ),
}  # fmt: skip


def body(tried: Sequence[Tried], *, language: str | None, insurer: str, personal: bool) -> str:
    """The text in the provider's language, or in German and English where it is not known; `personal` data in full,
    or shortened."""
    languages: tuple[Language, ...] = (language,) if language in LANGUAGES else ("de", "en")
    return "\n\n— — —\n\n".join(_in(one, tried, insurer, personal) for one in languages) + "\n"


def _in(language: Language, tried: Sequence[Tried], insurer: str, personal: bool) -> str:
    phrases = _PHRASES[language]
    parts = [phrases.greeting, phrases.opening]
    parts += [
        # A file's name may be a person's.
        "\n".join([f"== {one.filename if personal else number} ==", *_document(one, phrases, language, personal)])
        for number, one in enumerate(tried, start=1)
    ] or [phrases.nothing]
    if not personal and any(one.invoice for one in tried):
        parts.append(phrases.shortened)
    return "\n\n".join([*parts, phrases.kept, f"{insurer}\n{phrases.automatic}"])


def _document(tried: Tried, phrases: _Phrases, language: Language, personal: bool) -> Iterator[str]:
    if tried.invoice is None:
        yield text(Reason(tried.problem), language)
        return
    invoice = tried.invoice
    yield {"complete": phrases.complete, "incomplete": phrases.incomplete}.get(tried.state or "", phrases.doubtful)
    for name in _FIELDS:
        value = _value(invoice, name)
        if value is not None:
            shown = value if personal or name not in _PERSONAL else _short(value)
            yield f"{phrases.fields[name]}: {shown}{_sureness(invoice, name, phrases)}"
    yield f"{phrases.positions}: {len(invoice.positions)}"
    for position in invoice.positions[:_MAX_ROWS]:
        values = (position.date, position.tariff, position.code, position.quantity, position.amount)
        yield "  " + "  ".join(_plain(value) for value in values if value is not None)
    if len(invoice.positions) > _MAX_ROWS:
        yield "  " + phrases.more.format(count=len(invoice.positions) - _MAX_ROWS)
    findings = list(dict.fromkeys(finding.code for finding in invoice.findings if finding.severity != "info"))
    if findings:
        yield phrases.found
        yield from (f"- {text(Reason(code), language)} ({code})" for code in findings)


def _value(invoice: Invoice, name: str) -> str | None:
    found: object = invoice
    for step in name.split("."):
        found = getattr(found, step, None)
    return None if found is None or found == "" else _plain(found)


def _plain(value: object) -> str:
    return f"{value:%d.%m.%Y}" if isinstance(value, date) else str(value)


def _sureness(invoice: Invoice, name: str, phrases: _Phrases) -> str:
    field = invoice.fields.get(name)
    return f" ({phrases.sure.format(percent=int(field.confidence * 100))})" if field is not None else ""


def _short(value: str) -> str:
    """The first character, or the last two of a number: enough to see that the right thing was read."""
    digits = sum(char.isdigit() for char in value)
    return f"…{value[-2:]}" if digits > len(value) / 2 else f"{value[:1]}…"
