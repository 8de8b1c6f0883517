"""The charts of the overview, from its figures."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from handover.charts import lengths, stacked
from handover.charts.lengths import Length
from handover.charts.stacked import Part
from handover.charts.svg import Drawing
from handover.figures.days import Ended
from handover.figures.overview import InABar, OfABot, Overview, TalkOver
from handover.figures.spans import Span
from handover.figures.waits import in_words, percentile
from handover.models import HandoverState
from handover.ownership import Party

MOST_BOTS = 6
"""More lines than these are only in the table."""

PARTS = {
    HandoverState.COMPLETED: Part.COMPLETED,
    HandoverState.REQUESTED: Part.OPEN,
    HandoverState.UNKNOWN: Part.OPEN,
    HandoverState.EXPIRED: Part.EXPIRED,
    HandoverState.REFUSED: Part.REFUSED,
    HandoverState.FAILED: Part.FAILED,
}


@dataclass(frozen=True)
class Chart:
    """One chart; `drawing` is None where there is nothing to draw."""

    title: str
    key: list[tuple[Drawing, str]]
    drawing: Drawing | None
    empty: str


@dataclass(frozen=True)
class Charts:
    """The three of them."""

    directions: list[Chart]
    bots: Chart


def of(overview: Overview) -> Charts:
    """All charts."""
    return Charts(
        [
            _direction("Bot to agent", Party.AGENT, overview),
            _direction("Agent to bot", Party.BOT, overview),
        ],
        _bots(overview.bots),
    )


def parts(ended: Ended) -> dict[Part, int]:
    """How many handovers ended how, or have not ended."""
    found: dict[Part, int] = dict.fromkeys(Part, 0)
    for state, count in ended.items():
        found[PARTS[state]] += count
    return found


def _direction(words: str, party: Party, overview: Overview) -> Chart:
    bars = [_bar(piece, party) for piece in overview.bars]
    shown = [part for part in Part if any(bar.parts[part] for bar in bars)]
    key = f"to-{party}"
    title = f"{words}, {_per(overview.span)}"
    label = f"{title}, by outcome. The numbers are in the table below."
    return Chart(
        title,
        [(stacked.sample(part, f"{key}-{part.name.lower()}"), part.capitalize()) for part in shown],
        stacked.draw(bars, label, key) if shown else None,
        "No handover in this direction was asked for in this time.",
    )


def _bar(piece: InABar, party: Party) -> stacked.Bar:
    return stacked.Bar(piece.bar.label, piece.bar.name, parts(piece.figures.asked(party)))


def _per(span: Span) -> str:
    first = span.bars()[0]
    hours = round((first.ends - first.begins).total_seconds() / 3600)
    if span.is_of_hours:
        return f"per {hours} hours"
    return "per day" if hours <= 24 else f"per {hours // 24} days"


def _bots(bots: list[OfABot]) -> Chart:
    lines = list(_lengths(bots[:MOST_BOTS]))
    label = (
        "Time from request to control by bot: median and 95th percentile. The numbers are in the table below."
    )
    return Chart(
        "Request to control, by bot",
        [(lengths.DOT, "Median"), (lengths.STROKE, "95 of 100 within")] if lines else [],
        lengths.draw(lines, label) if lines else None,
        "No request for control was granted in this time.",
    )


def _lengths(bots: list[OfABot]) -> Iterator[Length]:
    for bot in bots:
        median, most = percentile(bot.waits, 50), percentile(bot.waits, 95)
        if median is not None and most is not None:
            count = bot.waits.total()
            note = f"{count:,} request" + ("" if count == 1 else "s")
            yield Length(name_of(bot), note, median, most, in_words(median), in_words(most))


def name_of(bot: OfABot | TalkOver) -> str:
    """The bot's name; its app's number where it has none."""
    return bot.name or (f"App {bot.app_id}" if bot.app_id else "Holder not known")
