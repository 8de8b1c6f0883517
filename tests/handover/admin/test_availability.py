"""Agents say in the admin that they are there; pages say when agents have to be."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from handover import availability
from handover.actors import SYSTEM, Actor
from handover.models import (
    Availability,
    AvailabilityChange,
    AvailabilityState,
    Source,
)
from tests.handover.admin.scene import build, page_form
from tests.handover.admin.test_lists import form_of, list_of, shown

pytestmark = pytest.mark.django_db

AVAILABLE, AWAY = AvailabilityState.AVAILABLE, AvailabilityState.AWAY
MY_PAGE = "/admin/handover/availability/set/"
SOMEBODY = "The page is open and an agent is available."
NOBODY = "The page is open, but no agent is available; try again later."
BUTTONS = {AVAILABLE: "I am available</button>", AWAY: "I am away</button>"}


def state_of(user: User) -> str:
    return Availability.objects.get(user=user).state


class TestOnesOwn:
    def test_begins_with_either_button(self, staff: Client) -> None:
        text = shown(staff, MY_PAGE)
        assert "You, lee, have not said yet whether you are there." in text
        assert all(button in text for button in BUTTONS.values())

    @pytest.mark.parametrize("state", AvailabilityState)
    def test_is_what_the_button_said(self, staff: Client, lee: User, state: AvailabilityState) -> None:
        answer = staff.post(MY_PAGE, {"state": state.value}, follow=True)
        assert f"You are {state.value} now." in answer.content.decode()
        assert state_of(lee) == state
        text = shown(staff, MY_PAGE)
        assert f"You, lee, are <strong>{state.value}</strong> since" in text
        assert [state for state, button in BUTTONS.items() if button not in text] == [state]

    def test_leaves_a_line(self, staff: Client, lee: User) -> None:
        staff.post(MY_PAGE, {"state": "available"})
        line = AvailabilityChange.objects.get()
        assert (line.user, line.state, line.actor_kind, line.actor_label) == (
            lee,
            "available",
            "staff",
            "lee",
        )
        assert form_of(line) in shown(staff, list_of(AvailabilityChange))

    @pytest.mark.parametrize("sent", [{}, {"state": ""}, {"state": "busy"}])
    def test_is_asked_again_where_no_button_was_pressed(self, staff: Client, sent: dict[str, str]) -> None:
        answer = staff.post(MY_PAGE, sent)
        assert BUTTONS[AVAILABLE] in answer.content.decode()
        assert not Availability.objects.exists()

    def test_is_nobody_elses(self, staff: Client, lee: User) -> None:
        others = build(0)[Availability]
        staff.post(MY_PAGE, {"state": "away"})
        assert (state_of(lee), state_of(others.user)) == ("away", "available")

    def test_is_reached_from_the_list_by_whoever_may(self, staff: Client, staff_with: Any) -> None:
        assert MY_PAGE in shown(staff, list_of(Availability))
        auditor = staff_with("handover.view_availability")
        assert MY_PAGE not in shown(auditor, list_of(Availability))

    def test_counts_where_a_page_asks(self, staff: Client, staff_with: Any) -> None:
        source = build(0)[Source]
        agent = staff_with("handover.view_availability", "handover.open_intervention")
        for state, words in ((AVAILABLE, SOMEBODY), (AWAY, NOBODY)):
            agent.post(MY_PAGE, {"state": state.value})
            assert words in shown(staff, form_of(source))


def test_the_list_tells_who_counts(staff: Client, lee: User) -> None:
    others = build(0)[Availability]
    availability.set_state(lee, AVAILABLE, SYSTEM)
    text = shown(staff, list_of(Availability))
    assert others.user.username in text
    assert (text.count('alt="True"'), text.count('alt="False"')) == (1, 1)


class TestAPagesForm:
    hours = {"needs_agent": "on", "opening_hours": "Mon-Fri 09:00-18:00", "time_zone": "Europe/Vienna"}

    def test_has_the_option_and_the_hours(self, staff: Client) -> None:
        source = build(0)[Source]
        assert staff.post(form_of(source), page_form(source, **self.hours)).status_code == 302
        source.refresh_from_db()
        assert (source.needs_agent, source.opening_hours) == (True, "Mon-Fri 09:00-18:00")
        assert source.time_zone == "Europe/Vienna"

    @pytest.mark.parametrize(
        ("field", "value", "words"),
        [
            ("opening_hours", "9 to 5", "Line 1 cannot be read: &quot;9 to 5&quot;."),
            ("time_zone", "Vienna", "Vienna is no time zone that is known here."),
        ],
    )
    def test_refuses_what_it_cannot_read_and_says_where(
        self, staff: Client, field: str, value: str, words: str
    ) -> None:
        source = build(0)[Source]
        answer = staff.post(form_of(source), page_form(source, **{**self.hours, field: value}))
        assert answer.status_code == 200
        assert words in answer.content.decode()
        assert NOBODY in answer.content.decode(), "right now, by what is stored"
        assert Source.objects.values_list(field, flat=True).get() == getattr(source, field)

    @pytest.mark.parametrize(
        ("columns", "words"),
        [
            ({"needs_agent": False}, "The page does not ask whether agents are there."),
            ({}, SOMEBODY),
            ({"opening_hours": ""}, SOMEBODY),
        ],
    )
    def test_says_what_a_bot_would_hear_right_now(
        self, staff: Client, lee: User, columns: dict[str, Any], words: str
    ) -> None:
        source = build(0)[Source]
        availability.set_state(lee, AVAILABLE, Actor.for_staff(lee))
        Source.objects.update(**columns)
        assert words in shown(staff, form_of(source))

    def test_says_that_nobody_is_there(self, staff: Client, lee: User) -> None:
        source = build(0)[Source]
        availability.set_state(lee, AWAY, SYSTEM)
        assert NOBODY in shown(staff, form_of(source))
