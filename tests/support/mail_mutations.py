"""Mails broken in every way that chance finds, with an eye for what mails are made of."""

from __future__ import annotations

import base64
import io
import random
import re
import zipfile
from collections.abc import Callable, Sequence
from email.message import EmailMessage
from email.policy import SMTP

from mails import PROVIDER, mail, pdf, unreadable

_BOUNDARY = re.compile(rb'boundary="?([^"\r\n;]+)"?')
_BASE64_RUN = re.compile(rb"(?:[A-Za-z0-9+/]{60,}\r?\n){2,}")
_ODD_LINES = (
    b"",
    b"\r",
    b"Content-Type: multipart/mixed; boundary=b",
    b"Content-Type: message/rfc822",
    b"Content-Type: multipart/mixed; boundary=" + b"x" * 3000,
    b"Content-Type: application/pdf; name*0*=utf-8''%25%50; name*1=x.pdf",
    b"Content-Type: =?utf-8?q?text/=00plain?=",
    b"Content-Transfer-Encoding: base64",
    b"Content-Transfer-Encoding: uuencode",
    b"Content-Disposition: attachment; filename*=utf-8''..%2F..%2Fetc%2Fpasswd.pdf",
    b"From: ,,<<>>@;:",
    b"From: " + b"a," * 2000,
    b"Return-Path: <>",
    b"Auto-Submitted: auto-replied",
    b"Authentication-Results: " + b"(" * 500,
    b"Subject: " + b"=?utf-8?b?" * 300,
    b"Subject: =?utf-8?q?a=0D=0ABcc:_x?=",
    b"Message-ID: <" + b"x" * 5000 + b">",
    b"References: " + b"<a@b> " * 2000,
    b"--b",
    b"--b--",
    b": no name",
    b"\x00\x00\x00",
    b"\xff\xfe" * 50,
)


def seeds() -> list[bytes]:
    """Valid mails of every kind."""
    plain = mail(pdf(), text="Guten Tag\n" * 20)
    return [
        plain,
        mail(),
        mail(pdf(invoice_number="1"), ("zweite.pdf", pdf(invoice_number="2")), ("brief.pdf", unreadable("P108"))),
        mail(("rechnung.xml", b"<?xml version='1.0'?><request xmlns='http://www.forum-datenaustausch.ch/invoice'/>")),
        mail(("archiv.zip", _zip({"a.pdf": pdf(), "b/c.pdf": pdf(), "n.txt": b"x" * 5000}))),
        mail(("aussen.zip", _zip({"innen.zip": _zip({"a.pdf": pdf()})}))),
        mail(("winmail.dat", _tnef({"rechnung.pdf": pdf()}))),
        _forwarded(plain, depth=1),
        _forwarded(_forwarded(plain, depth=3), depth=3),
        _newsletter(),
        _signed(plain),
        mail(("bild.jpg", b"\xff\xd8\xff\xe0\x00\x10JFIF\x00" + bytes(400))),
        mail(("scan.tif", b"II*\x00\x08\x00\x00\x00" + bytes(400))),
        mail(pdf()).replace(b"multipart/mixed;", b"multipart/report; report-type=delivery-status;"),
        mail(("secure-email.html", b"<html><body>HIN secured</body></html>")),
    ]


def mutated(rng: random.Random, files: Sequence[bytes]) -> bytes:
    """One of the mails after one to four mutations."""
    data = rng.choice(files)
    for _ in range(rng.choice((1, 1, 2, 3, 4))):
        data = rng.choice(_MUTATORS)(rng, data, files)
    return data[:400_000]


def _zip(files: dict[str, bytes]) -> bytes:
    with io.BytesIO() as made:
        with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, data in files.items():
                archive.writestr(zipfile.ZipInfo(name, (2026, 6, 16, 0, 0, 0)), data)
        return made.getvalue()


def _tnef(files: dict[str, bytes]) -> bytes:
    """As Outlook writes it (MS-OXTNEF), without MAPI properties."""

    def attribute(level: int, kind: int, data: bytes) -> bytes:
        head = bytes([level]) + kind.to_bytes(4, "little") + len(data).to_bytes(4, "little")
        return head + data + (sum(data) & 0xFFFF).to_bytes(2, "little")

    made = (0x223E9F78).to_bytes(4, "little") + b"\x01\x00" + attribute(1, 0x00089006, b"\x00\x00\x01\x00")
    for name, data in files.items():
        made += attribute(2, 0x00069002, bytes(14))
        made += attribute(2, 0x00018010, name.encode() + b"\x00")
        made += attribute(2, 0x0006800F, data)
    return made


def _forwarded(inner: bytes, *, depth: int) -> bytes:
    for number in range(depth):
        outer = EmailMessage(policy=SMTP)
        outer["From"], outer["To"] = PROVIDER, "claims@insurer.example"
        outer["Subject"], outer["Message-ID"] = "Fwd", f"<fwd.{number}@provider.example>"
        head = bytes(outer).rstrip()
        inner = (
            head
            + b"\r\nContent-Type: multipart/mixed; boundary=f%d\r\n\r\n--f%d\r\n" % (number, number)
            + b"Content-Type: message/rfc822\r\n\r\n"
            + inner
            + b"\r\n--f%d--\r\n" % number
        )
    return inner


