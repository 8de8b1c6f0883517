"""The HTTP server under both faces: loopback only, bounded bodies, and JSON whatever goes wrong."""

import logging
import socket
import threading
from collections.abc import Callable
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote

from channels_fb.simulator import errors
from channels_fb.simulator.clock import Clock
from channels_fb.simulator.driver_http import PREFIX
from channels_fb.simulator.errors import GraphError
from channels_fb.simulator.http_messages import Answer, Request, refusal_answer

logger = logging.getLogger(__name__)

LARGEST_BODY = 10 * 1024 * 1024

POLL = 0.02
"""Seconds that a stop may take to be noticed; tests start and stop hundreds of simulators."""

Face = Callable[[Request], Answer]


class SimulatorServer:
    """Serves the Graph face, and the driver's under its own prefix, in a background thread."""

    def __init__(self, port: int, clock: Clock, graph: Face, driver: Face) -> None:
        self._server = _Server(("127.0.0.1", port), _Handler)
        self._server.clock = clock
        self._server.graph = graph
        self._server.driver = driver
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(POLL,), name="simulator", daemon=True
        )

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join()
        self._server.server_close()
        self._server.hang_up()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128
    clock: Clock
    graph: Face
    driver: Face

    def __init__(self, *arguments: Any) -> None:
        self._open: set[socket.socket] = set()
        super().__init__(*arguments)

    def process_request(self, request: Any, client_address: Any) -> None:
        self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self._open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A caller that went away is its own business."""
        logger.debug("connection from %s ended early", client_address, exc_info=True)

    def hang_up(self) -> None:
        """Close kept-alive connections, whose threads would otherwise go on answering after the stop."""
        for connection in list(self._open):
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue  # The other side was faster.


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1  # Head and body leave in one packet.

    def handle_any(self) -> None:
        answer = self._answer()
        if answer.lost:
            self.close_connection = True
            return
        self.send_response(answer.status)
        for name, value in {"Content-Type": "application/json; charset=UTF-8", **answer.headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer.body)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(answer.body)

    do_GET = do_POST = do_DELETE = do_PUT = do_PATCH = do_OPTIONS = handle_any

    def date_time_string(self, timestamp: float | None = None) -> str:
        """The `Date` header tells the platform's time, not this machine's."""
        return format_datetime(self.server.clock.now(), usegmt=True)

    def version_string(self) -> str:
        return "simulator"

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """What the standard library would answer in HTML, such as a malformed request line."""
        body = refusal_answer(errors.UNREADABLE_REQUEST).body
        self.close_connection = True
        self.send_response(code)
        self.send_header("Content-Type", "application/json; charset=UTF-8")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: Any) -> None:
        """Request lines hold tokens in their query, so none is printed."""

    def _answer(self) -> Answer:
        try:
            request = self._request()
            face = self.server.driver if request.path.startswith(PREFIX) else self.server.graph
            return face(request)
        except GraphError as error:
            return refusal_answer(error.refusal)
        except Exception:
            logger.exception("the simulator failed")
            return refusal_answer(errors.UNKNOWN_ERROR)

    def _request(self) -> Request:
        path, _, query = self.path.partition("?")
        headers = {name.lower(): value for name, value in self.headers.items()}
        return Request(self.command, unquote(path), query, headers, self._body(headers))

    def _body(self, headers: dict[str, str]) -> bytes:
        """What is refused unread would be taken for the next request, so the connection ends with it."""
        length = headers.get("content-length", "0")
        closing, self.close_connection = self.close_connection, True
        if "transfer-encoding" in headers:
            raise GraphError(errors.LENGTH_REQUIRED)
        if not (length.isascii() and length.isdigit()):
            raise GraphError(errors.UNREADABLE_REQUEST)
        if len(length) > 10 or int(length) > LARGEST_BODY:
            raise GraphError(errors.BODY_TOO_LARGE)
        body = self.rfile.read(int(length))
        self.close_connection = closing
        return body
