"""Reports about letters of ours that could not be delivered: RFC 3464, and what other servers write in their own words.

A report is worth what it proves: it must carry the Message-ID of a letter in the headers that it returns, and be a
report by its form or by its empty return path. A forged one can do no more than ask a person to look.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Literal

from mail_gateway.message import headers as header_lines
from mail_gateway.message.headers import Headers, address_of
from mail_gateway.message.unpack.budget import TooComplex
from mail_gateway.message.unpack.mime import leaves

Outcome = Literal["failed", "delayed"]

#: Reports that are by their form about a mail; of them only those of delivery are read (RFC 6522, RFC 8098).
_STATUS_PART = ("message/delivery-status", "message/global-delivery-status")
_RECEIPT_PART = ("message/disposition-notification", "message/global-disposition-notification")
#: What is read of each part: returned headers come before a returned body.
_MAX_PART = 256 * 1024
#: In returned headers, quoted or not; folded after the colon.
_RETURNED_ID = re.compile(
    r"^[>\s|]{0,10}message-id:\s{0,80}(<letter\.\d{1,18}\.(?:client|provider)\.[a-z_]{1,20}\.\d{1,6}@[^\s<>@]{1,190}>)",
    re.IGNORECASE | re.MULTILINE,
)
_ENHANCED = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?![\d.])")
_REPLY = re.compile(r"(?:^|[\s:<(])([45]\d\d)[ -](?=\S)")
_ADDRESS = re.compile(r"[^\s<>()\[\],;:\"\\@]{1,64}@[A-Za-z0-9.-]{1,190}")
_SENDER = re.compile(r"(?:mailer-daemon|postmaster|mail-daemon|microsoftexchange[0-9a-f]*)@.*", re.IGNORECASE)
#: Where a server begins to quote the mail that it gives back.
_QUOTED = re.compile(
    r"^[>\s|]{0,10}(?:received|return-path|from|message-id|dkim-signature|date):\s", re.I | re.MULTILINE
)


@dataclass(frozen=True, kw_only=True)
class Bounce:
    """What a report says about one letter; `status` is the enhanced code (`5.1.1`), empty where none is told."""

    message_id: str
    outcome: Outcome
    status: str


def read_bounce(mail: bytes, *, own_addresses: Collection[str]) -> Bounce | None:
    """What a mail reports about a letter of ours; None where it is no report, about no single letter, or only about
    the copy that we keep ourselves (`own_addresses`, in lower case)."""
    if not may_report(header_lines.split(mail, 0, len(mail))[0]):
        return None
    try:
        parts = list(_parts(mail))
    except TooComplex:
        return None
    if any(kind in _RECEIPT_PART for kind, _ in parts):
        return None
    found = {found.lower(): found for _, text in [("", mail[:_MAX_PART].decode("utf-8", "replace")), *parts]
             for found in _RETURNED_ID.findall(text)}  # fmt: skip
    if len(found) != 1:
        return None
    statuses = [text for kind, text in parts if kind in _STATUS_PART]
    told = _by_status("\n\n".join(statuses), own_addresses) if statuses else _by_words(parts, own_addresses)
    if told is None:
        return None
    outcome, status = told
    return Bounce(message_id=next(iter(found.values())), outcome=outcome, status=status)


def may_report(head: Headers) -> bool:
    """Whether a mail with this head may be a report: by its form, by its empty return path, or by a server's own name
    where no path was kept."""
    if head.content_type == "multipart/report":
        return True
    path = head.get("return-path").replace(" ", "")
    if path:
        return path == "<>"
    return bool(_SENDER.fullmatch(address_of(head.get("from")) or ""))


def _parts(mail: bytes) -> Iterator[tuple[str, str]]:
    """Media type and text of each part."""
    for part in leaves(mail):
        if part.headers.content_type.startswith(("text/", "message/")):
            yield part.headers.content_type, part.beginning(_MAX_PART).decode("utf-8", "replace")


def _by_status(report: str, own_addresses: Collection[str]) -> tuple[Outcome, str] | None:
    """The worst that a report says about anybody but ourselves (RFC 3464 §2.3)."""
    delayed: tuple[Outcome, str] | None = None
    for block in re.split(r"\r?\n[ \t]*\r?\n", report):
        fields = header_lines.parse(block.strip().encode())
        action = fields.get("action").strip().lower()
        recipients = {_recipient(fields.get(name)) for name in ("final-recipient", "original-recipient")} - {""}
        if not action or (recipients and recipients <= set(own_addresses)):
            continue
        status = _ENHANCED.search(fields.get("status")) or _ENHANCED.search(fields.get("diagnostic-code"))
        code = status[0] if status else ""
        if action == "failed":
            # Even with a 4.x.x: the server has given up after its last try.
            return "failed", code
        if action == "delayed":
            delayed = "delayed", code
    return delayed


def _by_words(parts: list[tuple[str, str]], own_addresses: Collection[str]) -> tuple[Outcome, str] | None:
    """From what a server wrote before it quotes the mail."""
    text = "\n".join(_own_words(text) for kind, text in parts if kind.startswith("text/"))
    named = {address.lower().rstrip(".") for address in _ADDRESS.findall(text)}
    if named and named <= set(own_addresses):
        return None
    enhanced = _ENHANCED.search(text)
    if enhanced is not None:
        return ("failed" if enhanced[1] == "5" else "delayed", enhanced[0]) if enhanced[1] != "2" else None
    reply = _REPLY.search(text)
    if reply is not None:
        return ("failed" if reply[1].startswith("5") else "delayed"), ""
    return None


def _own_words(text: str) -> str:
    quoted = _QUOTED.search(text)
    return text[: quoted.start()] if quoted else text


def _recipient(value: str) -> str:
    """The address of `rfc822; name@host`."""
    found = _ADDRESS.search(value.partition(";")[2] or value)
    return found[0].lower() if found else ""