def _newsletter() -> bytes:
    made = EmailMessage(policy=SMTP)
    made["From"], made["To"], made["Subject"] = PROVIDER, "claims@insurer.example", "Neu"
    made.set_content("Neues\n" * 30)
    made.add_alternative("<p>" + "Neues " * 200 + "</p>", subtype="html")
    return bytes(made)


def _signed(inner: bytes) -> bytes:
    head = inner.partition(b"\r\n\r\n")[0]
    kept = b"\r\n".join(line for line in head.split(b"\r\n") if not line.lower().startswith((b"content", b"mime")))
    part = b"Content-Type: application/pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n" + base64.encodebytes(pdf())
    signature = b"Content-Type: application/pkcs7-signature\r\nContent-Transfer-Encoding: base64\r\n\r\nMIIB\r\n"
    kind = b'\r\nContent-Type: multipart/signed; protocol="application/pkcs7-signature"; boundary=s\r\n\r\n'
    return kept + kind + b"--s\r\n" + part + b"\r\n--s\r\n" + signature + b"--s--\r\n"


def _bytes(rng: random.Random, data: bytes, files: Sequence[bytes]) -> bytes:
    changed = bytearray(data or b"x")
    for _ in range(rng.choice((1, 5, 50, 500))):
        changed[rng.randrange(len(changed))] = rng.randrange(256)
    return bytes(changed)


def _cut(rng: random.Random, data: bytes, files: Sequence[bytes]) -> bytes:
    start = rng.randrange(len(data) + 1)
    return data[:start] + data[start + rng.randrange(len(data) - start + 1) :]


def _splice(rng: random.Random, data: bytes, files: Sequence[bytes]) -> bytes:
    other = rng.choice(files)
    return data[: rng.randrange(len(data) + 1)] + other[rng.randrange(len(other)) :]


def _lines(rng: random.Random, data: bytes, files: Sequence[bytes]) -> bytes:
    """Lines swapped, doubled, left out, or odd ones put between."""
    lines = data.split(b"\r\n")
    for _ in range(rng.choice((1, 2, 5))):
        at = rng.randrange(len(lines))
        match rng.randrange(4):
            case 0:
                lines.insert(at, rng.choice(_ODD_LINES))
            case 1:
                lines.insert(at, lines[rng.randrange(len(lines))])
            case 2 if len(lines) > 1:
                del lines[at]
            case _:
                other = rng.randrange(len(lines))
                lines[at], lines[other] = lines[other], lines[at]
    return b"\r\n".join(lines)


def _headers(rng: random.Random, data: bytes, files: Sequence[bytes]) -> bytes:
    """Fields on top of all others, or all of them another mail's."""
    if rng.random() < 0.3:
        return rng.choice(files).partition(b"\r\n\r\n")[0] + b"\r\n\r\n" + data.partition(b"\r\n\r\n")[2]
    odd = [rng.choice(_ODD_LINES) for _ in range(rng.choice((1, 3)))]
    return b"\r\n".join([*odd, data])


def _boundaries(rng: random.Random, data: bytes, files: Sequence[bytes]) -> bytes:
    """A boundary that is another's, or stands at more places."""
    found = _BOUNDARY.findall(data)
    if not found:
        return _lines(rng, data, files)
    one, other = rng.choice(found), rng.choice([*found, b"", b"-", b"b"])
    if rng.random() < 0.5:
        return data.replace(one, other)
    at = rng.randrange(len(data))
    return data[:at] + (b"\r\n--" + one + b"\r\n") * rng.choice((1, 5, 400)) + data[at:]


def _contents(rng: random.Random, data: bytes, files: Sequence[bytes]) -> bytes:
    """An attachment's bytes are changed behind their encoding, so that it still arrives whole."""
    runs = list(_BASE64_RUN.finditer(data))
    if not runs:
        return _bytes(rng, data, files)
    run = rng.choice(runs)
    letters = run[0].replace(b"\r", b"").replace(b"\n", b"")
    inner = bytearray(base64.b64decode(letters[: len(letters) // 4 * 4]))
    for _ in range(rng.choice((1, 3, 20, 200))):
        at = rng.randrange(len(inner))
        inner[at : at + rng.choice((1, 1, 4))] = rng.randbytes(rng.choice((0, 1, 4)))
        inner = inner or bytearray(b"x")
    return data[: run.start()] + base64.encodebytes(bytes(inner)).replace(b"\n", b"\r\n") + data[run.end() :]


def _repeated(rng: random.Random, data: bytes, files: Sequence[bytes]) -> bytes:
    start = rng.randrange(len(data) + 1)
    piece = data[start : start + rng.randrange(1, 300)]
    return data[:start] + piece * rng.choice((2, 10, 300)) + data[start:]


def _line_ends(rng: random.Random, data: bytes, files: Sequence[bytes]) -> bytes:
    return data.replace(b"\r\n", rng.choice((b"\n", b"\r", b"\r\r\n", b"\n\r")))


_MUTATORS: tuple[Callable[[random.Random, bytes, Sequence[bytes]], bytes], ...] = (
    _bytes,
    _cut,
    _splice,
    _lines,
    _lines,
    _headers,
    _boundaries,
    _contents,
    _contents,
    _repeated,
    _line_ends,
)
