"""The public JavaScript client, under Node. What is refused rejects its promise with an error of axios."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.clients.client import Client, Form, Raised
from tests.clients.story import Story


@pytest.fixture
def program() -> list[str]:
    return ["node", str(Path(__file__).with_name("program.js"))]


@pytest.mark.parametrize("form", ["query", "form", "json"])
def test_a_customer_is_handed_over_answered_and_released(story: Story, form: Form) -> None:
    story.is_played(form)


class TestWithASlashAtTheEndOfTheServersAddress:
    """The client only joins the two: its calls go to `//1.0/...`."""

    @pytest.fixture
    def server(self, server: str) -> str:
        return f"{server}/"

    def test_a_customer_is_handed_over_answered_and_released(self, story: Story) -> None:
        story.is_played("json")


def test_an_unknown_token_rejects(server: str, program: list[str]) -> None:
    with Client(program, server, "nobodys") as client, pytest.raises(Raised) as caught:
        client.get("/1.0/interventions")
    assert refusal(caught.value)["error"] == "invalid_access_token"


def test_a_handover_from_an_engaged_agent_rejects_and_names_the_agent(story: Story) -> None:
    with pytest.raises(Raised) as caught:
        story.bot_wants_the_engaged_thread_back()
    refused = refusal(caught.value)
    assert (refused["status"], refused["error"]) == (422, "intervention_engaged")
    assert "ana" in refused["message"]


def refusal(raised: Raised) -> dict[str, Any]:
    """The body, whose status is that of the answer."""
    assert raised.seen["raised"] == "AxiosError"
    body: dict[str, Any] = raised.seen["body"]
    assert body["status"] == raised.seen["status"]
    return body
