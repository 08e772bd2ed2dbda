"""What the sender of a mail wrote, as plain text for people to read: nothing is fetched, nothing is executed."""

from __future__ import annotations

import contextlib
import html
import re
from collections.abc import Iterator
from itertools import islice

from mail_gateway.message.unpack.budget import Budget, TooComplex
from mail_gateway.message.unpack.mime import Leaf, leaves
from mail_gateway.message.unpack.piece import SMIME_TYPES
from mail_gateway.message.unpack.smime import CannotOpen, opened

MAX_CHARACTERS = 20_000
#: Of the part that is read: words need no more, and markup around them not much more.
_MAX_BYTES = 400_000
_MAX_TEXTS = 20
_NO_WORDS = re.compile(r"[^\S\n]+")
_EMPTY_LINES = re.compile(r"\n{3,}")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_CHARSET = re.compile(r"charset\s*=\s*\"?([\w.:-]{1,40})", re.IGNORECASE)

_TAG = re.compile(
    r"(?P<comment><!--)|<(?P<end>/?)(?P<name>[a-zA-Z][a-zA-Z0-9]{0,30})(?:[\s/][^<>]*)?>|<[!?/][^<>]*>", re.ASCII
)
#: `html.unescape` raises on numbers that no character has.
_LONG_REFERENCE = re.compile(r"&#[xX]?[0-9a-fA-F]{9,};?")
_NO_TEXT = ("script", "style", "template", "title")
_BREAKS = re.compile(r"address|article|blockquote|br|d[dlt]|div|footer|h[1-6r]|header|li|[ou]l|p|pre|section|table|tr")

#: Above an older mail: "On … wrote:" as mail programs put it, on one line or wrapped onto two.
_WROTE = re.compile(
    r"(?:am|on|le|il(?: giorno)?)\b.{6,300}\b(?:schrieb|wrote|a écrit|ha scritto)\b.{0,200}:\s*"
    r"|.{1,200}\b(?:schrieb am|wrote on|a écrit le|ha scritto il)\b.{4,200}:\s*",
    re.IGNORECASE | re.DOTALL,
)
#: Lines that begin an older mail in full: everything below them is somebody else's.
_OLDER_MAIL = re.compile(
    r"\s*-{2,}\s*(?:urspr.{1,3}ngliche (?:nachricht|e-?mail)|original(?:e)? (?:message|nachricht)|message d.origine|"
    r"message original|messaggio originale|weitergeleitete nachricht|forwarded message|message transf.r.|"
    r"messaggio inoltrato)\s*-{2,}\s*"
    r"|\s*_{20,}\s*",
    re.IGNORECASE,
)
_HEADER = {
    name: re.compile(rf"\s*\*?(?:{words})\s?:", re.IGNORECASE)
    for name, words in {
        "from": "von|from|de|da",
        "date": "gesendet|datum|sent|date|envoyé|inviato|data",
        "to": "an|to|à|a",
    }.items()
}


def body_text(mail: bytes) -> str:
    """The mail's own words and the history below them, at most 20 000 characters; an empty text where there are none.

    Plain text first, else what the HTML says; lines of older mails begin with `>` where the mail marks them.
    """
    texts: dict[str, list[str]] = {"text/plain": [], "text/html": []}
    try:
        for leaf in _leaves(mail):
            found = texts.get(leaf.headers.content_type)
            if found is None or len(found) >= _MAX_TEXTS or leaf.forwarded or _is_file(leaf):
                continue
            words = _text(leaf)
            if leaf.headers.content_type == "text/html":
                words = html_text(words)
            if tidied := _tidied(words):
                found.append(tidied)
    except TooComplex:
        pass  # What came before is shown.
    return "\n\n".join(texts["text/plain"] or texts["text/html"])[:MAX_CHARACTERS]


def own_words(text: str) -> str:
    """A text without the older mails that it quotes: what is new in it."""
    kept: list[str] = []
    lines = text.splitlines()
    at = 0
    while at < len(lines):
        if _begins_older_mail(lines, at):
            break
        if quotes := _attribution(lines, at):
            at += quotes
            continue
        if not lines[at].lstrip().startswith(">"):
            kept.append(lines[at])
        at += 1
    return _tidied("\n".join(kept))


