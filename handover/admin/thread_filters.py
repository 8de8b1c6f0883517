"""What is asked of the list of threads: read from the address, and written into one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, TypeVar

from django.http import HttpRequest, QueryDict

from handover.ownership import Owner
from handover.thread_search import words_of
from handover.thread_views import View

PAGE_SIZE = 50
LAST_PAGE = 20
"""Beyond that many threads a list is searched, not leafed through."""

Choice = TypeVar("Choice", bound=StrEnum)


class Order(StrEnum):
    """How the threads are sorted."""

    NEWEST = "newest"
    LONGEST_WAIT = "wait"


@dataclass(frozen=True)
class Filters:
    """What to list. `page`: of the list. `source`: a page's key, None for all; `held`: None for anybody."""

    view: View = View.ALL
    words: str = ""
    source: int | None = None
    held: Owner | None = None
    order: Order = Order.NEWEST
    page: int = 1

    @classmethod
    def of(cls, request: HttpRequest) -> Filters:
        """Those of an address. What makes no sense is left out."""
        asked = request.GET
        return cls(
            view=_choice(View, asked.get("view")) or View.ALL,
            words=words_of(asked.get("q", "")),
            source=_number(asked.get("source")),
            held=_choice(Owner, asked.get("held")),
            order=_choice(Order, asked.get("order")) or Order.NEWEST,
            page=min(max(_number(asked.get("page")) or 1, 1), LAST_PAGE),
        )

    def address(self, **changes: Any) -> str:
        """The query of the same list, with changes; what is as usual is left out."""
        wanted, query = replace(self, **changes), QueryDict(mutable=True)
        told = {
            "view": wanted.view if wanted.view is not View.ALL else None,
            "q": wanted.words or None,
            "source": wanted.source,
            "held": wanted.held,
            "order": wanted.order if wanted.order is not Order.NEWEST else None,
            "page": wanted.page if wanted.page > 1 else None,
        }
        query.update({name: str(value) for name, value in told.items() if value is not None})
        return f"?{query.urlencode()}"

    @property
    def is_narrowed(self) -> bool:
        """Whether anything but the view decides what is listed."""
        return bool(self.words or self.source or self.held)


def _choice(kind: type[Choice], value: str | None) -> Choice | None:
    return kind(value) if value in set(kind) else None


def _number(value: str | None) -> int | None:
    """A number that can be a key of a row."""
    is_number = value is not None and value.isascii() and value.isdigit() and len(value) < len(str(2**63))
    return int(value or 0) if is_number else None
