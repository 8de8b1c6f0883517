"""Which pages somebody may act on."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import QuerySet

from handover.models import ApiToken, Source


@dataclass(frozen=True)
class Reach:
    """All pages, or those with the keys `source_ids`."""

    source_ids: frozenset[int] | None = None

    @classmethod
    def of(cls, token: ApiToken) -> Reach:
        """The pages of a token."""
        return cls(frozenset(token.sources.values_list("pk", flat=True)) if token.is_limited else None)

    def includes(self, source: Source) -> bool:
        """Whether a page is among them."""
        return self.source_ids is None or source.pk in self.source_ids

    def sources(self) -> QuerySet[Source]:
        """Their rows."""
        rows = Source.objects.all()
        return rows if self.source_ids is None else rows.filter(pk__in=self.source_ids)
