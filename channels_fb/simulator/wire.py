"""Records as JSON and back, between `driver_http` and `client`. Bytes, being JSON, travel as text."""

from dataclasses import asdict, is_dataclass
from datetime import datetime
from typing import Any, TypeVar

from channels_fb.simulator.records import Delivery, GraphCall, Json, Line, SentEvent

Record = TypeVar("Record", GraphCall, Delivery, Line, SentEvent)


def to_json(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return to_json(asdict(value))
    if isinstance(value, dict):
        return {name: to_json(item) for name, item in value.items()}
    if isinstance(value, list):
        return [to_json(item) for item in value]
    if isinstance(value, datetime):
        return value.isoformat()
    return value.decode() if isinstance(value, bytes) else value


def to_record(kind: type[Record], values: Json) -> Record:
    values = values | {"at": datetime.fromisoformat(values["at"])}
    if kind is Delivery:
        values["body"] = values["body"].encode()
    return kind(**values)
