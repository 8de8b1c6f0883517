"""All figures of the overview: by page and in all, by bar, by bot.

The number of statements is the same however many pages there are.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from handover.figures import attention, days, handovers, holders, sends
from handover.figures.days import Count, Ended
from handover.figures.handovers import Reason
from handover.figures.holders import Holders
from handover.figures.spans import Bar, Span
from handover.figures.waits import Waits
from handover.models import BotApp, Source
from handover.ownership import Party


@dataclass
class Figures:
    """What is counted of one page, or of several together."""

    holders: Holders = field(default_factory=Counter)
    to_agent: Ended = field(default_factory=Counter)
    to_bot: Ended = field(default_factory=Counter)
    waits: Waits = field(default_factory=Counter)
    unattended: int = 0
    unattended_since: datetime | None = None
    waiting: int = 0
    failed_sends: int = 0
    still_failed: int = 0

    def asked(self, party: Party) -> Ended:
        """The handovers to one side."""
        return self.to_agent if party is Party.AGENT else self.to_bot

    @property
    def ended(self) -> Ended:
        """The handovers in both directions."""
        return self.to_agent + self.to_bot

    def add(self, other: Figures) -> None:
        """Count in what another one has counted."""
        self.holders.update(other.holders)
        self.to_agent.update(other.to_agent)
        self.to_bot.update(other.to_bot)
        self.waits.update(other.waits)
        self.unattended += other.unattended
        moments = [at for at in (self.unattended_since, other.unattended_since) if at]
        self.unattended_since = min(moments, default=None)
        self.waiting += other.waiting
        self.failed_sends += other.failed_sends
        self.still_failed += other.still_failed


@dataclass(frozen=True)
class InABar:
    """The handovers of one bar of the span."""

    bar: Bar
    figures: Figures


@dataclass(frozen=True)
class OfABot:
    """The requests that one app granted; `name` is empty where it is no bot's that we know."""

    app_id: str
    name: str
    waits: Waits


@dataclass(frozen=True)
class TalkOver:
    """In how many threads a bot wrote while an agent held them."""

    app_id: str
    name: str
    count: int


@dataclass(frozen=True)
class Overview:
    """Everything that the page shows. `asked_before`: handovers in as long a time right before the span."""

    span: Span
    now: datetime
    pages: dict[int, Figures]
    total: Figures
    bars: list[InABar]
    bots: list[OfABot]
    talk_over: list[TalkOver]
    reasons: list[Reason]
    next_deadline: datetime | None
    asked_before: int


def look(sources: Sequence[Source], span: Span, now: datetime) -> Overview:
    """Count everything on these pages; the span for what happened, `now` for what is so."""
    ids = {source.pk for source in sources}
    pages = {source_id: Figures() for source_id in ids}
    bars = [InABar(bar, Figures()) for bar in span.bars()]
    bots: dict[str, Waits] = {}
    for (source_id, piece), count in days.counts(ids, span.pieces(), now).items():
        bar = next(drawn for drawn in bars if piece.begins < drawn.bar.ends)
        _count(count, bots, pages[source_id], bar.figures)
    for failed in sends.failed(ids, span):
        page = pages[failed.source_id]
        page.failed_sends, page.still_failed = failed.count, failed.still
    next_deadline = _count_what_is_so(ids, pages, now)
    names = dict(BotApp.objects.filter(source__in=ids).order_by("-pk").values_list("app_id", "name"))
    return Overview(
        span,
        now,
        pages,
        _together(pages.values()),
        bars,
        _busiest_first(bots, names),
        _most_first(attention.talk_over(ids, span), names),
        handovers.reasons(ids, span),
        next_deadline,
        handovers.how_many(ids, span.before),
    )


def _count(count: Count, bots: dict[str, Waits], *figures: Figures) -> None:
    for counted in figures:
        for party, ended in count.ended.items():
            counted.asked(party).update(ended)
    page, *_ = figures
    for app_id, waits in count.waits.items():
        page.waits.update(waits)
        bots.setdefault(app_id, Counter()).update(waits)


def _busiest_first(bots: Mapping[str, Waits], names: Mapping[str, str]) -> list[OfABot]:
    found = [OfABot(app_id, names.get(app_id, ""), waits) for app_id, waits in bots.items()]
    return sorted(found, key=lambda bot: (-bot.waits.total(), bot.app_id))


def _most_first(talk_over: Counter[str], names: Mapping[str, str]) -> list[TalkOver]:
    return [TalkOver(app_id, names.get(app_id, ""), count) for app_id, count in talk_over.most_common()]


def _count_what_is_so(ids: Collection[int], pages: dict[int, Figures], now: datetime) -> datetime | None:
    """Holders, threads that nobody attends to, and requests that wait. Returns when the next of these
    expires."""
    for source_id, counted in holders.held(ids, now).items():
        pages[source_id].holders = counted
    for lonely in attention.unattended(ids, now):
        pages[lonely.source_id].unattended, pages[lonely.source_id].unattended_since = (
            lonely.count,
            lonely.since,
        )
    waiting = handovers.waiting(ids, now)
    for request in waiting:
        pages[request.source_id].waiting += 1
    return waiting[0].deadline_at if waiting else None


def _together(figures: Iterable[Figures]) -> Figures:
    total = Figures()
    for one in figures:
        total.add(one)
    return total
