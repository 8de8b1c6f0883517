"""A page's rules as people read them."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from handover.admin.rules_in_words import rules
from handover.models import Source
from tests.handover.admin.scene import build

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("settings_", "words"),
    [
        ({"handover_deadline": 90}, "expires after 1\N{NO-BREAK SPACE}min."),
        ({"handover_deadline": None}, "expires after 5\N{NO-BREAK SPACE}min (as set for all pages)."),
        ({"asks_on_opening": True}, "as soon as an intervention opens"),
        ({"reply_max_age": 7200}, "within 2\N{NO-BREAK SPACE}h has failed"),
        ({"may_tag_human_agent": True}, "up to 7 days, by the human agent tag"),
        ({"after_closing": "release"}, "control is released."),
        ({"needs_agent": False}, "is not refused for want of one"),
        ({"needs_agent": True, "opening_hours": ""}, "is refused while no agent is available."),
        (
            {"needs_agent": True, "opening_hours": "Mon 09:00-12:00"},
            "refused outside the opening hours, and while",
        ),
    ],
)
def test_each_says_what_happens_by_itself(settings_: dict[str, Any], words: str) -> None:
    source = build(0)[Source]
    for name, value in settings_.items():
        setattr(source, name, value)
    assert any(words in rule for rule in rules(source))


def test_they_stand_above_what_is_decided(staff: Client) -> None:
    source = build(0)[Source]
    text = staff.get(f"/admin/handover/source/{source.pk}/change/").content.decode()
    assert text.index("When an intervention is over, control is released") < text.index(
        "id_handover_deadline"
    )
