"""A server that answers with given bytes, however wrong or slow they are."""

from __future__ import annotations

import re
import socket
import threading
import time
from types import TracebackType
from typing import Self


class RawServer:
    """Each connection is answered once, with `pieces`, `pause` seconds before each but the first."""

    def __init__(self) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self.pieces: list[bytes] = []
        self.pause = 0.0
        self.requests: list[bytes] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._socket.getsockname()[1]}"

    def answers(self, body: bytes, head: str = "HTTP/1.1 200 OK", *headers: str) -> None:
        lines = [head, f"Content-Length: {len(body)}", *headers, "", ""]
        self.pieces = ["\r\n".join(lines).encode() + body]

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join(timeout=5)

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            with connection:
                self._answer(connection)

    def _answer(self, connection: socket.socket) -> None:
        try:
            self.requests.append(_request(connection))
            for number, piece in enumerate(self.pieces):
                time.sleep(self.pause if number else 0)
                connection.sendall(piece)
        except OSError:
            return  # The other side has had enough.


def _request(connection: socket.socket) -> bytes:
    """Head and body, which may come apart."""
    received = connection.recv(65536)
    head, _, body = received.partition(b"\r\n\r\n")
    length = re.search(rb"Content-Length: (\d+)", head)
    while length and len(body) < int(length[1]):
        chunk = connection.recv(65536)
        received, body = received + chunk, body + chunk
    return received
