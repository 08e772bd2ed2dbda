"""The refresh token that stands for a person's consent, and its successors: where they lie, for their owner alone."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from pulse.base.errors import Misconfigured
from pulse.engine.client.oauth import TokenRefused


class NoConsent(TokenRefused):
    """Nobody has consented yet: there is no refresh token."""

    def __init__(self) -> None:
        super().__init__(0, "no_consent")


@dataclass(frozen=True, kw_only=True)
class RefreshToken:
    """By value, or in a file of the insurer's, or else kept by us in `folder` under a name of its own.

    A server may give a successor with each token. It lies in `folder`: one of a token by value or in a file under that
    token's hash, so that a new first token begins anew. Without a folder successors are not kept.
    """

    folder: Path | None
    value: str = field(default="", repr=False)
    file: Path | None = None
    #: Whose consent it is, for one that we keep.
    name: str = ""

    @contextlib.contextmanager
    def held(self) -> Iterator[HeldToken]:
        """The token that is valid now, for one process at a time, as the next needs what this one is given. Raises
        `NoConsent`, `Misconfigured`."""
        first = self._first()
        kept = self._kept(first)
        if kept is None:
            yield HeldToken(first, None)
            return
        with _locked(kept):
            try:
                token = kept.read_text(encoding="ascii") if kept.exists() else first
            except (OSError, ValueError) as error:
                raise _unusable(kept.parent) from error
            if not token:
                raise NoConsent
            yield HeldToken(token, kept)

    def give(self, token: str) -> Path:
        """A person has consented: from now on this token counts. Returns where it lies. Raises `Misconfigured`."""
        place = self._place()
        # Whoever renews a token at this moment must not put the old consent's successor over the new one.
        with _writing(place), _locked(place) if self.file is None else contextlib.nullcontext():
            _write(place, token)
        return place

    def demand_place(self) -> Path:
        """Where a token of a new consent will lie. Raises `Misconfigured` where it cannot be written there."""
        place = self._place()
        with _writing(place):
            place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            trial = place.with_name(place.name + ".trial")
            os.close(_opened(trial))
            trial.unlink()
        return place

    def _first(self) -> str:
        if self.file is None:
            return self.value
        try:
            first = self.file.read_text(encoding="ascii").strip()
        except FileNotFoundError:
            first = ""
        except (OSError, ValueError) as error:
            raise Misconfigured("The file of the refresh token cannot be read.", file=str(self.file)) from error
        if not first:
            raise NoConsent
        return first

    def _kept(self, first: str) -> Path | None:
        known_by = first or self.name
        return self.folder / hashlib.sha256(known_by.encode()).hexdigest()[:32] if self.folder else None

    def _place(self) -> Path:
        place = self.file or self._kept("")
        assert place is not None, "a consent needs a file or a folder"
        return place


class HeldToken:
    """A refresh token that nobody else uses now."""

    def __init__(self, token: str, kept: Path | None) -> None:
        self.token = token
        self._kept = kept

    def keep(self, token: str) -> None:
        """From now on this one is valid."""
        if self._kept is not None:
            _write(self._kept, token)


@contextlib.contextmanager
def _locked(kept: Path) -> Iterator[None]:
    with contextlib.ExitStack() as stack:
        try:
            kept.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            lock = os.open(kept.with_suffix(".lock"), os.O_RDWR | os.O_CREAT, 0o600)
            stack.callback(os.close, lock)
            fcntl.flock(lock, fcntl.LOCK_EX)
        except OSError as error:
            raise _unusable(kept.parent) from error
        yield


def _unusable(folder: Path) -> Misconfigured:
    return Misconfigured("The folder that refresh tokens are kept in cannot be used.", folder=str(folder))


def _write(place: Path, token: str) -> None:
    written = place.with_name(place.name + ".new")
    with os.fdopen(_opened(written), "w", encoding="ascii") as file:
        file.write(token)
        file.flush()
        os.fsync(file.fileno())
    written.replace(place)


def _opened(file: Path) -> int:
    return os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)


@contextlib.contextmanager
def _writing(place: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        words = f"The refresh token cannot be written to {place} ({error.strerror})."
        raise Misconfigured(words, file=str(place)) from error
