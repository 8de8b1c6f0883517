"""Who gets where: each role, each address of the console, looking and acting."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.db import transaction
from django.db.models import Model
from django.test import Client
from django.urls import reverse

from channels_fb.models import Delivery, Page
from handover.models import (
    BotApp,
    Content,
    Intervention,
    Source,
    Thread,
    ThreadEvent,
)
from handover.roles import Role
from tests.handover.admin.addresses import OF_A_TABLE, has_row, names, path_of, split
from tests.handover.admin.scene import build, page_form
from tests.handover.admin.staffing import browser, member

pytestmark = pytest.mark.django_db

NONE: frozenset[Role] = frozenset()
AGENTS = frozenset({Role.AGENT, Role.SUPERVISOR, Role.ADMINISTRATOR})
SUPERVISORS = frozenset({Role.SUPERVISOR, Role.ADMINISTRATOR})
AUDITORS = frozenset({Role.AUDITOR, Role.ADMINISTRATOR})
THOSE_WHO_LOOK_BACK = SUPERVISORS | AUDITORS
ADMINISTRATORS = frozenset({Role.ADMINISTRATOR})
ALL = frozenset(Role)
EVERYBODY = frozenset({*Role, None})
"""Staff without a role, too."""

TABLES: Mapping[str, tuple[frozenset[Role], frozenset[Role], frozenset[Role], frozenset[Role]]] = {
    #                              look                 add             change          delete
    "auth.Group": (AUDITORS, ADMINISTRATORS, ADMINISTRATORS, ADMINISTRATORS),
    "auth.User": (AUDITORS, ADMINISTRATORS, ADMINISTRATORS, ADMINISTRATORS),
    "channels_fb.App": (AUDITORS, ADMINISTRATORS, ADMINISTRATORS, ADMINISTRATORS),
    "channels_fb.Delivery": (AUDITORS, NONE, NONE, NONE),
    "channels_fb.DeliveryItem": (AUDITORS, NONE, NONE, NONE),
    "channels_fb.Page": (AUDITORS, NONE, ADMINISTRATORS, NONE),
    "handover.ApiToken": (AUDITORS, NONE, ADMINISTRATORS, NONE),
    "handover.Availability": (ALL, NONE, NONE, NONE),
    "handover.AvailabilityChange": (THOSE_WHO_LOOK_BACK, NONE, NONE, NONE),
    "handover.BotApp": (THOSE_WHO_LOOK_BACK, ADMINISTRATORS, ADMINISTRATORS, ADMINISTRATORS),
    "handover.Content": (AGENTS, NONE, NONE, NONE),
    "handover.Handover": (THOSE_WHO_LOOK_BACK, NONE, NONE, NONE),
    "handover.Identity": (ALL, NONE, NONE, NONE),
    "handover.Intervention": (ALL, NONE, NONE, NONE),
    "handover.SavedReply": (SUPERVISORS, SUPERVISORS, SUPERVISORS, SUPERVISORS),
    "handover.Source": (THOSE_WHO_LOOK_BACK, NONE, ADMINISTRATORS, NONE),
    "handover.Thread": (ALL, NONE, NONE, NONE),
    "handover.ThreadEvent": (THOSE_WHO_LOOK_BACK, NONE, NONE, NONE),
    "handover.ThreadEventText": (THOSE_WHO_LOOK_BACK, NONE, NONE, NONE),
}
"""Django's own addresses of each table."""

PAGES: Mapping[str, frozenset[Role | None]] = {
    "index": EVERYBODY,
    "tables": EVERYBODY,
    "jsi18n": EVERYBODY,
    "password_change": EVERYBODY,
    "password_change_done": EVERYBODY,
    "auth_user_password_change": ADMINISTRATORS,
    "channels_fb_delivery_process_again": ADMINISTRATORS,
    "channels_fb_page_check": ADMINISTRATORS,
    "channels_fb_page_connect": ADMINISTRATORS,
    "channels_fb_page_doctor": AUDITORS,
    "channels_fb_page_doctor_of": AUDITORS,
    "channels_fb_page_examine": ADMINISTRATORS,
    "channels_fb_page_report": AUDITORS,
    "handover_apitoken_issue": ADMINISTRATORS,
    "handover_apitoken_rotate": ADMINISTRATORS,
    "handover_availability_set": AGENTS,
    "handover_content_retry": AGENTS,
    "handover_intervention_cancel": SUPERVISORS,
    "handover_intervention_close": SUPERVISORS,
    "handover_intervention_defer": SUPERVISORS,
    "handover_intervention_note": AGENTS,
    "handover_intervention_reactivate": SUPERVISORS,
    "handover_intervention_reassign": SUPERVISORS,
    "handover_intervention_take_over": AGENTS,
    "handover_threadevent_chain": THOSE_WHO_LOOK_BACK,
    "handover_threadevent_export_csv": THOSE_WHO_LOOK_BACK,
    "handover_threadevent_export_json": THOSE_WHO_LOOK_BACK,
    "handover_threadevent_held": THOSE_WHO_LOOK_BACK,
    "handover_threadevent_record": THOSE_WHO_LOOK_BACK,
    "handover_thread_earlier": ALL,
    "handover_thread_hand_over_to_agent": AGENTS,
    "handover_thread_hand_over_to_bot": AGENTS,
    "handover_thread_live": ALL,
    "handover_thread_open_intervention": AGENTS,
    "handover_thread_reply": AGENTS,
    "handover_thread_timeline": ALL,
    "overview": THOSE_WHO_LOOK_BACK,
}
"""All others: who may look, and press the button. The scene's intervention is somebody else's."""

