"""The mail of a letter: where it goes by the recipient's role, how it is protected, or why it goes by post."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection

import letters as wording
from db import clients, consents, protection, questions
from db.letters import Letter
from letters.facts import Facts
from letters.occasions import QUESTIONS, Recipient
from pulse.base.clock import swiss_date
from pulse.base.errors import PulseError
from pulse.base.reasons import Reason
from pulse.claims.ask import mark_of
from pulse.claims.mail_certificates import usable
from pulse.claims.money.response import response_to
from pulse.claims.office import LetterProtection, Office
from pulse.claims.ports import Attachment, OutgoingMail, PasswordProtection, Protection, SmimeProtection
from pulse.claims.settle import registered_provider
from pulse.claims.steps import case_of


class WrongRecipient(PulseError):
    """A letter is addressed to somebody else than the one it would be sent to."""

    code = "letter_wrong_recipient"


@dataclass(frozen=True, kw_only=True)
class Way:
    """How a letter gets to its recipient: by mail to `address`, or by post because of `else_post`."""

    address: str | None = None
    protection: Protection | None = None
    else_post: Reason = Reason.NO_MAIL_ADDRESS


@dataclass(frozen=True, kw_only=True)
class _Party:
    """A recipient as the registers know it; `holder` is the name that its password is kept under."""

    address: str | None
    holder: str = ""
    else_post: Reason | None = None


def way_of(office: Office, connection: Connection, letter: Letter) -> Way:
    """From the registers alone, by role: never from the document, never from the mail that brought it."""
    recipient = Recipient(letter.recipient)
    if recipient is Recipient.CONTROLLER:
        # Within the house, and nothing but a link.
        return Way(address=office.policy.controllers_mail)
    party = _party(office, connection, letter.invoice_id, recipient)
    if party.else_post is not None or not party.address:
        return Way(else_post=party.else_post or Reason.NO_MAIL_ADDRESS)
    policy = office.policy
    wanted = policy.letter_protection if recipient is Recipient.CLIENT else policy.letter_protection_provider
    return _protected(office, connection, party.address, party.holder, wanted)


def mail_of(office: Office, letter: Letter, way: Way, message_id: str) -> OutgoingMail:
    """The mail of a letter. Raises `WrongRecipient` where its facts are addressed to another role, or are of another
    case, than this letter."""
    assert way.address is not None
    facts = Facts.from_json(letter.facts)
    if (facts.recipient, facts.case_id) != (letter.recipient, letter.invoice_id):
        raise WrongRecipient(letter=letter.id)
    texts = office.policy.texts
    attachments: tuple[Attachment, ...] = ()
    if letter.pdf_sha256 is not None:
        pdf = office.documents.get(letter.pdf_sha256)
        attachments = (Attachment(filename=wording.file_name(facts, texts), media_type="application/pdf", data=pdf),)
    answer = response_to(office, letter)
    if answer is not None:
        name = f"response-{letter.invoice_id}.xml"
        attachments += (Attachment(filename=name, media_type="application/xml", data=answer),)
    password, mark = isinstance(way.protection, PasswordProtection), _mark(office, letter)
    return OutgoingMail(
        message_id=message_id,
        to=way.address,
        subject=f"{wording.subject(facts, texts)} {mark}".strip(),
        text=wording.mail_text(facts, texts, password=password, mark=mark),
        html=wording.mail_html(facts, texts, password=password, mark=mark),
        language=facts.wording_language,
        attachments=attachments,
        headers={"Auto-Submitted": "auto-generated", **_reply_to(office, mark)},
        protection=way.protection,
    )


def _mark(office: Office, letter: Letter) -> str:
    """What an answer to this letter quotes; empty where none is wanted."""
    if letter.kind not in QUESTIONS:
        return ""
    with office.database.read() as connection:
        question = questions.of_round(connection, letter.invoice_id, letter.round)
    return mark_of(office, question) if question else ""


def _reply_to(office: Office, mark: str) -> dict[str, str]:
    return {"Reply-To": office.policy.ask_reply_to} if mark and office.policy.ask_reply_to else {}


def address_of_provider(connection: Connection, invoice_id: int) -> str | None:
    """Where letters to the case's provider go by mail; None where the registers know no address."""
    return _provider(connection, invoice_id).address


def holder_of(connection: Connection, invoice_id: int, recipient: Recipient) -> str | None:
    """The name that this recipient's password is kept under; None where the registers do not know it."""
    case = case_of(connection, invoice_id)
    if recipient is Recipient.CLIENT:
        return protection.holder_of_client(case.client_id) if case.client_id is not None else None
    provider = registered_provider(connection, case)
    return protection.holder_of_provider(provider.gln, provider.zsr) if provider else None


def _party(office: Office, connection: Connection, invoice_id: int, recipient: Recipient) -> _Party:
    """A client's letters hold health data: they leave by mail only where the client has agreed to that (Art. 6 Abs. 7
    DSG), as of today."""
    case = case_of(connection, invoice_id)
    if recipient is Recipient.PROVIDER:
        return _provider(connection, invoice_id)
    client = clients.get(connection, case.client_id) if case.client_id is not None else None
    if client is None or not client.email:
        return _Party(address=None)
    if not consents.held(connection, client.id, "mail", on=swiss_date(office.clock.now())):
        return _Party(address=None, else_post=Reason.NO_MAIL_CONSENT)
    return _Party(address=client.email, holder=protection.holder_of_client(client.id))


def _provider(connection: Connection, invoice_id: int) -> _Party:
    provider = registered_provider(connection, case_of(connection, invoice_id))
    if provider is None:
        return _Party(address=None)
    return _Party(address=provider.email, holder=protection.holder_of_provider(provider.gln, provider.zsr))


def _protected(office: Office, connection: Connection, address: str, holder: str, wanted: LetterProtection) -> Way:
    if wanted == "password":
        known = protection.password_of(connection, holder)
        if known is None:
            return Way(else_post=Reason.NO_LETTER_PASSWORD)
        return Way(address=address, protection=PasswordProtection(known.password))
    if wanted == "smime":
        certificate = usable(connection, address, at=office.clock.now())
        if certificate is None:
            return Way(else_post=Reason.NO_CERTIFICATE)
        return Way(address=address, protection=SmimeProtection(certificate.pem))
    return Way(address=address)
