"""The numbers of the overview: the figures on top, and the tables."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from handover.admin.overview.charts import name_of, parts
from handover.admin.overview.links import Links
from handover.charts import share
from handover.charts.stacked import Part
from handover.charts.svg import Drawing
from handover.figures.overview import Figures, OfABot, Overview
from handover.figures.waits import Waits, in_words, percentile
from handover.models import HandoverState, Source
from handover.ownership import Owner, Party
from handover.templatetags.console import span as ago
from handover.thread_views import View

MOST_PAGES = 30
"""With more pages the busiest are listed; each one can be chosen above."""

_COLOURS = {
    Owner.BOT: "k-bot",
    Owner.AGENT: "k-agent",
    Owner.INBOX: "k-inbox",
    Owner.OTHER: "k-other",
    Owner.IDLE: "k-idle",
    Owner.UNKNOWN: "k-unsure",
}
NOTHING = "–"


@dataclass(frozen=True)
class Number:
    """A number, with the way to what it counts; `url` is empty where there is none."""

    count: int
    url: str = ""

    def __str__(self) -> str:
        return f"{self.count:,}"


@dataclass(frozen=True)
class Figure:
    """One of the figures on top. `look`: "hot" where somebody waits, "bad" where something failed."""

    label: str
    value: str
    note: str
    icon: str = ""
    look: str = ""
    url: str = ""


@dataclass(frozen=True)
class HolderRow:
    """The threads of one holder."""

    owner: Owner
    number: Number
    bar: Drawing
    percent: str


@dataclass(frozen=True)
class PageRow:
    """One page, or all; `source` is None for these."""

    source: Source | None
    threads: Number
    unattended: Number
    to_agent: list[Number]
    to_bot: Number
    median: str
    p95: str
    failed_sends: Number


@dataclass(frozen=True)
class BarRow:
    """One bar of the charts."""

    name: str
    to_agent: list[Number]
    to_bot: list[Number]


@dataclass(frozen=True)
class BotRow:
    """How long control took to come from one bot."""

    name: str
    app_id: str
    requests: Number
    median: str
    p95: str


@dataclass(frozen=True)
class TalkOverRow:
    """In how many threads a bot spoke while an agent held them."""

    name: str
    app_id: str
    number: Number


@dataclass(frozen=True)
class ReasonRow:
    """Why handovers came to nothing."""

    state: str
    why: str
    words: str
    number: Number


@dataclass(frozen=True)
class Tables:
    """All numbers."""

    figures: list[Figure]
    holders: list[HolderRow]
    threads: Number
    parts: list[str]
    pages: list[PageRow]
    pages_left_out: int
    total: PageRow
    bars: list[BarRow]
    bots: list[BotRow]
    talk_over: list[TalkOverRow]
    reasons: list[ReasonRow]


def of(overview: Overview, sources: Sequence[Source], links: Links) -> Tables:
    """All tables."""
    shown = [source for source in sources if source.pk in overview.pages]
    busiest = sorted(shown, key=lambda source: -overview.pages[source.pk].ended.total())[:MOST_PAGES]
    return Tables(
        figures=list(_figures(overview, links)),
        holders=list(_holders(overview.total, links)),
        threads=Number(overview.total.holders.total()),
        parts=[part.capitalize() for part in Part],
        pages=[_page(source, overview.pages[source.pk], links) for source in shown if source in busiest],
        pages_left_out=len(shown) - len(busiest),
        total=_page(None, overview.total, links),
        bars=[_bar(piece.bar.name, piece.figures) for piece in overview.bars],
        bots=[_bot(bot) for bot in overview.bots],
        talk_over=[TalkOverRow(name_of(bot), bot.app_id, Number(bot.count)) for bot in overview.talk_over],
        reasons=sorted(_reasons(overview, links), key=lambda row: -row.number.count),
    )


def _figures(overview: Overview, links: Links) -> Iterator[Figure]:
    total, ended = overview.total, overview.total.ended
    asked = ended.total()
    yield _unattended(overview, links)
    yield Figure(
        "Waiting for control",
        f"{total.waiting:,}",
        _deadline(overview),
        url=links.threads(view=View.WAITING_FOR_CONTROL),
    )
    yield Figure("Handovers", f"{asked:,}", _as_against(overview), url=links.handovers())
    yield Figure(
        "Completed",
        _percent(ended[HandoverState.COMPLETED], asked),
        f"{ended[HandoverState.COMPLETED]:,} of {asked:,}",
        url=links.handovers(state=HandoverState.COMPLETED),
    )
    median, p95 = _wait(total.waits)
    yield Figure("Request to control", median, f"p95 {p95}")
    yield Figure(
        "Expired",
        f"{ended[HandoverState.EXPIRED]:,}",
        f"refused {ended[HandoverState.REFUSED]:,}, failed {ended[HandoverState.FAILED]:,}",
        url=links.handovers(state=HandoverState.EXPIRED),
    )
    yield Figure(
        "Failed sends",
        f"{total.failed_sends:,}",
        f"{total.still_failed:,} still not sent" if total.failed_sends else "none",
        icon="stop" if total.still_failed else "",
        look="bad" if total.still_failed else "",
    )


def _unattended(overview: Overview, links: Links) -> Figure:
    count, since = overview.total.unattended, overview.total.unattended_since
    note = "nobody waits" if since is None else f"longest {ago((overview.now - since).total_seconds())}"
    url = links.threads(view=View.UNATTENDED)
    if not count:
        return Figure("Unattended", "0", note, url=url)
    return Figure("Unattended", f"{count:,}", note, icon="clock", look="hot", url=url)


def _deadline(overview: Overview) -> str:
    if overview.next_deadline is None:
        return "nobody"
    return f"next deadline {_in(overview.next_deadline, overview.now)}"


def _in(at: datetime, now: datetime) -> str:
    seconds = (at - now).total_seconds()
    return f"in {in_words(round(seconds))}" if seconds > 0 else "is over"


def _as_against(overview: Overview) -> str:
    before = overview.asked_before
    return f"{before:,} before" if before else "none before"


def _holders(total: Figures, links: Links) -> Iterator[HolderRow]:
    """The most frequent first; all of them, so that none has to be looked for."""
    largest = max(total.holders.values(), default=0)
    for owner in sorted(Owner, key=lambda owner: -total.holders[owner]):
        count = total.holders[owner]
        bar = share.draw(count, largest, _COLOURS[owner])
        yield HolderRow(
            owner, Number(count, links.threads(held=owner)), bar, _percent(count, total.holders.total())
        )


def _page(source: Source | None, figures: Figures, links: Links) -> PageRow:
    def link(state: HandoverState | None) -> str:
        return links.handovers(source, Party.AGENT, state)

    states = (HandoverState.COMPLETED, HandoverState.EXPIRED, HandoverState.REFUSED, HandoverState.FAILED)
    return PageRow(
        source,
        Number(figures.holders.total(), links.threads(source)),
        Number(figures.unattended, links.threads(source, View.UNATTENDED)),
        [
            Number(figures.to_agent.total(), link(None)),
            *(Number(figures.to_agent[state], link(state)) for state in states),
        ],
        Number(figures.to_bot.total(), links.handovers(source, Party.BOT)),
        *_wait(figures.waits),
        Number(figures.failed_sends),
    )


def _bar(name: str, figures: Figures) -> BarRow:
    to_agent, to_bot = parts(figures.to_agent), parts(figures.to_bot)
    return BarRow(name, [Number(to_agent[part]) for part in Part], [Number(to_bot[part]) for part in Part])


def _bot(bot: OfABot) -> BotRow:
    return BotRow(name_of(bot), bot.app_id, Number(bot.waits.total()), *_wait(bot.waits))


def _reasons(overview: Overview, links: Links) -> Iterator[ReasonRow]:
    expired = overview.total.ended[HandoverState.EXPIRED]
    if expired:
        url = links.handovers(state=HandoverState.EXPIRED)
        yield ReasonRow("Expired", "", "Control was not granted before the deadline.", Number(expired, url))
    for reason in overview.reasons:
        url = links.handovers(state=reason.state, error=reason.error)
        yield ReasonRow(reason.state.label, reason.error, reason.words, Number(reason.count, url))


def _wait(waits: Waits) -> tuple[str, str]:
    """Median and 95th percentile in words."""
    median, p95 = percentile(waits, 50), percentile(waits, 95)
    return (NOTHING, NOTHING) if median is None or p95 is None else (in_words(median), in_words(p95))


def _percent(count: int, of_all: int) -> str:
    return f"{100 * count / of_all:.1f}%" if of_all else NOTHING
