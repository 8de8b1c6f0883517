"""Every list and form of every registered model: what it costs, what it shows, what it never shows."""

from __future__ import annotations

import re
from contextlib import closing
from html import unescape
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.messages import get_messages
from django.db import connection
from django.db.models import Model
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from handover.admin_base import MOST_PAGES
from handover.models import ApiToken, BotApp, Identity, Source, Thread, ThreadEventText
from tests.handover.admin.scene import HOSTILE, SECRETS, build, grow, page_form

pytestmark = pytest.mark.django_db

MODELS = sorted(admin.site._registry, key=lambda model: model._meta.label)
EDITABLE = {
    "auth.Group",
    "auth.User",
    "channels_fb.App",
    "channels_fb.Page",
    "handover.ApiToken",
    "handover.BotApp",
    "handover.SavedReply",
    "handover.Source",
}
MOST_STATEMENTS = 16
"""For a list or a form, session and user included."""

OURS = {"handover.ThreadEvent"}
"""Their lists are pages of ours, with filters of their own, and have tests of their own."""

MOST_OF_A_THREAD = 34
"""Its page shows all that there is about it."""

every_model = pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
every_list_of_djangos = pytest.mark.parametrize(
    "model",
    [model for model in MODELS if model._meta.label not in OURS],
    ids=lambda model: model._meta.label,
)
every_read_only_model = pytest.mark.parametrize(
    "model",
    [model for model in MODELS if model._meta.label not in EDITABLE],
    ids=lambda model: model._meta.label,
)


def list_of(model: type[Model]) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")


def form_of(row: Model) -> str:
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])


