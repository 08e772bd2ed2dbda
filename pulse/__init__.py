"""Pulse: from an emailed medication invoice to a decision letter."""

from __future__ import annotations
