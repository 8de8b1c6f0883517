"""A thread's page: the transcript, what is beside it, what it asks for while it is open, who sees what."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any
from urllib.parse import unquote

import pytest
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from handover import interventions
from handover.actors import SYSTEM, Actor
from handover.models import BotApp, Content, Handover, Intervention, SavedReply, Source, Thread
from tests.contract.replying import later
from tests.handover.admin.reading import words_in, words_of
from tests.people import agent_user
from tests.world import AGENT, BOT, MAYA, PAGE, World

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("worker_rests")]

HTMX = {"HX-Request": "true"}


@pytest.fixture
def world(world: World) -> World:
    """The bot holds Maya's thread."""
    world.build()
    world.maya_writes("Where is my parcel?")
    return world


def address(world: World, name: str = "change") -> str:
    return reverse(f"admin:handover_thread_{name}", args=[world.thread.pk])


def page(client: Client, world: World, query: str = "") -> str:
    answer = client.get(address(world) + query)
    assert answer.status_code == 200
    return answer.content.decode()


def words(client: Client, world: World, query: str = "") -> str:
    return words_in(page(client, world, query))


def known(html: str) -> dict[str, str]:
    """What an open page tells when it asks for news."""
    (div,) = re.findall(r'<div id="knows".*?</div>', html)
    (since,) = re.findall(r"/live/\?since=([^\"]*)", html) or [""]
    return {**dict(re.findall(r'name="(\w+)" value="([^"]*)"', div)), "since": unquote(since)}


def news(client: Client, world: World, knows: dict[str, str]) -> Any:
    return client.get(address(world, "live"), knows, headers=HTMX)


class TestTheTranscript:
    def test_tells_apart_who_spoke_and_shows_control_between(self, world: World, staff: Client) -> None:
        world.facebook.app_sends(BOT, PAGE, MAYA, "Let me look.")
        world.settle()
        world.bot_passes_to_us()
        world.facebook.app_sends(AGENT, PAGE, MAYA, "Hello, Ana here.")
        world.settle()
        html = page(staff, world)
        for look in ("customer", "bot", "agent"):
            assert f"msg msg--{look}" in html
        order = ["Where is my parcel?", "Let me look.", "Control went from Bot to Agent", "Ana here."]
        text = words_in(html)
        assert sorted(order, key=text.index) == order

    def test_marks_a_bot_that_speaks_while_the_agent_holds_the_thread(
        self, world: World, staff: Client
    ) -> None:
        world.bot_passes_to_us()
        assert "While the agent held it" not in words(staff, world)
        at = timezone.now()
        Content.objects.create(
            source=world.thread.source,
            thread=world.thread,
            author="bot",
            app_id=BOT,
            body="As I said",
            sent_at=at,
            received_at=at,
        )
        assert "While the agent held it" in words(staff, world)

    def test_links_to_attachments_and_to_nothing_else(self, world: World, staff: Client) -> None:
        photo = {"type": "image", "payload": {"url": "https://cdn.example/IMG_1.jpg"}}
        script = {"type": "file", "payload": {"url": "javascript:alert(1)"}}
        world.facebook.customer_writes(PAGE, MAYA, "", [photo, script])
        world.settle()
        html = page(staff, world)
        link = '<a href="https://cdn.example/IMG_1.jpg" target="_blank" rel="noopener noreferrer">'
        assert f"{link}Photo: IMG_1.jpg</a>" in html
        assert "javascript:" not in html and "<img" not in html

    def test_says_what_a_tap_on_a_button_was(self, world: World, staff: Client) -> None:
        Content.objects.update(kind="postback", payload="TRACK_PARCEL")
        assert "Tapped a button TRACK_PARCEL Where is my parcel?" in words(staff, world)

    def test_says_how_far_a_message_of_ours_has_come(self, world: World, staff: Client) -> None:
        world.facebook.app_sends(BOT, PAGE, MAYA, "Let me look.")
        world.settle()
        assert "Sent" in words(staff, world)
        Thread.objects.update(delivered_until=timezone.now())
        assert "Delivered" in words(staff, world)
        Thread.objects.update(read_until=timezone.now())
        assert "Seen" in words(staff, world)

    def test_runs_nothing_that_a_customer_wrote(self, world: World, staff: Client) -> None:
        world.maya_writes("<script>alert(1)</script>")
        html = page(staff, world)
        assert "<script>alert" not in html and "&lt;script&gt;alert(1)" in html

    def test_comes_in_pieces(self, world: World, staff: Client) -> None:
        many(world, 70)
        html = page(staff, world)
        assert "Message 69" in html and "Message 10 " not in html
        (link,) = re.findall(r'href="(\?before=[^"]+)"', html)
        earlier = page(staff, world, link)
        assert "Where is my parcel?" in earlier and "Message 69 " not in earlier
        assert "Newest messages" in earlier
        piece = staff.get(address(world, "earlier") + link, headers=HTMX).content.decode()
        assert "Where is my parcel?" in piece and "<html" not in piece

    @pytest.mark.parametrize("place", ["x", "2026-01-01/1/1", "0001-01-01T00:00:00+14:00/1/1", "", "//"])
    def test_a_place_that_makes_no_sense_is_passed_over(
        self, place: str, world: World, staff: Client
    ) -> None:
        assert "Where is my parcel?" in page(staff, world, f"?before={place}")
        assert staff.get(address(world, "earlier"), {"before": place}).status_code == 200
        assert staff.get(address(world, "live"), {"since": place, "seen": place}).status_code == 200


