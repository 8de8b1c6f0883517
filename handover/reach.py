"""Which pages somebody may act on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser, User
from django.db.models import Model, QuerySet

from handover.models import ApiToken, Source

Row = TypeVar("Row", bound=Model)


@dataclass(frozen=True)
class Reach:
    """All pages, or those with the keys `source_ids`."""

    source_ids: frozenset[int] | None = None

    @classmethod
    def of(cls, token: ApiToken) -> Reach:
        """The pages of a token."""
        return cls(frozenset(token.sources.values_list("pk", flat=True)) if token.is_limited else None)

    @classmethod
    def of_staff(cls, user: AbstractBaseUser | AnonymousUser) -> Reach:
        """All pages for whoever may see them all; otherwise those that were given to them."""
        if not isinstance(user, User):
            return cls(frozenset())
        if user.has_perm("handover.see_all_pages"):
            return cls(None)
        return cls(frozenset(user.pages.values_list("pk", flat=True)))

    def includes(self, source: Source) -> bool:
        """Whether a page is among them."""
        return self.source_ids is None or source.pk in self.source_ids

    def sources(self) -> QuerySet[Source]:
        """Their rows."""
        return self.limit(Source.objects.all(), "pk")

    def limit(self, rows: QuerySet[Row], source: str = "source") -> QuerySet[Row]:
        """Those of the rows whose page is among them; `source` is the path to the page."""
        return rows if self.source_ids is None else rows.filter(**{f"{source}__in": self.source_ids})
