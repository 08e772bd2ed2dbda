"""How a gateway is: when it last turned, and what is in the way."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable
from typing import Literal


class Health:
    """Fed by the gateway's thread, read by others."""

    def __init__(self, mailbox: str, folder: str, *, limit_s: float, now: Callable[[], float] = time.monotonic) -> None:
        """`limit_s` is how old the last success may be."""
        self.mailbox, self.folder = mailbox, folder
        self._limit_s, self._now = limit_s, now
        self._lock = threading.Lock()
        self._began = now()
        self._turned: float | None = None
        self._reason = ""
        #: Looks by what they ended as: worked, failed, idle (another gateway reads the folder).
        self.looks: Counter[str] = Counter()

    def looked(self, how: Literal["worked", "idle"]) -> None:
        """A look ended well."""
        with self._lock:
            self._turned, self._reason = self._now(), ""
            self.looks[how] += 1

    def turns(self) -> None:
        """A look is under way and gets on, mail by mail."""
        with self._lock:
            if not self._reason:
                self._turned = self._now()

    def failed(self, reason: str) -> None:
        """A look failed, with an error of this code."""
        with self._lock:
            self._reason = reason
            self.looks["failed"] += 1

    @property
    def reason(self) -> str:
        """Why the last look failed; empty after one that did not."""
        return self._reason

    @property
    def logged(self) -> str:
        """The mailbox's name for the log, which holds no mail address: of one its domain."""
        return self.mailbox.rpartition("@")[2]

    def age_s(self) -> float:
        """How long ago it last turned; before that, since when it tries."""
        with self._lock:
            return self._now() - (self._began if self._turned is None else self._turned)

    def is_ready(self) -> bool:
        """Whether it has looked, and not too long ago."""
        return self._turned is not None and self.age_s() <= self._limit_s
