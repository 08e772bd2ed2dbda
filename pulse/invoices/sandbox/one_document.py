"""What happens in a forked child: limits first, then one request, one answer, the end."""

from __future__ import annotations

import ctypes
import io
import json
import math
import os
import resource
import signal
import socket
import sys
import traceback
from collections.abc import Callable
from pathlib import Path

from pulse.base.errors import PulseError, Unreadable
from pulse.base.reasons import Reason
from pulse.invoices import document
from pulse.invoices.codes.pictures import Rasterizer
from pulse.invoices.photographs import as_pdf
from pulse.invoices.picture_formats import is_picture
from pulse.invoices.sandbox import parts, wire
from pulse.invoices.text.locks import opened, unlocked
from pulse.invoices.text.ocr import read_pictures
from pulse.invoices.xml import request as xml_request

_LIBC, _PR_SET_PDEATHSIG = ctypes.PyDLL(None), 1
_PACKAGE = Path(__file__).parents[1]
_REHEARSAL, _REHEARSALS = Path(__file__).with_name("rehearsal"), 3
#: Descriptors: the channel, standard streams, and a font or code table that a reader opens late.
_MAX_OPEN_FILES = 32
MAX_DPI = 300


def load() -> None:
    """Has everything loaded that a reader loads late, so that each child is born with it.

    Reading two invented invoices of our own saves each child about a fifth of its work: the interpreter specialises
    code that has run a few times, and libraries set themselves up at their first call.
    """
    from PIL import JpegImagePlugin, MpoImagePlugin, PngImagePlugin, TiffImagePlugin  # noqa: F401, PLC0415  loaded late

    with io.BytesIO() as file:
        from PIL import Image  # noqa: PLC0415

        Image.new("L", (1, 1)).save(file, format="PNG")
    for path in sorted(_REHEARSAL.glob("*.pdf")):
        for _ in range(_REHEARSALS):
            document.read_document(path.read_bytes(), max_pages=1)


def serve(channel: socket.socket, limits: wire.Limits, server: int) -> None:
    """Answers the channel's one request under these limits."""
    _confine(limits, server)
    frame = wire.receive_frame(channel)
    if frame is None:
        return
    request, _, data = frame[1].partition(b"\n")
    try:
        answer = _answer(json.loads(request), data, limits)
    except MemoryError:
        _refuse(channel, Unreadable("The document needs more memory than is allowed.", code=Reason.LIMITS_EXCEEDED))
    except RecursionError:
        _refuse(channel, Unreadable("The document is nested too deeply.", code=Reason.DAMAGED))
    except PulseError as error:
        _refuse(channel, error)
    except Exception as error:  # noqa: BLE001  a stranger's file may break a reader in any way: the one answer names it
        _refuse(channel, Unreadable("The document is damaged.", code=Reason.DAMAGED, broke=_broken_at(error)))
    else:
        wire.send_frame(channel, wire.RESULT, answer)


def _confine(limits: wire.Limits, server: int) -> None:
    """Limits that hold whatever the readers do; the alarm and the parent-death signal hold if the server dies."""
    if sys.platform == "linux":
        _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != server:
            os._exit(1)
    signal.setitimer(signal.ITIMER_REAL, limits.time_s + 1)
    seconds = math.ceil(limits.time_s)
    for what, most in (
        (resource.RLIMIT_AS, limits.memory_bytes),
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, _MAX_OPEN_FILES),
    ):
        resource.setrlimit(what, (most, most))


def _answer(request: dict[str, object], data: bytes, limits: wire.Limits) -> bytes:
    operations: dict[object, Callable[[], bytes]] = {
        "pdf": lambda: _read(data, limits, request),
        "xml": lambda: xml_request.read_request(data).model_dump_json().encode(),
        "image": lambda: _image(data, request),
        "unlock": lambda: opened(data, _passwords(request)) or b"",
    }
    return operations[request["operation"]]()


def _read(data: bytes, limits: wire.Limits, request: dict[str, object]) -> bytes:
    """A line of JSON (an invoice, or `problem`), and the record behind it where it is asked for."""
    keep_record, pictures = bool(request.get("record")), read_pictures if request.get("pictures") else None
    reading = document.read_document(
        data,
        max_pages=limits.pages,
        keep_record=keep_record,
        read_pictures=pictures,
        passwords=_passwords(request),
        is_part=bool(request.get("part")),
        most_pages=int(str(request.get("most_pages", limits.pages))),
    )
    if reading.parts:
        return parts.pack(reading.parts, pictures=reading.pictures)
    if reading.invoice:
        said = reading.invoice.model_dump_json()
    else:
        said = json.dumps({"problem": _problem(reading.problem or Unreadable())})
    return said.encode() + b"\n" + (reading.record.pack() if keep_record else b"")


def _passwords(request: dict[str, object]) -> list[str]:
    found = request.get("passwords")
    return found if isinstance(found, list) else []


def _image(data: bytes, request: dict[str, object]) -> bytes:
    page, dpi = int(str(request["page"])), int(str(request["dpi"]))
    if is_picture(data):
        data, page = as_pdf(data, max_pages=page, only=page), 1
    data = unlocked(data, _passwords(request))
    document.check_type(data)
    try:
        return Rasterizer(data).png(page, min(dpi, MAX_DPI))
    except IndexError as error:
        raise Unreadable("The document has no such page.", code=Reason.UNREADABLE, page=page) from error


def _refuse(channel: socket.socket, error: PulseError) -> None:
    wire.send_frame(channel, wire.PROBLEM, json.dumps(_problem(error)).encode())


def _broken_at(error: Exception) -> str:
    """The last statement of ours before the error, for who mends it; no word of the document."""
    statements = [(Path(frame.f_code.co_filename), line) for frame, line in traceback.walk_tb(error.__traceback__)]
    file, line = next((one for one in reversed(statements) if _PACKAGE in one[0].parents), statements[-1])
    return f"{type(error).__name__} at {file.name}:{line}"


def _problem(error: PulseError) -> dict[str, object]:
    return {"code": error.reason, "message": error.message, "details": error.details}
