"""Who is meant: from a foreign id, and perhaps a page, to a thread or a page to try."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Q, QuerySet

from handover.decision import RefusalCode
from handover.errors import ServiceError
from handover.models import Identity, Source
from handover.wire_ids import key_of


@dataclass(frozen=True)
class Meant:
    """A person on a page. `identity` is None at first contact: the platform has to say if they exist."""

    source: Source
    identity: Identity | None

    @property
    def is_first_contact(self) -> bool:
        """Whether nobody has vouched for this person yet."""
        return self.identity is None or not self.identity.is_known


def resolve(sources: QuerySet[Source], channel_type: str, foreign_id: str, source_id: str) -> Meant:
    """The person on the one page that can be meant.

    `sources` are the pages the caller may act on; `source_id` is a page's id or its foreign id, or
    empty. Raises `ServiceError` with `identity_not_found` or `ambiguous_identity`.
    """
    allowed = sources.filter(channel_type=channel_type)
    if source_id:
        allowed = allowed.filter(_names(source_id))
    known = _known(allowed, foreign_id)
    if len(known) == 1:
        return Meant(known[0].source, known[0])
    if known:
        raise ServiceError(
            RefusalCode.AMBIGUOUS_IDENTITY,
            f"This foreign id is known on {len(known)} pages; name one with source_id.",
        )
    return _first_contact(allowed, foreign_id)


def _names(source_id: str) -> Q:
    named = Q(foreign_id=source_id)
    key = key_of(source_id)
    return named if key is None else named | Q(pk=key)


def _known(allowed: QuerySet[Source], foreign_id: str) -> list[Identity]:
    """Where the person is known; disabled pages count only where there is no other."""
    rows = Identity.objects.filter(foreign_id=foreign_id, is_known=True, source__in=allowed)
    found = list(rows.select_related("source"))
    return [identity for identity in found if identity.source.is_active] or found


def _first_contact(allowed: QuerySet[Source], foreign_id: str) -> Meant:
    candidates = list(allowed.filter(is_active=True)[:2])
    if len(candidates) == 1:
        return Meant(candidates[0], None)
    raise not_found()


def not_found() -> ServiceError:
    """The answer for a person nobody knows, and for one on a page that the caller may not act on."""
    return ServiceError(RefusalCode.IDENTITY_NOT_FOUND, "Nobody with this foreign id is known.")
