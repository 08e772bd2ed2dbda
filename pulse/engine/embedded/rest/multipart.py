"""multipart/form-data (RFC 7578): what a deployment and a file variable come in."""

from __future__ import annotations

from dataclasses import dataclass
from email.message import Message
from email.parser import BytesHeaderParser


@dataclass(frozen=True, slots=True)
class File:
    """A file of a multipart body."""

    name: str
    content_type: str | None
    data: bytes


def parse(content_type: str, body: bytes) -> tuple[dict[str, str], list[File]]:
    """The form's fields and files. ValueError for a body that is not of that type."""
    header = Message()
    header["Content-Type"] = content_type
    boundary = header.get_param("boundary")
    if not isinstance(boundary, str) or not boundary:
        raise ValueError("no boundary")
    # the first delimiter may stand at the very beginning
    parts = (b"\r\n" + body).split(b"\r\n--" + boundary.encode("latin-1"))
    if len(parts) < 2 or not parts[-1].startswith(b"--"):
        raise ValueError("no closing delimiter")
    fields: dict[str, str] = {}
    files: list[File] = []
    for part in parts[1:-1]:
        head, sign, data = part.partition(b"\r\n\r\n")
        headers = BytesHeaderParser().parsebytes(head.lstrip(b"\r\n"))
        name = headers.get_param("name", header="Content-Disposition")
        if not sign or not isinstance(name, str):
            raise ValueError("a part without a name")
        file_name = headers.get_filename()
        if file_name is None:
            fields[name] = data.decode()
        else:
            files.append(File(file_name, headers.get("Content-Type"), data))
    return fields, files
