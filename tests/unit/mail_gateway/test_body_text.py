"""The words of a mail: what is shown with its case, and what of them is new."""

from __future__ import annotations

import random
import time
from email.message import EmailMessage

import pytest
from mails import mail
from smime_mails import signed, signer

from mail_gateway.message.body_text import MAX_CHARACTERS, body_text, html_text, own_words


def page(html: str) -> bytes:
    return b"Content-Type: text/html; charset=utf-8\r\n\r\n" + html.encode()


def test_plain_text_comes_first_and_html_where_there_is_none() -> None:
    both = EmailMessage()
    both.set_content("Guten Tag\n\nanbei die Rechnung.")
    both.add_alternative("<p>Anderes</p>", subtype="html")
    both.add_attachment("Kein Wort des Absenders", filename="notiz.txt")
    assert body_text(bytes(both)) == "Guten Tag\n\nanbei die Rechnung."
    assert body_text(page("<p>Grüezi&nbsp;&amp; Dank</p><p>A<br>B</p>")) == "Grüezi & Dank\n\nA\nB"
    assert body_text(b"Content-Type: application/pdf\r\n\r\n%PDF-") == ""


def test_the_words_of_a_forwarded_mail_are_not_the_senders() -> None:
    inner = b"Content-Type: message/rfc822\r\n\r\nSubject: x\r\n\r\ninnen"
    outer = b"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n\r\naussen\r\n--x\r\n" + inner + b"\r\n--x--"
    assert body_text(outer) == "aussen"


def test_a_signed_mail_has_its_words_whether_they_are_wrapped_or_not() -> None:
    for opaque in (True, False):
        assert body_text(signed(mail(text="Guten Tag"), by=signer(), opaque=opaque)) == "Guten Tag"


@pytest.mark.parametrize(
    "head",
    ["charset=iso-8859-1", 'charset="windows-1252"', "charset=klingon", "", "charset=utf-8", "charset=us-ascii"],
)
def test_a_wrong_charset_costs_no_words(head: str) -> None:
    raw = f"Content-Type: text/plain; {head}\r\n\r\nGruss aus Zürich".encode("cp1252")
    assert body_text(raw).startswith("Gruss aus Z")
    assert body_text(raw).endswith("rich")
    assert head in ("charset=utf-8", "charset=us-ascii") or "Zürich" in body_text(raw)


def test_nothing_of_a_page_is_more_than_text() -> None:
    html = (
        "<head><title>T</title><style>p {color: red}</style></head><script>alert('x')</script><!-- <p>no</p> -->"
        "<p onclick='x'>Ja <img src='http://evil.example/x.png' alt='bild'> &lt;b&gt;\u202e</p>"
    )
    assert body_text(page(html)) == "Ja <b>"


def test_a_quoted_block_of_a_page_can_be_told_from_new_words() -> None:
    text = body_text(page("<div>Neu</div><blockquote><div>Alt</div><p>Älter</p></blockquote><div>Schluss</div>"))
    assert own_words(text) == "Neu\n\nSchluss"
    assert "> Alt" in text


@pytest.mark.parametrize(
    "history",
    [
        "Am 16.06.2026 um 10:00 schrieb Kasse <a@b.example>:\n> Guten Tag\n> Alt",
        "Am Di., 16. Juni 2026 um 10:00 Uhr schrieb Muster Kasse\n<claims@insurer.example>:\n\n> Alt",
        "Le mar. 16 juin 2026 à 10:00, Caisse <a@b.example> a écrit :\n> Alt",
        "Il giorno mar 16 giu 2026 alle ore 10:00 Cassa <a@b.example> ha scritto:\n> Alt",
        "On Tue, Jun 16, 2026 at 10:00 AM Kasse <a@b.example> wrote:\n> Alt",
        "Kasse <a@b.example> schrieb am 16.06.2026 10:00:\n> Alt",
        "-----Ursprüngliche Nachricht-----\nVon: Kasse\nAlt",
        "-----Original Message-----\nFrom: Kasse\nAlt",
        "-------- Weitergeleitete Nachricht --------\nAlt",
        "________________________________\nVon: Kasse\nGesendet: Dienstag\nAlt",
        "Von: Kasse <a@b.example>\nGesendet: Dienstag, 16. Juni 2026 10:00\nAn: Praxis\nBetreff: x\n\nAlt",
        "De : Caisse\nEnvoyé : mardi 16 juin 2026\nÀ : Cabinet\nAlt",
        "Da: Cassa\nInviato: martedì 16 giugno 2026\nA: Studio\nAlt",
        "*From:* Kasse\n*Sent:* Tuesday\nAlt",
    ],
)
def test_what_is_new_ends_where_an_older_mail_begins(history: str) -> None:
    assert own_words(f"Das Passwort ist X7.\n\n{history}") == "Das Passwort ist X7."
    assert "Alt" in body_text(f"Content-Type: text/plain; charset=utf-8\r\n\r\nNeu\n\n{history}".encode())


@pytest.mark.parametrize(
    "words", ["Von: morgen an gilt der neue Preis.", "Am Montag schrieb ich Ihnen:", "- von Hand\n- an alle"]
)
def test_words_that_only_resemble_history_stay(words: str) -> None:
    assert "gilt" not in words or own_words(words) == words
    assert own_words("Unten:\n\n> Alt\n\nAntwort unter dem Zitat") == "Unten:\n\nAntwort unter dem Zitat"


def test_the_text_is_bounded_and_clean() -> None:
    assert len(body_text(b"\r\n" + b"wort " * 100_000)) == MAX_CHARACTERS
    assert body_text(b"\r\na\x00b\x1b[31m\xe2\x80\xaec\n\n\n\n\nd") == "ab[31mc\n\nd"


@pytest.mark.parametrize(
    "piece",
    ["<", "<!--", "<!-->", "<a ", "<a b='", "&#1", "</", "<![CDATA[", "<?x", "<script>", "<script></script>", "<td>"],
)
def test_a_page_built_to_exhaust_us_is_read_quickly(piece: str) -> None:
    began = time.process_time()
    body_text(page(piece * (400_000 // len(piece))))
    html_text("&#" + "1" * 400_000)
    assert time.process_time() - began < 2


@pytest.mark.parametrize("line", ["am \n", "am wrote ", "> \n", "von:\n", "_", "le a écrit le \n", "x" * 700 + "\n"])
def test_a_text_built_to_exhaust_us_is_cut_quickly(line: str) -> None:
    began = time.process_time()
    own_words((line * MAX_CHARACTERS)[:MAX_CHARACTERS])
    assert time.process_time() - began < 2


def test_whatever_comes_gives_a_text() -> None:
    chance = random.Random(5)
    pieces = [
        "<p>",
        "</p>",
        "<blockquote>",
        "&amp;",
        "&#xffffffff;",
        "&#0;",
        "Am ",
        "schrieb:",
        "\n",
        ">",
        "\0",
        "ä",
        '"',
    ]
    for _ in range(300):
        found = body_text(page("".join(chance.choices(pieces, k=40))))
        assert "\0" not in found
        own_words(found)
