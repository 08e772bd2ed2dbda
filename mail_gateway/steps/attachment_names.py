"""What the things attached to a mail are called: by its content, or by what the server tells of its build."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import takewhile
from typing import Any

from mail_gateway.message.headers import Headers
from mail_gateway.message.unpack.budget import MAX_DEPTH, MAX_PARTS, TooComplex
from mail_gateway.message.unpack.mime import leaves

#: None where the mail has too many parts, or too deep ones, for anybody to look at all of them.
Names = tuple[str, ...] | None

#: Where the disposition stands in BODYSTRUCTURE (RFC 3501 §7.4.2), counted in a leaf; after the fields of its kind.
_LEAF_DISPOSITION, _TEXT_DISPOSITION = 8, 9
_MAIL_BODY = 8


def of_content(mail: bytes) -> Names:
    """The names in a mail, in order."""
    try:
        return tuple(name for leaf in leaves(mail) if (name := leaf.headers.filename))
    except TooComplex:
        return None


def of_structure(structure: Any) -> Names:
    """The same by BODYSTRUCTURE as IMAPClient gives it; lists and their ends are its own."""
    names: list[str] = []
    stack: list[tuple[Any, int]] = [(structure, 0)]
    seen = 0
    while stack:
        part, depth = stack.pop()
        seen += 1
        if depth > MAX_DEPTH or seen > MAX_PARTS:
            return None
        if not isinstance(part, tuple | list) or not part:
            continue
        if isinstance(part[0], list | tuple):
            # The parts of a multipart: gathered in a list, but not within a mail in the mail.
            several = part[0] if isinstance(part[0], list) else takewhile(lambda one: isinstance(one, tuple), part)
            stack.extend((one, depth + 1) for one in reversed(list(several)))
        elif _kind(part) == b"message/rfc822" and len(part) > _MAIL_BODY:
            stack.append((part[_MAIL_BODY], depth + 1))
        elif name := _name(part):
            names.append(name)
    return tuple(names)


def _kind(part: Sequence[Any]) -> bytes:
    return b"/".join(one.lower() for one in part[:2] if isinstance(one, bytes))


def _name(part: Sequence[Any]) -> str:
    kind = _kind(part)
    place = _TEXT_DISPOSITION if kind.startswith(b"text/") else _LEAF_DISPOSITION
    disposition = part[place] if len(part) > place else None
    fields = []
    if isinstance(disposition, bytes):
        # Some servers give the field as it stands in the mail.
        fields.append(("content-disposition", _text(disposition)))
    elif isinstance(disposition, tuple | list) and disposition:
        own = disposition[1] if len(disposition) > 1 else None
        fields.append(("content-disposition", _field(disposition[0], own)))
    fields.append(("content-type", _field(kind, part[2] if len(part) > 2 else None)))
    return Headers(tuple(fields)).filename


def _field(value: Any, parameters: Any) -> str:
    """A field as it stood in the mail, for the one reader of such fields."""
    several = parameters if isinstance(parameters, tuple | list) else ()
    texts = [_text(one) for one in (value, *several)]
    pairs = zip(texts[1::2], texts[2::2], strict=False)
    return "; ".join([texts[0], *(f'{name}="{_quoted(text)}"' for name, text in pairs)])


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')


def _text(value: Any) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else ""
