"""The process of a medication invoice and the forms of its user tasks, deployed as they are."""

from __future__ import annotations
