"""Records and lists of them, in the envelope that clients of Engage Digital page through."""

from __future__ import annotations

import re
from typing import Any, ClassVar, TypeVar

from django.db.models import Model, QuerySet
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer

from handover.api.errors import ApiError
from handover.api.parameters import Parameters
from handover.api.views import ApiView
from handover.wire_ids import key_of

USUAL_LIMIT = 30
LARGEST_LIMIT = 150
_Row = TypeVar("_Row", bound=Model)
_NUMBER = re.compile(r"[0-9]{1,1000}", re.ASCII)
LARGEST_OFFSET = 2**31


class Collection(ApiView):
    """Rows of one kind, as far as a token may see them."""

    rights: ClassVar[dict[str, tuple[str, ...]]] = {"get": ("read",)}
    serializer_class: type[Serializer]

    def rows(self) -> QuerySet[Any]:
        """The rows that the caller may see."""
        raise NotImplementedError


class ListView(Collection):
    """`GET` of a collection: `{"count", "offset", "limit", "records"}`."""

    def filtered(self) -> QuerySet[Any]:
        """The rows that the filters leave, in order."""
        raise NotImplementedError

    def get(self, request: Request) -> Response:
        """One page of the collection."""
        offset = min(_number(self.parameters, "offset", 0), LARGEST_OFFSET)
        limit = min(_number(self.parameters, "limit", USUAL_LIMIT), LARGEST_LIMIT)
        rows = self.filtered()
        records = self.serializer_class(rows[offset : offset + limit], many=True).data
        return Response({"count": rows.count(), "offset": offset, "limit": limit, "records": records})


class RecordView(Collection):
    """`GET` of one record; 404 for an id that is unknown, cannot be one, or may not be read."""

    def get(self, request: Request, record_id: str) -> Response:
        """The record."""
        return Response(self.serializer_class(find(self.rows(), record_id)).data)


def find(rows: QuerySet[_Row], record_id: str) -> _Row:
    """The row behind a wire id. Raises 404."""
    key = key_of(record_id)
    row = None if key is None else rows.filter(pk=key).first()
    if row is None:
        raise ApiError("not_found", "There is no record with this id.")
    return row


def key_parameter(sent: Parameters, name: str) -> int | None:
    """The database key behind an id parameter; None where it is absent."""
    text = sent.text(name)
    return key_of_parameter(name, text) if text else None


def key_of_parameter(name: str, text: str) -> int:
    """The database key behind an id that a parameter has. Raises `invalid_parameter`."""
    key = key_of(text)
    if key is None:
        raise ApiError("invalid_parameter", f"Parameter {name} must be an id of 24 hex digits.")
    return key


def _number(sent: Parameters, name: str, usual: int) -> int:
    text = sent.text(name)
    if not text:
        return usual
    if not _NUMBER.fullmatch(text):
        raise ApiError("invalid_parameter", f"Parameter {name} must be a whole number, not negative.")
    return int(text)
