"""M8: a folder of thousands of mails is looked through once, in flat memory; the second look asks for nothing."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import pytest
from dovecot import Dovecot
from fault_proxy import FaultProxy
from mail_desk import MailDesk, dovecot_post
from mails import mail, pdf

_BODY = rb"BODY(\.PEEK)?\[\]"
#: What the process may grow by while it goes through the folder, whatever lies in it.
_MAX_GROWTH_MIB = 80
#: Mails without an attachment among ten.
_NEWSLETTERS = 7


def resident_mib() -> float:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    pytest.skip("memory is measured on Linux")


def newsletter(number: int) -> bytes:
    plain = mail(
        message_id=f"<news.{number}@provider.example>", List_Id="<news.provider.example>", text="Neues\n" * 200
    )
    head, _, body = plain.partition(b"\r\n\r\n")
    kept = b"\r\n".join(line for line in head.split(b"\r\n") if not line.startswith((b"Content", b"MIME")))
    part = b"--n\r\nContent-Type: text/%b; charset=utf-8\r\n\r\n" + body + b"\r\n"
    kind = b'\r\nMIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary="n"\r\n\r\n'
    return kept + kind + part % b"plain" + part % b"html" + b"--n--\r\n"


def with_invoice(number: int) -> bytes:
    return mail(pdf(invoice_number=str(number)), sender=f"praxis{number % 50}@provider.example")


def filled(dovecot: Dovecot, user: str, count: int) -> None:
    with dovecot.client(user) as client:
        for start in range(0, count, 500):
            numbers = range(start, min(start + 500, count))
            mails = [newsletter(n) if n % 10 < _NEWSLETTERS else with_invoice(n) for n in numbers]
            client.multiappend("INBOX", mails)


@pytest.mark.timeout(3000)
def test_m08_a_full_folder_is_read_once_in_flat_memory_and_without_needless_downloads(
    desk: MailDesk, dovecot: Dovecot, full_size: bool
) -> None:
    count = 10_000 if full_size else 500
    post = dovecot_post(dovecot, mails_per_hour=10**6)
    filled(dovecot, post.account.user, count)
    with FaultProxy(dovecot.host, dovecot.port) as proxy:
        # A mailbox that takes no changes is the hard case: all mails lie there at the second look too.
        proxy.answer(rb" UID (MOVE|COPY)\b| CREATE\b", b"%(tag)s NO [NOPERM] Permission denied")
        seen = replace(post, account=replace(post.account, host=proxy.host, port=proxy.port, timeout_s=30.0))
        gateway = desk.gateway(seen)
        before, began = resident_mib(), time.monotonic()
        first = gateway.poll_once()
        first_s, growth_mib = time.monotonic() - began, resident_mib() - before
        invoices = count * (10 - _NEWSLETTERS) // 10
        assert first.settled == count
        assert _bodies(proxy) == invoices
        proxy.commands.clear()
        again_s = []
        for _ in range(3):
            began = time.monotonic()
            assert gateway.poll_once().settled == 0
            again_s.append(time.monotonic() - began)
        assert (proxy.asked(_BODY), proxy.asked(rb"HEADER|BODYSTRUCTURE")) == ([], [])
        second_s = min(again_s)  # the machine may have had something else to do
    print(f"{count} mails: {first_s:.1f} s, then {second_s:.2f} s; {growth_mib:.0f} MiB more; {invoices} downloaded")
    assert growth_mib < _MAX_GROWTH_MIB
    assert second_s < max(first_s / 10, 1.0)


def _bodies(proxy: FaultProxy) -> int:
    """How many whole mails were asked for."""
    return sum(_named(command.split(b" ")[3]) for command in proxy.asked(_BODY))


def _named(uids: bytes) -> int:
    """How many UIDs a sequence set names."""
    total = 0
    for part in uids.split(b","):
        first, _, last = part.partition(b":")
        total += int(last or first) - int(first) + 1
    return total
