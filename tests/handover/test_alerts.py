"""An e-mail about a thread that waits for an agent while nobody looks: when, once, and what it says."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.core import mail
from django.core.exceptions import ValidationError
from django.utils import timezone

from handover import alerts, looking
from handover.models import Source, Thread
from tests.contract.engaging import opened, staged
from tests.contract.replying import answer
from tests.world import BOT, World

pytestmark = pytest.mark.usefixtures("worker_rests")
BODY = "Where is my parcel, I live in Elm Street?"


@pytest.fixture
def world(world: World, settings: Any) -> World:
    """The bot holds Maya's thread, and the page wants e-mails after a minute."""
    settings.PUBLIC_URL = "https://bots.example.com"
    staged(world, held_by=BOT)
    Source.objects.update(alert_after=60, alert_to="desk@example.com, lead@example.com")
    return world


@pytest.fixture
def waiting(world: World) -> World:
    """The bot has handed over, and nobody has come yet."""
    world.maya_writes(BODY)
    world.bot_to_agent()
    world.bot_passes_to_us()
    return world


def a_minute_passes(world: World) -> None:
    Thread.objects.exclude(alert_at=None).update(alert_at=timezone.now())
    world.work()


class TestIsSent:
    def test_where_a_handover_has_completed_and_nobody_looks(self, waiting: World) -> None:
        waiting.work()
        assert mail.outbox == []
        a_minute_passes(waiting)
        [message] = mail.outbox
        assert message.to == ["desk@example.com", "lead@example.com"]
        assert f"https://bots.example.com/admin/handover/thread/{waiting.thread.pk}/change/" in message.body
        assert "Page 111" in message.subject
        assert "Our app holds the thread since" in message.body

    def test_without_a_word_of_the_customers(self, waiting: World) -> None:
        a_minute_passes(waiting)
        whole = mail.outbox[0].message().as_string()
        assert not any(word in whole for word in ("Elm", "parcel", "Maya", "24001"))

    def test_once_however_much_the_customer_writes(self, waiting: World) -> None:
        for _ in range(3):
            a_minute_passes(waiting)
            waiting.maya_writes("Hello?")
        assert len(mail.outbox) == 1

    def test_where_the_customer_writes_under_an_intervention(self, world: World) -> None:
        opened(world)
        a_minute_passes(world)
        assert mail.outbox == []
        world.maya_writes(BODY)
        a_minute_passes(world)
        assert len(mail.outbox) == 1

    def test_again_where_somebody_has_looked_meanwhile(self, waiting: World) -> None:
        a_minute_passes(waiting)
        looking.look(waiting.thread, User.objects.create_superuser("lee"))
        waiting.maya_writes("Hello?")
        a_minute_passes(waiting)
        assert len(mail.outbox) == 2


class TestIsNotSent:
    def test_where_somebody_looks_who_may_answer(self, waiting: World) -> None:
        looking.look(waiting.thread, User.objects.create_superuser("lee"))
        a_minute_passes(waiting)
        assert mail.outbox == []
        assert waiting.thread.looked_at is not None

    def test_where_an_intervention_is_opened(self, waiting: World) -> None:
        opened(waiting)
        a_minute_passes(waiting)
        assert mail.outbox == []

    def test_where_somebody_has_replied(self, waiting: World) -> None:
        opened(waiting)
        waiting.maya_writes("Hello?")
        answer(waiting, "Robin here")
        a_minute_passes(waiting)
        assert mail.outbox == []

    def test_where_the_thread_is_the_bots_again(self, waiting: World) -> None:
        assert waiting.agent_to_bot().status_code == 200
        a_minute_passes(waiting)
        assert mail.outbox == []
        assert waiting.thread.alert_at is None

    def test_where_the_page_does_not_want_it(self, world: World) -> None:
        Source.objects.update(alert_to="")
        world.bot_to_agent()
        world.bot_passes_to_us()
        assert world.thread.alert_at is None

    def test_where_there_is_no_mail_server(self, waiting: World, settings: Any) -> None:
        settings.EMAIL_BACKEND = alerts.NO_MAIL
        a_minute_passes(waiting)
        assert waiting.thread.alert_at is None


class TestAMailServerThatIsDown:
    @pytest.fixture(autouse=True)
    def nobody_answers(self, settings: Any) -> None:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9

    def test_is_tried_again_and_told_in_the_log(
        self, waiting: World, caplog: pytest.LogCaptureFixture
    ) -> None:
        a_minute_passes(waiting)
        assert "alert.not_sent" in caplog.text
        due = waiting.thread.alert_at
        assert due is not None and due > timezone.now()

    def test_is_waited_for_by_two_at_a_time(self, waiting: World) -> None:
        Thread.objects.update(alert_at=timezone.now() - timedelta(minutes=1))
        with alerts._sending, alerts._sending:
            alerts.send(waiting.thread.pk)
        assert waiting.thread.alert_at is not None


class TestLooking:
    def test_of_whoever_may_not_answer_does_not_count(self, waiting: World) -> None:
        auditor = User.objects.create_user("kim", is_staff=True)
        auditor.user_permissions.add(Permission.objects.get(codename="view_thread"))
        looking.look(waiting.thread, auditor)
        assert (waiting.thread.looked_at, waiting.thread.alert_at is None) == (None, False)

    def test_is_written_down_now_and_then_only(self, waiting: World) -> None:
        lee, thread = User.objects.create_superuser("lee"), waiting.thread
        looking.look(thread, lee)
        first = waiting.thread.looked_at
        looking.look(thread, lee)
        assert waiting.thread.looked_at == first


@pytest.mark.parametrize(
    "text", ["desk", "a@example.com b@", ", ".join(f"a{n}@example.com" for n in range(21))]
)
def test_addresses_that_are_none_are_never_stored(text: str) -> None:
    with pytest.raises(ValidationError) as refused:
        Source(alert_to=text).clean()
    assert "alert_to" in refused.value.message_dict
