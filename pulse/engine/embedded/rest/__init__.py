"""The REST interface of Camunda 7, as far as the embedded engine answers it."""

from __future__ import annotations
