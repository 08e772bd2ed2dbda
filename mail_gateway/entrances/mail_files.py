"""Mails that lie in files: single ones (.eml, .msg), archives (mbox), folders of them (Maildir or any other)."""

from __future__ import annotations

import hashlib
import mailbox
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from mail_gateway.connection.mailbox import HEADER_BYTES
from mail_gateway.entrances import outlook_file
from mail_gateway.message import headers as header_lines
from mail_gateway.message.unpack.piece import Damaged

#: A file without any of these is no mail, whatever it is called.
_FIELDS = {"from", "to", "date", "subject", "message-id", "received", "return-path"}
_MBOX = b"From "
_SUFFIXES = {".eml", ".mbox", ".mbx", ".msg"}


@dataclass(frozen=True, kw_only=True)
class MailFile:
    """A mail with the name that a person finds it by; `content` is None where it is broken (`problem` says why), and
    only its beginning where it is larger than was asked for."""

    name: str
    content: bytes | None
    size: int = 0
    problem: str = ""

    @property
    def place(self) -> tuple[int, int]:
        """126 bits that stand for the content: the same mail is at the same place each time."""
        digest = hashlib.sha256(self.content or b"").digest()
        return int.from_bytes(digest[:8]) >> 1, int.from_bytes(digest[8:16]) >> 1


def count(path: Path) -> int:
    """How many mails there are, about."""
    return sum(len(mailbox.mbox(one, create=False)) if _is_mbox(one) else 1 for one in _files(path))


def mails_in(path: Path, *, max_bytes: int) -> Iterator[MailFile]:
    """Every mail of a file or folder, one after the other in memory; what is broken is named and passed over."""
    for file in _files(path):
        try:
            if _is_mbox(file):
                yield from _archived(file, max_bytes)
            else:
                with file.open("rb") as opened:
                    yield _single(str(file), opened.read(max_bytes + 1), file.stat().st_size)
        except OSError as error:
            yield MailFile(name=str(file), content=None, problem=error.strerror or "cannot be read")


def _files(path: Path) -> list[Path]:
    """The file itself; of a Maildir what is in it; of any other folder the mails below it, hidden files left out."""
    if path.is_file():
        return [path]
    if (path / "cur").is_dir() and (path / "new").is_dir():
        return sorted(one for folder in ("new", "cur") for one in (path / folder).iterdir() if one.is_file())
    found = (one for one in path.rglob("*") if one.is_file() and one.suffix.lower() in _SUFFIXES)
    return sorted(one for one in found if not any(part.startswith(".") for part in one.relative_to(path).parts))


def _is_mbox(file: Path) -> bool:
    with file.open("rb") as opened:
        return opened.read(len(_MBOX)) == _MBOX


def _archived(file: Path, max_bytes: int) -> Iterator[MailFile]:
    archive = mailbox.mbox(file, create=False)
    try:
        for number, key in enumerate(archive.keys(), start=1):
            with archive.get_file(key) as opened:
                data = opened.read(max_bytes + 1)
                size = len(data) + len(opened.read()) if len(data) > max_bytes else len(data)
            yield _checked(f"{file}#{number}", data, size)
    finally:
        archive.close()


def _single(name: str, data: bytes, size: int) -> MailFile:
    if not outlook_file.is_compound(data):
        return _checked(name, data, size)
    if len(data) < size:
        return MailFile(name=name, content=None, size=size, problem="is too large for a mail of Outlook")
    try:
        return _checked(name, outlook_file.as_mail(data), size)
    except Damaged:
        return MailFile(name=name, content=None, size=size, problem="is a damaged mail of Outlook, or none")


def _checked(name: str, data: bytes, size: int) -> MailFile:
    head, _ = header_lines.split(data, 0, min(len(data), HEADER_BYTES))
    if not _FIELDS & {field for field, _ in head.fields}:
        return MailFile(name=name, content=None, size=size, problem="is no mail")
    return MailFile(name=name, content=data, size=size)
