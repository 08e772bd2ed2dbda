"""The tables that judge the risk of a position, deployed as they are."""

from __future__ import annotations
