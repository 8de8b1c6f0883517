"""Lines of history in words."""

from __future__ import annotations

from dataclasses import dataclass

from handover.labels import EVENTS, HOLDERS
from handover.models import ThreadEvent
from handover.ownership import Owner

_CALL = {
    "edge": "Call",
    "as_app_id": "As app",
    "target_app_id": "For app",
    "status": "HTTP status",
    "code": "Error code",
    "subcode": "Subcode",
    "message": "Message",
    "trace_id": "Trace id",
}


@dataclass(frozen=True)
class Line:
    """One line, as a thread's page shows it."""

    row: ThreadEvent
    what: str
    who: str
    holder: str


def line(row: ThreadEvent) -> Line:
    """A line in words."""
    return Line(row, what(row), who(row), holder(row))


def what(row: ThreadEvent) -> str:
    """What happened."""
    return EVENTS.get(row.name, row.name)


def who(row: ThreadEvent) -> str:
    """Who brought it about. The platform and the system have no other name."""
    kind = row.get_actor_kind_display()
    is_named = row.actor_kind in (ThreadEvent.ActorKind.TOKEN, ThreadEvent.ActorKind.STAFF)
    return f"{kind}: {row.actor_label}" if is_named else kind


def holder(row: ThreadEvent) -> str:
    """The holder before and after; one where both are the same."""
    before = _held(row.owner_before, row.app_id_before, row.sure_before)
    after = _held(row.owner_after, row.app_id_after, row.sure_after)
    return after if before == after else f"{before} → {after}"


def _held(owner: str, app_id: str, is_sure: bool) -> str:
    app = f" ({app_id})" if app_id and owner != Owner.INBOX else ""
    doubt = "" if is_sure or owner == Owner.UNKNOWN else ", unsure"
    return f"{HOLDERS[Owner(owner)]}{app}{doubt}"


def call(row: ThreadEvent) -> str:
    """The call to the platform, as which app, for which, and what was answered: a line each."""
    if not row.call:
        return "None was made."
    # By our order, as PostgreSQL keeps the keys in one of its own.
    told = [(label, row.call.get(name)) for name, label in _CALL.items()]
    return "\n".join(f"{label}: {value}" for label, value in told if value not in ("", None))
