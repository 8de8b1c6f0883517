"""A key is missing in FIELD_ENCRYPTION_KEYS: what was encrypted with it cannot be read until it is back."""

from __future__ import annotations

from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.contrib.auth.models import User
from django.core.checks import run_checks
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from channels_fb.connecting import tell_facebook
from channels_fb.models import App, Delivery, Page
from handover import append_only
from handover.models import Handover, HandoverState, Identity, Thread
from tests.channels_fb.stage import Stage, delivery, message, signed
from tests.channels_fb.test_webhook_views import PATH, QUESTION, failed
from tests.contract.test_handover_requests import is_refused
from tests.world import AGENT, AGENT_SECRET, BOT, MAYA, PAGE, World

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def ours(world: World) -> World:
    """The thread is ours."""
    world.build()
    world.maya_writes()
    world.bot_passes_to_us()
    return world


def lose_the_key(settings: Any) -> None:
    settings.FIELD_ENCRYPTION_KEYS = [Fernet.generate_key().decode()]


def renew_the_key(settings: Any) -> None:
    """A new one comes first, and what is saved from now on is encrypted with it."""
    settings.FIELD_ENCRYPTION_KEYS = [Fernet.generate_key().decode(), *settings.FIELD_ENCRYPTION_KEYS]


class TestAHandover:
    def test_is_refused_with_a_sentence_that_helps(self, ours: World, settings: Any) -> None:
        lose_the_key(settings)
        answer = ours.agent_to_bot()
        is_refused(answer, 422, "facebook_error", f"The page token of Page {PAGE} ({PAGE})")
        assert "FIELD_ENCRYPTION_KEYS" in answer.json()["message"]
        assert (ours.graph_calls(), ours.truth) == ([], AGENT)

    def test_leaves_nothing_unknown(self, ours: World, settings: Any) -> None:
        lose_the_key(settings)
        for answer in (ours.agent_to_bot(), ours.bot_to_agent()):
            handover = ours.handover_of(answer)
            assert handover.state in (HandoverState.REFUSED, HandoverState.COMPLETED)
        assert not Handover.objects.filter(lease_until__isnull=False).exists()

    def test_is_a_line_of_history_about_a_call_that_was_not_made(self, ours: World, settings: Any) -> None:
        lose_the_key(settings)
        ours.agent_to_bot()
        event = ours.thread.events.last()
        assert (event.name, event.cause) == ("thread_control.refused", "the platform was not asked")
        assert event.call is None

    def test_names_the_apps_secret_where_that_is_lost(self, ours: World, settings: Any) -> None:
        renew_the_key(settings)
        Page.objects.get().save()
        settings.FIELD_ENCRYPTION_KEYS = settings.FIELD_ENCRYPTION_KEYS[:1]
        is_refused(ours.agent_to_bot(), 422, "facebook_error", f"The app secret of App ({AGENT})")

    def test_is_possible_once_the_key_is_back(self, ours: World, settings: Any) -> None:
        keys = settings.FIELD_ENCRYPTION_KEYS
        lose_the_key(settings)
        ours.agent_to_bot()
        settings.FIELD_ENCRYPTION_KEYS = keys
        assert ours.agent_to_bot().status_code == 200
        assert ours.truth == BOT


class TestTheAdmin:
    @pytest.fixture
    def staff(self) -> Client:
        client = Client()
        client.force_login(User.objects.create_superuser("lee"))
        return client

    def said(self, staff: Client, path: str, **sent: str) -> list[str]:
        answer = staff.post(path, sent, follow=True)
        assert answer.status_code == 200
        return [f"{message.level_tag}: {message.message}" for message in answer.context["messages"]]

    def test_refuses_a_handover_in_words(self, ours: World, staff: Client, settings: Any) -> None:
        lose_the_key(settings)
        path = f"/admin/handover/thread/{ours.thread.pk}/hand-over-to-bot/"
        assert staff.get(path).status_code == 200
        (text,) = self.said(staff, path)
        assert text.startswith(f"error: Refused, nothing was handed over. The page token of Page {PAGE}")
        assert Handover.objects.latest("pk").state == HandoverState.REFUSED

    def test_keeps_what_is_changed_and_says_what_facebook_was_not_told(
        self, ours: World, staff: Client, settings: Any
    ) -> None:
        lose_the_key(settings)
        texts = self.said(staff, "/admin/channels_fb/page/connect/", page_id=PAGE, name="Renamed")
        assert texts[0] == f"success: Page Renamed ({PAGE}) is connected."
        assert any("FIELD_ENCRYPTION_KEYS" in text for text in texts[1:])


