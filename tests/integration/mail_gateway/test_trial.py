"""The trial address: a sample is read and told, and nothing of it is kept."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from mail_desk import MailDesk, Post
from mails import PROVIDER, mail, pdf, unreadable
from office import CLIENT_AHV

from db.tables import audit_events, documents
from pulse.base.reason_texts import text
from pulse.base.reasons import Reason
from pulse.claims.ports import MailUnavailable

TRIAL = "claims+test@insurer.example"
AUTHENTIC = {"Authentication_Results": "mx.insurer.example; dmarc=pass header.from=provider.example"}


def to_trial(*attachments: bytes, **headers: str) -> bytes:
    return mail(*attachments, **headers).replace(b"To: claims@insurer.example", f"To: {TRIAL}".encode())


def trusting(post: Post) -> Post:
    return replace(post, account=replace(post.account, trusted_authserv=("mx.insurer.example",)))


def kept(desk: MailDesk) -> list[str]:
    root = Path(desk.office.documents._files.root)
    return [path.name for path in root.rglob("*") if path.is_file()]


def test_the_reading_comes_back_and_nothing_is_kept_but_the_ledgers_row(desk: MailDesk, post: Post) -> None:
    sample = pdf(patient={"family_name": "Müller", "given_name": "Anna", "ssn": CLIENT_AHV})
    post.put(to_trial(sample, subject="Probe", message_id="<probe@provider.example>", **AUTHENTIC))
    gateway = desk.gateway(trusting(post))
    gateway.poll_once()
    gateway.poll_once()
    (answer,) = desk.answers
    assert (answer.to, answer.subject, answer.envelope_from, answer.keep_copy) == (PROVIDER, "Re: Probe", "", False)
    assert answer.headers == {
        "Auto-Submitted": "auto-replied",
        "In-Reply-To": "<probe@provider.example>",
        "References": "<probe@provider.example>",
    }
    for told in (
        "Rechnungsnummer: 101",
        "Nachname: Müller",
        CLIENT_AHV,
        "Total: 71.55",
        "Positionen: 1",
        "rechnung.pdf",
    ):
        assert told in answer.text
    assert "Hello" not in answer.text
    (row,) = desk.ledger()
    assert (row.outcome, row.reason, row.answered, row.authenticity) == ("returned", "trial", True, "pass")
    assert (row.text, row.source_sha256, row.filed_to) == ("", None, "Returned")
    assert (desk.cases(), desk.errands(), desk.documents(row.id), kept(desk)) == ([], [], [], [])
    with desk.inner.database.read() as connection:
        assert connection.execute(documents.select()).all() == []
        assert "Müller" not in repr(connection.execute(audit_events.select()).all())


@pytest.mark.parametrize("field", [None, "mx.insurer.example; dmarc=fail", "mx.evil.example; dmarc=pass"])
def test_m26_a_sender_that_is_not_proven_sees_no_personal_data(desk: MailDesk, post: Post, field: str | None) -> None:
    sample = pdf(patient={"family_name": "Müller", "given_name": "Anna", "ssn": CLIENT_AHV})
    headers = {"Authentication_Results": field} if field else {}
    post.put(to_trial(sample, subject="Anna Müller", **headers))
    desk.gateway(trusting(post)).poll_once()
    (answer,) = desk.answers
    for secret in ("Müller", "Anna", CLIENT_AHV, "rechnung.pdf"):
        assert secret not in answer.text + answer.subject
    assert "Nachname: M…" in answer.text
    assert "Total: 71.55" in answer.text


def test_what_cannot_be_read_is_told_with_its_reason(desk: MailDesk, post: Post) -> None:
    post.put(to_trial(unreadable("P103")))
    post.put(to_trial())
    desk.gateway(post).poll_once()
    assert "P1" not in desk.answers[0].text
    assert text(Reason("P103"), "de") in desk.answers[0].text
    assert "keine Rechnung bei, die wir lesen" in desk.answers[1].text
    assert kept(desk) == []


@pytest.mark.parametrize("name", ["Cc", "Delivered-To", "X-Original-To"])
def test_the_address_is_seen_wherever_servers_write_it(desk: MailDesk, post: Post, name: str) -> None:
    post.put(f"{name}: Probe <{TRIAL.upper()}>\r\n".encode() + mail(pdf()))
    desk.gateway(post).poll_once()
    assert [row.reason for row in desk.ledger()] == ["trial"]


def test_an_address_that_only_looks_like_it_is_an_ordinary_one(desk: MailDesk, post: Post) -> None:
    for address in ("claims+test@evil.example", "claims+tests@insurer.example", "other+test@insurer.example"):
        post.put(f"Delivered-To: {address}\r\n".encode() + mail(pdf()))
    desk.gateway(post).poll_once()
    assert [row.outcome for row in desk.ledger()] == ["invoice"] * 3


def test_machines_get_no_reading_and_others_not_more_than_their_answers_of_a_day(desk: MailDesk, post: Post) -> None:
    post.put(to_trial(pdf(), Auto_Submitted="auto-generated"))
    for _ in range(12):
        post.put(to_trial(pdf()))
    desk.gateway(post).poll_once()
    assert len(desk.answers) == 10
    assert desk.outcomes()[0] == ("ignored", "trial automatic")
    assert desk.outcomes()[-1] == ("ignored", "trial answer_limit")
    assert desk.cases() == []


def test_an_answer_that_cannot_leave_waits_without_holding_up_others(desk: MailDesk, post: Post) -> None:
    post.put(to_trial(pdf()))
    post.put(mail(pdf()))
    desk.inner.mail_out.problems = [MailUnavailable()]
    gateway = desk.gateway(post)
    gateway.poll_once()
    assert [row.outcome for row in desk.ledger()] == ["pending", "invoice"]
    for _ in range(5):
        gateway.poll_once()
    desk.clock.advance(timedelta(minutes=1))
    gateway.poll_once()
    assert [row.outcome for row in desk.ledger()] == ["returned", "invoice"]
    assert len(desk.answers) == 1


def test_a_login_without_a_domain_has_a_trial_address_in_ours(desk: MailDesk, post: Post) -> None:
    domain = desk.office.policy.mail_from.rpartition("@")[2].strip("> ")
    post.put(f"Delivered-To: {post.account.user}+test@{domain}\r\n".encode() + mail(pdf()))
    desk.gateway(post).poll_once()
    assert [row.reason for row in desk.ledger()] == ["trial"]


def test_a_sample_that_breaks_something_is_set_aside_without_its_content(
    desk: MailDesk, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mail_gateway.steps.trial.trial_text.body", lambda *_, **__: 1 / 0)
    post.put(to_trial(pdf()))
    gateway = desk.gateway(post)
    for _ in range(post.account.attempts + 1):
        gateway.poll_once()
    (row,) = desk.ledger()
    assert (row.outcome, row.text, row.source_sha256) == ("failed", "", None)
    assert (desk.answers, kept(desk)) == ([], [])
