"""The step for answers of providers to questions about their invoices."""

from __future__ import annotations

import re
from dataclasses import dataclass

from db import questions
from db.questions import Question
from mail_gateway.key_pair import KeyPair
from mail_gateway.ledger import ACTOR, Handled, Verdict
from mail_gateway.message import documents
from mail_gateway.message.body_text import own_words
from mail_gateway.message.documents import Document, TooComplex
from mail_gateway.message.headers import Headers, address_of, decoded
from mail_gateway.message.reasons import MailReason
from mail_gateway.message.standing import Standing
from mail_gateway.steps.arrived import Arrived
from pulse.claims.answers import AnswerMail, Heard, hear_mail
from pulse.claims.ask import token_hashes_in
from pulse.claims.office import Office
from pulse.claims.put_right import comes_from_the_asked

_OUR_QUESTION = re.compile(r"<letter\.(\d{1,18})\.provider\.question(?:_reminder)?\.(\d{1,6})@([^<>\s@]{1,190})>")
_MOST_QUOTED = 50


@dataclass(frozen=True, kw_only=True)
class ProviderAnswers:
    """Brings an answer to the case that asked: one that quotes the question's token or Message-ID, and comes from whom
    we asked. Whoever else quotes it is a person's to look at; a machine's reply is no answer."""

    office: Office
    #: Opens what is encrypted to the insurer.
    key: KeyPair | None = None

    def wants(self, headers: Headers, standing: Standing) -> bool:
        return standing.silence is None and (bool(_quoted(headers)) or bool(token_hashes_in(_subject(headers))))

    def is_mine(self, mail: Arrived) -> bool:
        if mail.standing.silence is not None or not mail.content:
            return False
        return self._question(mail.headers, mail.text) is not None

    def take(self, mail: Arrived) -> Verdict | None:
        if mail.standing.silence is not None or not mail.content:
            return None
        question = self._question(mail.headers, mail.text)
        if question is None:
            return None
        sender = author_of(mail)
        if sender is None or not self._was_asked(question, sender):
            return _for_a_person(question, MailReason.QUESTION_STRANGER)
        try:
            found = documents.find(mail.content, self.key).documents
        except TooComplex:
            return _for_a_person(question, MailReason.TOO_COMPLEX)
        brought = [document.data for document in found]
        words = own_words(mail.text)
        answer = AnswerMail(mail_id=mail.mail_id, words=words, documents=brought, sent_at=mail.sent_at)
        heard = hear_mail(self.office, question, answer, sender=sender, actor=ACTOR)
        return _verdict(question, found, heard)

    def _was_asked(self, question: Question, sender: str) -> bool:
        with self.office.database.read() as connection:
            return comes_from_the_asked(connection, question.invoice_id, sender)

    def _question(self, headers: Headers, text: str) -> Question | None:
        """What the mail answers; of several questions the one that is still open."""
        domain = self.office.policy.mail_domain
        places = [(int(case), int(round_)) for case, round_, at in _quoted(headers) if at.lower() == domain]
        with self.office.database.read() as connection:
            found = [
                *(questions.by_token(connection, token) for token in token_hashes_in(f"{_subject(headers)}\n{text}")),
                *(questions.of_round(connection, case, round_) for case, round_ in places),
            ]
        known = [question for question in found if question is not None]
        return next((question for question in known if question.state == "open"), known[0] if known else None)


def _verdict(question: Question, found: tuple[Document, ...], heard: Heard) -> Verdict:
    rows = tuple(
        Handled(
            part=document.part,
            sha256=kept.sha256,
            filename=document.filename,
            invoice_id=kept.invoice_id,
            reason=kept.reason,
        )
        for document, kept in zip(found, heard.documents, strict=True)
    )
    other = tuple(kept.reason for kept in heard.documents if kept.set_aside)
    if heard.goes_on and other:
        return Verdict(outcome="person", reasons=other, documents=rows, question_id=question.id)
    began = any(kept.invoice_id not in (None, question.invoice_id) for kept in heard.documents)
    if heard.goes_on or (heard.late == "given_up" and began):
        return Verdict(outcome="invoice", documents=rows, question_id=question.id)
    late = MailReason.QUESTION_ANSWERED if heard.late == "answered" else MailReason.QUESTION_CLOSED
    return Verdict(outcome="person", reasons=(late,), documents=rows, question_id=question.id)


def _for_a_person(question: Question, reason: MailReason) -> Verdict:
    return Verdict(outcome="person", reasons=(reason,), question_id=question.id)


def author_of(mail: Arrived) -> str | None:
    """The address that a mail was written from, where nothing speaks against it."""
    return None if mail.authenticity == "fail" else address_of(mail.headers.get("from"))


def _quoted(headers: Headers) -> list[tuple[str, str, str]]:
    """The questions of ours that a mail names as what it replies to: case, round, domain."""
    named = " ".join([headers.get("in-reply-to"), *headers.references[-_MOST_QUOTED:]])
    return _OUR_QUESTION.findall(named)


def _subject(headers: Headers) -> str:
    return decoded(headers.get("subject"))
