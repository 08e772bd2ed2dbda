"""Downloading whole mails ahead: many small ones in one command, so that no mail waits for its own round trip."""

from __future__ import annotations

from collections.abc import Mapping

from mail_gateway.connection.mailbox import Mailbox, MailboxRefused

#: What is asked for at once: bytes as the server counts them (one mail may be larger), and mails.
MAX_BYTES = 8 * 1024 * 1024
MAX_MAILS = 50


class Bodies:
    """The mails of one batch, in order; each is handed out once and then forgotten."""

    def __init__(self, mailbox: Mailbox, sizes: Mapping[int, int], *, one_by_one: bool = False) -> None:
        """`sizes`: the mails that will be needed, by UID, in the order in which they will be."""
        self._mailbox = mailbox
        self._sizes = dict(sizes)
        self._one_by_one = one_by_one
        self._ahead: dict[int, bytes | None] = {}
        #: How many mails the last command asked for: who asked for one alone knows which mail ends the connection.
        self.asked = 0

    def fetch(self, uid: int) -> bytes | None:
        """A whole mail; None where it is gone."""
        if uid not in self._ahead:
            self._download(uid)
        return self._ahead.pop(uid)

    def _download(self, uid: int) -> None:
        uids = [uid] if self._one_by_one else self._next_from(uid)
        self.asked = len(uids)
        if len(uids) > 1:
            try:
                found = self._mailbox.fetch_many(uids)
            except MailboxRefused:
                # One of them cannot be had: each is asked for by itself.
                self._one_by_one, self.asked = True, 1
            else:
                self._ahead = {one: found.get(one) for one in uids}
                return
        self._ahead = {uid: self._mailbox.fetch(uid)}

    def _next_from(self, uid: int) -> list[int]:
        """This mail and those after it that fit."""
        order = list(self._sizes)
        if uid not in self._sizes:
            return [uid]
        uids: list[int] = []
        total = 0
        for one in order[order.index(uid) :][:MAX_MAILS]:
            total += self._sizes[one]
            if uids and total > MAX_BYTES:
                break
            uids.append(one)
        return uids
