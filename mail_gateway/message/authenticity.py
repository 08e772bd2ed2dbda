"""Whether a mail comes from whom it says: SPF, DKIM and DMARC as our own mail server found them out (RFC 8601).

Only the topmost field of a server that we trust by name counts: whatever a sender writes into its mail lies below what
our server writes above it, and other servers' words prove nothing.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from db.mails import Authenticity
from mail_gateway.message.headers import Headers, address_of

#: What stands for a server that does not name itself, as those of Microsoft 365.
UNNAMED = "-"
_COMMENT = re.compile(r"\((?:[^()\\]|\\.)*\)")
_METHOD = re.compile(r"\s*([a-z0-9-]{1,30})(?:/\d+)?\s*=\s*([a-z]{1,20})\b", re.IGNORECASE)
_PROPERTY = re.compile(r"\b(smtp\.mailfrom|header\.d|header\.i)\s*=\s*\"?([^\s;\"]{1,254})", re.IGNORECASE)
_MAX_COMMENTS_WITHIN = 4
_REFUSED = {"fail", "hardfail", "softfail", "permerror", "policy"}


@dataclass(frozen=True)
class _Result:
    """What one method found out, and for which domain."""

    method: str
    result: str
    domain: str


def authenticity(headers: Headers, trusted: Collection[str]) -> Authenticity:
    """`pass` where DMARC passes, or SPF or DKIM for the domain in From; `fail` where DMARC fails, or one of them and
    none passes; `none` where the server found out nothing; empty where no server is trusted."""
    if not trusted:
        return ""
    wanted = {name.lower() for name in trusted}
    for value in headers.all("authentication-results"):
        server, _, results = _without_comments(value).partition(";")
        if "=" in server:
            # A field without a server's name begins with its results.
            server, results = UNNAMED, f"{server};{results}"
        if (server.split() or [""])[0].lower() in wanted:
            return _verdict(list(_results(results)), _author_domain(headers))
    return "none"


def _verdict(results: list[_Result], author: str) -> Authenticity:
    dmarc = next((result.result for result in results if result.method == "dmarc"), "")
    if dmarc in ("pass", "fail"):
        return "pass" if dmarc == "pass" and author else "fail"
    asked = [result for result in results if result.method in ("spf", "dkim")]
    if any(result.result == "pass" and _aligned(result.domain, author) for result in asked):
        return "pass"
    return "fail" if any(result.result in _REFUSED for result in asked) else "none"


def _results(text: str) -> Iterator[_Result]:
    for part in text.split(";"):
        found = _METHOD.match(part)
        if found is None:
            continue
        domains = {name.lower(): value.rpartition("@")[2].lower() for name, value in _PROPERTY.findall(part)}
        domain = domains.get("smtp.mailfrom") or domains.get("header.d") or domains.get("header.i") or ""
        yield _Result(found[1].lower(), found[2].lower(), domain)


def _aligned(domain: str, author: str) -> bool:
    """The same domain, or one below the other: stricter than DMARC, which needs the list of public suffixes."""
    if not domain or not author or "." not in domain:
        return False
    return domain == author or author.endswith(f".{domain}") or domain.endswith(f".{author}")


def _author_domain(headers: Headers) -> str:
    senders = headers.all("from")
    address = address_of(senders[0]) if len(senders) == 1 else None
    return address.rpartition("@")[2] if address else ""


def _without_comments(value: str) -> str:
    for _ in range(_MAX_COMMENTS_WITHIN):
        value = _COMMENT.sub(" ", value)
    return value
