"""A Graph that says yes after a delay, and nothing else: the simulator keeps accounts, which costs more
than the service that is to be measured. `GET /calls` tells when each call came, by the machine's monotonic
clock.

    python -m tests.bench.fake_graph PORT DELAY
"""

from __future__ import annotations

import asyncio
import json
import re
import sys
import time
from email.utils import formatdate

_LENGTH = re.compile(rb"\r\ncontent-length:\s*(\d+)", re.IGNORECASE)
calls: list[float] = []


class Graph(asyncio.Protocol):
    """One connection, kept open."""

    def __init__(self, delay: float) -> None:
        self._delay = delay
        self._buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while (head_ends := self._buffer.find(b"\r\n\r\n")) >= 0:
            length = _LENGTH.search(self._buffer, 0, head_ends + 2)
            end = head_ends + 4 + (int(length[1]) if length else 0)
            if len(self._buffer) < end:
                return
            request, self._buffer = self._buffer[:end], self._buffer[end:]
            self._answer(request)

    def _answer(self, request: bytes) -> None:
        if request.startswith(b"GET /calls"):
            self._write(json.dumps(calls).encode())
            return
        calls.append(time.monotonic())
        # A message id is what `messages` answers; no two may be the same.
        answer = b'{"success": true, "message_id": "m_sent_%d"}' % len(calls)
        asyncio.get_running_loop().call_later(self._delay, self._write, answer)

    def _write(self, body: bytes) -> None:
        head = (
            "HTTP/1.1 200 OK\r\nContent-Type: application/json; charset=UTF-8\r\n"
            f"Date: {formatdate(usegmt=True)}\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        self._transport.write(head.encode() + body)


async def serve(port: int, delay: float) -> None:
    server = await asyncio.get_running_loop().create_server(
        lambda: Graph(delay), "127.0.0.1", port, backlog=512
    )
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), float(sys.argv[2])))
