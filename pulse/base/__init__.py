"""What every room may use: errors, reason codes, money, identifiers, clock. Imports nothing of ours."""

from __future__ import annotations
