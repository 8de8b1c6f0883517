"""What a thread asks of the staff: the rule by itself, and that SQL says the same of many random rows."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest
from django.contrib.auth.models import User

from handover import situations, thread_views
from handover.attention import Facts, attention_of
from handover.messaging_window import MessagingWindow
from handover.models import Handover, Identity, Intervention, Source, Thread
from handover.ownership import Owner, Picture
from handover.thread_views import View

NOW = datetime(2026, 10, 1, 12, tzinfo=UTC)
AGO = timedelta(minutes=5)
BY_BOT = Picture(Owner.BOT, "900", since=NOW - 3 * AGO, expires_at=NOW + AGO, sure=True)
OURS = replace(BY_BOT, owner=Owner.AGENT, app_id="800")


def facts(picture: Picture = BY_BOT, **changes: Any) -> Facts:
    """The customer wrote last."""
    return Facts(**{"picture": picture, "customer_waits_since": NOW - AGO, **changes})


class TestUnattended:
    @pytest.mark.parametrize("owner", [Owner.BOT, Owner.INBOX, Owner.OTHER])
    def test_is_no_thread_that_somebody_surely_holds_who_answers(self, owner: Owner) -> None:
        held = replace(BY_BOT, owner=owner)
        assert not attention_of(facts(held), NOW).is_unattended
        assert attention_of(facts(replace(held, sure=False)), NOW).is_unattended

    @pytest.mark.parametrize("owner", [Owner.IDLE, Owner.UNKNOWN])
    def test_is_one_that_nobody_holds(self, owner: Owner) -> None:
        assert attention_of(facts(Picture(owner, sure=True)), NOW).is_unattended

    def test_is_one_of_our_app_unless_a_person_has_an_intervention(self) -> None:
        assert attention_of(facts(OURS), NOW).is_unattended
        assert not attention_of(facts(OURS, is_engaged=True), NOW).is_unattended
        assert attention_of(facts(replace(OURS, sure=False), is_engaged=True), NOW).is_unattended

    def test_begins_when_control_lapses(self) -> None:
        assert not attention_of(facts(), NOW).is_unattended
        assert attention_of(facts(), NOW + AGO).is_unattended

    def test_needs_somebody_who_waits(self) -> None:
        answered = facts(Picture(Owner.IDLE), customer_waits_since=None)
        assert not attention_of(answered, NOW).is_unattended
        assert attention_of(replace(answered, agent_wanted_since=NOW - AGO), NOW).is_unattended

    def test_ends_with_the_messaging_window(self) -> None:
        closed = MessagingWindow(NOW, None)
        assert not attention_of(facts(OURS, window=closed), NOW).is_unattended
        assert attention_of(facts(OURS, window=replace(closed, by_hand_until=NOW + AGO)), NOW).is_unattended
        assert not attention_of(facts(OURS, window=None), NOW).is_unattended


class TestWaiting:
    def test_counts_from_the_customers_word_and_else_from_the_wish_for_an_agent(self) -> None:
        both = facts(agent_wanted_since=NOW, requested_at=NOW)
        assert attention_of(both, NOW).waits_since == NOW - AGO
        assert attention_of(replace(both, customer_waits_since=None), NOW).waits_since == NOW

    def test_for_control_is_a_request_that_is_open(self) -> None:
        attention = attention_of(facts(requested_at=NOW), NOW)
        assert attention.waits_for_control and attention.is_urgent and not attention.is_unattended
        assert not attention_of(facts(), NOW).is_urgent


class TestTalkingOver:
    over = facts(OURS, talked_over_at=NOW - AGO, last_answer_at=NOW - AGO)

    def test_is_a_bots_word_while_our_app_holds_the_thread(self) -> None:
        assert attention_of(self.over, NOW).talks_over
        assert not attention_of(replace(self.over, talked_over_at=None), NOW).talks_over

    def test_is_over_when_somebody_has_answered_or_control_has_moved(self) -> None:
        assert not attention_of(replace(self.over, last_answer_at=NOW), NOW).talks_over
        assert not attention_of(replace(self.over, picture=replace(OURS, since=NOW)), NOW).talks_over
        assert not attention_of(replace(self.over, picture=BY_BOT), NOW).talks_over


NUMBERS = count(1)


def some(dice: random.Random, *more: Any) -> Any:
    """A time around now, or none."""
    return dice.choice([None, NOW, *(NOW + timedelta(hours=dice.uniform(-200, 2)) for _ in range(2)), *more])


def a_thread(dice: random.Random, sources: list[Source], user: User) -> Thread:
    """Any row, sensible or not."""
    source = dice.choice(sources)
    identity = Identity.objects.create(source=source, foreign_id=f"p{next(NUMBERS)}")
    thread = Thread(
        source=source,
        identity=identity,
        owner=dice.choice(list(Owner)),
        owner_since=some(dice),
        owner_expires_at=some(dice, NOW + AGO),
        owner_sure=dice.random() < 0.7,
        last_customer_at=some(dice),
        last_answer_at=some(dice),
        customer_waits_since=some(dice),
        agent_wanted_since=some(dice),
        talked_over_at=some(dice),
        failed_sends=dice.choice([0, 0, 2]),
    )
    thread.waits_since = thread.customer_waits_since or thread.agent_wanted_since
    if thread.last_answer_at is None or dice.random() < 0.5:
        thread.talked_over_at = thread.last_answer_at
    thread.save()
    if dice.random() < 0.5:
        _engage(thread, user, dice)
    if dice.random() < 0.3:
        _request(thread, dice)
    return thread


def _engage(thread: Thread, user: User, dice: random.Random) -> None:
    Intervention.objects.create(
        source=thread.source,
        thread=thread,
        identity=thread.identity,
        user=user,
        opened_at=NOW,
        is_bots=dice.random() < 0.2,
        status=dice.choice(["opened", "deferred", "closing", "closed"]),
    )


def _request(thread: Thread, dice: random.Random) -> None:
    Handover.objects.create(
        source=thread.source,
        thread=thread,
        from_party="bot",
        to_party=dice.choice(["agent", "agent", "bot"]),
        state=dice.choice(["requested", "requested", "expired"]),
        requested_at=NOW - AGO,
        deadline_at=some(dice, NOW + AGO),
    )


def facts_of(thread: Thread) -> Facts:
    """The same from the row, one by one."""
    requests = thread.handovers.filter(state="requested", to_party="agent")
    return Facts(
        picture=thread.picture,
        window=situations.window(thread) if thread.source.channel_type == "messenger" else None,
        is_engaged=situations.open_intervention(thread) is not None,
        customer_waits_since=thread.customer_waits_since,
        agent_wanted_since=thread.agent_wanted_since,
        requested_at=next(
            (r.requested_at for r in requests if r.deadline_at is None or r.deadline_at > NOW), None
        ),
        last_answer_at=thread.last_answer_at,
        talked_over_at=thread.talked_over_at,
        failed_sends=thread.failed_sends,
    )


@pytest.mark.django_db
def test_the_views_are_what_the_rule_says() -> None:
    dice, user = random.Random(20261001), User.objects.create_user("mara", is_staff=True)
    sources = [
        Source.objects.create(channel_type=kind, foreign_id=f"{kind} {tag}", may_tag_human_agent=tag)
        for kind in ("messenger", "gone")
        for tag in (False, True)
    ]
    rows = [a_thread(dice, [*sources, *sources[:2] * 3], user) for _ in range(600)]
    judged = {row.pk: attention_of(facts_of(row), NOW) for row in rows}
    says = {
        View.UNATTENDED: {pk for pk, attention in judged.items() if attention.is_unattended},
        View.WAITING_FOR_CONTROL: {pk for pk, attention in judged.items() if attention.waits_for_control},
        View.FAILED: {pk for pk, attention in judged.items() if attention.failed_sends},
        View.TALKED_OVER: {pk for pk, attention in judged.items() if attention.talks_over},
        View.MINE: {row.pk for row in rows if situations.open_intervention(row) is not None},
    }
    for view, expected in says.items():
        found = thread_views.of_view(Thread.objects.all(), view, user, NOW)
        assert set(found.values_list("pk", flat=True)) == expected, view
        assert 5 < len(expected) < len(rows) - 5, f"{view} is drawn too seldom, or too often, to tell"


@pytest.mark.django_db
def test_who_holds_a_thread_is_found_as_it_is_judged() -> None:
    dice, user = random.Random(7), User.objects.create_user("mara", is_staff=True)
    source = Source.objects.create(channel_type="messenger", foreign_id="1")
    rows = [a_thread(dice, [source], user) for _ in range(200)]
    for owner in Owner:
        expected = {row.pk for row in rows if row.picture.judged(NOW).owner is owner}
        found = Thread.objects.filter(thread_views.holders(owner, NOW))
        assert set(found.values_list("pk", flat=True)) == expected
