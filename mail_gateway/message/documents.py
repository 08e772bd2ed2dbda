"""The documents in a mail: found by their first bytes, whatever the sender calls them and wraps them in."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from mail_gateway.key_pair import KeyPair
from mail_gateway.message.reasons import ASIDE, MailReason
from mail_gateway.message.unpack.budget import Budget, TooComplex
from mail_gateway.message.unpack.piece import Damaged
from mail_gateway.message.unpack.walk import Closed, Walk
from mail_gateway.message.unpack.zips import unlocked_members
from pulse.base.reasons import Reason

__all__ = ["Document", "Found", "Locked", "TooComplex", "find", "unlocked"]

MAX_DOCUMENTS = 50


@dataclass(frozen=True, kw_only=True)
class Document:
    """A PDF, an XML invoice or the picture of a page; `part` numbers the mail's files from 1, out of whatever they
    were wrapped in, `filename` is for display alone."""

    part: int
    filename: str
    data: bytes


@dataclass(frozen=True, kw_only=True)
class Locked(Document):
    """A ZIP whose files need a password, as it came."""


@dataclass(frozen=True, kw_only=True)
class Found:
    """The documents, archives that wait for a password, and why other files are none."""

    documents: tuple[Document, ...]
    #: `P1xx` or codes of `MailReason`, each once.
    refused: tuple[str, ...]
    locked: tuple[Locked, ...] = ()


class _Files:
    """Files, each content once, and never too many."""

    def __init__(self) -> None:
        self._of: dict[str, Document] = {}

    def add(self, document: Document) -> None:
        self._of.setdefault(hashlib.sha256(document.data).hexdigest(), document)
        if len(self._of) > MAX_DOCUMENTS:
            raise TooComplex(documents=len(self._of))

    def all(self) -> tuple[Document, ...]:
        return tuple(self._of.values())


def find(mail: bytes, key: KeyPair | None = None) -> Found:
    """All documents of a mail, in order, each content once. Raises `TooComplex`.

    Pictures count where there are no PDF and no XML, and where they are large enough to be a page. `key` opens what
    is encrypted to the insurer.
    """
    return _found(Walk.through(mail, key))


def unlocked(archive: bytes, passwords: Iterable[str]) -> tuple[Document, ...] | None:
    """The documents in a ZIP, opened by the first password that fits; None where none does. Raises `TooComplex`."""
    for password in passwords:
        budget = Budget()
        pieces = unlocked_members(archive, password, budget)
        if pieces is not None:
            return _found(Walk(iter(pieces), budget=budget)).documents
    return None


def _found(walk: Walk) -> Found:
    documents, pictures = _Files(), _Files()
    locked: list[Locked] = []
    refused: list[str] = []
    for part, file in enumerate(walk, start=1):
        if isinstance(file, Closed):
            piece = file.piece
            if file.reason == MailReason.ZIP_LOCKED:
                locked.append(Locked(part=part, filename=piece.name, data=piece.content()))
            is_no_pdf = file.reason == MailReason.ARCHIVE and piece.claims_to_be_pdf()
            refused.append(Reason.NOT_A_PDF if is_no_pdf else file.reason)
            continue
        kind, piece = file
        try:
            if kind == "document":
                documents.add(Document(part=part, filename=piece.name, data=piece.content()))
            elif kind == "picture" and piece.is_page():
                pictures.add(Document(part=part, filename=piece.name, data=piece.content()))
            elif piece.claims_to_be_pdf():
                refused.append(Reason.NOT_A_PDF if piece.beginning(4) else Reason.EMPTY_FILE)
        except Damaged:
            refused.append(MailReason.ARCHIVE)
    found = documents.all() or pictures.all()
    told = (reason for reason in (*refused, *walk.empty) if not found or reason not in ASIDE)
    return Found(documents=found, refused=tuple(dict.fromkeys(told)), locked=tuple(locked))