TESTED_BY_THEMSELVES = {"login", "logout", "autocomplete", "view_on_site", "app_list"}

LET_IN = (200, 204, 302)
NO_SUCH_METHOD = 405
"""Some pages are only looked at, and buttons only pressed."""

every_role = pytest.mark.parametrize("role", [None, *Role], ids=str)
Rows = dict[type[Model], Any]


def everything() -> list[str]:
    """The names of all addresses that the two tables are about."""
    return sorted(set(names()) - TESTED_BY_THEMSELVES)


def expected(name: str, method: str) -> frozenset[Any]:
    """Who is let in there."""
    if name in PAGES:
        return PAGES[name]
    label, kind = split(name)
    assert label in TABLES and kind in OF_A_TABLE, f"who may go to {name}, and act there? Say so in a table"
    look, add, change, delete = TABLES[label]
    acting = {"add": add, "delete": delete, "change": change if method == "post" else look}
    return acting.get(kind, look)


def status(client: Client, method: str, path: str) -> int:
    """What comes of it; nothing stays. Whatever would ask the platform has been let in."""
    try:
        with transaction.atomic():
            answer = getattr(client, method)(path)
            transaction.set_rollback(True)
    except RuntimeError as error:
        assert "transaction" in str(error)
        return 200
    return int(answer.status_code)


@every_role
@pytest.mark.parametrize("method", ["get", "post"])
def test_each_role_gets_where_the_tables_say_and_nowhere_else(role: Role | None, method: str) -> None:
    rows = build(0)
    # They give rights that no role has, and would be administered by superusers alone.
    rows[Group].permissions.clear()
    client = browser(member(role, rows[Source]))
    asked = {name: status(client, method, path_of(name, rows)) for name in everything()}
    let_in = {name for name, code in asked.items() if code in LET_IN}
    should_be = {
        name for name, code in asked.items() if role in expected(name, method) and code != NO_SUCH_METHOD
    }
    assert (let_in - should_be, should_be - let_in) == (set(), set())


def test_the_tables_name_nothing_that_is_no_more() -> None:
    labels = {split(name)[0] for name in everything()}
    assert set(TABLES) <= labels
    assert set(PAGES) | TESTED_BY_THEMSELVES <= set(names())


class TestPagesOfOthers:
    """An agent or a supervisor of page 0 asks for the rows of page 1."""

    OF_NO_PAGE = ("auth.Group", "auth.User", "handover.Availability", "handover.AvailabilityChange")

    @pytest.fixture(params=[Role.AGENT, Role.SUPERVISOR, "administrator of one page"], ids=str)
    def client(self, request: Any) -> Client:
        self.mine, self.others = build(0), build(1)
        if isinstance(request.param, Role):
            return browser(member(request.param, self.mine[Source]))
        user = member(Role.ADMINISTRATOR, self.mine[Source])
        group = user.groups.get()
        group.permissions.remove(*group.permissions.filter(codename="see_all_pages"))
        return browser(user)

    @pytest.mark.parametrize("method", ["get", "post"])
    def test_are_not_there(self, client: Client, method: str) -> None:
        found = {}
        for name in everything():
            if has_row(name) and split(name)[0] not in self.OF_NO_PAGE:
                theirs = status(client, method, path_of(name, self.others))
                own = status(client, method, path_of(name, self.mine))
                found[name] = theirs, own
        assert found
        assert {name: both for name, both in found.items() if both[0] not in (403, 404, NO_SUCH_METHOD)} == {}
        # Whoever is let in to a row of their own page hears that the other one is not there.
        assert {name for name, (theirs, own) in found.items() if own in LET_IN and theirs != 404} == set()

    def test_are_in_no_list_and_no_filter(self, client: Client) -> None:
        lists = [name for name in everything() if name.endswith("_changelist")]
        seen = 0
        for name in lists:
            answer = client.get(path_of(name, self.others))
            if split(name)[0] in self.OF_NO_PAGE or answer.status_code == 403:
                continue
            seen += 1
            text = answer.content.decode()
            assert "Page 1" not in text and "24001" not in text, name
            form = name.replace("_changelist", "_change")
            assert path_of(form, self.others) not in text and path_of(form, self.mine) in text
        assert seen

    @pytest.mark.parametrize(
        "query", ["source__id__exact={}", "source={}", "thread__source={}", "source__name__startswith=Page+1"]
    )
    def test_are_not_found_by_asking_for_them(self, client: Client, query: str) -> None:
        path = reverse("admin:handover_thread_changelist")
        text = client.get(f"{path}?{query.format(self.others[Source].pk)}", follow=True).content.decode()
        assert "24001" not in text

    def test_cannot_be_acted_on_from_a_list(self, client: Client) -> None:
        bot = self.others[BotApp]
        chosen = {"action": "delete_selected", "_selected_action": [bot.pk], "post": "yes"}
        client.post(reverse("admin:handover_botapp_changelist"), chosen)
        assert BotApp.objects.filter(pk=bot.pk).exists()


