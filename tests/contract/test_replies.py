"""`POST /1.0/contents`: which replies are accepted, and how they go out."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from handover import history, tokens
from handover.models import Content, Intervention, Source, Thread
from handover.wire_ids import wire_id
from tests.contract.engaging import (
    NOBODYS,
    changed,
    content_id,
    opened,
    other_pages_token,
    post,
    staged,
    thread_id,
)
from tests.contract.replying import answer, answers, refresh, said, set_page
from tests.contract.test_handover_requests import is_refused
from tests.world import AGENT, MAYA, PAGE, World

pytestmark = pytest.mark.usefixtures("worker_rests")
FORMS = ("params", "data", "json")


@pytest.fixture
def desk(world: World) -> World:
    """Maya has written, our app holds her thread, and ana's token calls."""
    return staged(world)


class TestAReply:
    def test_is_answered_at_once_and_sent_by_the_worker(self, desk: World) -> None:
        record = opened(desk)
        reply = answer(desk, "On its way", in_reply_to_id=content_id(desk))
        assert (reply["synchronization_status"], reply["foreign_id"]) == ("export_pending", None)
        assert (reply["author"], reply["body"], reply["created_from"]) == ("agent", "On its way", "api")
        assert (reply["in_reply_to_id"], reply["intervention_id"]) == (content_id(desk), record["id"])
        assert reply["creator_id"] == record["user_id"]
        assert said(desk) == []
        desk.work()
        after = refresh(desk, reply)
        assert (after["synchronization_status"], after["synchronization_error"]) == ("success", None)
        assert (after["app_id"], bool(after["foreign_id"])) == (AGENT, True)
        assert said(desk) == ["On its way"]

    @pytest.mark.parametrize("form", FORMS)
    def test_may_come_as_query_form_or_json(self, desk: World, form: str) -> None:
        opened(desk)
        sent = {"body": "Hé, 5 € 🙂", "in_reply_to_id": content_id(desk), "private": "1"}
        reply = post(desk, "contents", **{form: sent})
        assert reply.status_code == 200, reply.text
        desk.work()
        assert said(desk) == ["Hé, 5 € 🙂"]

    def test_names_its_content_in_its_metadata(self, desk: World) -> None:
        opened(desk)
        reply = answer(desk, "On its way")
        desk.work()
        [call] = [call for call in desk.facebook.calls if call.edge == "messages"]
        assert call.parameters["message"] == {"text": "On its way", "metadata": reply["id"]}
        assert (call.parameters["messaging_type"], "tag" in call.parameters) == ("RESPONSE", False)

    def test_has_an_echo_that_is_no_second_message(self, desk: World) -> None:
        opened(desk)
        answer(desk, "On its way")
        desk.work()
        desk.settle()
        assert Content.objects.filter(author="agent").count() == 1

    def test_that_the_platform_echoes_without_our_metadata_is_still_one_message(self, desk: World) -> None:
        opened(desk)
        reply = answer(desk, "On its way")
        desk.facebook.knobs.webhooks.hold()
        desk.work()
        [line] = [line for line in desk.facebook.transcript(PAGE, MAYA) if line.app_id == AGENT]
        Content.objects.filter(foreign_id=line.mid).update(
            foreign_id=None, synchronization_status="export_pending"
        )
        thread = desk.thread
        Content.objects.create(
            source=thread.source,
            thread=thread,
            foreign_id=line.mid,
            author="agent",
            body="On its way",
            field="standby",
            sent_at=timezone.now(),
            received_at=timezone.now(),
        )
        desk.facebook.knobs.webhooks.release()
        desk.settle()
        assert [content["id"] for content in agents_messages(desk)] == [reply["id"]]
        assert refresh(desk, reply)["synchronization_status"] == "success"

    def test_is_followed_by_the_next_in_order(self, desk: World) -> None:
        opened(desk)
        written = [f"Part {number}" for number in range(5)]
        replies = [answer(desk, text) for text in written]
        desk.work()
        assert said(desk) == written
        assert answers(desk, replies) == ["success"] * 5

    def test_of_2000_characters_goes_out_whole(self, desk: World) -> None:
        opened(desk)
        answer(desk, "é" * 2000)
        desk.work()
        assert said(desk) == ["é" * 2000]

    def test_stands_in_the_history_with_who_wrote_it(self, desk: World) -> None:
        opened(desk)
        answer(desk, "On its way")
        desk.work()
        [event] = desk.thread.events.filter(name="content.replied")
        assert (event.actor_kind, event.actor_label, event.content.body) == ("token", "desk", "On its way")
        assert list(history.breaks(desk.thread)) == []

    def test_may_be_another_agents_and_the_history_says_whose(self, desk: World) -> None:
        opened(desk)
        bens = tokens.issue("ben's desk")
        post(desk, "contents", token=bens, json={"body": "Hi", "thread_id": thread_id(desk)})
        assert desk.thread.events.get(name="content.replied").actor_label == "ben's desk"

    def test_counts_as_a_reply_before_it_has_gone_out(self, desk: World) -> None:
        record = opened(desk)
        answer(desk, "On its way")
        assert desk.get(f"/1.0/interventions/{record['id']}")["user_replies_count"] == 1
        is_refused(desk.ask("DELETE", f"/1.0/interventions/{record['id']}/cancel"), 403, "forbidden")


