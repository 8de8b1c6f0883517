"""Another kind of platform is added by implementing the port, without touching `handover`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from handover import channel, tokens
from handover.decision import Verb
from handover.models import HandoverState, Source
from handover.news import OwnerChanged
from handover.observations import record
from handover.wire_ids import key_of
from tests.fake_channel import PigeonPost

pytestmark = pytest.mark.django_db(transaction=True)
ASKED = {"identity_foreign_id": "coop 7", "type": "pigeon"}


@pytest.fixture
def pigeons() -> Iterator[PigeonPost]:
    port = PigeonPost()
    channel.register(port)
    yield port
    channel.unregister(port.type)


@pytest.fixture
def loft(pigeons: PigeonPost) -> Source:
    source = Source.objects.create(
        channel_type="pigeon", foreign_id="loft", name="Loft", agent_app_id="keeper", primary="bot"
    )
    source.bot_apps.create(app_id="77")
    return source


def hand_over(client: Any, **asked: str) -> Any:
    return client.post(f"/1.0/bots/handover?access_token={tokens.issue('x')}", {**ASKED, **asked})


def test_a_bot_asks_for_an_agent(client: Any, pigeons: PigeonPost, loft: Source) -> None:
    answer = hand_over(client, **{"from": "bot", "to": "agent"})
    assert answer.json() == {"status": 200, "message": "Success"}
    assert pigeons.calls == [(Verb.REQUEST, "coop 7", "")]


def test_what_the_channel_tells_settles_the_handover(client: Any, pigeons: PigeonPost, loft: Source) -> None:
    answer = hand_over(client, **{"from": "bot", "to": "agent"})
    from django.utils import timezone

    record(loft, loft.cast(), "coop 7", [OwnerChanged(timezone.now(), "keeper", "77", "flight")], "note 1")
    handover = loft.handovers.get(pk=key_of(answer.headers["Handover-Id"]))
    assert handover.state == HandoverState.COMPLETED


def test_a_thread_goes_back_to_the_bot(client: Any, pigeons: PigeonPost, loft: Source) -> None:
    assert hand_over(client, **{"from": "agent", "to": "bot"}).status_code == 200
    assert pigeons.owner == "77"


def test_the_plan_speaks_the_channels_words(client: Any, pigeons: PigeonPost, loft: Source) -> None:
    plan = hand_over(client, **{"from": "bot", "to": "agent", "dry_run": "1"}).json()["plan"]
    assert plan["calls"] == [{"edge": "coo-request", "as_app_id": "keeper", "target_app_id": None}]


def test_is_refused_where_no_such_channel_is_registered(client: Any) -> None:
    answer = hand_over(client, **{"from": "bot", "to": "agent"})
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_parameter")
