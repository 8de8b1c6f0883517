"""Nothing may go wrong in secret: what a browser complains about while a test goes on."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, ConsoleMessage, Page, Request, Response

_HEAR_VIOLATIONS = """
document.addEventListener("securitypolicyviolation", (event) =>
    window.tellViolation(`${event.violatedDirective}: ${event.blockedURI} in ${event.sourceFile}`));
"""
_LEFT = "net::ERR_ABORTED"
"""How a request ends whose page was left meanwhile."""


@dataclass
class Watch:
    """Hears all pages of a context. `host`: the only one that may be called, with its port."""

    host: str
    faults: list[str] = field(default_factory=list)

    def over(self, context: BrowserContext) -> None:
        """From now on."""
        context.expose_function("tellViolation", lambda words: self.faults.append(f"CSP: {words}"))
        context.add_init_script(_HEAR_VIOLATIONS)
        context.on("console", self._console)
        context.on("weberror", lambda error: self.faults.append(f"script: {error.error}"))
        context.on("request", self._request)
        context.on("requestfailed", self._failed)
        context.on("response", self._response)

    def forget(self, words: str) -> None:
        """A fault that the test brought about and wants. Raises AssertionError where there was none."""
        wanted = [fault for fault in self.faults if words in fault]
        assert wanted, f"no {words!r} among {self.faults}"
        self.faults = [fault for fault in self.faults if fault not in wanted]

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.faults.append(f"console: {message.text} ({message.location.get('url', '')})")

    def _request(self, request: Request) -> None:
        if urlsplit(request.url).netloc not in (self.host, ""):
            self.faults.append(f"another host: {request.url}")

    def _failed(self, request: Request) -> None:
        if request.failure != _LEFT:
            self.faults.append(f"no answer: {request.url}: {request.failure}")

    def _response(self, response: Response) -> None:
        if response.status >= 400:
            self.faults.append(f"HTTP {response.status}: {response.request.method} {response.url}")


def width_of(page: Page) -> tuple[Any, Any]:
    """Of the page's content and of the window, in CSS pixels."""
    widths = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
    return widths[0], widths[1]
