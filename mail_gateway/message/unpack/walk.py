"""Every file in a mail, in order, out of whatever it is wrapped in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from mail_gateway.key_pair import KeyPair
from mail_gateway.message.reasons import MailReason
from mail_gateway.message.unpack import outlook, smime, winmail, zips
from mail_gateway.message.unpack.budget import Budget
from mail_gateway.message.unpack.mime import leaves
from mail_gateway.message.unpack.piece import Damaged, Kind, Piece
from mail_gateway.message.unpack.smime import CannotOpen
from mail_gateway.message.unpack.zips import Locked, NotAnArchive, OfficeFile

#: Files that are opened nowhere, by kind.
_CLOSED: dict[Kind, MailReason] = {
    "archive": MailReason.ARCHIVE,
    "office": MailReason.OFFICE_FILE,
    "hin": MailReason.HIN_MESSAGE,
    "foreign_picture": MailReason.PICTURE_KIND,
}
#: What is said of a container that holds neither documents nor anything closed.
_EMPTY: dict[Kind, MailReason] = {
    "zip": MailReason.ZIP_EMPTY,
    "winmail": MailReason.WINMAIL_EMPTY,
    "mail": MailReason.MAIL_EMPTY,
    "outlook": MailReason.MAIL_EMPTY,
}


@dataclass(frozen=True)
class Closed:
    """A file that holds something nobody sees."""

    piece: Piece
    reason: MailReason


@dataclass
class _Open:
    """A container that is being walked through."""

    kind: Kind
    inside: Iterator[Piece]
    #: Documents and closed files that had been found before it.
    before: int


@dataclass
class Walk:
    """One way through files: iterate over it once."""

    files: Iterator[Piece]
    key: KeyPair | None = None
    budget: Budget = field(default_factory=Budget)
    #: Containers in which nothing was found, as reasons.
    empty: list[MailReason] = field(default_factory=list)
    _found: int = 0

    @classmethod
    def through(cls, mail: bytes, key: KeyPair | None = None, budget: Budget | None = None) -> Walk:
        """All of a mail."""
        budget = budget or Budget()
        return cls(_parts(mail, budget, 0, 0), key, budget)

    def __iter__(self) -> Iterator[tuple[Kind, Piece] | Closed]:
        """Files by what they are, and what could not be opened. Raises `TooComplex`."""
        way = [_Open("other", self.files, 0)]
        while way:
            piece = next(way[-1].inside, None)
            if piece is None:
                done = way.pop()
                if done.kind in _EMPTY and done.before == self._found:
                    self.empty.append(_EMPTY[done.kind])
                continue
            try:
                kind = piece.kind()
                inside = self._inside(kind, piece)
            except (_Unopened, Damaged) as error:
                self._found += 1
                yield Closed(piece, error.reason if isinstance(error, _Unopened) else MailReason.ARCHIVE)
                continue
            if inside is not None:
                way.append(_Open(kind, inside, self._found))
                continue
            self._found += kind in ("document", "picture")
            yield kind, piece

    def _inside(self, kind: Kind, piece: Piece) -> Iterator[Piece] | None:
        """What a container holds; None for what is none. Raises `_Unopened`."""
        if kind in _CLOSED:
            raise _Unopened(_CLOSED[kind])
        if kind not in ("zip", "winmail", "smime", "mail", "outlook"):
            return None
        depth, containers = piece.depth + 1, piece.containers + (kind != "mail")
        self.budget.container(containers)
        data = piece.content()
        match kind:
            case "zip":
                try:
                    return zips.members(data, self.budget, depth=depth, containers=containers)
                except Locked as error:
                    raise _Unopened(MailReason.ZIP_LOCKED) from error
                except OfficeFile as error:
                    raise _Unopened(MailReason.OFFICE_FILE) from error
                except NotAnArchive as error:
                    raise _Unopened(MailReason.ARCHIVE) from error
            case "smime":
                try:
                    inner = smime.opened(data, self.key)
                except CannotOpen as error:
                    raise _Unopened(MailReason.SMIME_LOCKED) from error
                self.budget.unpacked(len(inner))
                return _parts(inner, self.budget, depth, containers)
            case "outlook":
                try:
                    return outlook.attachments(data, self.budget, depth=depth, containers=containers)
                except Damaged as error:
                    raise _Unopened(MailReason.OUTLOOK_FILE) from error
            case "mail":
                return _parts(data, self.budget, depth, containers)
        return self._attached(data, depth, containers)

    def _attached(self, data: bytes, depth: int, containers: int) -> Iterator[Piece]:
        for one in winmail.attachments(data):
            self.budget.part(depth)
            self.budget.unpacked(len(one.data))
            yield in_hand(one.name, one.data, depth, containers)


class _Unopened(Exception):
    def __init__(self, reason: MailReason) -> None:
        super().__init__(reason)
        self.reason = reason


def in_hand(name: str, data: bytes, depth: int = 0, containers: int = 0) -> Piece:
    """A file whose bytes are there."""
    return Piece(name, "application/octet-stream", lambda n: data[:n], lambda: data, depth, containers)


def _parts(mail: bytes, budget: Budget, depth: int, containers: int) -> Iterator[Piece]:
    for leaf in leaves(mail, budget, depth=depth):
        headers = leaf.headers
        yield Piece(headers.filename, headers.content_type, leaf.beginning, leaf.content, leaf.depth, containers)
