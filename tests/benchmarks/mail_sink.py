"""A mail server that takes everything and keeps only how many there were and when: `python -m … PORT`.

`XSEEN` answers with the count and the moments of the first and the last mail since `XFORGET`.
"""

from __future__ import annotations

import asyncio
import json
import smtplib
import sys
import time


class Sink(asyncio.Protocol):
    """One connection. No library: the server must cost less than what is measured."""

    count, first, last = 0, 0.0, 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self._buffer = b""
        self._in_text = False
        transport.write(b"220 sink\r\n")  # type: ignore[attr-defined]

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while True:
            end = b"\r\n.\r\n" if self._in_text else b"\r\n"
            place = self._buffer.find(end)
            if place < 0:
                return
            line, self._buffer = self._buffer[:place], self._buffer[place + len(end) :]
            self._transport.write(self._taken() if self._in_text else self._answer(line.upper()))  # type: ignore[attr-defined]

    def _taken(self) -> bytes:
        self._in_text = False
        Sink.count += 1
        Sink.last = time.time()
        Sink.first = Sink.first or Sink.last
        return b"250 kept\r\n"

    def _answer(self, line: bytes) -> bytes:
        if line == b"DATA":
            self._in_text = True
            return b"354 go on\r\n"
        if line == b"XFORGET":
            Sink.count, Sink.first, Sink.last = 0, 0.0, 0.0
        if line == b"XSEEN":
            seen = {"count": Sink.count, "first": Sink.first, "last": Sink.last}
            return b"250 " + json.dumps(seen).encode() + b"\r\n"
        return b"221 bye\r\n" if line == b"QUIT" else b"250 ok\r\n"


def seen(connection: smtplib.SMTP) -> tuple[int, float, float]:
    """How many mails came, and when the first and the last one did (seconds of the clock)."""
    told = json.loads(connection.docmd("XSEEN")[1])
    return told["count"], told["first"], told["last"]


async def _serve(port: int) -> None:
    server = await asyncio.get_running_loop().create_server(Sink, "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1])))
