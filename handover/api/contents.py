"""`/1.0/contents`: messages of either side, and agents' replies."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import Q, QuerySet
from rest_framework.request import Request
from rest_framework.response import Response

from handover import contents
from handover.actors import Actor
from handover.api import reply_request
from handover.api.errors import on_the_wire
from handover.api.lists import Collection, ListView, RecordView, find, key_parameter
from handover.api.serializers import ContentSerializer
from handover.errors import ServiceError
from handover.models import Content


class _Contents(Collection):
    rights: ClassVar[dict[str, tuple[str, ...]]] = {"get": ("read",), "post": ("reply",), "put": ("reply",)}
    serializer_class = ContentSerializer

    def rows(self) -> QuerySet[Content]:
        """The messages on the token's pages."""
        rows = Content.objects.filter(source__in=self.token.allowed_sources())
        return rows.select_related("thread", "source", "reply")

    def shown(self, content: Content) -> Response:
        """A message as it is now."""
        return Response(ContentSerializer(self.rows().get(pk=content.pk)).data)


class ContentListView(_Contents, ListView):
    """`GET /1.0/contents`: newest first; filters `thread_id`, `source_id`. `POST`: an agent's reply."""

    def filtered(self) -> QuerySet[Content]:
        """The rows that the filters leave."""
        thread, source = (
            key_parameter(self.parameters, "thread_id"),
            key_parameter(self.parameters, "source_id"),
        )
        wanted = Q()
        if thread is not None:
            wanted &= Q(thread=thread)
        if source is not None:
            wanted &= Q(source=source)
        return self.rows().filter(wanted).order_by("-sent_at", "-pk")

    def post(self, request: Request) -> Response:
        """Accept a reply of the token's user. It is sent in its turn."""
        thread, in_reply_to = reply_request.thread_and_content(self.parameters, self.token)
        body, actor = self.parameters.text("body"), Actor.for_token(self.token)
        try:
            content = contents.reply(thread, body, self.token.user, actor, in_reply_to=in_reply_to)
        except ServiceError as error:
            raise on_the_wire(error) from error
        return self.shown(content)


class ContentRecordView(_Contents, RecordView):
    """`GET /1.0/contents/{id}`."""


class RetryView(_Contents):
    """`PUT /1.0/contents/{id}/retry`."""

    def put(self, request: Request, record_id: str) -> Response:
        """Have a failed reply sent after all."""
        content: Any = find(self.rows(), record_id)
        try:
            contents.retry(content, Actor.for_token(self.token))
        except ServiceError as error:
            raise on_the_wire(error) from error
        return self.shown(content)
