"""Pages whose webhooks are to be subscribed again. Deliveries: see `test_processing`."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from channels_fb.channel import MessengerChannel
from channels_fb.models import Page
from handover.models import Source
from tests.channels_fb.stage import Stage

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def due(stage: Stage) -> Stage:
    Page.objects.update(subscription_due_at=timezone.now())
    return stage


def edges(stage: Stage) -> list[str]:
    return [call.edge for call in stage.facebook.calls]


def test_a_page_that_is_due_is_subscribed(due: Stage) -> None:
    assert MessengerChannel().run_due() == 1
    assert edges(due) == ["subscribed_apps"]
    page = Page.objects.get()
    assert page.subscription_due_at is not None
    assert page.subscription_due_at > timezone.now() + timedelta(hours=23)
    assert MessengerChannel().run_due() == 0


def test_what_fails_is_tried_again_later(due: Stage) -> None:
    due.facebook.knobs.fail_next("subscribed_apps", status=503)
    assert MessengerChannel().run_due() == 1
    page = Page.objects.get()
    assert (page.subscribed_at, page.token_note) == (None, "")
    assert page.subscription_due_at is not None
    assert timedelta(minutes=4) < page.subscription_due_at - timezone.now() < timedelta(minutes=6)
    assert MessengerChannel().run_due() == 0


def test_a_refusal_is_shown(due: Stage) -> None:
    Page.objects.update(page_token="wrong")
    MessengerChannel().run_due()
    assert Page.objects.get().token_note.startswith("Facebook refused (code 190)")


def test_a_disabled_page_and_one_that_is_not_due_are_left_alone(due: Stage) -> None:
    Source.objects.update(is_active=False)
    assert MessengerChannel().run_due() == 0
    Source.objects.update(is_active=True)
    Page.objects.update(subscription_due_at=None)
    assert MessengerChannel().run_due() == 0
    assert edges(due) == []
