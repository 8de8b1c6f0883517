"""Every page of an action: who may, who may not, by which method."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import User
from django.test import Client
from django.urls import URLPattern, reverse

from channels_fb.models import Delivery, Page
from handover.admin_base import ActionPage
from handover.models import (
    ApiToken,
    AvailabilityChange,
    BotApp,
    Content,
    Handover,
    Intervention,
    InterventionComment,
    Source,
    Thread,
    ThreadEvent,
)
from tests.handover.admin.scene import build

pytestmark = pytest.mark.django_db

ACTIONS = {
    "handover_thread_hand_over_to_agent": (Thread, "handover.hand_over_thread", "handover.view_thread"),
    "handover_thread_hand_over_to_bot": (Thread, "handover.hand_over_thread", "handover.view_thread"),
    "handover_thread_open_intervention": (Thread, "handover.open_intervention", "handover.view_thread"),
    "handover_availability_set": (None, "handover.open_intervention", "handover.view_availability"),
    "handover_thread_reply": (Thread, "handover.reply_to_thread", "handover.view_thread"),
    "handover_content_retry": (Content, "handover.reply_to_thread", "handover.view_content"),
    **{
        f"handover_intervention_{name}": (Intervention, permission, "handover.view_intervention")
        for name, permission in {
            "close": "handover.close_intervention",
            "cancel": "handover.close_intervention",
            "defer": "handover.close_intervention",
            "reactivate": "handover.close_intervention",
            "reassign": "handover.close_intervention",
            "note": "handover.open_intervention",
            "take_over": "handover.hand_over_thread",
        }.items()
    },
    "handover_apitoken_issue": (None, "handover.issue_token", "handover.view_apitoken"),
    "handover_apitoken_rotate": (ApiToken, "handover.issue_token", "handover.view_apitoken"),
    "channels_fb_page_connect": (None, "channels_fb.connect_page", "channels_fb.view_page"),
    "channels_fb_delivery_process_again": (
        Delivery,
        "channels_fb.process_delivery",
        "channels_fb.view_delivery",
    ),
    "channels_fb_page_check": (Page, "channels_fb.connect_page", "channels_fb.view_page"),
}
ONLY_POSTED = {"channels_fb_delivery_process_again"}
every_action = pytest.mark.parametrize("name", ACTIONS)
every_page = pytest.mark.parametrize("name", [name for name in ACTIONS if name not in ONLY_POSTED])
both_methods = pytest.mark.parametrize("method", ["get", "post"])


def path_of(name: str) -> str:
    model, *_ = ACTIONS[name]
    return reverse(f"admin:{name}", args=[build(0)[model].pk] if model else [])


def everything() -> tuple[int, ...]:
    models = (
        *(Handover, Intervention, InterventionComment, Content, ThreadEvent, ApiToken, Page),
        AvailabilityChange,
    )
    return tuple(model.objects.count() for model in models)


def call(client: Client, method: str, path: str) -> Any:
    return getattr(client, method)(path)


def test_no_action_is_missing_from_the_table() -> None:
    names = {
        url.name
        for model_admin in admin.site._registry.values()
        for url in model_admin.get_urls()
        if isinstance(url, URLPattern) and _is_action(url)
    }
    assert names == set(ACTIONS)


def _is_action(url: URLPattern) -> bool:
    view = getattr(url.callback, "__wrapped__", url.callback)
    return issubclass(getattr(view, "view_class", object), ActionPage)


@every_action
@both_methods
def test_nobody_is_sent_to_the_login(name: str, method: str) -> None:
    path = path_of(name)
    before = everything()
    answer = call(Client(), method, path)
    assert (answer.status_code, answer.headers["Location"]) == (302, f"/admin/login/?next={path}")
    assert everything() == before


@every_action
@both_methods
def test_whoever_is_no_staff_is_sent_to_the_login(name: str, method: str) -> None:
    path, client = path_of(name), Client()
    client.force_login(User.objects.create_user("maya"))
    assert call(client, method, path).status_code == 302


@every_action
@both_methods
def test_the_right_to_look_is_not_the_right_to_act(name: str, method: str, staff_with: Any) -> None:
    path = path_of(name)
    _, permission, look = ACTIONS[name]
    before = everything()
    others = {action for _, action, _ in ACTIONS.values()} - {permission}
    assert call(staff_with(look, *others), method, path).status_code == 403
    assert everything() == before


@every_action
@both_methods
def test_the_right_to_act_needs_the_right_to_look(name: str, method: str, staff_with: Any) -> None:
    path = path_of(name)
    assert call(staff_with(ACTIONS[name][1]), method, path).status_code == 403


@every_action
@both_methods
def test_what_does_not_exist_tells_nothing_without_permission(
    name: str, method: str, staff_with: Any
) -> None:
    path = path_of(name).replace(f"/{build(1)[Thread].pk - 1}/", "/999999/")
    assert call(staff_with(), method, path).status_code == 403


EDITABLE = (ApiToken, BotApp, Source)


@pytest.mark.parametrize("model", EDITABLE)
@pytest.mark.parametrize("page", ["change", "delete", "add"])
def test_whoever_may_only_look_changes_nothing(model: Any, page: str, staff_with: Any) -> None:
    name = f"{model._meta.app_label}_{model._meta.model_name}"
    row = build(0)[model]
    before = list(model.objects.order_by("pk").values())
    client = staff_with(f"handover.view_{model._meta.model_name}")
    path = reverse(f"admin:{name}_{page}", args=[] if page == "add" else [row.pk])
    assert client.post(path, {"name": "Changed", "post": "yes"}).status_code == 403
    client.post(
        reverse(f"admin:{name}_changelist"), {"action": "delete_selected", "_selected_action": [row.pk]}
    )
    assert list(model.objects.order_by("pk").values()) == before


@pytest.mark.parametrize("model", [ApiToken, Source, Page])
def test_nobody_deletes_what_history_names(model: Any, staff: Client) -> None:
    name = f"{model._meta.app_label}_{model._meta.model_name}"
    row = build(0)[model]
    assert staff.post(reverse(f"admin:{name}_delete", args=[row.pk]), {"post": "yes"}).status_code == 403
    chosen = {"action": "delete_selected", "_selected_action": [row.pk], "post": "yes"}
    staff.post(reverse(f"admin:{name}_changelist"), chosen)
    assert model.objects.filter(pk=row.pk).exists()


def test_a_refusal_says_what_is_missing_and_where_to_go(staff_with: Any) -> None:
    answer = staff_with().get(path_of("handover_apitoken_issue"))
    assert "Your account lacks the permission." in answer.content.decode()
    assert 'href="/admin/"' in answer.content.decode()


@every_page
def test_whoever_may_is_shown_the_page_and_it_is_never_cached(name: str, staff_with: Any) -> None:
    look = ACTIONS[name][2]
    client = staff_with(*ACTIONS[name][1:], *({"handover.view_thread"} - {look}))
    answer = client.get(path_of(name), follow=True)
    assert answer.status_code == 200
    assert "no-store" in answer.headers["Cache-Control"]
    text = answer.content.decode()
    assert "<script>" not in text and " style=" not in text and "onclick" not in text


@every_action
def test_a_post_needs_the_csrf_token(name: str, lee: User) -> None:
    path, client = path_of(name), Client(enforce_csrf_checks=True)
    client.force_login(lee)
    assert client.post(path).status_code == 403


@every_action
@pytest.mark.parametrize("method", ["put", "delete", "patch", "options"])
def test_other_methods_are_refused(name: str, method: str, staff: Client) -> None:
    assert call(staff, method, path_of(name)).status_code == 405


@pytest.mark.parametrize("name", [name for name, (model, *_) in ACTIONS.items() if model])
@both_methods
def test_a_row_that_does_not_exist_is_404(name: str, method: str, staff: Client) -> None:
    assert call(staff, method, reverse(f"admin:{name}", args=[999_999])).status_code == 404


@every_action
def test_a_page_costs_a_bounded_number_of_statements(
    name: str, staff: Client, django_assert_max_num_queries: Any
) -> None:
    path = path_of(name)
    staff.get(path)
    for number in range(1, 10):
        build(number)
    with django_assert_max_num_queries(15):
        staff.get(path)
