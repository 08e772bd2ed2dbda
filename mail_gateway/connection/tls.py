"""How a connection to a mail server is protected."""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import Literal

from pulse.base.errors import Misconfigured

#: From the first byte; by upgrade, which is then required; not at all (a server on the same machine).
Tls = Literal["tls", "starttls", "none"]


def context(tls: Tls, ca_file: str | Path | None = None) -> ssl.SSLContext | None:
    """Certificates and host names are always checked; `ca_file` (PEM) adds an authority of the insurer's own.

    Raises `Misconfigured` where the file is not what it should be.
    """
    if tls == "none":
        return None
    made = ssl.create_default_context()
    if ca_file is not None:
        try:
            made.load_verify_locations(cafile=str(ca_file))
        except (OSError, ssl.SSLError) as error:
            raise Misconfigured("The file of certificate authorities cannot be read.", file=str(ca_file)) from error
    return made
