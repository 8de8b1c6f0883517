"""The public Python client. Whatever is refused, it raises a bare `Exception`, which says all in its text."""

from __future__ import annotations

import json
import re
import sys
from typing import Any

import pytest

from tests.clients.client import Client, Form, Raised
from tests.clients.story import Story


@pytest.fixture
def program() -> list[str]:
    return [sys.executable, "-m", "tests.clients.python.program"]


@pytest.mark.parametrize("form", ["query", "form", "json"])
def test_a_customer_is_handed_over_answered_and_released(story: Story, form: Form) -> None:
    story.is_played(form)


def test_an_unknown_token_is_raised(server: str, program: list[str]) -> None:
    with Client(program, server, "nobodys") as client, pytest.raises(Raised) as caught:
        client.get("/1.0/interventions")
    assert refusal(caught.value)["error"] == "invalid_access_token"


def test_a_handover_from_an_engaged_agent_is_raised_and_names_the_agent(story: Story) -> None:
    with pytest.raises(Raised) as caught:
        story.bot_wants_the_engaged_thread_back()
    refused = refusal(caught.value)
    assert (refused["status"], refused["error"]) == (422, "intervention_engaged")
    assert "ana" in refused["message"]


def refusal(raised: Raised) -> dict[str, Any]:
    """The body, whose status is that of the answer."""
    assert raised.seen["raised"] == "Exception"
    found = re.search(r"^Status: (\d+)\n Response Text: (.+)\Z", raised.seen["text"], re.MULTILINE)
    assert found is not None, raised.seen
    body: dict[str, Any] = json.loads(found[2])
    assert body["status"] == int(found[1])
    return body
