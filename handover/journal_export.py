"""The history as files: CSV for spreadsheets, JSON for programs. Both are made as they are sent.

In CSV, the first line says what was exported, the second names the columns; it begins with a byte order mark,
without which spreadsheets do not read UTF-8. JSON is one object; where it was cut off it cannot be read, so
what can be read is complete.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from handover.labels import EVENTS, OUTCOMES
from handover.models import ThreadEvent
from handover.outcomes import OF_LINES, took
from handover.spreadsheet import cell
from handover.wire_ids import wire_id

Lines = Iterable[tuple[ThreadEvent, Mapping[str, str] | None]]
"""Lines of history, newest first; each with what people wrote with it, or None where that is not exported."""

_BYTE_ORDER_MARK = "\ufeff"


def as_csv(lines: Lines, about: Mapping[str, str]) -> Iterator[str]:
    """A file for spreadsheets, a piece at a time. Texts have a column only where lines come with them."""
    sheet = csv.writer(_Through(), quoting=csv.QUOTE_ALL)
    yield _BYTE_ORDER_MARK + _written(sheet, ["; ".join(f"{name}: {word}" for name, word in about.items())])
    for number, (event, texts) in enumerate(lines):
        record = record_of(event, texts)
        if number == 0:
            yield _written(sheet, list(record))
        yield _written(sheet, [_plain(value) for value in record.values()])


def as_json(lines: Lines, about: Mapping[str, str]) -> Iterator[str]:
    """One object, a piece at a time: what was exported, and under `lines` a line each."""
    yield f'{{"about": {_json(about)},\n"lines": ['
    mark = "\n"
    for event, texts in lines:
        yield mark + _json(record_of(event, texts))
        mark = ",\n"
    yield "\n]}\n"


def record_of(event: ThreadEvent, texts: Mapping[str, str] | None) -> dict[str, Any]:
    """A line as one flat record. Times are ISO 8601 in UTC, ids as on the wire; nothing is shortened."""
    record = {**_line(event), **_about_whom(event), **_control(event), **_handover(event), **_proof(event)}
    return record if texts is None else {**record, "texts": dict(texts)}


def _line(event: ThreadEvent) -> dict[str, Any]:
    outcome = OF_LINES.get(event.name)
    return {
        "id": wire_id(event.pk),
        "recorded_at": _moment(event.at),
        "name": event.name,
        "what": EVENTS.get(event.name, event.name),
        "outcome": OUTCOMES[outcome] if outcome else "",
        "cause": event.cause,
        "actor_kind": event.actor_kind,
        "actor": event.actor_label,
    }


def _about_whom(event: ThreadEvent) -> dict[str, Any]:
    thread = event.thread
    return {
        "page_id": thread.source.foreign_id,
        "page": thread.source.name,
        "thread_id": wire_id(thread.pk),
        "person_id": thread.identity.foreign_id,
        "person": thread.identity.display_name,
    }


def _control(event: ThreadEvent) -> dict[str, Any]:
    names = ("owner_before", "app_id_before", "sure_before", "owner_after", "app_id_after", "sure_after")
    return {name: getattr(event, name) for name in names}


def _handover(event: ThreadEvent) -> dict[str, Any]:
    handover = event.handover
    length = took(event.name, event.at, handover.requested_at) if handover else None
    return {
        "handover_id": _id(event.handover_id),
        "handover_from": handover.from_party if handover else "",
        "handover_to": handover.to_party if handover else "",
        "requested_at": _moment(handover.requested_at) if handover else "",
        "took_seconds": None if length is None else round(length.total_seconds(), 3),
        "intervention_id": _id(event.intervention_id),
        "content_id": _id(event.content_id),
        "call": event.call,
    }


def _proof(event: ThreadEvent) -> dict[str, Any]:
    return {
        "evidence_kind": event.evidence_kind,
        "evidence_how": event.evidence_how,
        "evidence_at": _moment(event.evidence_at),
        "evidence_app_id": event.evidence_app_id,
        "evidence_previous_app_id": event.evidence_previous_app_id,
        "evidence_expires_at": _moment(event.evidence_expires_at),
        "delivery": event.delivery_ref,
        "request_id": event.correlation_id,
        "seq": event.seq,
        "previous_digest": event.prev,
        "digest": event.digest,
        "text_digest": event.text_digest,
    }


def _moment(at: Any) -> str:
    return "" if at is None else str(at.isoformat())


def _id(key: int | None) -> str:
    return "" if key is None else wire_id(key)


def _plain(value: Any) -> Any:
    """A value as a cell has it."""
    if isinstance(value, str):
        return cell(value)
    if isinstance(value, dict):
        return cell(_json(value)) if value else ""
    return "" if value is None else value


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


class _Through:
    """What the `csv` module takes for a file: it hands back each line."""

    def write(self, line: str) -> str:
        return line


def _written(sheet: Any, cells: list[Any]) -> str:
    return str(sheet.writerow(cells))
