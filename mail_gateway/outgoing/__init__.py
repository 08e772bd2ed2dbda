"""What leaves: letters, answers, mails sent on; composed, protected, handed to the server once."""

from __future__ import annotations
