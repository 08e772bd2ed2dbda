"""The rules as pure functions over values: no database, no clock, no engine. Each names the law it follows."""

from __future__ import annotations
