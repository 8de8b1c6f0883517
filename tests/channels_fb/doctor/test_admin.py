"""The page doctor in the admin: all pages, one page, examining, and who may."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client

from channels_fb.models import Examination, Page
from handover.models import Source
from tests.channels_fb.stage import AGENT, PAGE, Stage, connected_page

ALL = "/admin/channels_fb/page/doctor/"


def of(page: Page) -> str:
    return f"{ALL}{page.pk}/"


def staff(*permissions: str, username: str = "kim") -> Client:
    user = User.objects.create_user(username, is_staff=True)
    for permission in permissions:
        app_label, codename = permission.split(".")
        user.user_permissions.add(
            Permission.objects.get(content_type__app_label=app_label, codename=codename)
        )
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def administrator(transactional_db: None) -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("lee"))
    return client


def shown(client: Client, path: str) -> str:
    answer = client.get(path, follow=True)
    assert answer.status_code == 200
    return answer.content.decode()


def kept(page: Page, broken: int = 0, **finding: Any) -> Examination:
    """An examination with one finding."""
    found = {"code": "token", "state": "no", "title": "T", "seen": "", "cure": "", "how": "", "remedy": ""}
    return Examination.objects.create(
        page=page,
        at=page.created_at,
        seconds=1,
        broken=broken,
        watched=0,
        findings=[{**found, **finding}],
    )


def test_looking_asks_nobody_and_examining_shows_what_was_found(well: Stage, administrator: Client) -> None:
    path = of(well.page)
    assert "was not examined yet" in shown(administrator, path)
    assert well.facebook.calls == []
    well.facebook.subscribe(PAGE, AGENT, [])
    answer = administrator.post(f"{path}examine/", follow=True)
    assert answer.redirect_chain == [(path, 302)]
    text = answer.content.decode()
    assert "Page Acme (111) was examined: 1 to fix" in text
    assert "The page is not subscribed to 8 of its fields for Agent" in text
    assert f'href="/admin/channels_fb/page/{well.page.pk}/check/"' in text
    assert {call.method for call in well.facebook.calls} == {"GET"}


def test_facebook_out_of_reach_is_shown_as_a_finding(page: Page, administrator: Client) -> None:
    assert (
        "Facebook cannot be reached"
        in administrator.post(f"{of(page)}examine/", follow=True).content.decode()
    )


def test_what_facebook_says_is_escaped(page: Page, administrator: Client) -> None:
    kept(page, title="<script>alert(1)</script>", seen="<b>bold</b>")
    text = shown(administrator, of(page))
    assert "<script>alert(1)" not in text and "<b>bold" not in text
    assert "&lt;script&gt;alert(1)" in text


def test_pages_are_listed_the_worst_first(page: Page, administrator: Client) -> None:
    other = connected_page("222")
    Source.objects.filter(pk=other.source.pk).update(name="Other")
    kept(other, broken=2)
    text = shown(administrator, ALL)
    assert re.findall(r'<a href="(/admin/channels_fb/page/doctor/\d+/)">', text) == [of(other), of(page)]
    assert "2 to fix" in text and "not examined" in text


def test_a_page_that_stands_alone_is_shown_at_once(page: Page, administrator: Client) -> None:
    assert administrator.get(ALL).headers["Location"] == of(page)


def test_without_pages_it_leads_to_connecting_one(administrator: Client) -> None:
    assert "/admin/channels_fb/page/connect/" in shown(administrator, ALL)


def test_the_side_bar_counts_what_is_to_fix_on_active_pages(page: Page, administrator: Client) -> None:
    kept(page, broken=2)
    assert 'aria-label="2 to fix"' in shown(administrator, of(page))
    Source.objects.update(is_active=False)
    assert "to fix" not in shown(administrator, "/admin/channels_fb/page/")


def test_the_report_is_what_the_command_prints(page: Page, administrator: Client) -> None:
    assert administrator.get(f"{of(page)}report/").status_code == 404
    kept(page, broken=1)
    answer = administrator.get(f"{of(page)}report/")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="page-doctor-111.json"'
    assert (answer.json()["page_id"], answer.json()["findings"][0]["code"]) == (PAGE, "token")


class TestWhoMay:
    LOOKS = ("channels_fb.view_page", "handover.see_all_pages")

    def test_look_sees_no_button(self, page: Page) -> None:
        text = shown(staff(*self.LOOKS), of(page))
        assert "Examine now" not in text

    def test_look_may_not_examine(self, page: Page) -> None:
        assert staff(*self.LOOKS).post(f"{of(page)}examine/").status_code == 403
        assert not Examination.objects.exists()

    def test_look_sees_no_way_to_a_form_that_is_closed_to_them(self, page: Page) -> None:
        kept(page, remedy="connection", cure="New token")
        assert "Open the form" not in shown(staff(*self.LOOKS), of(page))

    def test_do_nothing_is_refused_everything(self, page: Page) -> None:
        nobody = staff()
        kept(page)
        for path in (ALL, of(page), f"{of(page)}report/"):
            assert nobody.get(path).status_code == 403

    def test_see_a_page_only_where_it_was_given_to_them(self, page: Page) -> None:
        other = connected_page("222")
        kept(other, broken=3)
        kim = staff("channels_fb.view_page", "channels_fb.connect_page")
        other.source.staff.set([])
        page.source.staff.add(User.objects.get(username="kim"))
        assert [kim.get(path).status_code for path in (of(page), of(other))] == [200, 404]
        assert [kim.post(f"{of(other)}examine/").status_code, kim.get(f"{of(other)}report/").status_code] == [
            404,
            404,
        ]
        assert kim.get(ALL).headers["Location"] == of(page)
        assert "3 to fix" not in shown(kim, of(page))


def test_the_list_costs_the_same_however_many_pages(
    page: Page, administrator: Client, django_assert_max_num_queries: Any
) -> None:
    for number in range(12):
        kept(connected_page(f"3{number:02}"), broken=1)
    with django_assert_max_num_queries(8):
        shown(administrator, ALL)
    with django_assert_max_num_queries(9):
        shown(administrator, of(page))


def test_another_page_is_not_checked_by_whom_it_was_not_given_to(page: Page) -> None:
    other = connected_page("222")
    kim = staff("channels_fb.view_page", "channels_fb.connect_page")
    page.source.staff.add(User.objects.get(username="kim"))
    connections = "/admin/channels_fb/page/"
    assert kim.get(f"{connections}{other.pk}/check/").status_code == 404
    assert kim.post(f"{connections}{other.pk}/check/").status_code == 404
    assert kim.get(f"{connections}{page.pk}/check/").status_code == 200
