"""Prints the reference page of all settings: `python -m pulse.settings`."""

from __future__ import annotations

import sys

from pulse.settings import reference

sys.stdout.write(reference())
