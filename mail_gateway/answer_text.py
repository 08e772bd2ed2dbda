"""What the answer to a mail says: short, without anything from the mail but its subject."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from mail_gateway.headers import decoded
from mail_gateway.reasons import MailReason
from pulse.base.reason_texts import text
from pulse.base.reasons import LANGUAGES, Language, Reason

#: An AHV number, however it is grouped: a subject is never encrypted, and ours shall not carry one.
_AHV_NUMBER = re.compile(r"756[\s.\-]?\d{4}[\s.\-]?\d{4}[\s.\-]?\d{2}")
_REPLY = re.compile(r"^(?:(?:re|aw|rép|r|antw)\s*:\s*)+", re.IGNORECASE)
_MAX_SUBJECT = 120


@dataclass(frozen=True)
class _Phrases:
    greeting: str
    opening: str
    no_document: str
    too_complex: str
    limit: str
    request: str
    automatic: str


_PHRASES: dict[Language, _Phrases] = {
    "de": _Phrases(
        greeting="Guten Tag",
        opening="Ihre E-Mail ist bei uns eingetroffen. Wir konnten daraus keine Rechnung verarbeiten:",
        no_document="Der E-Mail liegt keine Rechnung als PDF-Datei bei.",
        too_complex="Die E-Mail ist so aufgebaut, dass wir ihre Anhänge nicht verarbeiten können.",
        limit="Eine E-Mail darf mit ihren Anhängen höchstens {limit} MB gross sein.",
        request="Bitte senden Sie uns jede Rechnung als PDF-Datei ohne Passwort, direkt angehängt und nicht in einem "
        "Archiv oder einer verschlüsselten Datei.",
        automatic="Diese Antwort wurde automatisch erstellt.",
    ),
    "fr": _Phrases(
        greeting="Bonjour,",
        opening="Votre courriel nous est parvenu. Nous n'avons pas pu en traiter de facture :",
        no_document="Aucune facture au format PDF n'est jointe au courriel.",
        too_complex="Le courriel est construit de telle sorte que nous ne pouvons pas traiter ses annexes.",
        limit="Un courriel et ses annexes ne doivent pas dépasser {limit} Mo.",
        request="Veuillez nous envoyer chaque facture en fichier PDF sans mot de passe, joint directement et non dans "
        "une archive ou un fichier chiffré.",
        automatic="Cette réponse a été créée automatiquement.",
    ),
    "it": _Phrases(
        greeting="Buongiorno,",
        opening="Abbiamo ricevuto la Sua e-mail. Non abbiamo potuto elaborarne una fattura:",
        no_document="All'e-mail non è allegata alcuna fattura in formato PDF.",
        too_complex="L'e-mail è strutturata in modo tale che non possiamo elaborarne gli allegati.",
        limit="Un'e-mail con i suoi allegati non può superare {limit} MB.",
        request="La preghiamo di inviarci ogni fattura come file PDF senza password, allegata direttamente e non in un "
        "archivio o in un file cifrato.",
        automatic="Questa risposta è stata creata automaticamente.",
    ),
    "en": _Phrases(
        greeting="Hello,",
        opening="Your e-mail has reached us. We could not process an invoice from it:",
        no_document="No invoice is attached to the e-mail as a PDF file.",
        too_complex="The e-mail is built in such a way that we cannot process its attachments.",
        limit="An e-mail and its attachments may not exceed {limit} MB.",
        request="Please send us each invoice as a PDF file without a password, attached directly and not inside an "
        "archive or an encrypted file.",
        automatic="This answer was created automatically.",
    ),
}


def subject(original: str, *, prefix: str = "Re") -> str:
    """`Re:` and the sender's subject on one clean line, without AHV numbers."""
    plain = _REPLY.sub("", decoded(original)).strip()
    plain = _AHV_NUMBER.sub("…", plain)
    return f"{prefix}: {plain[:_MAX_SUBJECT] or 'E-Mail'}"


def body(reasons: Sequence[str], *, language: str | None, insurer: str, max_bytes: int) -> str:
    """The text in the provider's language, or in German and English where it is not known."""
    known = language in LANGUAGES
    languages: tuple[Language, ...] = (language,) if known else ("de", "en")  # type: ignore[assignment]
    return "\n\n— — —\n\n".join(_in(one, reasons, insurer, max_bytes) for one in languages) + "\n"


def _in(language: Language, reasons: Sequence[str], insurer: str, max_bytes: int) -> str:
    phrases = _PHRASES[language]
    sentences = []
    for reason in dict.fromkeys(reasons):
        if reason == MailReason.NO_DOCUMENT:
            sentences.append(phrases.no_document)
        elif reason == MailReason.TOO_COMPLEX:
            sentences.append(phrases.too_complex)
        else:
            sentences.append(text(Reason(reason), language))
        if reason == Reason.TOO_LARGE:
            sentences.append(phrases.limit.format(limit=max_bytes // (1024 * 1024)))
    told = "\n".join(f"- {sentence}" for sentence in sentences)
    return "\n\n".join([phrases.greeting, phrases.opening, told, phrases.request, f"{insurer}\n{phrases.automatic}"])