class TestWebhooks:
    """Facebook sends again what is answered 500."""

    def test_are_our_own_fault(self, page: Page, settings: Any) -> None:
        lose_the_key(settings)
        client, body = Client(raise_request_exception=False), delivery(message())
        answer = client.generic("POST", PATH, body, headers={"X-Hub-Signature-256": signed(body)})
        assert (answer.status_code, answer.json()["error"]) == (500, "internal_error")
        assert Delivery.objects.count() == 0

    def test_cannot_be_verified(self, page: Page, settings: Any) -> None:
        lose_the_key(settings)
        answer = Client(raise_request_exception=False).get(PATH, QUESTION)
        assert (answer.status_code, answer.json()["error"]) == (500, "internal_error")

    def test_of_an_unknown_app_are_refused_as_ever(self, page: Page, settings: Any) -> None:
        lose_the_key(settings)
        assert failed(Client().post("/webhooks/facebook/801", {}), 403, "forbidden")


class TestTheWorker:
    def test_does_not_take_it_for_facebooks_word(self, ours: World, settings: Any) -> None:
        """A name that could not be asked for, and an owner in doubt, are asked for again."""
        Identity.objects.update(first_name="", profile_due_at=timezone.now())
        Thread.objects.update(owner_check_at=timezone.now())
        keys = settings.FIELD_ENCRYPTION_KEYS
        lose_the_key(settings)
        ours.work()
        assert ours.thread.owner_check_at is not None
        assert ours.identity.profile_due_at is not None
        settings.FIELD_ENCRYPTION_KEYS = keys
        Identity.objects.update(profile_due_at=timezone.now())
        ours.work()
        assert ours.identity.first_name == "Maya"

    def test_notes_on_the_page_why_it_is_not_subscribed(self, stage: Stage, settings: Any) -> None:
        lose_the_key(settings)
        Page.objects.update(subscription_due_at=timezone.now())
        stage.channel.run_due()
        assert Page.objects.get().token_note.startswith("The page token of Acme (111) was encrypted with")


def test_facebook_is_not_told_but_that_is_said(page: Page, settings: Any) -> None:
    lose_the_key(settings)
    subscribed, mode = tell_facebook(Page.objects.get()).warnings
    assert subscribed.startswith("The page's webhooks could not be subscribed: The page token of Acme (111)")
    assert mode.startswith("The page's mode could not be read: The page token of Acme (111)")


def test_connecting_the_page_anew_is_the_cure(ours: World, settings: Any, monkeypatch: Any) -> None:
    lose_the_key(settings)
    for name, secret in (("PAGE_TOKEN", "page-token"), ("AGENT_APP_SECRET", AGENT_SECRET)):
        monkeypatch.setenv(name, secret)
    call_command("connect_page", "--page-id", PAGE, "--verify-token", "V")
    assert ours.agent_to_bot().status_code == 200
    ours.facebook.customer_writes(PAGE, MAYA, "Thank you")
    ours.settle()
    assert ours.thread.contents.filter(body="Thank you").exists()


class TestTheSystemCheck:
    @pytest.fixture(autouse=True)
    def guarded(self, db: None) -> None:
        append_only.guard_updates("default")

    def warnings(self) -> list[str]:
        found = run_checks(databases=["default"], tags=["database"])
        return [warning.msg for warning in found if warning.id == "channels_fb.W001"]

    def test_says_nothing_while_all_secrets_can_be_read(self, page: Page) -> None:
        assert self.warnings() == []

    def test_warns_of_each_kind_of_secret_that_is_lost(self, page: Page, settings: Any) -> None:
        App.objects.create(app_id="801", secret="s", verify_token="")
        lose_the_key(settings)
        assert sorted(self.warnings()) == [
            "Of 1 Meta app, the verify token cannot be decrypted.",
            "Of 1 page connection, the page token cannot be decrypted.",
            "Of 2 Meta apps, the app secret cannot be decrypted.",
        ]

    def test_finds_what_a_new_key_has_not_reached(self, page: Page, settings: Any) -> None:
        renew_the_key(settings)
        assert self.warnings() == []
        App.objects.get().save()
        settings.FIELD_ENCRYPTION_KEYS = settings.FIELD_ENCRYPTION_KEYS[:1]
        assert self.warnings() == ["Of 1 page connection, the page token cannot be decrypted."]

    def test_is_not_asked_of_a_database_that_is_not_made_yet(self, page: Page, monkeypatch: Any) -> None:
        from django.db import connection

        monkeypatch.setattr(connection.introspection, "table_names", list)
        assert self.warnings() == []
