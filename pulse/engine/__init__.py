"""Client, worker run time and embedded engine for the Camunda 7 REST protocol. Usable alone, without the rest."""

from __future__ import annotations
