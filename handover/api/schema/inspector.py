"""What drf-spectacular is told of a view: the words of its operation, where it looks for them."""

from __future__ import annotations

from typing import Any

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiRequest, OpenApiResponse
from rest_framework.serializers import Serializer

from handover.api.parameters import MEDIA_TYPES
from handover.api.schema import failures, headers, operations, parameters
from handover.api.schema.operation import Operation
from handover.api.schema.plans import EXPLAINED
from handover.api.schema.values import Schema

SECURITY_SCHEMES: Schema = {
    "bearer": {"type": "http", "scheme": "bearer"},
    "access_token": {
        "type": "apiKey",
        "in": "query",
        "name": "access_token",
        "description": "May also stand in a body. One that is not empty wins over the header.",
    },
}
HANDOVER_PARAMETERS: Schema = {"$ref": "#/components/schemas/HandoverParameters"}


class Inspector(AutoSchema):
    """Describes one method of one view."""

    @property
    def _operation(self) -> Operation:
        return operations.of(type(self.view), self.method.lower())

    def get_operation_id(self) -> str:
        """The operation's name."""
        return self._operation.name

    def get_tags(self) -> list[str]:
        """Its group."""
        return [self._operation.tag]

    def get_summary(self) -> str:
        """It in a line."""
        return self._operation.summary

    def get_description(self) -> str:  # type: ignore[override]  # drf-spectacular drops the parameters.
        """More about it."""
        return self._operation.words

    def get_auth(self) -> list[Schema]:
        """Either way to send the token, or none."""
        return [{name: []} for name in SECURITY_SCHEMES] if self._operation.needs_token else []

    def get_override_parameters(self) -> list[Any]:
        """What is sent besides a body, and the headers that come back."""
        operation = self._operation
        failing = failures.statuses(operation.failures())
        named = failures.statuses(operation.naming_a_handover) | ({200} if operation.names_its_own else set())
        naming = _naming_a_handover() if operation.is_handover else named
        sent = [parameter.beside_a_body() for parameter in operation.parameters()]
        return [*sent, *headers.of_answers({200} | failing, naming)]

    def get_request_serializer(self) -> Any:
        """The body, in each form that it may have."""
        if not self._operation.takes_body:
            return None
        return dict.fromkeys(MEDIA_TYPES, self._body())

    def _body(self) -> OpenApiRequest:
        if self._operation.is_handover:
            return OpenApiRequest(HANDOVER_PARAMETERS, examples=parameters.examples_of_handover())
        return OpenApiRequest(parameters.in_a_body(self._operation.parameters()))

    def get_response_serializers(self) -> Any:
        """The success and the failures."""
        operation = self._operation
        success = OpenApiResponse(operation.answer(self._reference), operation.gives)
        decided = failures.statuses(failures.DECIDED) if operation.is_handover else set()
        explained = dict.fromkeys(decided, EXPLAINED)
        return {200: success, **failures.answers(operation.failures(), explained)}

    def _reference(self, serializer: type[Serializer]) -> Schema:
        reference: Schema = self.resolve_serializer(serializer, "response").ref
        return reference


def _naming_a_handover() -> set[int]:
    return {200} | failures.statuses((*failures.DECIDED, *failures.of_platforms()))