def shown(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, path
    return answer.content.decode()


def statements(client: Client, path: str) -> int:
    shown(client, path)  # Once for what is kept in the process, such as content types.
    with CaptureQueriesContext(connection) as queries:
        shown(client, path)
    return len(queries)


@every_model
def test_a_list_costs_the_same_for_one_row_and_for_ten(model: type[Model], staff: Client) -> None:
    rows = build(0)
    assert model in rows, f"{model._meta.label} needs a row in scene.build, so that its admin is tested"
    few = statements(staff, list_of(model))
    for number in range(1, 10):
        build(number)
    assert statements(staff, list_of(model)) == few <= MOST_STATEMENTS


@every_model
def test_a_form_costs_the_same_however_much_hangs_on_the_row(model: type[Model], staff: Client) -> None:
    rows = build(0)
    path = form_of(rows[model])
    few = statements(staff, path)
    for number in range(1, 10):
        build(number)
        grow(rows, number)
    assert statements(staff, path) == few <= (MOST_OF_A_THREAD if model is Thread else MOST_STATEMENTS)


@pytest.mark.parametrize("label", ["auth.Group", "auth.User", "channels_fb.App", "handover.BotApp"])
def test_an_empty_form_costs_the_same_however_many_rows_there_are(label: str, staff: Client) -> None:
    path = reverse(f"admin:{label.replace('.', '_').lower()}_add")
    build(0)
    few = statements(staff, path)
    for number in range(1, 10):
        build(number)
    assert statements(staff, path) == few <= MOST_STATEMENTS


@every_list_of_djangos
def test_lists_can_be_searched(model: type[Model], staff: Client) -> None:
    build(0)
    assert admin.site._registry[model].search_fields
    shown(staff, f"{list_of(model)}?q=24000")


@every_model
def test_every_way_to_sort_and_to_filter_a_list_works(model: type[Model], staff: Client) -> None:
    build(0)
    build(1)
    queries = set(re.findall(r'href="\?([^"]+)"', shown(staff, list_of(model))))
    assert queries
    for query in queries:
        shown(staff, f"{list_of(model)}?{unescape(query)}")


@every_list_of_djangos
def test_a_list_says_what_stands_in_it(model: type[Model], staff: Client) -> None:
    if model._meta.app_label != "auth" and model is not Thread:  # That one's list is a page of ours.
        assert '<p class="about">' in shown(staff, list_of(model))


@every_model
def test_every_time_is_shown_with_its_zone(model: type[Model], staff: Client) -> None:
    rows = build(0)
    text = shown(staff, list_of(model)) + shown(staff, form_of(rows[model]))
    text = re.sub(r"<svg.*?</svg>", "", text, flags=re.DOTALL)  # The timeline names its zone once.
    assert not re.findall(r"\d\d:\d\d:\d\d(?! UTC|\"|&quot;|[+]|</time>)", text)
    assert not re.findall(r"\d [ap]\.m\.|noon|midnight", text)


@every_model
def test_links_lead_somewhere(model: type[Model], staff: Client) -> None:
    rows = build(0)
    text = shown(staff, list_of(model)) + shown(staff, form_of(rows[model]))
    for path in set(re.findall(r'<a [^>]*href="(/[^"?#]*)', text)):
        assert staff.get(path, follow=True).status_code == 200, path


@every_model
def test_no_page_shows_a_secret_or_runs_what_customers_wrote(model: type[Model], staff: Client) -> None:
    rows = build(0)
    text = shown(staff, list_of(model)) + shown(staff, form_of(rows[model]))
    digest, salt = ApiToken.objects.get().digest, ThreadEventText.objects.get().salt
    for secret in (*SECRETS.values(), digest, salt):
        assert secret not in text
    assert HOSTILE not in text


def test_all_that_a_page_loads_is_served(staff: Client) -> None:
    paths = set(re.findall(r'(?:href|src)="(/static/[^"#]+)', shown(staff, list_of(Thread))))
    assert len(paths) > 5
    for path in paths:
        with closing(staff.get(path)) as answer:
            assert answer.status_code == 200, path


def test_nothing_inline_and_nothing_from_elsewhere_is_allowed(staff: Client) -> None:
    policy = staff.get(list_of(Thread))["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy


@every_read_only_model
def test_what_facebook_or_the_history_owns_is_read_only(model: type[Model], staff: Client) -> None:
    row = build(0)[model]
    add = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_add")
    delete = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_delete", args=[row.pk])
    assert staff.post(form_of(row), {"_save": "Save"}).status_code == 403
    assert staff.get(add).status_code == staff.post(add, {}).status_code == 403
    assert staff.post(delete, {"post": "yes"}).status_code == 403
    chosen = {"action": "delete_selected", "_selected_action": [row.pk], "post": "yes"}
    staff.post(list_of(model), chosen)
    assert model._default_manager.filter(pk=row.pk).exists()


@every_model
def test_whoever_lacks_the_right_to_look_sees_nothing(model: type[Model], staff_with: Any) -> None:
    row = build(0)[model]
    client = staff_with("handover.hand_over_thread")
    assert client.get(list_of(model)).status_code == client.get(form_of(row)).status_code == 403


class TestManyPages:
    @pytest.fixture(autouse=True)
    def many(self) -> None:
        for number in range(MOST_PAGES + 2):
            Source.objects.create(channel_type="messenger", foreign_id=f"7{number:03}", name=f"Shop {number}")

    def test_are_not_offered_as_a_filter(self, staff: Client) -> None:
        text = shown(staff, list_of(Identity))
        assert "By page" not in text and "Shop 7" not in text

    def test_a_link_that_filters_still_does(self, staff: Client) -> None:
        wanted, other = build(0)[Identity], build(1)[Identity]
        text = shown(staff, f"{list_of(Identity)}?source__id__exact={wanted.source_id}")
        assert form_of(wanted) in text
        assert form_of(other) not in text

    def test_a_filter_that_makes_no_sense_does_no_harm(self, staff: Client) -> None:
        assert staff.get(f"{list_of(Identity)}?source__id__exact=x").status_code == 302


class TestSource:
    def test_another_primary_app_voids_what_was_learnt(self, staff: Client) -> None:
        source = build(0)[Source]
        Source.objects.update(requests_refused=True, can_take=True, primary_note="As it seems.")
        assert staff.post(form_of(source), page_form(source, primary="agent")).status_code == 302
        source.refresh_from_db()
        assert (source.primary, source.requests_refused, source.can_take) == ("agent", False, None)
        assert source.primary_note == ""

    def test_a_new_name_voids_nothing(self, staff: Client) -> None:
        source = build(0)[Source]
        Source.objects.update(requests_refused=True, can_take=True)
        assert staff.post(form_of(source), page_form(source, name="Acme")).status_code == 302
        source.refresh_from_db()
        assert (source.name, source.requests_refused, source.can_take) == ("Acme", True, True)

    def test_the_agents_app_is_no_bot_app(self, staff: Client) -> None:
        source = build(0)[Source]
        bot = {"source": source.pk, "app_id": source.agent_app_id, "name": "", "is_active": "on"}
        answer = staff.post(reverse("admin:handover_botapp_add"), bot)
        assert "cannot be a bot" in answer.content.decode()

    @pytest.mark.parametrize(("bots", "is_warned"), [(0, True), (1, False), (2, True)])
    def test_control_can_be_passed_back_only_where_there_is_one_bot_app(
        self, bots: int, is_warned: bool, staff: Client
    ) -> None:
        source = build(0)[Source]
        BotApp.objects.filter(source=source).delete()
        for number in range(bots):
            BotApp.objects.create(source=source, app_id=f"96{number}")
        answer = staff.post(form_of(source), page_form(source, after_closing="pass_to_bot"))
        levels = [message.level_tag for message in get_messages(answer.wsgi_request)]
        assert levels == (["warning", "success"] if is_warned else ["success"])
        text = shown(staff, form_of(source))
        assert (f"released, not passed: the page has {bots} active bot apps" in text) == is_warned
        assert ("passed to bot (960)" in text) != is_warned