def many(world: World, count: int) -> None:
    thread, at = world.thread, timezone.now()
    Content.objects.bulk_create(
        Content(
            source=thread.source,
            thread=thread,
            author="bot",
            app_id=BOT,
            body=f"Message {number} ",
            sent_at=at + timedelta(seconds=number),
            received_at=at,
        )
        for number in range(count)
    )


class TestBeside:
    def test_is_why_the_bot_handed_over(self, world: World, staff: Client) -> None:
        world.bot_to_agent(reason="She asks for a person")
        assert "test bot asked for an agent" in words(staff, world)
        assert "“She asks for a person”" in words(staff, world)

    def test_is_not_why_it_did_so_before_the_thread_went_back(self, world: World, staff: Client) -> None:
        world.bot_to_agent(reason="She asks for a person")
        world.bot_passes_to_us()
        world.agent_to_bot()
        assert "asked for an agent" not in words(staff, world)

    def test_is_who_holds_the_thread_and_how_long_it_may_be_answered(
        self, world: World, staff: Client
    ) -> None:
        text = words(staff, world)
        assert f"Acme bot ({BOT})" in text
        assert "by where Facebook delivered the customer's message" in text
        assert "23 h 59 min left" in text

    def test_is_each_move_with_what_its_plan_comes_to(self, world: World, staff: Client) -> None:
        text = words(staff, world)
        assert "Hand to the agent can be asked for" in text
        assert "Hand to Acme bot held already" in text
        interventions.open_intervention(world.thread, agent_user("ana"), SYSTEM)
        text = words(staff, world)
        assert "Hand to Acme bot refused" in text
        assert "Take over, whoever holds it can be asked for" in text

    def test_is_the_intervention_with_its_notes(self, world: World, staff: Client) -> None:
        assert "Nobody is engaged in this thread." in words(staff, world)
        row = interventions.open_intervention(world.thread, agent_user("ana"), SYSTEM)
        interventions.comment(row, agent_user("ana"), "Wants a refund", SYSTEM)
        text = words(staff, world)
        assert "ana Opened, since" in text and "Wants a refund" in text

    def test_is_read_from_as_many_rows_however_many_bots_there_are(self, world: World, staff: Client) -> None:
        many(world, 60)
        few = statements(staff, world)
        for number in range(30):
            BotApp.objects.create(source=world.thread.source, app_id=f"95{number}", name=f"Bot {number}")
        many(world, 200)
        assert statements(staff, world) <= few


def statements(client: Client, world: World) -> int:
    page(client, world)
    with CaptureQueriesContext(connection) as queries:
        page(client, world)
    return len(queries)


