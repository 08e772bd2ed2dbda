"""What a letter says: facts, wording by template or model, the guard, the PDF.

facts = Facts(kind=Kind.APPROVED, recipient=Recipient.CLIENT, …)
wording = TemplateWriter().write(facts)
document = letters.pdf.render(facts, wording)
message = (subject(facts), mail_text(facts), file_name(facts))
"""

from __future__ import annotations

from letters.facts import Facts
from letters.mail import mail_html, mail_text
from letters.texts import Texts, default_texts

__all__ = ["file_name", "mail_html", "mail_text", "subject"]


def subject(facts: Facts, texts: Texts | None = None) -> str:
    """The subject of the mail: neutral, one line, no name, no amount, nothing about health."""
    return (texts or default_texts()).line("mail_subject", facts)


def file_name(facts: Facts, texts: Texts | None = None) -> str:
    """The name of the attached PDF, by the case's reference alone."""
    return (texts or default_texts()).line("file_name", facts)
