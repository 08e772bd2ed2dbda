"""What can go wrong when printing."""

from __future__ import annotations

from pulse.base.errors import InvalidInput


class RendererMissing(InvalidInput):
    """The program that shall print is not on this machine."""

    code = "renderer_missing"
