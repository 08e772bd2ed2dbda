"""Fetching mails over IMAP: our mailbox with its downloads of many at once beside plain IMAPClient, one mail after the
other, in turns on one Dovecot.

Both get every header block with size and time first, then every mail; what is told is the time of the mails alone. The
same with a round trip of a few milliseconds, as to a server that is not on this machine. CPU is this process's.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import random
import socket
import statistics
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "support"))
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # `letters` is the package, not the bench beside this

from dovecot import PASSWORD, Dovecot
from imapclient import IMAPClient

from mail_gateway.connection.account import Account
from mail_gateway.connection.bodies import Bodies
from mail_gateway.connection.mailbox import Mailbox

USER = "bench"
_SEED, _BATCH = 20261123, 50
Work = Callable[[], int]
Side = Callable[[Account], contextlib.AbstractContextManager[Work]]


class Distance:
    """A server farther away: what either side says arrives `delay_s` later."""

    def __init__(self, account: Account, delay_s: float) -> None:
        self._target, self._delay_s = (account.host, account.port), delay_s
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.account = replace(account, port=int(self._listener.getsockname()[1]))
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            near, _ = self._listener.accept()
            far = socket.create_connection(self._target)
            for one in (near, far):
                one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=self._pass, args=(near, far, self._delay_s), daemon=True).start()
            threading.Thread(target=self._pass, args=(far, near, 0.0), daemon=True).start()

    def _pass(self, source: socket.socket, sink: socket.socket, delay_s: float) -> None:
        """The whole round trip is waited for on the way there: an answer in many pieces is late once."""
        with contextlib.suppress(OSError):
            while data := source.recv(256 * 1024):
                time.sleep(delay_s)
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)


def made(rng: random.Random, size: int) -> bytes:
    """A mail with one PDF of about this size."""
    mail = EmailMessage(policy=SMTP)
    mail["From"], mail["To"], mail["Subject"] = "praxis@provider.example", "claims@insurer.example", "Rechnung"
    mail["Message-ID"] = f"<{rng.getrandbits(64)}@provider.example>"
    mail.set_content("Guten Tag, anbei die Rechnung.")
    mail.add_attachment(b"%PDF-1.7\n" + rng.randbytes(size), maintype="application", subtype="pdf", filename="r.pdf")
    return bytes(mail)


@contextlib.contextmanager
def ours(account: Account) -> Iterator[Work]:
    """As the gateway does it: the bodies of a batch together, as many as fit."""
    mailbox = Mailbox.open(account)
    mailbox.select()
    sizes = {uid: head.size for uid, head in mailbox.heads(mailbox.uids_above(0)).items()}
    uids = sorted(sizes)

    def work() -> int:
        total = 0
        for start in range(0, len(uids), _BATCH):
            batch = uids[start : start + _BATCH]
            bodies = Bodies(mailbox, {uid: sizes[uid] for uid in batch})
            total += sum(len(bodies.fetch(uid) or b"") for uid in batch)
        return total

    yield work
    mailbox.close()


@contextlib.contextmanager
def plain(account: Account) -> Iterator[Work]:
    """IMAPClient as its documentation leads to: one FETCH a mail."""
    with IMAPClient(account.host, account.port, ssl=False) as client:
        client.login(account.user, account.password)
        client.select_folder(account.folder)
        uids = client.search("ALL")
        client.fetch(uids, ["RFC822.SIZE", "INTERNALDATE", "BODY.PEEK[HEADER]"])
        yield lambda: sum(len(client.fetch([uid], ["BODY.PEEK[]"])[uid][b"BODY[]"]) for uid in uids)


def timed(side: Side, account: Account) -> tuple[float, float, int]:
    """Seconds on the wall and of CPU for the bodies alone, and the bytes that came."""
    with side(account) as work:
        wall, cpu = time.perf_counter(), time.process_time()
        total = work()
        return time.perf_counter() - wall, time.process_time() - cpu, total


def compared(account: Account, rounds: int) -> dict[str, float]:
    """Both in turns, the order changing; how many times as long plain IMAPClient takes, median of the rounds."""
    sides: dict[str, Side] = {"pulse": ours, "imapclient": plain}
    seconds: dict[str, list[tuple[float, float]]] = {name: [] for name in sides}
    came: set[int] = set()
    for number in range(rounds + 1):
        for name in sorted(sides, reverse=bool(number % 2)):
            wall, cpu, total = timed(sides[name], account)
            came.add(total)
            if number:
                seconds[name].append((wall, cpu))
    assert len(came) == 1, "the two sides fetched different mails"
    pairs = list(zip(seconds["pulse"], seconds["imapclient"], strict=True))
    return {
        "ratio": statistics.median(other[0] / own[0] for own, other in pairs),
        "ratio_cpu": statistics.median(other[1] / own[1] for own, other in pairs),
        "pulse_s": statistics.median(own[0] for own, _ in pairs),
        "imapclient_s": statistics.median(other[0] for _, other in pairs),
    }


def measured(mails: int, rounds: int, delay_ms: float) -> dict[str, float]:
    """All figures."""
    from shutil import which

    rng = random.Random(_SEED)
    program = which("dovecot") or "/usr/sbin/dovecot"
    with Dovecot(program) as server:
        with server.client(USER) as client:
            for start in range(0, mails, 100):
                sizes = [rng.choice((2_000, 20_000, 60_000)) for _ in range(start, min(start + 100, mails))]
                client.multiappend("INBOX", [made(rng, size) for size in sizes])
        account = Account(host=server.host, port=server.port, user=USER, password=PASSWORD, tls="none")
        near = compared(account, rounds)
        far = compared(Distance(account, delay_ms / 1000).account, max(rounds // 2, 1))
    figures = near | {f"far_{name}": value for name, value in far.items()}
    return {name: round(value, 3) for name, value in figures.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--mails", type=int, default=500)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--delay-ms", type=float, default=5.0, help="round trip of the server that is farther away")
    parser.add_argument("--json", action="store_true", help="end with one JSON object")
    arguments = parser.parse_args()
    figures: dict[str, float] = {"mails": arguments.mails, "rounds": arguments.rounds, "cores": os.cpu_count() or 0}
    figures |= measured(arguments.mails, arguments.rounds, arguments.delay_ms)
    for name, value in figures.items():
        print(f"{name:<20} {value}")
    if arguments.json:
        print(json.dumps(figures))


if __name__ == "__main__":
    main()
