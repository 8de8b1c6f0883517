"""`POST /1.0/contents`: an agent's reply, and what becomes of it."""

from __future__ import annotations

import pytest

from handover.models import Content
from handover.wire_ids import key_of
from tests.contract.engaging import changed, content_id, opened, other_pages_token, post, staged, thread_id
from tests.contract.replying import answer, answers, said, texts_sent
from tests.world import AGENT, BOT, World


pytestmark = pytest.mark.usefixtures("worker_rests")


@pytest.fixture
def desk(world: World) -> World:
    """Maya has written, our app holds her thread, and ana's token calls."""
    return staged(world)


def test_a_reply_is_answered_at_once_and_sent_by_the_worker(desk: World) -> None:
    opened(desk)
    reply = answer(desk, "On its way", in_reply_to_id=content_id(desk))
    assert reply["synchronization_status"] == "export_pending"
    assert reply["in_reply_to_id"] == content_id(desk)
    assert (reply["author"], reply["body"], reply["foreign_id"]) == ("agent", "On its way", None)
    assert said(desk) == []
    desk.work()
    after = desk.get(f"/1.0/contents/{reply['id']}")
    assert (after["synchronization_status"], after["synchronization_error"]) == ("success", None)
    assert said(desk) == ["On its way"]
    assert after["app_id"] == AGENT and after["foreign_id"]


def test_its_echo_is_no_second_message(desk: World) -> None:
    opened(desk)
    answer(desk, "On its way")
    desk.work()
    desk.settle()
    assert Content.objects.filter(author="agent").count() == 1


def test_replies_of_a_thread_go_out_in_order(desk: World) -> None:
    opened(desk)
    written = [f"Part {number}" for number in range(5)]
    for text in written:
        answer(desk, text)
    desk.work()
    assert said(desk) == written


def test_the_bot_is_asked_for_control_and_the_same_reply_goes_out_once_it_is_granted(world: World) -> None:
    desk = staged(world, held_by=BOT)
    opened(desk)
    replies = [answer(desk, "First"), answer(desk, "Second")]
    desk.work()
    assert desk.graph_calls() == ["request_thread_control"]
    assert answers(desk, replies) == ["export_pending", "export_pending"]
    desk.work()
    assert desk.graph_calls() == ["request_thread_control"]
    desk.bot_passes_to_us()
    desk.work()
    assert answers(desk, replies) == ["success", "success"]
    assert said(desk) == ["First", "Second"]
    assert texts_sent(desk) == ["First", "First", "Second"]


def test_closing_sends_what_waits_and_then_releases_control(desk: World) -> None:
    record = opened(desk)
    answer(desk, "Bye")
    assert changed(desk, record, "PUT", "close")["status"] == "closing"
    desk.work()
    assert desk.get(f"/1.0/interventions/{record['id']}")["status"] == "closed"
    assert desk.graph_calls("messages", "release_thread_control") == ["messages", "release_thread_control"]
    assert desk.truth is None
    assert desk.control["owner"] == "idle"