class TestOnePageOfTwo:
    """Somebody who may set pages up, and was given one."""

    @pytest.fixture
    def rows(self) -> tuple[Rows, Rows]:
        return build(0), build(1)

    @pytest.fixture
    def client(self, rows: tuple[Rows, Rows]) -> Client:
        user = member(Role.ADMINISTRATOR, rows[0][Source])
        group = user.groups.get()
        group.permissions.remove(*group.permissions.filter(codename="see_all_pages"))
        return browser(user)

    def test_finds_that_page_alone_by_typing(self, rows: tuple[Rows, Rows], client: Client) -> None:
        asked = {"app_label": "handover", "model_name": "botapp", "field_name": "source", "term": "Page"}
        found = client.get(reverse("admin:autocomplete"), asked).json()["results"]
        assert [row["id"] for row in found] == [str(rows[0][Source].pk)]

    @pytest.mark.parametrize("number", [0, 1])
    def test_adds_a_bot_to_that_page_alone(
        self, number: int, rows: tuple[Rows, Rows], client: Client
    ) -> None:
        sent = {"source": rows[number][Source].pk, "app_id": "977", "name": "", "is_active": "on"}
        answer = client.post(reverse("admin:handover_botapp_add"), sent)
        assert answer.status_code == (302 if number == 0 else 200)
        assert BotApp.objects.filter(app_id="977").exists() == (number == 0)

    def test_moves_no_bot_to_another(self, rows: tuple[Rows, Rows], client: Client) -> None:
        bot = rows[0][BotApp]
        sent = {"source": rows[1][Source].pk, "app_id": bot.app_id, "name": "", "is_active": "on"}
        assert client.post(path_of("handover_botapp_change", rows[0]), sent).status_code == 200
        bot.refresh_from_db()
        assert bot.source == rows[0][Source]

    def test_connects_none_and_issues_no_token(self, client: Client) -> None:
        for name in ("channels_fb_page_connect", "handover_apitoken_issue"):
            assert client.get(reverse(f"admin:{name}")).status_code == 403


@pytest.mark.parametrize("table", [Thread, Content, Intervention, ThreadEvent, Page, Source])
def test_whoever_has_no_page_is_told_so(table: type[Model]) -> None:
    build(0)
    user = member(Role.ADMINISTRATOR)
    user.groups.get().permissions.remove(*user.groups.get().permissions.filter(codename="see_all_pages"))
    path = reverse(f"admin:{table._meta.app_label}_{table._meta.model_name}_changelist")
    assert "No page has been given to you yet" in browser(user).get(path).content.decode()


def test_a_page_is_given_on_its_form_and_named_on_the_users(staff: Client) -> None:
    source = build(0)[Source]
    robin = member(Role.AGENT)
    users_form = reverse("admin:auth_user_change", args=[robin.pk])
    assert "no page: one is given on the page" in staff.get(users_form).content.decode()
    path = reverse("admin:handover_source_change", args=[source.pk])
    assert staff.post(path, page_form(source, staff=[robin.pk])).status_code == 302
    assert list(robin.pages.all()) == [source]
    assert path in staff.get(users_form).content.decode()
    assert browser(robin).get(reverse("admin:handover_thread_changelist")).status_code == 200


def test_a_page_is_given_to_staff_alone(staff: Client) -> None:
    source, maya = build(0)[Source], User.objects.create_user("maya")
    path = reverse("admin:handover_source_change", args=[source.pk])
    assert staff.post(path, page_form(source, staff=[maya.pk])).status_code == 200
    assert not maya.pages.exists()


@pytest.mark.parametrize("method", ["get", "post"])
@every_role
def test_no_address_of_an_object_tells_more_by_its_number(role: Role | None, method: str) -> None:
    rows = build(0)
    client = browser(member(role, rows[Source]))
    kind = reverse("admin:view_on_site", args=[1, rows[Thread].pk])
    assert status(client, method, kind) == 404


@every_role
def test_only_auditors_and_administrators_see_deliveries(role: Role | None) -> None:
    rows = build(0)
    client = browser(member(role, rows[Source]))
    answer = client.get(path_of("channels_fb_delivery_change", rows))
    assert (answer.status_code == 200) == (role in AUDITORS)
    assert Delivery.objects.exists()


def test_what_is_not_there_is_said_in_the_consoles_look() -> None:
    others = build(0)
    text = browser(member(Role.AGENT)).get(path_of("handover_thread_change", others)).content.decode()
    assert "it may belong to a page that was not given to you" in text
    assert 'href="/admin/"' in text
    assert others[Thread].identity.display_name not in text
