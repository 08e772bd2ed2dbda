"""An SMTP server that keeps every mail as a file in a folder, for bench/chain.py.

`python smtp_sink.py FOLDER`; the files are `NUMBER.eml`, their first line names the envelope's recipients. First line
on stdout: the port.
"""

from __future__ import annotations

import asyncio
import sys
from itertools import count
from pathlib import Path

from aiosmtpd.smtp import SMTP, Envelope, Session


class Keep:
    """Writes each mail down before it says that it has it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._numbers = count(1)

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        head = f"X-Recipients: {', '.join(envelope.rcpt_tos)}\r\n".encode()
        assert isinstance(envelope.content, bytes)
        (self._folder / f"{next(self._numbers)}.eml").write_bytes(head + envelope.content)
        return "250 2.0.0 Kept"


async def serve(folder: Path) -> None:
    loop = asyncio.get_running_loop()
    keep = Keep(folder)
    server = await loop.create_server(lambda: SMTP(keep, hostname="sink.example", loop=loop), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.to_thread(sys.stdin.read)  # until whoever started it is gone
    server.close()


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1])))
