"""How much of one mail is taken apart: counted over all its containers, so that none multiplies another's limits."""

from __future__ import annotations

from dataclasses import dataclass

from pulse.base.errors import InvalidInput

MAX_DEPTH = 20
MAX_PARTS = 200
#: ZIP in winmail.dat in ZIP, and no further; forwarded mails count by their parts' depth alone.
MAX_CONTAINERS = 3
MAX_UNPACKED_BYTES = 100 * 1024 * 1024


class TooComplex(InvalidInput):
    """The mail has more parts, or deeper ones, than we take apart."""

    code = "mail_too_complex"


@dataclass
class Budget:
    """What is left of it for one mail. Each call raises `TooComplex` where there is nothing left."""

    parts: int = MAX_PARTS
    unpacked_bytes: int = MAX_UNPACKED_BYTES

    def part(self, depth: int) -> None:
        """One more part, of whatever kind, so deep inside others."""
        self.parts -= 1
        if depth > MAX_DEPTH or self.parts < 0:
            raise TooComplex(depth=depth)

    def container(self, containers: int) -> None:
        """One more container: so many, one in the other."""
        if containers > MAX_CONTAINERS:
            raise TooComplex(containers=containers)

    def unpacked(self, size: int) -> None:
        """So many bytes more have come out of something."""
        self.unpacked_bytes -= size
        if self.unpacked_bytes < 0:
            raise TooComplex(unpacked_bytes=MAX_UNPACKED_BYTES)
