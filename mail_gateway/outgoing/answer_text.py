"""What the answer to a mail says: short, without anything from the mail but its subject."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from mail_gateway.message.headers import decoded
from mail_gateway.message.reasons import LOCKED, MailReason
from mail_gateway.outgoing.answer_sentences import SENTENCES
from pulse.base.reason_texts import text
from pulse.base.reasons import LANGUAGES, Language, Reason

#: An AHV number, however it is grouped: a subject is never encrypted, and ours shall not carry one.
_AHV_NUMBER = re.compile(r"756[\s.\-]?\d{4}[\s.\-]?\d{4}[\s.\-]?\d{2}")
_REPLY = re.compile(r"^(?:(?:re|aw|rép|r|antw)\s*:\s*)+", re.IGNORECASE)
_MAX_SUBJECT = 120
_DOCUMENTS = frozenset(Reason)


@dataclass(frozen=True)
class _Phrases:
    greeting: str
    opening: str
    limit: str
    request: str
    unlock: str
    automatic: str


_PHRASES: dict[Language, _Phrases] = {
    "de": _Phrases(
        greeting="Guten Tag",
        opening="Ihre E-Mail ist bei uns eingetroffen. Wir konnten daraus keine Rechnung verarbeiten:",
        limit="Eine E-Mail darf mit ihren Anhängen höchstens {limit} MB gross sein.",
        request="Bitte senden Sie uns jede Rechnung als PDF-Datei, direkt angehängt oder in einem ZIP-Archiv.",
        unlock="Bitte antworten Sie auf diese E-Mail und schreiben Sie das Passwort allein auf die erste Zeile; "
        "mehrere Passwörter auf je eine Zeile. Wir öffnen damit die Datei, die wir schon haben. Oder senden "
        "Sie uns die Rechnung nochmals ohne Passwort.",
        automatic="Diese Antwort wurde automatisch erstellt.",
    ),
    "fr": _Phrases(
        greeting="Bonjour,",
        opening="Votre courriel nous est parvenu. Nous n'avons pas pu en traiter de facture :",
        limit="Un courriel et ses annexes ne doivent pas dépasser {limit} Mo.",
        request="Veuillez nous envoyer chaque facture en fichier PDF, joint directement ou dans une archive ZIP.",
        unlock="Veuillez répondre à ce courriel en écrivant le mot de passe seul sur la première ligne ; s'il y en a "
        "plusieurs, un par ligne. Nous ouvrirons ainsi le fichier que nous avons déjà. Ou renvoyez-nous la "
        "facture sans mot de passe.",
        automatic="Cette réponse a été créée automatiquement.",
    ),
    "it": _Phrases(
        greeting="Buongiorno,",
        opening="Abbiamo ricevuto la Sua e-mail. Non abbiamo potuto elaborarne una fattura:",
        limit="Un'e-mail con i suoi allegati non può superare {limit} MB.",
        request="La preghiamo di inviarci ogni fattura come file PDF, allegato direttamente o in un archivio ZIP.",
        unlock="La preghiamo di rispondere a questa e-mail scrivendo la password da sola sulla prima riga; se sono "
        "più di una, una per riga. Apriremo così il file che abbiamo già. Oppure ci invii di nuovo la fattura "
        "senza password.",
        automatic="Questa risposta è stata creata automaticamente.",
    ),
    "en": _Phrases(
        greeting="Hello,",
        opening="Your e-mail has reached us. We could not process an invoice from it:",
        limit="An e-mail and its attachments may not exceed {limit} MB.",
        request="Please send us each invoice as a PDF file, attached directly or inside a ZIP archive.",
        unlock="Please reply to this e-mail and write the password alone on the first line; if there are several, "
        "each on a line of its own. We open with it the file that we already have. Or send us the invoice "
        "again without a password.",
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
        sentences.append(_sentence(reason, language))
        if reason == Reason.TOO_LARGE:
            sentences.append(phrases.limit.format(limit=max_bytes // (1024 * 1024)))
    told = "\n".join(f"- {sentence}" for sentence in sentences)
    requests = []
    if not LOCKED.isdisjoint(reasons):
        requests.append(phrases.unlock)
    if not LOCKED.issuperset(reasons):
        requests.append(phrases.request)
    return "\n\n".join([phrases.greeting, phrases.opening, told, *requests, f"{insurer}\n{phrases.automatic}"])


def _sentence(reason: str, language: Language) -> str:
    return text(Reason(reason), language) if reason in _DOCUMENTS else SENTENCES[language][MailReason(reason)]