def html_text(page: str) -> str:
    """The words of an HTML page; quoted blocks get a `>` before each line.

    Not the standard library's parser, which needs a minute for half a megabyte of unfinished comments.
    """
    words: list[str] = []
    quoted = 0
    at = 0
    lower = page.lower()
    for tag in _TAG.finditer(page):
        if tag.start() < at:
            continue
        words.append(_plain(page[at : tag.start()]))
        at = tag.end()
        name = (tag["name"] or "").lower()
        if name in _NO_TEXT and not tag["end"]:
            at = lower.find(f"</{name}", at)
        elif tag["comment"]:
            # "<!-->" is a whole one.
            end = page.find("-->", at - 2)
            at = end + 3 if end >= 0 else -1
        if at < 0:
            return "".join(words)
        if name == "blockquote":
            quoted = max(0, quoted + (-1 if tag["end"] else 1))
        if name in ("td", "th"):
            words.append(" ")
        elif _BREAKS.fullmatch(name) and not (tag["end"] and name in ("br", "hr")):
            words.append("\n" + (">" * min(quoted, 5) + " " if quoted else ""))
    return "".join([*words, _plain(page[at:])])


def _plain(piece: str) -> str:
    """What stands between two tags; its line breaks mean nothing."""
    return html.unescape(_LONG_REFERENCE.sub(" ", piece)).replace("\r", " ").replace("\n", " ")


def _leaves(mail: bytes) -> Iterator[Leaf]:
    """The parts, also of what a signature wraps."""
    budget = Budget()
    for leaf in leaves(mail, budget):
        if leaf.headers.content_type not in SMIME_TYPES:
            yield leaf
            continue
        with contextlib.suppress(CannotOpen):
            yield from leaves(opened(leaf.content(), None), budget)


def _is_file(leaf: Leaf) -> bool:
    """An attachment, whatever it holds; Apple's programs name inline texts too, others do not."""
    disposition = leaf.headers.get("content-disposition").partition(";")[0].strip().lower()
    return disposition == "attachment" or (bool(leaf.headers.filename) and disposition != "inline")


def _text(leaf: Leaf) -> str:
    """The part as text, in the charset that it names or in the one that it obviously has."""
    raw = leaf.beginning(_MAX_BYTES)
    named = _CHARSET.search(leaf.headers.get("content-type"))
    for charset in ([named[1]] if named else []) + ["utf-8"]:
        try:
            return raw.decode(charset)
        except (LookupError, ValueError, UnicodeError):
            continue
    # A cut or a wrong byte must not spoil all umlauts: most old programs write this one.
    try:
        return raw.decode(named[1], "replace") if named else raw.decode("cp1252", "replace")
    except (LookupError, ValueError, UnicodeError):
        return raw.decode("cp1252", "replace")


def _tidied(text: str) -> str:
    """Without control and direction characters, with one blank between words and at most one empty line."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    text = _CONTROL.sub("", text)
    lines = (_NO_WORDS.sub(" ", line).strip() for line in text[: 4 * MAX_CHARACTERS].split("\n"))
    return _EMPTY_LINES.sub("\n\n", "\n".join(lines)).strip()[:MAX_CHARACTERS]


def _begins_older_mail(lines: list[str], at: int) -> bool:
    """A separator, or the header lines that Outlook puts above what it answers."""
    if _OLDER_MAIL.fullmatch(lines[at]):
        return True
    if not _HEADER["from"].match(lines[at]):
        return False
    following = [line for line in islice(lines, at + 1, at + 6) if line.strip()]
    return any(_HEADER[name].match(line) for name in ("date", "to") for line in following[:3])


def _attribution(lines: list[str], at: int) -> int:
    """How many lines from here say who wrote what is quoted below; 0 where they say something else."""
    for length in (1, 2, 3):
        if at + length > len(lines) or (length > 1 and not lines[at + length - 1].strip()):
            return 0
        if _WROTE.fullmatch(" ".join(lines[at : at + length])[:800]):
            return length
    return 0
