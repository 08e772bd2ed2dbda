"""multipart/form-data (RFC 7578): what a deployment and a file variable come in."""

from __future__ import annotations

from email.message import Message
from email.parser import BytesHeaderParser
from typing import NamedTuple


class File(NamedTuple):
    """A file of a multipart body."""

    name: str
    content_type: str | None
    data: bytes


def parse(content_type: str, body: bytes) -> tuple[dict[str, str], list[File]]:
    """The form's fields and files. ValueError for a body that is not of that type."""
    header = Message()
    header["Content-Type"] = content_type
    boundary = header.get_param("boundary")
    # the first delimiter may stand at the very beginning
    parts = (b"\r\n" + body).split(b"\r\n--" + str(boundary or "").encode("latin-1"))
    if not boundary or len(parts) < 2 or not parts[-1].startswith(b"--"):
        raise ValueError("no boundary, or no closing delimiter")
    fields: dict[str, str] = {}
    files: list[File] = []
    for part in parts[1:-1]:
        head, sign, data = part.partition(b"\r\n\r\n")
        headers = BytesHeaderParser().parsebytes(head.lstrip(b"\r\n"))
        name, file_name = headers.get_param("name", header="Content-Disposition"), headers.get_filename()
        if not sign or not isinstance(name, str):
            raise ValueError("a part without a name")
        if file_name is None:
            fields[name] = data.decode()
        else:
            files.append(File(file_name, headers.get("Content-Type"), data))
    return fields, files