class TestAPageThatIsOpen:
    def test_is_told_nothing_where_nothing_has_happened(self, world: World, staff: Client) -> None:
        for _ in range(3):  # Now and then a page is renewed by itself.
            answer = news(staff, world, known(page(staff, world)))
            if answer.status_code == 204:
                break
        assert answer.status_code == 204 and not answer.content

    def test_is_told_what_came_and_who_holds_the_thread_now(self, world: World, staff: Client) -> None:
        knows = known(page(staff, world))
        world.maya_writes("Hello?")
        world.bot_passes_to_us()
        answer = news(staff, world, knows)
        html = answer.content.decode()
        assert "Where is my parcel?" in html and "Hello?" in html
        assert "Our app holds this thread" in html and "<textarea" not in html
        assert known(html)["version"] != knows["version"]

    def test_is_told_what_somebody_else_has_done(self, world: World, staff: Client, lee: User) -> None:
        knows = known(page(staff, world))
        ana = agent_user("ana")
        interventions.open_intervention(world.thread, ana, Actor.for_staff(ana))
        assert "Staff: ana: Intervention opened" in words_of(news(staff, world, knows))

    def test_of_an_earlier_piece_keeps_that(self, world: World, staff: Client) -> None:
        many(world, 70)
        (link,) = re.findall(r'href="(\?before=[^"]+)"', page(staff, world))
        knows = known(page(staff, world, link))
        assert 'id="tail"' not in news(staff, world, {"version": knows["version"] + "x"}).content.decode()


class TestAnActionInThePage:
    def test_is_its_plan_and_then_its_outcome(self, world: World, staff: Client) -> None:
        plan = staff.get(address(world, "hand_over_to_agent"), headers=HTMX).content.decode()
        assert "request_thread_control" in plan and "<html" not in plan
        answer = staff.post(address(world, "hand_over_to_agent"), {"planned": "request"}, headers=HTMX)
        assert "Asked, not granted yet." in words_of(answer)
        assert answer.headers["HX-Trigger"] == "thread-changed"
        assert not list(staff.get(address(world)).context["messages"])

    def test_is_not_carried_out_where_somebody_else_was_first(self, world: World, staff: Client) -> None:
        seen = world.thread.history_length
        world.bot_to_agent()
        answer = staff.post(address(world, "hand_over_to_agent"), {"planned": "request", "seen": seen})
        assert "API token: test bot was first. Control requested at" in words_of(answer)
        assert Handover.objects.get().repeats == 0
        assert "Nothing was done; please look at it again." in words_of(answer)

    def test_to_open_is_told_who_opened_first(self, world: World, staff: Client) -> None:
        seen, ana = world.thread.history_length, agent_user("ana")
        interventions.open_intervention(world.thread, ana, Actor.for_staff(ana))
        answer = staff.post(address(world, "open_intervention"), {"seen": seen}, headers=HTMX)
        assert "Staff: ana was first. Intervention opened" in words_of(answer)
        assert Intervention.objects.count() == 1

    def test_to_reply_renews_the_box_alone(self, world: World, staff: Client, lee: User) -> None:
        interventions.open_intervention(world.thread, lee, SYSTEM)
        form = staff.get(address(world)).context["box"]
        sent = {"planned": "request", "newest": form.newest, "one_time_key": form.key, "body": "On its way"}
        answer = staff.post(address(world, "reply"), sent, headers=HTMX)
        assert answer.context["box"].body == "" and answer.context["box"].key != form.key
        assert "The reply is accepted" in words_of(answer) and "<html" not in answer.content.decode()
        assert "Waits to be sent" in words(staff, world)


