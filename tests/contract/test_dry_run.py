"""`dry_run`: decide and explain; change nothing, ask Facebook to change nothing."""

from __future__ import annotations

from typing import Any

import pytest

from handover import interventions
from handover.actors import SYSTEM
from handover.models import Handover, ThreadEvent
from tests.people import agent_user
from tests.world import AGENT, BOT, World


@pytest.fixture
def world(world: World) -> World:
    world.build()
    world.maya_writes()
    return world


def plan_of(answer: Any) -> dict[str, Any]:
    plan: dict[str, Any] = answer.json()["plan"]
    return plan


@pytest.mark.parametrize("yes", ["true", "1", "on", "yes", "TRUE"])
def test_explains_the_request_to_come(world: World, yes: str) -> None:
    answer = world.bot_to_agent(dry_run=yes)
    assert answer.status_code == 200
    assert {k: v for k, v in answer.json().items() if k != "plan"} == {"status": 200, "message": "Success"}
    plan = plan_of(answer)
    assert plan["calls"] == [{"edge": "request_thread_control", "as_app_id": AGENT, "target_app_id": None}]
    assert all(set(rule) == {"name", "holds", "because"} and rule["holds"] for rule in plan["rules"])


def test_changes_nothing_and_asks_nothing(world: World) -> None:
    events = ThreadEvent.objects.count()
    answer = world.bot_to_agent(dry_run="true")
    assert "Handover-Id" not in answer.headers
    assert (Handover.objects.count(), ThreadEvent.objects.count()) == (0, events)
    assert world.graph_calls() == []


def test_names_the_target_of_a_pass(world: World) -> None:
    world.bot_passes_to_us()
    assert plan_of(world.agent_to_bot(dry_run="true"))["calls"] == [
        {"edge": "pass_thread_control", "as_app_id": AGENT, "target_app_id": BOT}
    ]


def test_a_refusal_has_the_real_status_and_body_beside_the_plan(world: World) -> None:
    world.bot_passes_to_us()
    interventions.open_intervention(world.thread, agent_user("ana"), SYSTEM)
    dry, real = world.agent_to_bot(dry_run="true"), world.agent_to_bot()
    assert dry.status_code == real.status_code == 422
    assert {k: v for k, v in dry.json().items() if k != "plan"} == real.json()
    assert plan_of(dry)["rules"][-1]["name"] == "no_intervention_engaged"
    assert plan_of(dry)["rules"][-1]["holds"] is False
    assert plan_of(dry)["calls"] == []


def test_nobody_to_be_found_is_explained_too(world: World) -> None:
    world.add_page("222", "receivers", BOT)
    world.connect_page("bot", "222")
    answer = world.hand_over("bot", "agent", identity_foreign_id="404", dry_run="true")
    assert (answer.status_code, answer.json()["error"]) == (404, "identity_not_found")
    assert plan_of(answer)["rules"][0]["holds"] is False


def test_a_first_contact_would_ask_facebook(world: World) -> None:
    answer = world.hand_over("bot", "agent", identity_foreign_id="404", dry_run="true")
    assert answer.status_code == 200
    assert [call["edge"] for call in plan_of(answer)["calls"]] == ["request_thread_control"]


def test_off_is_the_real_call(world: World) -> None:
    assert "plan" not in world.bot_to_agent(dry_run="off").json()
    assert world.graph_calls() == ["request_thread_control"]
