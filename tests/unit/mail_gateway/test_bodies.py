"""Downloading ahead: bounded, in order, and one by one where many at once fail."""

from __future__ import annotations

from typing import Any

from mail_gateway.connection.bodies import MAX_BYTES, MAX_MAILS, Bodies
from mail_gateway.connection.mailbox import MailboxRefused


class Server:
    """Knows mails by UID; refuses a command that names a bad one together with others."""

    def __init__(self, count: int, *, bad: int | None = None, gone: int | None = None) -> None:
        self.asked: list[list[int]] = []
        self._count, self._bad, self._gone = count, bad, gone

    def fetch_many(self, uids: list[int]) -> dict[int, bytes]:
        self.asked.append(list(uids))
        if self._bad in uids and len(uids) > 1:
            raise MailboxRefused
        return {uid: b"%d" % uid for uid in uids if uid != self._gone}

    def fetch(self, uid: int) -> bytes | None:
        return self.fetch_many([uid]).get(uid)


def bodies(server: Any, sizes: dict[int, int], **options: bool) -> Bodies:
    return Bodies(server, sizes, **options)


def test_small_mails_come_together_and_each_is_handed_out_once() -> None:
    server = Server(120)
    made = bodies(server, dict.fromkeys(range(1, 121), 1000))
    assert [made.fetch(uid) for uid in range(1, 121)] == [b"%d" % uid for uid in range(1, 121)]
    assert [len(uids) for uids in server.asked] == [MAX_MAILS, MAX_MAILS, 20]


def test_large_mails_come_in_bounded_portions() -> None:
    server = Server(5)
    made = bodies(server, {1: MAX_BYTES // 2, 2: MAX_BYTES // 2, 3: MAX_BYTES * 3, 4: 1, 5: 1})
    for uid in range(1, 6):
        made.fetch(uid)
    assert server.asked == [[1, 2], [3], [4, 5]]


def test_a_mail_that_was_not_expected_is_asked_for_by_itself() -> None:
    server = Server(3)
    made = bodies(server, {1: 10, 2: 10})
    assert made.fetch(3) == b"3"
    assert server.asked == [[3]]


def test_a_mail_that_is_gone_is_none_and_the_others_come() -> None:
    made = bodies(Server(3, gone=2), dict.fromkeys((1, 2, 3), 10))
    assert [made.fetch(uid) for uid in (1, 2, 3)] == [b"1", None, b"3"]


def test_where_one_of_many_is_refused_each_is_asked_for_by_itself() -> None:
    server = Server(3, bad=2)
    made = bodies(server, dict.fromkeys((1, 2, 3), 10))
    assert [made.fetch(uid) for uid in (1, 2, 3)] == [b"1", b"2", b"3"]
    assert server.asked == [[1, 2, 3], [1], [2], [3]]
    assert made.asked == 1


def test_one_by_one_where_somebody_has_to_be_found_out() -> None:
    server = Server(2)
    made = bodies(server, {1: 10, 2: 10}, one_by_one=True)
    made.fetch(1)
    assert (server.asked, made.asked) == ([[1]], 1)
