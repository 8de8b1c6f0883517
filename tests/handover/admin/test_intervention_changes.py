"""What becomes of an intervention in the admin: the plan, the change, and what its page tells."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from handover import contents, interventions
from handover.actors import SYSTEM, Actor
from handover.models import BotApp, Handover, Intervention, Reply, Source, Thread, ThreadEvent
from tests.handover.admin.reading import words_of
from tests.handover.admin.scene import build
from tests.handover.admin.test_lists import form_of
from tests.handover.admin.test_lists import shown as raw
from tests.people import agent_user
from tests.world import World

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("worker_rests")]

CONFIRM = "btn--primary"


@pytest.fixture
def thread() -> Thread:
    row: Thread = build(0)[Thread]
    return row


@pytest.fixture
def opened(thread: Thread) -> Intervention:
    """Ana's."""
    return interventions.open_intervention(thread, agent_user("ana"), SYSTEM)


def shown(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return words_of(answer)


def page_of(row: Intervention, change: str) -> str:
    return reverse(f"admin:handover_intervention_{change}", args=[row.pk])


def post(client: Client, row: Intervention, change: str, **sent: Any) -> str:
    """What is said on the thread's page."""
    answer = client.post(page_of(row, change), sent)
    assert (answer.status_code, answer.headers.get("Location")) == (302, form_of(row.thread))
    (said,) = get_messages(client.get(answer.headers["Location"]).wsgi_request)
    row.refresh_from_db()
    return f"{said.level_tag}: {said.message}"


def write(row: Intervention) -> None:
    contents.reply(row.thread, "On its way", row.user, Actor.for_staff(row.user))


def offered(client: Client, row: Intervention) -> set[str]:
    text = raw(client, form_of(row))
    changes = ("close", "cancel", "defer", "reactivate", "reassign", "note", "take_over")
    return {change for change in changes if page_of(row, change) in text}


class TestClosing:
    def test_tells_how_control_goes_back(self, opened: Intervention, staff: Client) -> None:
        assert "control goes back: it is released." in shown(staff, page_of(opened, "close"))
        Source.objects.update(after_closing="pass_to_bot")
        BotApp.objects.exclude(app_id="9000").update(is_active=False)
        assert "it is passed to Bot 0 (9000)." in shown(staff, page_of(opened, "close"))

    def test_tells_that_replies_wait_and_go_out_first(self, opened: Intervention, staff: Client) -> None:
        Thread.objects.update(last_customer_at=timezone.now())
        write(opened)
        text = shown(staff, page_of(opened, "close"))
        assert "1 reply that waits goes out first; until then the intervention is being closed" in text
        said = post(staff, opened, "close")
        assert said == "warning: The intervention of ana is being closed: the replies that wait go out first."
        assert (opened.status, opened.closed_by) == ("closing", "lee")

    def test_of_the_bots_own_gives_nothing_back(self, thread: Thread, staff: Client) -> None:
        row = interventions.open_intervention(thread, agent_user("bot"), SYSTEM, is_bots=True)
        assert "only our own record changes" in shown(staff, page_of(row, "close"))


class TestCancelling:
    def test_undoes_an_opening(self, opened: Intervention, staff: Client) -> None:
        assert CONFIRM in shown(staff, page_of(opened, "cancel"))
        assert post(staff, opened, "cancel") == "success: The intervention of ana is cancelled."
        assert opened.status == "cancelled"
        assert ThreadEvent.objects.get(name="intervention.canceled").actor_label == "lee"

    def test_is_refused_where_there_is_a_reply(self, opened: Intervention, staff: Client) -> None:
        Thread.objects.update(last_customer_at=timezone.now())
        write(opened)
        text = shown(staff, page_of(opened, "cancel"))
        assert "Refused. The customer was answered under this intervention (1 reply); close it." in text
        assert CONFIRM not in text
        assert post(staff, opened, "cancel").startswith("error: Refused, nothing was cancelled.")


class TestDeferring:
    def test_until_a_time(self, opened: Intervention, staff: Client) -> None:
        tomorrow = (timezone.now() + timedelta(days=1)).replace(second=0, microsecond=0)
        said = post(staff, opened, "defer", until=f"{tomorrow:%Y-%m-%dT%H:%M}")
        assert said == f"success: Deferred until {tomorrow:%Y-%m-%d %H:%M:%S} UTC."
        assert (opened.status, opened.deferred_until) == ("deferred", tomorrow)
        assert f"{tomorrow:%Y-%m-%d %H:%M:%S} UTC" in shown(staff, form_of(opened))

    def test_until_somebody_reactivates_it(self, opened: Intervention, staff: Client) -> None:
        assert post(staff, opened, "defer") == "success: Deferred until somebody reactivates it."
        assert post(staff, opened, "reactivate") == "success: The intervention of ana is active."
        assert opened.status == "opened"

    @pytest.mark.parametrize("until", [datetime(2020, 1, 1, tzinfo=UTC), datetime(2999, 1, 1, tzinfo=UTC)])
    def test_not_until_what_is_past_or_far_away(
        self, opened: Intervention, staff: Client, until: datetime
    ) -> None:
        answer = staff.post(page_of(opened, "defer"), {"until": f"{until:%Y-%m-%dT%H:%M}"})
        assert "This must be within the next 366 days." in answer.content.decode()
        opened.refresh_from_db()
        assert opened.status == "opened"


class TestReassigning:
    def test_makes_it_another_users(self, opened: Intervention, staff: Client, lee: User) -> None:
        assert post(staff, opened, "reassign", user=lee.pk) == "success: The intervention is lee's now."
        assert opened.user == lee

    def test_is_not_for_users_who_are_shut_out(self, opened: Intervention, staff: Client) -> None:
        gone = User.objects.create_user("gone", is_active=False)
        answer = staff.post(page_of(opened, "reassign"), {"user": gone.pk})
        assert "Select a valid choice" in answer.content.decode()


class TestNotes:
    def test_are_shown_oldest_first_in_the_name_of_who_left_them(
        self, opened: Intervention, staff: Client
    ) -> None:
        interventions.comment(opened, agent_user("ana"), "Wants a refund", SYSTEM)
        assert post(staff, opened, "note", body="<b>Granted</b>") == "success: The note is there."
        text = shown(staff, form_of(opened))
        assert text.index("Wants a refund") < text.index("<b>Granted")
        assert opened.comments.latest("pk").user.username == "lee"

    def test_are_left_on_what_is_over_too(self, opened: Intervention, staff: Client) -> None:
        interventions.close_intervention(opened, SYSTEM)
        assert post(staff, opened, "note", body="Came back by phone").startswith("success: ")

    def test_are_not_blank_and_not_endless(self, opened: Intervention, staff: Client) -> None:
        for body in ("  ", "x" * 5001):
            assert staff.post(page_of(opened, "note"), {"body": body}).status_code == 200
        assert not opened.comments.exists()


class TestTakingOver:
    @pytest.fixture
    def maya(self, world: World) -> Intervention:
        """The bot holds Maya's thread; ana is engaged."""
        world.build()
        world.maya_writes()
        return interventions.open_intervention(world.thread, agent_user("ana"), SYSTEM)

    def test_shows_the_call_and_makes_it(self, world: World, maya: Intervention, staff: Client) -> None:
        assert "request_thread_control" in shown(staff, page_of(maya, "take_over"))
        assert world.graph_calls() == []
        said = post(staff, maya, "take_over", planned="request")
        assert said.startswith("warning: Asked, not granted yet.")
        assert world.graph_calls() == ["request_thread_control"]
        handover = Handover.objects.get()
        assert (handover.sought_for, handover.user and handover.user.username) == (maya, "lee")

    def test_makes_no_other_call_than_was_shown(
        self, world: World, maya: Intervention, staff: Client
    ) -> None:
        Source.objects.update(requests_refused=True)
        answer = staff.post(page_of(maya, "take_over"), {"planned": "request"})
        assert "has changed since this page was shown" in answer.content.decode()
        assert world.graph_calls() == []

    def test_is_refused_under_what_is_over(self, world: World, maya: Intervention, staff: Client) -> None:
        interventions.close_intervention(maya, SYSTEM)
        text = shown(staff, page_of(maya, "take_over"))
        assert "Refused. Control is taken over under a person's intervention" in text
        assert post(staff, maya, "take_over").startswith("error: Refused")


class TestWhatIsOffered:
    def test_fits_the_status(self, opened: Intervention, staff: Client) -> None:
        assert offered(staff, opened) == {"close", "cancel", "defer", "reassign", "note", "take_over"}
        interventions.defer(opened, SYSTEM)
        assert "reactivate" in offered(staff, opened)
        interventions.close_intervention(opened, SYSTEM)
        assert offered(staff, opened) == {"note"}

    def test_of_the_bots_own_is_little(self, thread: Thread, staff: Client) -> None:
        row = interventions.open_intervention(thread, agent_user("bot"), SYSTEM, is_bots=True)
        assert offered(staff, row) == {"close", "cancel", "note"}

    def test_is_what_one_may(self, opened: Intervention, staff_with: Any) -> None:
        look = "handover.view_intervention"
        assert offered(staff_with(look), opened) == set()
        closer = staff_with(look, "handover.close_intervention", username="max")
        assert offered(closer, opened) == {"close", "cancel", "defer", "reassign"}

    def test_is_more_where_it_is_ones_own(self, opened: Intervention, staff_with: Any) -> None:
        agent = staff_with("handover.view_intervention", "handover.open_intervention")
        assert offered(agent, opened) == {"note"}
        interventions.reassign(opened, User.objects.get(username="kim"), SYSTEM)
        assert offered(agent, opened) == {"close", "cancel", "defer", "reassign", "note"}


CHANGED_BY_ITS_OWNER = ("close", "cancel", "defer", "reassign")


@pytest.mark.parametrize("name", CHANGED_BY_ITS_OWNER)
def test_somebody_elses_is_changed_only_by_whoever_may_close_others(
    name: str, opened: Intervention, staff_with: Any
) -> None:
    agent = staff_with("handover.view_intervention", "handover.open_intervention")
    path = reverse(f"admin:handover_intervention_{name}", args=[opened.pk])
    assert agent.get(path).status_code == agent.post(path, {"user": opened.user_id}).status_code == 403
    interventions.reassign(opened, User.objects.get(username="kim"), SYSTEM)
    assert agent.get(path).status_code == 200
    assert agent.post(path, {"user": opened.user_id}).status_code == 302


def test_who_closed_it_is_told(opened: Intervention, staff: Client) -> None:
    post(staff, opened, "close")
    assert '<div class="readonly">lee</div>' in raw(staff, form_of(opened))
    assert not Reply.objects.filter(is_pending=True).exists()