class TestARefusedReply:
    def test_has_no_open_intervention(self, desk: World) -> None:
        is_refused(self.to(desk), 422, "content_refused", "No intervention")

    def test_has_none_of_a_persons(self, desk: World) -> None:
        post(desk, "bots/engage", params={"content_id": content_id(desk)})
        is_refused(self.to(desk), 422, "content_refused", "No intervention")

    def test_comes_after_the_closing_began(self, desk: World) -> None:
        record = opened(desk)
        answer(desk, "Bye")
        changed(desk, record, "PUT", "close")
        is_refused(self.to(desk), 422, "content_refused", "being closed")

    @pytest.mark.parametrize("body", ["", " \n\t ", "x" * 2001, "🙂" * 2001])
    def test_is_empty_or_too_long(self, desk: World, body: str) -> None:
        opened(desk)
        is_refused(self.to(desk, body=body), 422, "content_refused")

    def test_has_no_text_at_all(self, desk: World) -> None:
        opened(desk)
        asked = post(desk, "contents", json={"thread_id": thread_id(desk)})
        is_refused(asked, 422, "content_refused", "empty")

    @pytest.mark.parametrize("answered", NOBODYS)
    def test_answers_nobodys_message(self, desk: World, answered: str) -> None:
        opened(desk)
        is_refused(self.to(desk, in_reply_to_id=answered), 422, "content_refused", "in_reply_to_id")

    def test_answers_a_message_of_another_thread(self, desk: World) -> None:
        opened(desk)
        desk.facebook.add_person(PAGE, "24002")
        desk.facebook.customer_writes(PAGE, "24002", "Hello")
        desk.settle()
        others = wire_id(Content.objects.get(thread__identity__foreign_id="24002").pk)
        is_refused(self.to(desk, in_reply_to_id=others), 422, "content_refused", "in_reply_to_id")

    @pytest.mark.parametrize("thread", NOBODYS)
    def test_is_for_nobodys_thread(self, desk: World, thread: str) -> None:
        is_refused(self.to(desk, thread_id=thread), 404, "not_found")

    def test_names_neither(self, desk: World) -> None:
        opened(desk)
        is_refused(post(desk, "contents", json={"body": "Hi"}), 400, "missing_parameter", "in_reply_to_id")

    def test_is_on_a_page_that_the_token_may_not_act_on(self, desk: World) -> None:
        opened(desk)
        others = other_pages_token()
        where = {"body": "Hi", "thread_id": thread_id(desk)}
        is_refused(post(desk, "contents", token=others, json=where), 404, "not_found")
        where = {"body": "Hi", "in_reply_to_id": content_id(desk)}
        is_refused(post(desk, "contents", token=others, json=where), 422, "content_refused")

    def test_comes_with_a_token_that_may_only_read(self, desk: World) -> None:
        opened(desk)
        reader = tokens.issue("reader", rights=["read"])
        asked = post(desk, "contents", token=reader, json={"body": "Hi", "thread_id": thread_id(desk)})
        is_refused(asked, 403, "forbidden", "reply")

    def test_is_on_a_disabled_page(self, desk: World) -> None:
        opened(desk)
        Source.objects.update(is_active=False)
        is_refused(self.to(desk), 422, "source_inactive")

    def test_leaves_nothing_behind(self, desk: World) -> None:
        self.to(desk)
        assert Content.objects.filter(author="agent").count() == 0
        assert Intervention.objects.count() == 0

    def to(self, desk: World, **parameters: str) -> object:
        where = {} if "in_reply_to_id" in parameters else {"thread_id": thread_id(desk)}
        if "in_reply_to_id" in parameters:
            where = {"thread_id": thread_id(desk)}
        return post(desk, "contents", json={"body": "Hi", **where, **parameters})


