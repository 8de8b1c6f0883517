"""The list of threads: its views, and what is new in it."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from channels_fb.demo import cast
from tests.browser.conftest import OpenAs
from tests.browser.keyboard import press
from tests.browser.service import Person, Running

SOON = 20_000


def test_who_waits_for_an_agent_is_among_the_unattended(open_as: OpenAs, maya: Person) -> None:
    maya.wants_a_human()
    page = open_as("lee", "/admin/handover/thread/")
    press(page, "Unattended")
    expect(page.locator("#tabs [aria-current=page]")).to_contain_text("Unattended")
    expect(page.get_by_role("row", name=re.compile(maya.name))).to_contain_text("unattended")
    press(page, maya.name)
    expect(page.get_by_role("heading", level=1)).to_have_text(maya.name)


def test_a_reply_that_failed_stands_among_the_failed_sends(
    open_as: OpenAs, service: Running, maya: Person
) -> None:
    maya.wants_a_human()
    service.facebook.customer_blocks(cast.PAGE_ID, maya.psid)
    page = open_as("lee", "/admin/handover/thread/")
    page.get_by_role("link", name=maya.name).click()
    page.get_by_label("Reply to").fill("Your parcel is here.")
    page.locator("#send").click()
    expect(page.get_by_text("Not sent.")).to_be_visible(timeout=SOON)
    page.goto("/admin/handover/thread/")
    page.get_by_role("link", name=re.compile("Failed sends")).click()
    expect(page.get_by_role("row", name=re.compile(maya.name))).to_contain_text("1 failed")


def test_new_activity_shows_in_the_list_and_the_title_and_nothing_moves_until_asked_for(
    open_as: OpenAs, service: Running
) -> None:
    first, second = service.customer("Ada"), service.customer("Bea")
    for person in (first, second):
        person.writes("Hello")
    page = open_as("lee", "/admin/handover/thread/")
    top = page.get_by_role("rowgroup").last.get_by_role("row").first
    expect(top).to_contain_text(second.name)
    first.writes("Is anybody there?")
    news = page.get_by_role("link", name=re.compile("new activity"))
    expect(news).to_be_visible(timeout=SOON)
    expect(page.get_by_role("row", name=re.compile(first.name))).to_contain_text("Hello, I am the bot")
    expect(top).to_contain_text(second.name)
    news.click()
    expect(top).to_contain_text(first.name)