class TestWhoSeesWhat:
    def test_without_the_right_to_messages_the_rest_is_there(self, world: World, staff_with: Any) -> None:
        looker = staff_with("handover.view_thread", "handover.reply_to_thread")
        html = page(looker, world)
        assert "Where is my parcel?" not in html
        assert "Messages are shown to who may read them" in html and "Acme bot" in html
        live = news(looker, world, known(html) | {"version": ""}).content.decode()
        assert "Where is my parcel?" not in live
        many(world, 70)
        place = {"before": "2999-01-01T00:00:00+00:00/1/1"}
        assert "Message" not in looker.get(address(world, "earlier"), place).content.decode()

    def test_an_auditor_reads_and_is_offered_nothing(self, world: World, staff_with: Any) -> None:
        auditor = staff_with("handover.view_thread", "handover.view_content", "handover.view_intervention")
        html = page(auditor, world)
        assert "Where is my parcel?" in html
        for name in ("reply", "hand_over_to_agent", "hand_over_to_bot", "open_intervention"):
            assert address(world, name) not in html

    def test_a_thread_of_another_page_is_not_there(self, world: World, staff: Client) -> None:
        robin = User.objects.create_user("robin", is_staff=True)
        robin.user_permissions.set([*_permissions("view_thread", "reply_to_thread")])
        client = Client()
        client.force_login(robin)
        names = ("change", "live", "earlier", "reply")
        assert [client.get(address(world, name)).status_code for name in names] == [404] * 4
        robin.pages.add(world.thread.source)
        assert client.get(address(world)).status_code == 200

    @pytest.mark.parametrize("key", ["0", "999999", "x", "9" * 30, "1/../2"])
    def test_a_thread_that_is_none_is_not_there(self, key: str, world: World, staff: Client) -> None:
        assert staff.get(f"/admin/handover/thread/{key}/change/").status_code == 404


def _permissions(*names: str) -> Any:
    return Permission.objects.filter(codename__in=names, content_type__app_label="handover")


class TestSavedReplies:
    def test_are_those_of_the_page_and_of_all_pages(self, world: World, staff: Client) -> None:
        other = Source.objects.create(channel_type="messenger", foreign_id="9", name="Other")
        SavedReply.objects.create(title="Hours", text="We are open from 8 to 18.", source=world.thread.source)
        SavedReply.objects.create(title="Thanks", text="Thank you!")
        SavedReply.objects.create(title="Elsewhere", text="Not here", source=other)
        text = words(staff, world)
        assert "Hours We are open from 8 to 18." in text and "Thanks Thank you!" in text
        assert "Elsewhere" not in text

    def test_for_all_pages_are_kept_by_who_sees_all_pages(self, world: World) -> None:
        everywhere = SavedReply.objects.create(title="Thanks", text="Thank you!")
        robin = User.objects.create_user("robin", is_staff=True)
        robin.user_permissions.set(_permissions("view_savedreply", "change_savedreply", "add_savedreply"))
        robin.pages.add(world.thread.source)
        client = Client()
        client.force_login(robin)
        path = reverse("admin:handover_savedreply_change", args=[everywhere.pk])
        assert client.get(path).status_code == 200
        assert client.post(path, {"title": "Thanks", "text": "No"}).status_code == 403
        add = reverse("admin:handover_savedreply_add")
        assert client.post(add, {"title": "Mine", "text": "Yes"}).status_code == 200
        mine = {"title": "Mine", "text": "Yes", "source": world.thread.source_id}
        assert client.post(add, mine).status_code == 302
        assert SavedReply.objects.get(title="Mine").source == world.thread.source


def test_a_reply_that_has_failed_is_retried_in_the_page(world: World, staff: Client, lee: User) -> None:
    interventions.open_intervention(world.thread, lee, SYSTEM)
    form = staff.get(address(world)).context["box"]
    sent = {"planned": "request", "newest": form.newest, "body": "On its way"}
    staff.post(address(world, "reply"), sent)
    world.work()
    later(1801)
    world.work()
    content = Content.objects.get(body="On its way")
    retry = reverse("admin:handover_content_retry", args=[content.pk])
    assert retry in page(staff, world)
    assert "Retry the reply" in words_of(staff.get(retry, headers=HTMX))
    assert "tried again" in words_of(staff.post(retry, headers=HTMX))
    content.refresh_from_db()
    assert content.synchronization_status == "export_pending"
