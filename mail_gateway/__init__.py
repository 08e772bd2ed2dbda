"""Mail in by IMAP, mail out by SMTP. Entrances and exits only: what a mail means is decided in `pulse.claims`."""

from __future__ import annotations
