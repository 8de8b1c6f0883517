"""What the worker does for agents, one piece at a time: how it begins, and how it must end whatever died."""

from __future__ import annotations

from datetime import timedelta
from typing import Protocol

from django.utils import timezone

from handover.models import AfterClosing, Intervention, Source, Thread
from tests.crash import truth
from tests.crash.desk import Desk, whose_thread_is_ours
from tests.crash.processes import until
from tests.crash.stage import Customer, Stage
from tests.crash.ways import PASS, REQUEST, TAKE_AFTER_READING, Way, states
from tests.world import AGENT, BOT, PAGE


class Chore(Protocol):
    """`way`: on which page. `edges`: what Facebook is asked for its sake."""

    way: Way
    edges: tuple[str, ...]

    def made_ready(self, stage: Stage) -> Desk:
        """Nothing is to be done about the thread at this moment."""
        ...

    def begins(self, desk: Desk) -> None:
        """Now it is due."""
        ...

    def is_done(self, desk: Desk) -> bool:
        """Where nobody dies."""
        ...

    def ends_well(self, desk: Desk) -> None:
        """Where somebody has died, too."""
        ...


class Sending:
    """A reply, in a thread that is ours."""

    way, edges = PASS, ("messages",)

    def made_ready(self, stage: Stage) -> Desk:
        return opened(whose_thread_is_ours(stage))

    def begins(self, desk: Desk) -> None:
        desk.writes("Hello")

    def is_done(self, desk: Desk) -> bool:
        return desk.all_is_sent()

    def ends_well(self, desk: Desk) -> None:
        until(desk.all_is_sent)
        desk.writes("Are you there?")
        until(desk.all_is_sent)
        desk.is_closed_at_last()


class Asking(Sending):
    """The bot for control, as a reply was refused for want of it."""

    way, edges = REQUEST, ("messages", "request_thread_control")

    def made_ready(self, stage: Stage) -> Desk:
        return opened(REQUEST.customer(stage))

    def is_done(self, desk: Desk) -> bool:
        return desk.waits_for_control()

    def ends_well(self, desk: Desk) -> None:
        """If none waits any more, another reply has control asked for anew."""
        until(lambda: desk.waits_for_control() or desk.all_is_sent())
        desk.writes("Are you there?")
        until(desk.waits_for_control)
        asked = desk.customer.handovers(AGENT)
        assert states(asked).count("requested") == 1
        assert desk.customer.calls("request_thread_control") <= len(asked)
        desk.customer.is_passed_to_us()
        until(desk.all_is_sent)
        assert set(states(asked)) == {"completed"}
        desk.is_closed_at_last()


class Taking(Sending):
    """Control from the bot, once the owner has been read, as a reply was refused."""

    way, edges = TAKE_AFTER_READING, ("messages", "thread_owner", "take_thread_control")

    def made_ready(self, stage: Stage) -> Desk:
        return opened(TAKE_AFTER_READING.customer(stage))


class Looking:
    """Whether control has come that was asked for."""

    way, edges = REQUEST, ("thread_owner",)

    def made_ready(self, stage: Stage) -> Desk:
        desk = opened(REQUEST.customer(stage))
        desk.writes("Hello", "Are you there?")
        until(desk.waits_for_control)
        return desk

    def begins(self, desk: Desk) -> None:
        desk.customer.stage.time_passes()

    def is_done(self, desk: Desk) -> bool:
        return desk.customer.calls("thread_owner") > 0 and desk.waits_for_control()

    def ends_well(self, desk: Desk) -> None:
        until(desk.waits_for_control)
        assert desk.customer.calls("request_thread_control") == 1
        desk.customer.is_passed_to_us()
        until(desk.all_is_sent)
        desk.is_closed_at_last()


class Finishing:
    """What still waits when the agent closes: control has come, so it goes out, and control is released."""

    way, edges = REQUEST, ("messages", "release_thread_control")

    def made_ready(self, stage: Stage) -> Desk:
        return closing_while_replies_wait(REQUEST.customer(stage))

    def begins(self, desk: Desk) -> None:
        customer = desk.customer
        grant = customer.stage.untold(lambda: passed_to_us(customer))
        assert customer.stage.deliver(grant).status_code == 200

    def is_done(self, desk: Desk) -> bool:
        return desk.is_given_back()

    def ends_well(self, desk: Desk) -> None:
        desk.comes_to_its_end(holder=None)
        desk.all_went_well()


class GivingUp:
    """What still waits when the agent closes, and control has not come in time."""

    way, edges = REQUEST, ()

    def made_ready(self, stage: Stage) -> Desk:
        return closing_while_replies_wait(REQUEST.customer(stage))

    def begins(self, desk: Desk) -> None:
        thread = desk.customer.thread
        now = timezone.now()
        Intervention.objects.filter(thread=thread).update(closing_at=now - timedelta(hours=1))
        Thread.objects.filter(pk=thread.pk).update(attend_at=now)

    def is_done(self, desk: Desk) -> bool:
        return desk.is_given_back()

    def ends_well(self, desk: Desk) -> None:
        """Should control come after all, nobody needs it any more."""
        desk.comes_to_its_end(holder=BOT)
        assert set(desk.ends().values()) == {"intervention ended"}
        desk.customer.is_passed_to_us()
        until(lambda: desk.customer.truth is None)
        desk.comes_to_its_end(holder=None)
        assert desk.said() == []
        truth.is_kept(desk.customer)


class Releasing:
    """Control, as the agent has closed."""

    way: Way = PASS
    edges: tuple[str, ...] = ("release_thread_control",)
    after_closing = AfterClosing.RELEASE
    holder: str | None = None

    def made_ready(self, stage: Stage) -> Desk:
        Source.objects.update(after_closing=self.after_closing)
        desk = opened(whose_thread_is_ours(stage))
        desk.writes("Bye")
        until(desk.all_is_sent)
        return desk

    def begins(self, desk: Desk) -> None:
        desk.closes()

    def is_done(self, desk: Desk) -> bool:
        return desk.is_given_back()

    def ends_well(self, desk: Desk) -> None:
        desk.comes_to_its_end(self.holder)
        desk.all_went_well()


class PassingBack(Releasing):
    """Control to the bot, as the page is set so."""

    edges = ("pass_thread_control",)
    after_closing, holder = AfterClosing.PASS_TO_BOT, BOT


def opened(customer: Customer) -> Desk:
    """An agent has the thread, and nothing has been written yet."""
    desk = Desk(customer)
    desk.opens()
    customer.stage.worker_rests()
    return desk


def closing_while_replies_wait(customer: Customer) -> Desk:
    desk = opened(customer)
    desk.writes("Your parcel is on its way.", "Bye")
    until(desk.waits_for_control)
    desk.closes()
    until(desk.waits_for_control)
    return desk


def passed_to_us(customer: Customer) -> None:
    """By the bot; whether we are told is another matter."""
    customer.stage.facebook.app_passes(BOT, PAGE, customer.psid, AGENT)
