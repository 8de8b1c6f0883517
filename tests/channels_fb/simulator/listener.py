"""A callback like an app's: it keeps what it gets and answers as told."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

VERIFY_TOKEN = "verify me"


@dataclass
class Listener:
    """`answers` are the statuses of the next POSTs, 200 once they are used up."""

    url: str = ""
    answers: list[int] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    signatures: list[str] = field(default_factory=list)

    def items(self) -> list[dict[str, Any]]:
        """Every event of every entry, in the order it came."""
        found: list[dict[str, Any]] = []
        for body in self.bodies:
            for entry in json.loads(body)["entry"]:
                found += entry.get("messaging", []) + entry.get("standby", [])
        return found

    def texts(self) -> list[str]:
        return [item["message"]["text"] for item in self.items()]


@contextmanager
def listening() -> Iterator[Listener]:
    listener = Listener()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(listener))
    server.daemon_threads = True
    listener.url = f"http://127.0.0.1:{server.server_address[1]}/hook"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield listener
    server.shutdown()
    thread.join()
    server.server_close()


def _handler(listener: Listener) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            query = parse_qs(urlsplit(self.path).query)
            right = query["hub.mode"] == ["subscribe"] and query["hub.verify_token"] == [VERIFY_TOKEN]
            self._reply(200 if right else 403, query["hub.challenge"][0] if right else "")

        def do_POST(self) -> None:
            listener.bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
            listener.signatures.append(self.headers["X-Hub-Signature-256"])
            self._reply(listener.answers.pop(0) if listener.answers else 200, "")

        def log_message(self, format: str, *arguments: Any) -> None:
            pass

        def _reply(self, status: int, text: str) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text.encode())

    return Handler
