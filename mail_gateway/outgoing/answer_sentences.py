"""What senders are told about their mails, beside what documents have in common everywhere."""

from __future__ import annotations

from collections.abc import Mapping

from mail_gateway.message.reasons import MailReason
from pulse.base.reasons import Language

SENTENCES: Mapping[Language, Mapping[MailReason, str]] = {
    "de": {
        MailReason.NO_DOCUMENT: "Der E-Mail liegt keine Rechnung als PDF-Datei bei.",
        MailReason.TOO_COMPLEX: "Die E-Mail ist so aufgebaut, dass wir ihre Anhänge nicht verarbeiten können.",
        MailReason.ZIP_LOCKED: "Das ZIP-Archiv ist mit einem Passwort geschützt.",
        MailReason.PASSWORD_WRONG: "Keines der Wörter in Ihrer Antwort öffnet die geschützte Datei.",
        MailReason.ARCHIVE: "Das Archiv ist beschädigt oder von einer Art, die wir nicht öffnen. ZIP ist möglich.",
        MailReason.OUTLOOK_FILE: "Die gespeicherte Outlook-Nachricht (.msg) ist beschädigt.",
        MailReason.OFFICE_FILE: "Word- und Excel-Dateien nehmen wir nicht als Rechnung an.",
        MailReason.PICTURE_KIND: "Bilder lesen wir als JPEG, PNG, TIFF, HEIC oder WebP, nicht in anderen Formaten.",
        MailReason.SMIME_LOCKED: "Die Nachricht ist so verschlüsselt (S/MIME), dass wir sie nicht öffnen können.",
        MailReason.HIN_MESSAGE: "Die Nachricht lässt sich nur von Hand im Browser öffnen (secure-email.html).",
        MailReason.ZIP_EMPTY: "Im ZIP-Archiv liegt keine Rechnung.",
        MailReason.WINMAIL_EMPTY: "In der Datei winmail.dat liegt keine Rechnung.",
        MailReason.MAIL_EMPTY: "In der angehängten E-Mail liegt keine Rechnung.",
    },
    "fr": {
        MailReason.NO_DOCUMENT: "Aucune facture au format PDF n'est jointe au courriel.",
        MailReason.TOO_COMPLEX: "Le courriel est construit de telle sorte que nous ne pouvons pas traiter ses annexes.",
        MailReason.ZIP_LOCKED: "L'archive ZIP est protégée par un mot de passe.",
        MailReason.PASSWORD_WRONG: "Aucun des mots de votre réponse n'ouvre le fichier protégé.",
        MailReason.ARCHIVE: "L'archive est endommagée ou d'un type que nous n'ouvrons pas. Le format ZIP convient.",
        MailReason.OUTLOOK_FILE: "Le message Outlook enregistré (.msg) est endommagé.",
        MailReason.OFFICE_FILE: "Nous n'acceptons pas de fichiers Word ou Excel comme factures.",
        MailReason.PICTURE_KIND: "Nous lisons les images en JPEG, PNG, TIFF, HEIC ou WebP, pas en d'autres formats.",
        MailReason.SMIME_LOCKED: "Le message est chiffré (S/MIME) de telle sorte que nous ne pouvons pas l'ouvrir.",
        MailReason.HIN_MESSAGE: "Le message ne s'ouvre qu'à la main, dans un navigateur (secure-email.html).",
        MailReason.ZIP_EMPTY: "L'archive ZIP ne contient aucune facture.",
        MailReason.WINMAIL_EMPTY: "Le fichier winmail.dat ne contient aucune facture.",
        MailReason.MAIL_EMPTY: "Le courriel joint ne contient aucune facture.",
    },
    "it": {
        MailReason.NO_DOCUMENT: "All'e-mail non è allegata alcuna fattura in formato PDF.",
        MailReason.TOO_COMPLEX: "L'e-mail è strutturata in modo tale che non possiamo elaborarne gli allegati.",
        MailReason.ZIP_LOCKED: "L'archivio ZIP è protetto da una password.",
        MailReason.PASSWORD_WRONG: "Nessuna delle parole nella Sua risposta apre il file protetto.",
        MailReason.ARCHIVE: "L'archivio è danneggiato o di un tipo che non apriamo. Il formato ZIP va bene.",
        MailReason.OUTLOOK_FILE: "Il messaggio di Outlook salvato (.msg) è danneggiato.",
        MailReason.OFFICE_FILE: "Non accettiamo file Word o Excel come fatture.",
        MailReason.PICTURE_KIND: "Leggiamo immagini in JPEG, PNG, TIFF, HEIC o WebP, ma non in altri formati.",
        MailReason.SMIME_LOCKED: "Il messaggio è cifrato (S/MIME) in modo tale che non possiamo aprirlo.",
        MailReason.HIN_MESSAGE: "Il messaggio si apre soltanto a mano, in un browser (secure-email.html).",
        MailReason.ZIP_EMPTY: "L'archivio ZIP non contiene alcuna fattura.",
        MailReason.WINMAIL_EMPTY: "Il file winmail.dat non contiene alcuna fattura.",
        MailReason.MAIL_EMPTY: "L'e-mail allegata non contiene alcuna fattura.",
    },
    "en": {
        MailReason.NO_DOCUMENT: "No invoice is attached to the e-mail as a PDF file.",
        MailReason.TOO_COMPLEX: "The e-mail is built in such a way that we cannot process its attachments.",
        MailReason.ZIP_LOCKED: "The ZIP archive is protected by a password.",
        MailReason.PASSWORD_WRONG: "None of the words in your reply opens the protected file.",
        MailReason.ARCHIVE: "The archive is damaged or of a kind that we do not open. ZIP is fine.",
        MailReason.OUTLOOK_FILE: "The message saved by Outlook (.msg) is damaged.",
        MailReason.OFFICE_FILE: "We do not accept Word or Excel files as invoices.",
        MailReason.PICTURE_KIND: "We read pictures as JPEG, PNG, TIFF, HEIC or WebP, not in other formats.",
        MailReason.SMIME_LOCKED: "The message is encrypted (S/MIME) in such a way that we cannot open it.",
        MailReason.HIN_MESSAGE: "The message can only be opened by hand, in a browser (secure-email.html).",
        MailReason.ZIP_EMPTY: "There is no invoice in the ZIP archive.",
        MailReason.WINMAIL_EMPTY: "There is no invoice in the file winmail.dat.",
        MailReason.MAIL_EMPTY: "There is no invoice in the attached e-mail.",
    },
}
