"""Apps, pages and deliveries in the admin."""

from __future__ import annotations

import re
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.utils import timezone

from channels_fb.models import App, Delivery, Page
from channels_fb.webhooks import processing
from tests.channels_fb.stage import SECRET, TOKEN, VERIFY, delivery, from_customer, message

pytestmark = pytest.mark.django_db(transaction=True)

APPS, PAGES = "/admin/channels_fb/app/", "/admin/channels_fb/page/"
DELIVERIES, ITEMS = "/admin/channels_fb/delivery/", "/admin/channels_fb/deliveryitem/"


@pytest.fixture
def staff() -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("lee"))
    return client


@pytest.fixture
def received(page: Page) -> Delivery:
    hostile = from_customer(reaction="<script>alert(1)</script>")
    row = processing.receive(page.app, delivery(hostile, message(text="<b>bold</b>")))
    processing.process(row)
    return row


def shown(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return answer.content.decode()


def test_no_page_shows_a_secret(page: Page, staff: Client) -> None:
    App.objects.update(previous_secret="older-secret", previous_secret_until=timezone.now())
    paths = [APPS, f"{APPS}{page.app.pk}/change/", PAGES, f"{PAGES}{page.pk}/change/"]
    text = "".join(shown(staff, path) for path in paths)
    for secret in (SECRET, TOKEN, VERIFY, "older-secret"):
        assert secret not in text


def test_secrets_left_empty_stay(page: Page, staff: Client) -> None:
    form = {"app_id": "800", "name": "Renamed", "new_secret": "", "new_verify_token": ""}
    assert staff.post(f"{APPS}{page.app.pk}/change/", form).status_code == 302
    app = App.objects.get()
    assert (app.name, app.secret, app.verify_token, app.previous_secret) == ("Renamed", SECRET, VERIFY, "")
    staff.post(f"{PAGES}{page.pk}/change/", {"source": page.source.pk, "app": app.pk, "new_page_token": ""})
    assert Page.objects.get().page_token == TOKEN


def test_a_new_app_secret_leaves_the_old_one_valid(page: Page, staff: Client) -> None:
    form = {"app_id": "800", "name": "", "new_secret": "S2", "new_verify_token": "V2"}
    staff.post(f"{APPS}{page.app.pk}/change/", form)
    app = App.objects.get()
    assert app.valid_secrets(timezone.now()) == ["S2", SECRET]
    assert app.verify_token == "V2"


def test_a_new_token_is_tried_by_the_worker(page: Page, staff: Client) -> None:
    form = {"source": page.source.pk, "app": page.app.pk, "new_page_token": "T2"}
    staff.post(f"{PAGES}{page.pk}/change/", form)
    page.refresh_from_db()
    assert page.page_token == "T2"
    assert page.subscription_due_at is not None


def test_a_new_row_needs_its_secrets(page: Page, staff: Client) -> None:
    form = {"app_id": "801", "name": "", "new_secret": "", "new_verify_token": ""}
    assert "This field is required" in staff.post(f"{APPS}add/", form).content.decode()
    assert staff.post(f"{APPS}add/", form | {"new_secret": "S", "new_verify_token": "V"}).status_code == 302
    assert App.objects.get(app_id="801").secret == "S"


def test_what_no_secret_can_be_is_refused(page: Page, staff: Client) -> None:
    form = {"app_id": "800", "name": "", "new_secret": "a b", "new_verify_token": ""}
    assert "characters that none has" in staff.post(f"{APPS}{page.app.pk}/change/", form).content.decode()


@pytest.fixture
def looks() -> Client:
    """The browser of somebody who may look at everything of the channel's, and do nothing."""
    user = User.objects.create_user("kim", is_staff=True)
    looking = Permission.objects.filter(content_type__app_label="channels_fb", codename__startswith="view_")
    user.user_permissions.set([*looking, Permission.objects.get(codename="see_all_pages")])
    client = Client()
    client.force_login(user)
    return client


def test_whoever_may_only_look_sees_no_place_for_a_secret(page: Page, looks: Client) -> None:
    for path in (f"{APPS}{page.app.pk}/change/", f"{PAGES}{page.pk}/change/"):
        text = shown(looks, path)
        assert not re.search(r"(?i)new (secret|verify token|page token)", text)
        assert "None" not in text


def test_whoever_may_only_look_can_enter_no_secret(page: Page, looks: Client) -> None:
    form = {"app_id": "800", "name": "x", "new_secret": "S2", "new_verify_token": "V2"}
    assert looks.post(f"{APPS}{page.app.pk}/change/", form).status_code == 403
    assert looks.post(f"{APPS}add/", form | {"app_id": "801"}).status_code == 403
    assert looks.post(f"{PAGES}{page.pk}/change/", {"new_page_token": "T2"}).status_code == 403
    assert (App.objects.get().secret, Page.objects.get().page_token) == (SECRET, TOKEN)


def test_a_secret_that_cannot_be_read_is_asked_for(page: Page, staff: Client, settings: Any) -> None:
    paths = (f"{APPS}{page.app.pk}/change/", f"{PAGES}{page.pk}/change/")
    assert not any("cannot be decrypted" in shown(staff, path) for path in paths)
    settings.FIELD_ENCRYPTION_KEYS = [Fernet.generate_key().decode()]
    assert [shown(staff, path).count("cannot be decrypted") for path in paths] == [2, 1]


def test_a_page_and_its_connection_lead_to_each_other(page: Page, staff: Client, looks: Client) -> None:
    source = f"/admin/handover/source/{page.source.pk}/change/"
    assert source in shown(staff, f"{PAGES}{page.pk}/change/")
    assert f"{PAGES}{page.pk}/change/" in shown(staff, source)
    assert f"{PAGES}connect/" in shown(staff, "/admin/handover/source/")
    looks_at_pages = User.objects.get(username="kim")
    looks_at_pages.user_permissions.set(
        Permission.objects.filter(codename__in=("view_source", "see_all_pages"))
    )
    assert PAGES not in shown(looks, source) + shown(looks, "/admin/handover/source/")


def test_a_lost_key_does_not_lock_out_whoever_enters_the_secret_anew(
    page: Page, staff: Client, settings: Any
) -> None:
    settings.FIELD_ENCRYPTION_KEYS = [Fernet.generate_key().decode()]
    for path in (APPS, f"{APPS}{page.app.pk}/change/", PAGES, f"{PAGES}{page.pk}/change/"):
        shown(staff, path)
    form = {"app_id": "800", "name": "", "new_secret": "S2", "new_verify_token": "V2"}
    assert staff.post(f"{APPS}{page.app.pk}/change/", form).status_code == 302
    assert App.objects.get().secret == "S2"


@pytest.mark.parametrize("path", [APPS, PAGES, DELIVERIES, ITEMS])
def test_lists_can_be_searched(received: Delivery, staff: Client, path: str) -> None:
    shown(staff, f"{path}?q=24001")
    shown(staff, path)
