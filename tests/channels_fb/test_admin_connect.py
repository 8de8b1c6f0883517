"""Connecting and checking a page in the admin."""

from __future__ import annotations

from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.contrib.auth.models import User
from django.contrib.messages import get_messages
from django.test import Client

from channels_fb.models import App, Page
from handover.models import BotApp, Source
from tests.channels_fb.stage import SECRET, TOKEN, VERIFY
from tests.world import AGENT, AGENT_SECRET, BOT, BOT_TOKEN, PAGE, PAGE_TOKEN, World

pytestmark = pytest.mark.django_db(transaction=True)

PAGES, CONNECT = "/admin/channels_fb/page/", "/admin/channels_fb/page/connect/"
FORM = {
    "page_id": PAGE,
    "name": "Acme",
    "page_token": PAGE_TOKEN,
    "agent_app_id": AGENT,
    "agent_app_secret": AGENT_SECRET,
    "verify_token": "verify-token-0123",
    "primary": "bot",
    "bot_apps": f"{BOT} Acme bot\n\n 901\n",
}


@pytest.fixture
def staff() -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("lee"))
    return client


def said(client: Client, answer: Any) -> list[str]:
    assert answer.status_code == 302, answer.content.decode()
    page = client.get(answer.headers["Location"])
    return [f"{message.level_tag}: {message.message}" for message in get_messages(page.wsgi_request)]


