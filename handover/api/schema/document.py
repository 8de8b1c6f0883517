"""The whole document."""

from __future__ import annotations

from functools import lru_cache
from threading import Lock
from typing import Any

from drf_spectacular.generators import EndpointEnumerator, SchemaGenerator

from handover import channel
from handover.api.schema.inspector import SECURITY_SCHEMES
from handover.api.schema.operation import TAGS
from handover.api.schema.parameters import body_of_handover
from handover.api.schema.plans import PLAN
from handover.api.schema.values import Schema

_ABOUT = """
Who may speak to a customer in a thread, the bot or a human agent, and how that right moves between them.

- Answers are `application/json; charset=utf-8`, whatever `Accept` says. A failure has the keys `error`,
  `message` and `status`, also at a path that does not exist (404 `not_found`).
- Each path answers with and without a slash at its end, and with a doubled one in front. None redirects.
- Where there is `GET`, there is `HEAD`, with the same headers and no body.
- Ids have 24 hex digits, moments are UTC in whole seconds. The ids of the platform are text.
- Parameters that are not known are ignored, and an empty value is an absent one.
""".strip()


_one_at_a_time = Lock()
"""drf-spectacular loads its extensions at their first use, and breaks where two threads do so at once."""


class _Endpoints(EndpointEnumerator):
    def get_path_from_regex(self, path_regex: str) -> str:
        """One path for all its spellings, with more slashes and with fewer."""
        path: str = super().get_path_from_regex(path_regex)
        return "/" + "/".join(part for part in path.split("/") if part)


class Generator(SchemaGenerator):
    """Describes all paths of the service that belong to the API."""

    endpoint_inspector_cls = _Endpoints

    def coerce_path(self, path: str, method: str, view: Any) -> str:
        """`id` is what it is to the outside."""
        return path.replace("{record_id}", "{id}")

    def get_schema(self, request: Any = None, public: bool = False) -> Schema:
        """The document, with what belongs to no single path."""
        document: Schema = super().get_schema(request, public)
        document["info"]["description"] = _ABOUT
        document["tags"] = TAGS
        document["components"]["schemas"] |= {"HandoverParameters": body_of_handover(), "Plan": PLAN}
        document["components"]["securitySchemes"] = SECURITY_SCHEMES
        return document


def document() -> Schema:
    """The document for the channels that are registered now. It is shared: not to be changed."""
    with _one_at_a_time:
        return _document(tuple((port.type, port.vendor) for port in channel.registered()))


@lru_cache(maxsize=1)
def _document(channels: tuple[tuple[str, str], ...]) -> Schema:
    return Generator().get_schema(public=True)
