"""Where mails and documents come in: mailboxes, watched folders, files."""

from __future__ import annotations
