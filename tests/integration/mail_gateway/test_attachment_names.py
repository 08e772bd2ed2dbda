"""Names of attachments as the server tells them, against those that the content has."""

from __future__ import annotations

from email.message import EmailMessage
from email.policy import SMTP

import pytest
from bounces import report
from dovecot import Dovecot
from mail_desk import Post
from mails import mail, pdf

from mail_gateway.connection.mailbox import Mailbox
from mail_gateway.steps import attachment_names


def _with_inner(*inner: bytes) -> bytes:
    """Forwarded mails in a mail."""
    outer = EmailMessage(policy=SMTP)
    outer["From"] = "wer@anders.example"
    outer["Subject"] = "WG: Rechnung"
    outer.set_content("Anbei.")
    head, _, body = bytes(outer).partition(b"\r\n\r\n")
    parts = [b"Content-Type: text/plain\r\n\r\n" + body]
    parts += [b'Content-Type: message/rfc822; name="mail.eml"\r\n\r\n' + one for one in inner]
    kept = b"\r\n".join(line for line in head.split(b"\r\n") if not line.startswith(b"Content-"))
    joined = b"".join(b"--edge\r\n" + part + b"\r\n" for part in parts) + b"--edge--\r\n"
    return kept + b'\r\nContent-Type: multipart/mixed; boundary="edge"\r\n\r\n' + joined


def _raw(*lines: str) -> bytes:
    head = ["From: a@b.example", "Subject: x", "MIME-Version: 1.0", 'Content-Type: multipart/mixed; boundary="e"', ""]
    return "\r\n".join([*head, "--e", *lines, "", "JVBERi0=", "--e--", ""]).encode()


MAILS = {
    "nothing": mail(),
    "one": mail(pdf()),
    "two": mail(("a.pdf", pdf()), ("b.xml", b"<x/>")),
    "umlauts": mail(("Prämie für März.pdf", pdf())),
    "quotes": mail(('a "b" \\c.pdf', pdf())),
    "long": mail((f"{'Rechnung ' * 20}.pdf", pdf())),
    "forwarded": _with_inner(mail(("innen.pdf", pdf())), mail()),
    "forwarded twice": _with_inner(_with_inner(mail(("tief.pdf", pdf())))),
    "report": report("postfix", "<letter.1.client.approved.1@insurer.example>"),
    "name in the type": _raw('Content-Type: application/pdf; name="alt.pdf"', "Content-Transfer-Encoding: base64"),
    "encoded word": _raw(
        'Content-Type: application/pdf; name="=?utf-8?q?M=C3=A4rz=2Epdf?="', "Content-Transfer-Encoding: base64"
    ),
    "continued": _raw(
        "Content-Type: application/pdf",
        "Content-Disposition: attachment; filename*0*=utf-8''M%C3%A4rz%20; filename*1=\"2026.pdf\"",
    ),
    "a text with a name": _raw('Content-Type: text/plain; name="liste.txt"', "Content-Disposition: inline"),
    "a path": _raw('Content-Type: application/pdf; name="../../x.pdf"'),
    "single part": b'From: a@b.example\r\nContent-Type: application/pdf; name="allein.pdf"\r\n\r\n%PDF-',
    "no headers": b"\r\nwords",
}


@pytest.mark.parametrize("kind", MAILS)
def test_the_server_tells_the_names_that_the_content_has(post: Post, kind: str) -> None:
    post.put(MAILS[kind])
    mailbox = Mailbox.open(post.account)
    try:
        mailbox.select(only_look=True)
        (uid,) = mailbox.uids_above(0)
        told = attachment_names.of_structure(mailbox.structures([uid])[uid])
        content = mailbox.fetch(uid)
    finally:
        mailbox.close()
    assert content is not None
    assert told == attachment_names.of_content(content)


def test_what_the_names_are() -> None:
    assert attachment_names.of_content(MAILS["forwarded"]) == ("innen.pdf",)
    assert attachment_names.of_content(MAILS["umlauts"]) == ("Prämie für März.pdf",)
    assert attachment_names.of_content(MAILS["continued"]) == ("März 2026.pdf",)
    assert attachment_names.of_content(MAILS["a path"]) == ("x.pdf",)
    assert attachment_names.of_content(MAILS["nothing"]) == ()


def test_nobody_knows_the_names_in_a_mail_of_too_many_parts(dovecot: Dovecot) -> None:
    many = mail(*[(f"{number}.txt", b"x") for number in range(300)])
    assert attachment_names.of_content(many) is None
    assert attachment_names.of_structure(([(b"text", b"plain")] * 300, b"mixed")) is None
    deep: object = (b"text", b"plain")
    for _ in range(30):
        deep = ([deep], b"mixed")
    assert attachment_names.of_structure(deep) is None
    assert attachment_names.of_structure("nonsense") == ()
