"""`/1.0/schema`, and the page that shows it to people."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponseBase
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView


class SchemaView(APIView):
    """`GET /1.0/schema`: the OpenAPI document.

    It wants no token: it tells what the published sources tell, and nothing of an installation. So who writes
    a bot, and their tools, can read it before a token is issued.
    """

    http_method_names = ["get", "head"]

    def get(self, request: Request) -> Response:
        """The document."""
        from handover.api.schema.document import document  # noqa: PLC0415 - not loaded at the start.

        return Response(document())


def docs(request: HttpRequest) -> HttpResponseBase:
    """Swagger UI for people, from this host alone. Its script is a request of its own: nothing is inline."""
    from drf_spectacular.views import (  # noqa: PLC0415 - not loaded at the start.
        SpectacularSwaggerSplitView,
    )

    view = SpectacularSwaggerSplitView.as_view(
        url_name="schema", template_name="api_docs.html", template_name_js="api_docs.js"
    )
    return view(request)
