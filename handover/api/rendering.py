"""JSON in one form, whatever the caller's `Accept` or `?format=` says."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from rest_framework import renderers
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request


class JSONRenderer(renderers.JSONRenderer):
    """The contract names the charset in every answer."""

    charset = "utf-8"


class AlwaysJSON(BaseContentNegotiation):
    """Clients of Engage Digital send any `Accept`, or none; they get JSON."""

    def select_parser(self, request: Request, parsers: Iterable[BaseParser]) -> BaseParser | None:
        """No parser: the API reads bodies itself."""
        return None

    def select_renderer(
        self, request: Request, renderers: Iterable[BaseRenderer], format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        """The only renderer there is."""
        renderer = next(iter(renderers))
        return renderer, renderer.media_type

    def filter_renderers(self, renderers: Any, format: str) -> Any:
        """Formats by suffix or query do not exist."""
        return renderers
