"""Who had the last word, and who talks over whom: told by the webhooks, whatever their order."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import pytest
from django.db.models import Max, Min

from handover import contents, interventions, last_words, observations
from handover.actors import SYSTEM
from handover.models import Author, Content, Identity, Intervention, Source, Thread
from handover.news import Message
from handover.ownership import Owner
from tests.contract.engaging import opened, staged
from tests.contract.replying import answer, said
from tests.contract.test_replies_and_answers import graph_error
from tests.world import AGENT, BOT, MAYA, PAGE, World

pytestmark = pytest.mark.usefixtures("worker_rests")
START = datetime(2026, 10, 1, 12, tzinfo=UTC)


@pytest.fixture
def by_bot(world: World) -> World:
    """Maya has written, and the bot holds her thread."""
    return staged(world, held_by=BOT)


@pytest.fixture
def desk(world: World) -> World:
    """Maya has written, our app holds her thread, and ana's token calls."""
    return staged(world)


def bot_says(world: World, text: str = "One moment") -> None:
    world.facebook.app_sends(BOT, PAGE, MAYA, text)
    world.settle()


class TestTheCustomerWaits:
    def test_from_the_first_message_that_nobody_has_answered(self, by_bot: World) -> None:
        first = by_bot.thread.last_customer_at
        by_bot.maya_writes("Hello?")
        assert by_bot.thread.customer_waits_since == by_bot.thread.waits_since == first

    def test_until_anybody_answers(self, by_bot: World) -> None:
        bot_says(by_bot)
        assert by_bot.thread.waits_since is None
        by_bot.maya_writes("And now?")
        assert by_bot.thread.waits_since == by_bot.thread.last_customer_at

    def test_while_a_reply_is_on_its_way(self, desk: World) -> None:
        opened(desk)
        answer(desk, "On its way")
        assert desk.thread.waits_since is not None
        desk.work()
        desk.settle()
        assert said(desk) == ["On its way"]
        assert desk.thread.waits_since is None

    def test_again_where_an_answer_proves_older_than_the_question(self, desk: World) -> None:
        opened(desk)
        answer(desk, "On its way")
        desk.work()
        desk.settle()
        asked_at = desk.thread.last_answer_at
        assert asked_at is not None
        Content.objects.filter(author=Author.AGENT).update(sent_at=asked_at - timedelta(minutes=1))
        Content.objects.filter(author=Author.CUSTOMER).update(sent_at=asked_at)
        thread = desk.thread
        last_words.dated_back(thread)
        assert (thread.last_answer_at, thread.customer_waits_since) == (
            asked_at - timedelta(minutes=1),
            asked_at,
        )


@pytest.mark.django_db
@pytest.mark.parametrize("seed", range(40))
def test_the_order_in_which_messages_come_does_not_decide(seed: int) -> None:
    dice = random.Random(seed)
    source = Source.objects.create(channel_type="messenger", foreign_id="1")
    thread = Thread(source=source, identity=Identity.objects.create(source=source, foreign_id="2"))
    thread.save()
    told = [(START + timedelta(seconds=n), dice.choice(["customer", "bot", "agent"])) for n in range(8)]
    dice.shuffle(told)
    while told:
        together = [told.pop() for _ in range(min(len(told), dice.randint(1, 3)))]
        messages = [
            Content.objects.create(
                source=source, thread=thread, author=author, field="standby", sent_at=at, received_at=at
            )
            for at, author in together
        ]
        for content in messages:
            last_words.said(thread, content)
    answers = thread.contents.exclude(author=Author.CUSTOMER).aggregate(at=Max("sent_at"))["at"]
    since = answers or START - timedelta(days=1)
    unanswered = thread.contents.filter(author=Author.CUSTOMER, sent_at__gt=since)
    assert thread.last_answer_at == answers
    assert thread.customer_waits_since == unanswered.aggregate(at=Min("sent_at"))["at"]


class TestAnAgentIsWanted:
    @pytest.fixture
    def handed_over(self, by_bot: World) -> World:
        """The bot has asked for an agent, said goodbye and passed control."""
        by_bot.bot_to_agent()
        bot_says(by_bot, "A colleague will be with you")
        by_bot.bot_passes_to_us()
        return by_bot

    def test_once_a_handover_has_completed_whatever_the_bot_said_last(self, handed_over: World) -> None:
        thread = handed_over.thread
        assert thread.customer_waits_since is None
        assert thread.waits_since == thread.agent_wanted_since is not None

    def test_until_an_intervention_opens(self, handed_over: World) -> None:
        opened(handed_over)
        assert handed_over.thread.agent_wanted_since is None

    def test_until_somebody_answers_by_hand(self, handed_over: World) -> None:
        handed_over.facebook.app_sends(AGENT, PAGE, MAYA, "Robin here")
        handed_over.settle()
        assert handed_over.thread.waits_since is None

    def test_until_the_bot_has_the_thread_back(self, handed_over: World) -> None:
        assert handed_over.agent_to_bot().status_code == 200
        assert handed_over.thread.agent_wanted_since is None

    def test_not_where_an_agents_own_reply_asked_for_control(self, by_bot: World) -> None:
        opened(by_bot)
        answer(by_bot, "On its way")
        by_bot.work()
        by_bot.bot_passes_to_us()
        assert by_bot.thread.picture.owner is Owner.AGENT
        assert by_bot.thread.agent_wanted_since is None


class TestTheBotTalksOver:
    def speak(self, world: World, after: timedelta) -> Thread:
        """The platform tells that the bot has spoken, that long after the thread changed hands."""
        thread = world.thread
        at = (thread.owner_since or START) + after
        message = Message(
            at=at, foreign_id="m_over", is_customers=False, is_standby=True, body="Chairs?", app_id=BOT
        )
        observations.record(thread.source, thread.source.cast(), MAYA, [message], "")
        return world.thread

    def test_an_agent_who_holds_the_thread(self, desk: World) -> None:
        thread = self.speak(desk, timedelta(seconds=5))
        assert thread.picture.owner is Owner.AGENT
        assert thread.talked_over_at == thread.last_answer_at is not None

    def test_nobody_within_the_second_of_the_change(self, desk: World) -> None:
        assert self.speak(desk, timedelta(seconds=1)).talked_over_at is None

    def test_nobody_where_it_holds_the_thread_itself(self, by_bot: World) -> None:
        assert self.speak(by_bot, timedelta(seconds=5)).talked_over_at is None


class TestFailedSends:
    @pytest.fixture
    def failed(self, desk: World) -> World:
        """Two replies that Facebook has refused."""
        opened(desk)
        for text in ("One", "Two"):
            desk.facebook.knobs.fail_next("messages", body=graph_error(551, 1545041))
            answer(desk, text)
        desk.work()
        return desk

    def test_are_counted(self, failed: World) -> None:
        assert failed.thread.failed_sends == 2

    def test_are_done_with_when_somebody_writes_anew(self, failed: World) -> None:
        answer(failed, "Three")
        assert failed.thread.failed_sends == 0

    def test_are_done_with_when_one_is_retried(self, failed: World) -> None:
        contents.retry(Content.objects.filter(author=Author.AGENT).latest("pk"), SYSTEM)
        assert failed.thread.failed_sends == 1
        failed.work()
        failed.settle()
        assert (said(failed), failed.thread.failed_sends) == (["Two"], 1)

    def test_are_done_with_when_the_intervention_is_ended(self, failed: World) -> None:
        interventions.cancel(Intervention.objects.get(), SYSTEM)
        assert failed.thread.failed_sends == 0