def shown(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return answer.content.decode()


class TestConnecting:
    @pytest.fixture
    def world(self, world: World) -> World:
        world.build_facebook("receivers", BOT)
        return world

    def test_keeps_it_and_tells_facebook(self, world: World, staff: Client) -> None:
        first, doubt, second, third = said(staff, staff.post(CONNECT, FORM))
        assert first == "success: Page Acme (111) is connected."
        assert doubt.startswith("warning: Facebook does not list app 901 among the page's apps.")
        assert second.startswith("info: Facebook last agreed to send the page's webhooks at ")
        assert third.startswith("info: The page's mode: Handover protocol, with a primary app, read at ")
        page = Page.objects.select_related("source", "app").get()
        assert (page.page_token, page.app.secret) == (PAGE_TOKEN, AGENT_SECRET)
        assert (page.source.name, page.source.primary) == ("Acme", "bot")
        assert dict(BotApp.objects.values_list("app_id", "name")) == {BOT: "Acme bot", "901": ""}

    def test_again_with_empty_fields_keeps_what_there_is(self, world: World, staff: Client) -> None:
        staff.post(CONNECT, FORM)
        said(staff, staff.post(CONNECT, {"page_id": PAGE, "name": "Renamed"}))
        page = Page.objects.select_related("source", "app").get()
        assert (page.source.name, page.page_token, page.app.secret) == ("Renamed", PAGE_TOKEN, AGENT_SECRET)
        assert page.source.primary == "bot"
        assert BotApp.objects.filter(is_active=True).count() == 2

    @pytest.mark.parametrize(
        ("wrong", "field", "words"),
        [
            (
                {"page_token": "no-such-token"},
                "page_token",
                "This token is not valid. Facebook says: Invalid",
            ),
            ({"page_token": BOT_TOKEN}, "page_token", "This token is another app&#x27;s; app 800 needs one"),
            ({"page_token": "of-222"}, "page_token", "This token is for page 222, not for 111."),
            ({"agent_app_secret": "wrong"}, "agent_app_secret", "This is not the secret of app 800."),
            ({"agent_app_id": "801"}, "agent_app_id", "Facebook knows no app 801."),
        ],
    )
    def test_what_facebook_refuses_is_said_beside_the_field_and_nothing_is_kept(
        self, world: World, staff: Client, wrong: dict[str, str], field: str, words: str
    ) -> None:
        world.facebook.add_page("222", "Other", "receivers", BOT)
        world.facebook.connect("222", AGENT, "of-222")
        answer = staff.post(CONNECT, FORM | wrong)
        text = answer.content.decode()
        assert (answer.status_code, Source.objects.count(), App.objects.count()) == (200, 0, 0)
        assert list(answer.context["adminform"].form.errors) == [field]
        assert words in text
        assert not any(secret in text for secret in wrong.values() if field != "agent_app_id")
        assert {call.method for call in world.facebook.calls} == {"GET"}

    def test_a_permission_that_is_missing_is_named(self, world: World, staff: Client) -> None:
        world.facebook.grant(PAGE, AGENT, ["pages_messaging"])
        text = staff.post(CONNECT, FORM).content.decode()
        assert "This token lacks the permission pages_manage_metadata." in text
        assert not Source.objects.exists()

    def test_a_token_of_before_is_tried_where_none_is_given(self, world: World, staff: Client) -> None:
        said(staff, staff.post(CONNECT, FORM))
        world.facebook.end_token(PAGE, AGENT, 0)
        text = staff.post(CONNECT, {"page_id": PAGE, "name": "Renamed"}).content.decode()
        assert "This token is not valid" in text
        assert Source.objects.get().name == "Acme"

    def test_another_primary_app_than_facebooks_is_a_doubt(self, world: World, staff: Client) -> None:
        texts = said(staff, staff.post(CONNECT, FORM | {"primary": "agent"}))
        assert any(
            "By Facebook, another app than the agent's is the page's primary app" in text for text in texts
        )
        assert Source.objects.get().primary == "agent"

    def test_saving_without_facebooks_word_is_possible_where_it_answers_too(
        self, world: World, staff: Client
    ) -> None:
        wrong = FORM | {"page_token": "no-such-token", "save_unasked": "on"}
        first, *others = said(staff, staff.post(CONNECT, wrong))
        assert first.startswith("success")
        assert any(text.startswith("warning: The page's webhooks could not be subscribed") for text in others)
        assert not any("no-such-token" in text for text in others)


class TestWithoutFacebook:
    def test_nothing_is_kept_and_a_way_to_do_so_all_the_same_is_named(self, staff: Client) -> None:
        answer = staff.post(CONNECT, FORM)
        assert list(answer.context["adminform"].form.errors) == ["save_unasked"]
        assert "Facebook could not be asked" in answer.content.decode()
        assert not Source.objects.exists()

    def test_it_is_connected_with_warnings_where_that_is_wanted(self, staff: Client) -> None:
        first, *warnings = said(staff, staff.post(CONNECT, FORM | {"save_unasked": "on"}))
        assert first.startswith("success")
        assert all(text.startswith("warning") for text in warnings)
        assert warnings[-1] == "warning: The page's mode: Not known."

    @pytest.mark.parametrize(
        ("wrong", "words"),
        [
            ({"page_id": "x"}, "The page id must be digits"),
            ({"page_id": ""}, "This field is required"),
            ({"page_token": ""}, "The page token is missing"),
            ({"verify_token": ""}, "The verify token is missing"),
            ({"primary": ""}, "The primary is missing"),
            ({"primary": "nobody"}, "not one of the available choices"),
            ({"agent_app_secret": "a b"}, "characters that none has"),
            ({"bot_apps": f"{AGENT} ours"}, "cannot be the agent"),
            ({"bot_apps": "900\n900"}, "An app stands here twice"),
            ({"bot_apps": "nine"}, "The bot app id must be digits"),
        ],
    )
    def test_what_cannot_be_changes_nothing(self, staff: Client, wrong: dict[str, str], words: str) -> None:
        answer = staff.post(CONNECT, FORM | wrong)
        text = answer.content.decode()
        assert (answer.status_code, Source.objects.count(), App.objects.count()) == (200, 0, 0)
        assert words in text
        for secret in (PAGE_TOKEN, AGENT_SECRET, "verify-token-0123"):
            assert secret not in text

    def test_a_page_that_is_connected_is_shown_without_its_secrets(self, page: Page, staff: Client) -> None:
        text = shown(staff, f"{CONNECT}?page={page.pk}")
        assert 'value="111"' in text and "900 Acme bot" in text
        for secret in (SECRET, TOKEN, VERIFY):
            assert secret not in text

    @pytest.mark.parametrize("query", ["?page=999999", f"?page={2**70}"])
    def test_a_page_that_does_not_exist_is_404(self, staff: Client, query: str) -> None:
        assert staff.get(CONNECT + query).status_code == 404

    def test_a_page_is_connected_and_nothing_else_adds_or_deletes_one(
        self, page: Page, staff: Client
    ) -> None:
        assert staff.post(f"{PAGES}add/", {}).status_code == 403
        assert staff.post(f"{PAGES}{page.pk}/delete/", {"post": "yes"}).status_code == 403
        App.objects.create(app_id="801", secret="s", verify_token="v")
        staff.post(f"{PAGES}{page.pk}/change/", {"app": App.objects.get(app_id="801").pk})
        page.refresh_from_db()
        assert page.app.app_id == "800"


class TestChecking:
    def test_asks_on_a_page_of_its_own_first(self, page: Page, staff: Client, facebook: Any) -> None:
        text = shown(staff, f"{PAGES}{page.pk}/check/")
        assert "Facebook will be called as Agent (800)" in text
        assert facebook.calls == []
        assert f"{PAGES}{page.pk}/check/" in shown(staff, f"{PAGES}{page.pk}/change/")

    def test_tells_what_facebook_answered(self, stage: Any, staff: Client) -> None:
        Source.objects.update(control_mode="unknown")
        subscribed, mode = said(staff, staff.post(f"{PAGES}{stage.page.pk}/check/"))
        assert subscribed.startswith("info: Facebook last agreed")
        assert mode.startswith("info: The page's mode: Handover protocol, with a primary app, read at")

    def test_tells_that_facebook_is_out_of_reach(self, page: Page, staff: Client) -> None:
        first, second, mode = said(staff, staff.post(f"{PAGES}{page.pk}/check/"))
        assert first.startswith("warning: The page's webhooks could not be subscribed")
        assert second.startswith("warning: The page's mode could not be read")
        assert mode == "warning: The page's mode: Handover protocol, with a primary app."

    def test_a_lost_key_is_told(self, page: Page, staff: Client, settings: Any) -> None:
        settings.FIELD_ENCRYPTION_KEYS = [Fernet.generate_key().decode()]
        first, second, _mode = said(staff, staff.post(f"{PAGES}{page.pk}/check/"))
        for text in (first, second):
            assert text.startswith("warning: The page's")
            assert "The page token of Acme (111) was encrypted with a key that is not in" in text
