"""Two conversations to draw: one with all that can happen in an hour, and a quiet one over many days."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from handover.decision import Verb
from handover.ownership import Owner, Party
from handover.timeline.facts import (
    Asked,
    Engagement,
    Event,
    Facts,
    Fate,
    Holder,
    Lane,
    Message,
    Outcome,
    WindowRule,
)

WINDOW = WindowRule(timedelta(hours=24), timedelta(days=7))
BOT, AGENT = Holder(Owner.BOT, True, "Acme bot"), Holder(Owner.AGENT, True)
INBOX, IDLE = Holder(Owner.INBOX, True), Holder(Owner.IDLE, True)


def at(clock: str, day: int = 22) -> datetime:
    """A time of day in November 2026, UTC."""
    hour, minute, *second = map(int, clock.split(":"))
    return datetime(2026, 11, day, hour, minute, *second, tzinfo=UTC)


def moved(moment: datetime, before: Holder, after: Holder, asked: Asked | None = None) -> Event:
    """The platform tells that control has moved."""
    return Event(
        moment, "thread_control.observed", before, after, "the platform told of it", "Platform", asked=asked
    )


def about(moment: datetime, name: str, holder: Holder, cause: str, **more: object) -> Event:
    """A line of history that leaves the holder as it was."""
    return Event(moment, name, holder, holder, cause, **more)  # type: ignore[arg-type]


def facts(**changes: object) -> Facts:
    """A thread that the bot has held for a while, with nothing else."""
    plain: dict[str, object] = {
        "person": "Maya Lind",
        "page": "Acme",
        "thread": "0" * 23 + "7",
        "start": at("09:36"),
        "now": at("10:19:04"),
        "held": BOT,
        "held_since": None,
        "held_until": None,
        "window": WINDOW,
    }
    return Facts(**{**plain, **changes})  # type: ignore[arg-type]


EXPIRED = Asked(at("09:47:31"), Party.AGENT, Outcome.EXPIRED, Verb.REQUEST, at("09:52:31"))
GRANTED = Asked(at("09:55:02"), Party.AGENT, Outcome.COMPLETED, Verb.REQUEST, at("09:55:41"))
REFUSED = Asked(at("10:12:20"), Party.AGENT, Outcome.REFUSED, Verb.TAKE, at("10:12:20"))


def eventful() -> Facts:
    """Bot to agent to Inbox and back: a request expires, one is granted, a take is refused, a reply fails."""
    return facts(
        held=IDLE,
        held_until=at("10:17", 23),
        events=(
            moved(at("09:41:02"), IDLE, BOT),
            about(
                at("09:47:31"),
                "thread_control.requested",
                BOT,
                "asked",
                actor="token Acme bot",
                asked=EXPIRED,
            ),
            about(at("09:52:31"), "thread_control.expired", BOT, "not granted in time", asked=EXPIRED),
            about(at("09:55:00"), "intervention.opened", BOT, "opened by robin", actor="robin"),
            about(at("09:55:02"), "thread_control.requested", BOT, "asked", actor="robin", asked=GRANTED),
            moved(at("09:55:41"), BOT, AGENT, GRANTED),
            moved(at("10:09:12"), AGENT, INBOX),
            about(
                at("10:12:20"),
                "thread_control.refused",
                INBOX,
                "the platform does not offer this",
                answer="take_thread_control: HTTP 400, code 27: not supported",
                asked=REFUSED,
            ),
            moved(at("10:14:03"), INBOX, AGENT),
        ),
        messages=(
            *(
                Message(at(clock), Lane.CUSTOMER)
                for clock in ("09:41:02", "09:42", "09:43:10", "09:46", "10:17")
            ),
            *(Message(at(clock), Lane.BOT, by="Acme bot") for clock in ("09:41:30", "09:42:30", "09:43:40")),
            Message(at("09:57"), Lane.AGENT, by="robin"),
            Message(at("09:58"), Lane.BOT, by="Acme bot"),
            Message(at("10:10"), Lane.INBOX),
            Message(at("10:11"), Lane.AGENT, Fate.FAILED, "robin", "another app controls the thread"),
            Message(at("10:18"), Lane.AGENT, Fate.PENDING, "robin"),
        ),
        engagements=(Engagement("robin", at("09:55"), "opened"),),
    )


def quiet() -> Facts:
    """Nine days: control lapses twice, another app appears, nobody is sure, an intervention is put aside."""
    other, unsure = Holder(Owner.OTHER, True, "app 950"), Holder(Owner.BOT, False)
    return facts(
        start=at("08:00", 13),
        now=at("10:00", 22),
        held=Holder(),
        held_until=at("14:00", 21),
        is_cut=True,
        events=(
            moved(at("09:00", 13), Holder(), BOT),
            moved(at("11:00", 17), Holder(Owner.BOT, True, "Acme bot"), other),
            about(at("11:10", 17), "thread_control.failed", other, "no answer", asked=REFUSED),
            about(at("11:20", 17), "thread_control.unknown", other, "the answer was lost", asked=REFUSED),
            about(at("11:30", 17), "thread_control.unchanged", other, "held already", asked=REFUSED),
            about(at("12:00", 18), "intervention.deferred", other, "deferred by robin", actor="robin"),
            moved(at("15:00", 19), other, unsure),
            moved(at("14:00", 20), unsure, AGENT),
        ),
        messages=(
            Message(at("09:00", 13), Lane.CUSTOMER),
            Message(at("10:00", 16), Lane.CUSTOMER),
            Message(at("10:01", 16), Lane.BOT, by="Acme bot"),
            Message(at("11:05", 17), Lane.OTHER, by="app 950"),
            Message(at("14:00", 20), Lane.CUSTOMER),
        ),
        engagements=(
            Engagement("kim", at("12:00", 16), "closed", closed_at=at("10:00", 17)),
            Engagement("robin", at("11:40", 17), "deferred", deferred_at=at("12:00", 18)),
        ),
    )
