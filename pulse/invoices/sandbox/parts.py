"""The invoices of one file on their way from the child: a line of JSON, then one PDF behind the other."""

from __future__ import annotations

import json
from collections.abc import Sequence

from pulse.base.errors import Unreadable
from pulse.base.reasons import Reason
from pulse.invoices.record import Part

BEGINNING = b'{"parts":'


def pack(parts: Sequence[Part], *, pictures: int) -> bytes:
    """`pictures`: how many pages beside the parts' text nobody looked at."""
    said = [{"pages": part.pages, "size": len(part.data), "name": part.name} for part in parts]
    return b"\n".join((json.dumps({"parts": said, "pictures": pictures}).encode(), b"".join(one.data for one in parts)))


def unpack(answer: bytes) -> tuple[Part, ...]:
    """The reverse of `pack`; none where the child said something else. Raises `Unreadable`."""
    if not answer.startswith(BEGINNING):
        return ()
    said, _, data = answer.partition(b"\n")
    parts, at = [], 0
    try:
        for one in json.loads(said)["parts"]:
            size, pages = int(one["size"]), tuple(int(page) for page in one["pages"])
            parts.append(Part(pages, data[at : at + size], str(one["name"])))
            at += size
    except (ValueError, KeyError, TypeError):
        at = -1
    if at != len(data):
        raise Unreadable("The document is damaged.", code=Reason.DAMAGED)
    return tuple(parts)


def pictures_beside(answer: bytes) -> int:
    """How many pages beside the parts' text nobody looked at; 0 where the child said something else."""
    return int(json.loads(answer.partition(b"\n")[0])["pictures"]) if answer.startswith(BEGINNING) else 0
