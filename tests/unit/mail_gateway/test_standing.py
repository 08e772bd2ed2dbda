from __future__ import annotations

import pytest
from office import a_policy

from mail_gateway.message.headers import parse
from mail_gateway.message.standing import Standing, standing


def judge(lines: str) -> Standing:
    return standing(parse(lines.encode()), a_policy(), "pulse")


def test_a_persons_mail_is_answered_at_its_return_path_never_at_reply_to() -> None:
    assert judge("Return-Path: <a@x.example>\nFrom: b@x.example\nReply-To: c@x.example") == Standing(
        address="a@x.example", silence=None
    )
    assert judge("From: B <b@x.example>\nReply-To: c@x.example").address == "b@x.example"


def test_only_the_topmost_return_path_counts() -> None:
    assert (
        judge("Return-Path: <a@x.example>\nReturn-Path: <forged@x.example>\nFrom: b@x.example").address == "a@x.example"
    )


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        ("From: a@x.example\nReturn-Path: <>", "automatic"),
        ("From: a@x.example\nReturn-Path: < >", "automatic"),
        ("From: a@x.example\nAuto-Submitted: auto-replied", "automatic"),
        ("From: a@x.example\nAuto-Submitted: Auto-Generated; owner=x", "automatic"),
        ("From: a@x.example\nX-Auto-Response-Suppress: DR, OOF, AutoReply", "automatic"),
        ("From: a@x.example\nX-Autoreply: yes", "automatic"),
        ("From: a@x.example\nX-Loop: x", "automatic"),
        ("From: a@x.example\nPrecedence: auto_reply", "automatic"),
        ("From: a@x.example\nX-MS-Exchange-Inbox-Rules-Loop: a@x.example", "automatic"),
        ("From: a@x.example\nX-Post-MessageClass: 9; Autoresponder", "automatic"),
        ("From: a@x.example\nSubject: Automatische Antwort: Rechnung 5", "automatic"),
        ("From: a@x.example\nSubject: Abwesenheitsnotiz: Re: Rechnung 5", "automatic"),
        ("From: a@x.example\nSubject: Abwesenheit bis 3. August", "automatic"),
        ("From: a@x.example\nSubject: Ferienabwesenheit", "automatic"),
        ("From: a@x.example\nSubject: Out of Office: Rechnung 5", "automatic"),
        ("From: a@x.example\nSubject: Automatic reply: Rechnung 5", "automatic"),
        ("From: a@x.example\nSubject: Auto-Reply", "automatic"),
        ("From: a@x.example\nSubject: =?utf-8?q?R=C3=A9ponse_automatique_=3A_Facture_5?=", "automatic"),
        ("From: a@x.example\nSubject: Absence du bureau", "automatic"),
        ("From: a@x.example\nSubject: Message d'absence", "automatic"),
        ("From: a@x.example\nSubject: Risposta automatica: Fattura 5", "automatic"),
        ("From: a@x.example\nSubject: Fuori sede: Fattura", "automatic"),
        ("From: a@x.example\nPrecedence: Bulk", "mailing_list"),
        ("From: a@x.example\nPrecedence: junk", "mailing_list"),
        ("From: a@x.example\nList-Unsubscribe: <mailto:x@y>", "mailing_list"),
        ("From: MAILER-DAEMON@x.example", "automatic"),
        ("From: list-request@x.example", "automatic"),
        ("Return-Path: <owner-list@x.example>\nFrom: a@x.example", "automatic"),
        ("Return-Path: <b+bounces-12@x.example>\nFrom: a@x.example", "automatic"),
        ("From: noreply@x.example", "automatic"),
        ("From: a@x.example\nContent-Type: multipart/report; boundary=x", "bounce"),
        ("From: a@x.example\nContent-Type: message/disposition-notification", "bounce"),
        ("From: a@x.example\nMessage-ID: <letter.1.client.denied.1@insurer.example>", "own_mail"),
        ("From: a@x.example\nMessage-ID: <answer.7@INSURER.example>", "own_mail"),
        ("From: Kasse <claims@insurer.example>", "own_address"),
        ("Return-Path: <controllers@insurer.example>\nFrom: a@x.example", "own_address"),
        ("Subject: x", "unusable_sender"),
        ("From: a@x.example\nFrom: b@x.example", "unusable_sender"),
        ("From: a@x.example, b@x.example", "unusable_sender"),
        ('From: "a\r\n b" <', "unusable_sender"),
    ],
)
def test_what_may_start_a_loop_or_reach_the_wrong_one_is_not_answered(lines: str, reason: str) -> None:
    assert judge(lines).silence == reason


@pytest.mark.parametrize(
    "lines",
    [
        "From: a@x.example\nAuto-Submitted: no",
        "From: a@x.example\nAuto-Submitted: NO; x",
        "From: a@x.example\nMessage-ID: <letter.1@x.example>",
        "From: a@x.example\nX-Auto-Response-Suppress: None",
        "From: bounceland@x.example",
        "From: a@x.example\nSubject: Rechnung, automatische Antwort unnötig",
        "From: a@x.example\nSubject: AW: Automatische Antwort: Rechnung 5",
        "From: a@x.example\nSubject: Absender unbekannt",
        "From: a@x.example\nSubject: Facture de l'absence",
        "From: a@x.example\nSubject: Autorechnung Reply Center",
    ],
)
def test_what_only_resembles_a_machine_is_answered(lines: str) -> None:
    assert judge(lines).silence is None


def test_only_our_own_words_coming_back_bring_nothing() -> None:
    assert judge("From: a@x.example\nContent-Type: multipart/report").brings_nothing
    assert judge("From: a@x.example\nMessage-ID: <answer.7@insurer.example>").brings_nothing
    assert not judge("From: claims@insurer.example").brings_nothing
    assert not judge("From: a@x.example\nReturn-Path: <>").brings_nothing
