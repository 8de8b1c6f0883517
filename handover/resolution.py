"""Who is meant: from a foreign id, and perhaps a page, to a thread or a page to try."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Q

from handover.decision import RefusalCode
from handover.errors import ServiceError
from handover.models import Identity, Source
from handover.prepared import Given, Select
from handover.reach import Reach
from handover.wire_ids import key_of

_KNOWN = Select(
    lambda: Identity.objects.filter(foreign_id=Given("foreign_id"), is_known=True).select_related("source")
)


@dataclass(frozen=True)
class Meant:
    """A person on a page. `identity` is None at first contact: the platform has to say if they exist."""

    source: Source
    identity: Identity | None


def resolve(reach: Reach, channel_type: str, foreign_id: str, source_id: str) -> Meant:
    """The person on the one page that can be meant.

    `reach`: the pages that the caller may act on. `source_id` is a page's id or its foreign id, or
    empty. Raises `ServiceError` with `identity_not_found` or `ambiguous_identity`.
    """
    known = [
        identity
        for identity in _KNOWN.all(foreign_id=foreign_id)
        if _can_be_meant(identity.source, reach, channel_type, source_id)
    ]
    # Disabled pages count only where there is no other.
    known = [identity for identity in known if identity.source.is_active] or known
    if len(known) == 1:
        return Meant(known[0].source, known[0])
    if known:
        raise ServiceError(
            RefusalCode.AMBIGUOUS_IDENTITY,
            f"This foreign id is known on {len(known)} pages; name one with source_id.",
        )
    return _first_contact(reach, channel_type, source_id)


def _can_be_meant(source: Source, reach: Reach, channel_type: str, source_id: str) -> bool:
    is_named = not source_id or source_id == source.foreign_id or key_of(source_id) == source.pk
    return is_named and source.channel_type == channel_type and reach.includes(source)


def _first_contact(reach: Reach, channel_type: str, source_id: str) -> Meant:
    rows = reach.sources().filter(channel_type=channel_type, is_active=True)
    if source_id:
        rows = rows.filter(Q(foreign_id=source_id) | Q(pk=key_of(source_id)))
    candidates = list(rows[:2])
    if len(candidates) == 1:
        return Meant(candidates[0], None)
    raise not_found()


def not_found() -> ServiceError:
    """The answer for a person nobody knows, and for one on a page that the caller may not act on."""
    return ServiceError(RefusalCode.IDENTITY_NOT_FOUND, "Nobody with this foreign id is known.")