class TestTheMessagingWindow:
    def test_is_told_with_the_thread(self, desk: World) -> None:
        wrote(desk, hours_ago=1)
        window = desk.get(f"/1.0/content_threads/{thread_id(desk)}")["messaging_window"]
        assert window["response_until"] is not None
        assert window["by_hand_until"] is None

    def test_is_longer_for_people_where_the_page_may_tag(self, desk: World) -> None:
        set_page(desk, may_tag_human_agent=True)
        window = desk.get(f"/1.0/content_threads/{thread_id(desk)}")["messaging_window"]
        assert window["by_hand_until"] > window["response_until"]

    def test_once_closed_refuses_a_reply_with_the_reason(self, desk: World) -> None:
        opened(desk)
        wrote(desk, hours_ago=25)
        reply = post(desk, "contents", json={"body": "Hi", "thread_id": thread_id(desk)})
        is_refused(reply, 422, "content_refused", "until the customer writes again")

    def test_that_closes_while_a_reply_waits_ends_it(self, desk: World) -> None:
        opened(desk)
        reply = answer(desk, "Hi")
        wrote(desk, hours_ago=25)
        desk.work()
        after = refresh(desk, reply)
        assert after["synchronization_status"] == "export_failure"
        assert after["synchronization_error"].startswith("window closed - ")
        assert said(desk) == []

    def test_after_a_day_takes_what_a_person_wrote_under_the_tag(self, desk: World) -> None:
        set_page(desk, may_tag_human_agent=True)
        opened(desk)
        desk.facebook.advance(25 * 3600)
        wrote(desk, hours_ago=25)
        answer(desk, "Sorry for the wait")
        desk.work()
        [call] = [call for call in desk.facebook.calls if call.edge == "messages"]
        assert (call.parameters["messaging_type"], call.parameters["tag"]) == ("MESSAGE_TAG", "HUMAN_AGENT")

    def test_after_a_week_takes_nothing(self, desk: World) -> None:
        set_page(desk, may_tag_human_agent=True)
        opened(desk)
        wrote(desk, hours_ago=7 * 24 + 1)
        reply = post(desk, "contents", json={"body": "Hi", "thread_id": thread_id(desk)})
        is_refused(reply, 422, "content_refused")

    def test_is_for_facebook_to_tell_while_no_message_of_the_customers_is_known(self, desk: World) -> None:
        opened(desk)
        Thread.objects.update(last_customer_at=None)
        answer(desk, "Hi")
        desk.work()
        assert said(desk) == ["Hi"]


def wrote(desk: World, *, hours_ago: float) -> None:
    Thread.objects.update(last_customer_at=timezone.now() - timedelta(hours=hours_ago))


def agents_messages(desk: World) -> list[dict[str, object]]:
    records: list[dict[str, object]] = desk.get("/1.0/contents", thread_id=thread_id(desk))["records"]
    return [record for record in records if record["author"] == "agent"]
