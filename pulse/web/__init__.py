"""The web room: `create_app` makes the pages and the REST interface over an office."""

from __future__ import annotations

from pulse.web.app import create_app

__all__ = ["create_app"]
