"""The demo: invented clients and providers, a mail server, sample invoices, scripted people."""

from __future__ import annotations
