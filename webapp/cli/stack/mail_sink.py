"""A mail server that keeps what it receives as files and delivers to nobody.

One file per message, byte for byte what came over the wire, named by the time of its arrival. The answer
`250` is given only once the file is safely on disk. Addresses with `bounce` before the @ are refused, so
that a demo has an address that bounces.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import signal
import socket
import sys
from datetime import UTC, datetime
from pathlib import Path

from aiosmtpd.smtp import SMTP, Envelope, Session

from webapp.embedded.folder import write_private

_LARGEST_MESSAGE_BYTES = 25_000_000


class KeepInFiles:
    """Handler of aiosmtpd that writes each message to `folder`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._numbers = itertools.count(1)

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if "bounce" in address.rpartition("@")[0].lower():
            return "550 5.1.1 No such mailbox here"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        content = envelope.content
        if not isinstance(content, bytes):
            return "451 4.3.0 The message did not arrive as bytes"
        arrived = datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%f")
        name = f"{arrived}-{os.getpid()}-{next(self._numbers):06}.eml"
        try:
            write_private(self._folder / name, content)
        except OSError as error:
            return f"452 4.3.1 The message cannot be kept: {error.strerror}"
        return "250 2.0.0 Kept"


async def serve(listener: socket.socket, folder: Path) -> None:
    """Accept mail on an open socket until SIGTERM."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for left_over in folder.glob(".*.eml.*"):
        left_over.unlink()  # half written when an earlier run was killed, and never answered with 250
    handler = KeepInFiles(folder)
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, stop.set)
    server = await loop.create_server(
        lambda: SMTP(
            handler,
            data_size_limit=_LARGEST_MESSAGE_BYTES,
            enable_SMTPUTF8=True,
            hostname="localhost",
            loop=loop,
        ),
        sock=listener,
    )
    await stop.wait()
    server.close()


def main() -> None:
    """Arguments: the number of the listening socket's descriptor, the folder."""
    descriptor, folder = sys.argv[1:]
    asyncio.run(serve(socket.socket(fileno=int(descriptor)), Path(folder)))


if __name__ == "__main__":
    main()
