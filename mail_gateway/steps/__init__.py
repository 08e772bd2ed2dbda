"""Whom a mail meets in the intake: each step takes the mails that are its own."""

from __future__ import annotations
