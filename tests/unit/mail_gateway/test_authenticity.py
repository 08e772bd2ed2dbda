"""M26: a sender is believed by what our own mail server found out, and by nothing else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mail_gateway.message.authenticity import authenticity
from mail_gateway.message.headers import parse

OURS = ("mx.insurer.example",)


def judged(*fields: str, sender: str = "praxis@provider.example", trusted: tuple[str, ...] = OURS) -> str:
    lines = [f"Authentication-Results: {field}" for field in fields] + [f"From: Praxis <{sender}>"]
    return authenticity(parse("\r\n".join(lines).encode()), trusted)


@pytest.mark.parametrize(
    ("field", "found"),
    [
        ("mx.insurer.example; dmarc=pass header.from=provider.example", "pass"),
        ("MX.Insurer.Example 1; spf=fail smtp.mailfrom=x@y.example; dmarc=pass header.from=provider.example", "pass"),
        ("mx.insurer.example (checked (twice)); dmarc=fail (p=none; sp=none) header.from=provider.example", "fail"),
        ("mx.insurer.example; dkim=pass header.d=provider.example; dmarc=fail", "fail"),
        ("mx.insurer.example; spf=pass smtp.mailfrom=praxis@provider.example", "pass"),
        ("mx.insurer.example; spf=pass smtp.mailfrom=bounce@mail.provider.example", "pass"),
        ("mx.insurer.example; spf=pass smtp.mailfrom=thief@evil.example", "none"),
        ("mx.insurer.example; dkim=pass header.i=@provider.example header.s=one", "pass"),
        ("mx.insurer.example; dkim=pass header.d=example", "none"),
        ("mx.insurer.example; dkim=pass header.d=evilprovider.example", "none"),
        ("mx.insurer.example; dkim=fail header.d=provider.example; spf=softfail smtp.mailfrom=provider.ch", "fail"),
        ("mx.insurer.example; dkim=fail header.d=list.example; spf=pass smtp.mailfrom=provider.example", "pass"),
        ("mx.insurer.example; spf=none smtp.mailfrom=provider.example; dkim=none; dmarc=none", "none"),
        ("mx.insurer.example; none", "none"),
        ("mx.insurer.example (dmarc=pass) ; none", "none"),
        ("", "none"),
    ],
)
def test_m26_what_our_server_found_out_counts(field: str, found: str) -> None:
    assert judged(field) == found


def test_m26_where_no_server_is_trusted_nothing_is_said() -> None:
    assert judged("mx.insurer.example; dmarc=pass", trusted=()) == ""


def test_m26_a_field_of_another_server_above_ours_changes_nothing() -> None:
    ours = "mx.insurer.example; dmarc=fail header.from=provider.example"
    assert judged("mx.evil.example; dmarc=pass header.from=provider.example", ours) == "fail"


def test_m26_a_field_in_our_name_below_ours_changes_nothing() -> None:
    forged = "mx.insurer.example; dmarc=pass header.from=provider.example"
    assert judged("mx.insurer.example; spf=none", forged) == "none"
    assert judged("mx.insurer.example; dmarc=fail", forged) == "fail"


def test_m26_a_server_without_a_name_counts_only_where_it_is_named_so() -> None:
    field = "spf=pass (sender IP is 192.0.2.1) smtp.mailfrom=provider.example; dmarc=pass action=none"
    assert judged(field) == "none"
    assert judged(field, trusted=("-",)) == "pass"
    assert judged("spf=fail smtp.mailfrom=provider.example; dmarc=fail action=none", field, trusted=("-",)) == "fail"


def test_m26_two_senders_are_never_authentic() -> None:
    fields = b"Authentication-Results: mx.insurer.example; dmarc=pass\r\nFrom: a@x.example\r\nFrom: b@y.example"
    assert authenticity(parse(fields), OURS) == "fail"


@given(st.text(max_size=300))
def test_m26_a_name_that_is_not_ours_never_passes(text: str) -> None:
    assert judged(f"evil.example; {text}".replace("\r", "").replace("\n", "")) == "none"
