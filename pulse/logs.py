"""Logging, set up once: structured lines, with whatever names a person blacked out.

Rooms log ids, codes and amounts only; the redaction here is the second lock on that door.
"""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any, Literal

import structlog

_MAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_AHV = re.compile(r"\b756[.\s]?\d{4}[.\s]?\d{4}[.\s]?\d{2}\b")
_SECRET_KEYS = ("password", "token", "secret", "authorization", "cookie")
#: Message-IDs of our own letters carry the case, not a person: they stay readable.
_OWN_MESSAGE_ID = re.compile(r"<(?:letter|answer|forward)\.[\w.-]+@")


def set_up(*, level: str = "info", style: Literal["text", "json"] = "text") -> None:
    """Sends all logs, the standard library's too, to stderr."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        redact,
    ]
    renderer: Any = (
        structlog.processors.JSONRenderer()
        if style == "json"
        else structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
        )
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for chatty in ("waitress", "uvicorn", "uvicorn.error", "uvicorn.access", "alembic", "pdfminer", "urllib3"):
        logging.getLogger(chatty).setLevel(logging.WARNING)


def redact(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Blacks out mail addresses, AHV numbers and secrets in every value of a log event."""
    return {key: "[secret]" if _is_secret(key) else _clean(value) for key, value in event.items()}


def _is_secret(key: str) -> bool:
    return any(word in key.lower() for word in _SECRET_KEYS)


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        if _OWN_MESSAGE_ID.match(value):
            return value
        return _AHV.sub("[ahv]", _MAIL.sub("[mail]", value))
    if isinstance(value, dict):
        return {key: "[secret]" if _is_secret(str(key)) else _clean(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_clean(inner) for inner in value]
    return value
