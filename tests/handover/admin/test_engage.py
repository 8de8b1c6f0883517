"""Opening and closing interventions in the admin."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse

from handover import interventions
from handover.actors import SYSTEM
from handover.models import Intervention, Source, Thread, ThreadEvent
from tests.handover.admin.reading import words_of
from tests.handover.admin.scene import build
from tests.people import agent_user

pytestmark = pytest.mark.django_db(transaction=True)

CONFIRM = "btn--primary"


@pytest.fixture
def thread() -> Thread:
    row: Thread = build(0)[Thread]
    return row


def opening(thread: Thread) -> str:
    return reverse("admin:handover_thread_open_intervention", args=[thread.pk])


def closing(intervention: Intervention) -> str:
    return reverse("admin:handover_intervention_close", args=[intervention.pk])


def post(client: Client, path: str) -> str:
    answer = client.post(path)
    assert answer.status_code == 302
    (said,) = get_messages(client.get(answer.headers["Location"]).wsgi_request)
    return f"{said.level_tag}: {said.message}"


def shown(client: Client, path: str) -> str:
    return words_of(client.get(path))


class TestOpening:
    def test_is_for_whoever_is_logged_in(self, thread: Thread, staff: Client, lee: User) -> None:
        text = shown(staff, opening(thread))
        assert "Facebook will not be called: only our own record changes." in text
        assert CONFIRM in text
        assert post(staff, opening(thread)).startswith("success: An intervention of lee is open.")
        opened = Intervention.objects.get(status="opened")
        assert opened.user == lee
        event = ThreadEvent.objects.get(name="intervention.opened")
        assert (event.actor_kind, event.actor_label, event.intervention) == ("staff", "lee", opened)

    def test_says_so_where_the_page_asks_for_control_at_once(self, thread: Thread, staff: Client) -> None:
        Source.objects.update(asks_on_opening=True)
        assert "control is asked for right afterwards" in shown(staff, opening(thread))

    def test_is_refused_while_somebody_is_engaged(self, thread: Thread, staff: Client) -> None:
        interventions.open_intervention(thread, agent_user("ana"), SYSTEM)
        text = shown(staff, opening(thread))
        assert "Refused. An intervention is currently engaged with this identity: ana has it" in text
        assert CONFIRM not in text
        assert post(staff, opening(thread)).startswith("error: Refused, no intervention was opened.")
        assert Intervention.objects.filter(status="opened").count() == 1


class TestClosing:
    def test_somebody_elses_is_closed_in_ones_own_name(self, thread: Thread, staff: Client) -> None:
        row = interventions.open_intervention(thread, agent_user("ana"), SYSTEM)
        page = staff.get(reverse("admin:handover_thread_change", args=[thread.pk])).content.decode()
        assert closing(row) in page
        assert "It is ana's, not yours" in shown(staff, closing(row))
        assert post(staff, closing(row)) == "success: The intervention of ana is closed."
        row.refresh_from_db()
        assert row.status == "closed"
        event = ThreadEvent.objects.get(name="intervention.closed")
        assert (event.actor_kind, event.cause) == ("staff", "closed by lee")

    def test_of_ones_own_says_nothing_of_others(self, thread: Thread, staff: Client, lee: User) -> None:
        row = interventions.open_intervention(thread, lee, SYSTEM)
        assert "not yours" not in shown(staff, closing(row))

    def test_is_refused_when_it_is_over(self, thread: Thread, staff: Client) -> None:
        row = interventions.open_intervention(thread, agent_user("ana"), SYSTEM)
        interventions.close_intervention(row, SYSTEM)
        text = shown(staff, closing(row))
        assert "Refused. This intervention is closed already." in text
        assert CONFIRM not in text
        assert post(staff, closing(row)).startswith("error: Refused, nothing was closed.")
        assert ThreadEvent.objects.filter(name="intervention.closed").count() == 1

    def test_is_offered_on_its_page_while_it_is_open(self, thread: Thread, staff: Client) -> None:
        row = interventions.open_intervention(thread, agent_user("ana"), SYSTEM)
        page = reverse("admin:handover_intervention_change", args=[row.pk])
        assert closing(row) in shown(staff, page)
        interventions.close_intervention(row, SYSTEM)
        assert closing(row) not in shown(staff, page)
