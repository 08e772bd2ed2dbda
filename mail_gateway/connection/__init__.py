"""Reaching mail servers: accounts, logins, one IMAP connection, and why it does not work."""

from __future__ import annotations
