"""The receiving side of a Messenger app: verify, check the signature, answer at once, work afterwards."""

import hashlib
import hmac
import json
import logging
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import SimpleQueue
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

logger = logging.getLogger(__name__)

Json = dict[str, Any]
Hear = Callable[[Json, bool], None]

_LARGEST_BODY = 10 * 1024 * 1024


class WebhookServer(ThreadingHTTPServer):
    """Calls `hear(event, holds_thread)` for each event, in order; `GET /calls` answers `report()`."""

    daemon_threads = True

    def __init__(
        self, port: int, secret: str, verify_token: str, hear: Hear, report: Callable[[], Any]
    ) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.secret = secret
        self.verify_token = verify_token
        self.report = report
        self._hear = hear
        self._waiting: SimpleQueue[bytes | None] = SimpleQueue()
        self._worker = threading.Thread(target=self._work, daemon=True)
        self._server = threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True)

    @property
    def url(self) -> str:
        """The callback for the app's settings at Facebook."""
        return f"http://127.0.0.1:{self.server_address[1]}/webhook"

    def __enter__(self) -> Self:
        self._worker.start()
        self._server.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.shutdown()
        self.server_close()
        self._waiting.put(None)
        self._worker.join()

    def accept(self, body: bytes) -> None:
        """Take a delivery; what it says is done later, as Facebook waits only five seconds."""
        self._waiting.put(body)

    def is_signed(self, body: bytes, signature: str) -> bool:
        """Whether Facebook sent this: only it shares the app's secret with us."""
        right = "sha256=" + hmac.new(self.secret.encode(), body, hashlib.sha256).hexdigest()
        return hmac.compare_digest(right.encode(), signature.encode(errors="replace"))

    def _work(self) -> None:
        while (body := self._waiting.get()) is not None:
            try:
                for event, holds_thread in events_of(body):
                    self._hear(event, holds_thread)
            except Exception:
                # The next delivery deserves its chance.
                logger.exception("a delivery was not understood")


def events_of(body: bytes) -> Iterator[tuple[Json, bool]]:
    """Each event, and whether it came to us as the thread's owner: as a bystander it comes on `standby`."""
    for entry in json.loads(body)["entry"]:
        for key in ("messaging", "standby"):
            for event in entry.get(key, []):
                yield event, key == "messaging"


class _Handler(BaseHTTPRequestHandler):
    server: WebhookServer

    def do_GET(self) -> None:
        address = urlsplit(self.path)
        if address.path == "/calls":
            self._answer(200, json.dumps(self.server.report()))
            return
        asked = {name: values[-1] for name, values in parse_qs(address.query).items()}
        is_known = hmac.compare_digest(
            asked.get("hub.verify_token", "").encode(), self.server.verify_token.encode()
        )
        self._answer(200 if is_known else 403, asked.get("hub.challenge", "") if is_known else "")

    def do_POST(self) -> None:
        length = self.headers.get("Content-Length", "")
        if not length.isdecimal() or int(length) > _LARGEST_BODY:
            self._answer(400, "")
            return
        body = self.rfile.read(int(length))
        if not self.server.is_signed(body, self.headers.get("X-Hub-Signature-256", "")):
            self._answer(403, "")
            return
        self.server.accept(body)
        self._answer(200, "")

    def log_message(self, format: str, *arguments: Any) -> None:
        """No request lines: a verification's holds the verify token."""

    def _answer(self, status: int, text: str) -> None:
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
