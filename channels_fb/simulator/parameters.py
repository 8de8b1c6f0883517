"""Reading call parameters, which come as form text as well as JSON, into typed values."""

import json
from collections.abc import Mapping
from typing import Any

from channels_fb.simulator.errors import invalid
from channels_fb.simulator.records import Json

LONGEST_METADATA = 1000
"""Documented for message metadata; taken for thread-control metadata too, where no page states a limit."""


class Parameters:
    """The parameters of one call; an empty text counts as absent."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self.values = {name: value for name, value in values.items() if value not in (None, "")}

    def __contains__(self, name: str) -> bool:
        return name in self.values

    def text(self, name: str) -> str | None:
        value = self.values.get(name)
        if value is not None and not isinstance(value, str):
            raise invalid(f"Param {name} must be a string.")
        return value

    def integer(self, name: str) -> int:
        value = self.values.get(name)
        digits = str(value)
        if isinstance(value, bool) or not (digits.isascii() and digits.isdigit() and len(digits) <= 20):
            raise invalid(f"Param {name} must be an integer.")
        return int(digits)

    def app_id(self, name: str) -> str | None:
        """Documented as an integer, sent as text by half of the clients: both do."""
        return str(self.integer(name)) if name in self.values else None

    def object(self, name: str) -> Json | None:
        value = self.values.get(name)
        if isinstance(value, str):
            value = _decoded(value)
        if value is not None and not isinstance(value, dict):
            raise invalid(f"Param {name} must be an object.")
        return value

    def names(self, name: str) -> list[str]:
        """A list, or text with commas."""
        value = self.values.get(name, [])
        items = value.split(",") if isinstance(value, str) else value
        if not isinstance(items, list) or not all(isinstance(item, str) for item in items):
            raise invalid(f"Param {name} must be an array.")
        return [item.strip() for item in items if item.strip()]

    def recipient(self) -> str:
        """The PSID of `{"id": ...}`, as every POST names the customer."""
        psid = (self.object("recipient") or {}).get("id")
        if not isinstance(psid, str | int) or psid == "":
            raise invalid("The parameter recipient is required")
        return str(psid)

    def metadata(self) -> str | None:
        value = self.text("metadata")
        if value is not None and len(value) > LONGEST_METADATA:
            raise invalid(f"Length of param metadata must be less than or equal to {LONGEST_METADATA}")
        return value

    def psid(self) -> str | None:
        """Whoever the call is about, however it is written, for the record only."""
        value = self.values.get("recipient")
        if isinstance(value, str) and value.startswith("{"):
            value = _decoded(value)
        found = value.get("id") if isinstance(value, dict) else value
        return str(found) if isinstance(found, str | int) else None


def _decoded(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text
