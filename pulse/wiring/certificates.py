"""The certificates that this installation itself shows, and until when each of them is good."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from pulse.settings import Settings
from pulse.wiring.letters import signer
from pulse.wiring.oauth import authorizations


@dataclass(frozen=True, kw_only=True)
class OwnCertificate:
    """What it is for, and its last moment."""

    purpose: str
    ends: datetime


def own_certificates(settings: Settings) -> list[OwnCertificate]:
    """The one that signs letters, and those that stand for a secret at the mail servers. Raises `Misconfigured`."""
    found = [
        OwnCertificate(purpose=f"login of {one.name}", ends=one.oauth.certificate.ends)
        for one in authorizations(settings)
        if one.oauth.certificate
    ]
    pair = signer(settings)
    return [OwnCertificate(purpose="S/MIME", ends=pair.ends), *found] if pair else found
