"""Single values on the wire, as JSON Schema."""

from __future__ import annotations

from typing import Any

from handover.api.handover_request import APP_ID, LONGEST_FOREIGN_ID, PAGE_ID
from handover.wire_ids import FORM

Schema = dict[str, Any]

ID: Schema = {"type": "string", "pattern": f"^{FORM.pattern}$"}
SOURCE_ID: Schema = {"type": "string", "pattern": f"^({PAGE_ID.pattern}|{FORM.pattern})$"}
APP: Schema = {"type": "string", "pattern": f"^{APP_ID.pattern}$"}
FOREIGN_ID: Schema = {"type": "string", "maxLength": LONGEST_FOREIGN_ID}
MOMENT: Schema = {
    "type": "string",
    "format": "date-time",
    "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$",
}
OPTIONAL_TEXT: Schema = {"type": ["string", "null"]}


def or_null(schema: Schema) -> Schema:
    """The value, or null."""
    return {**schema, "type": [schema["type"], "null"]}


def object_with(properties: Schema, *, optional: tuple[str, ...] = ()) -> Schema:
    """An object that has all of these properties, or all but the optional ones."""
    required = [name for name in properties if name not in optional]
    return {"type": "object", "properties": properties, "required": required}
