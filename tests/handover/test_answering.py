"""Answering in one go: an intervention is opened where none is, and one form makes one reply."""

from __future__ import annotations

from collections.abc import Callable
from threading import Barrier
from threading import Thread as Worker

import pytest
from django.contrib.auth.models import User
from django.db import connection

from handover import answering, interventions
from handover.actors import SYSTEM, Actor
from handover.decision import Answer, Verb
from handover.errors import ServiceError
from handover.models import Content, Intervention, Reply, Source, Thread, ThreadEvent
from tests.handover.admin.scene import build
from tests.people import agent_user

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("worker_rests")]


@pytest.fixture
def thread() -> Thread:
    """The bot holds it, and nobody is engaged."""
    row: Thread = build(0)[Thread]
    Source.objects.update(primary="bot")
    return row


@pytest.fixture
def ana() -> User:
    return agent_user("ana")


def answer(thread: Thread, user: User, text: str = "On its way", key: str = "") -> Content:
    return answering.answer(thread, text, user, Actor.for_staff(user), key)


def engaged(thread: Thread) -> list[str]:
    rows = thread.interventions.exclude(status="closed")
    return [row.user.username for row in rows]


def test_opens_an_intervention_for_the_author_where_nobody_is_engaged(thread: Thread, ana: User) -> None:
    content = answer(thread, ana)
    assert engaged(thread) == ["ana"]
    assert (content.body, content.reply.intervention.user) == ("On its way", ana)


def test_goes_under_the_intervention_that_is_open(thread: Thread, ana: User) -> None:
    robin = agent_user("robin")
    interventions.open_intervention(thread, robin, SYSTEM)
    assert answer(thread, ana).reply.intervention.user == robin
    assert engaged(thread) == ["robin"]


def test_opens_nothing_for_a_text_that_is_refused(thread: Thread, ana: User) -> None:
    before = ThreadEvent.objects.count()
    with pytest.raises(ServiceError, match="The reply is empty"):
        answer(thread, ana, "  ")
    assert (engaged(thread), ThreadEvent.objects.count()) == ([], before)


class TestThePlan:
    def test_is_judged_as_if_an_intervention_were_open(self, thread: Thread, ana: User) -> None:
        plan = answering.plan(thread, "On its way", ana)
        assert [call.verb for call in plan.calls] == [Verb.REQUEST, Verb.SEND]
        assert [rule.name for rule in plan.rules] == [
            "nothing_in_progress",
            "no_intervention_engaged",
            "source_active",
            "text_fits",
            "window_open",
        ]
        assert engaged(thread) == []

    def test_refuses_while_the_open_one_is_being_closed(self, thread: Thread, ana: User) -> None:
        answer(thread, ana)
        interventions.close_intervention(thread.interventions.get(user=ana), SYSTEM)
        plan = answering.plan(thread, "And more", ana)
        assert plan.answer is Answer.REFUSE and "being closed" in plan.why_not.message


class TestOneForm:
    def test_makes_one_reply_however_often_it_is_sent(self, thread: Thread, ana: User) -> None:
        first, again = answer(thread, ana, key="a form"), answer(thread, ana, "Changed", "a form")
        assert first == again
        assert ThreadEvent.objects.filter(name="content.replied").count() == 1

    def test_of_another_thread_is_another_form(self, thread: Thread, ana: User) -> None:
        other: Thread = build(1)[Thread]
        assert answer(thread, ana, key="a form") != answer(other, ana, key="a form")

    def test_is_over_with_its_reply_though_the_intervention_is_over_too(
        self, thread: Thread, ana: User
    ) -> None:
        first = answer(thread, ana, key="a form")
        Intervention.objects.update(status="closed")
        assert answer(thread, ana, key="a form") == first
        assert engaged(thread) == []

    def test_sent_twice_at_the_same_moment_makes_one_reply(self, thread: Thread, ana: User) -> None:
        together(lambda: answer(thread, ana, key="a form"), times=4)
        assert Reply.objects.filter(one_time_key="a form").count() == 1
        assert engaged(thread) == ["ana"]


def together(call: Callable[[], object], times: int) -> None:
    start = Barrier(times)

    def run() -> None:
        start.wait()
        try:
            call()
        finally:
            connection.close()

    workers = [Worker(target=run) for _ in range(times)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
