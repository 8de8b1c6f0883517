"""What is new shows without a reload, and two agents do not get in each other's way."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenAs
from tests.browser.service import Person, Running

SOON = 20_000


def opened_by(page: Page) -> None:
    """The plan for an intervention is on the page."""
    page.get_by_role("link", name="Open…").click()
    expect(page.locator("#asks-engaged").get_by_role("button")).to_be_visible()


def test_what_the_customer_writes_shows_on_the_open_page(open_as: OpenAs, maya: Person) -> None:
    maya.wants_a_human()
    page = open_as("lee", "/admin/handover/thread/")
    page.get_by_role("link", name=maya.name).click()
    page.get_by_label("Reply to").fill("half a sen")
    maya.writes("Are you still there?")
    expect(page.get_by_role("region", name="Transcript")).to_contain_text(
        "Are you still there?", timeout=SOON
    )
    expect(page.get_by_label("Reply to")).to_have_value("half a sen")


def test_the_second_agent_is_told_who_was_first(open_as: OpenAs, service: Running, maya: Person) -> None:
    service.staff("bo", "--all")
    maya.wants_a_human()
    pages = [open_as("lee", "/admin/handover/thread/"), open_as("bo", "/admin/handover/thread/")]
    for page in pages:
        page.get_by_role("link", name=maya.name).click()
        opened_by(page)
    lees, bos = (page.locator("#asks-engaged").get_by_role("button") for page in pages)
    lees.click()
    expect(pages[0].locator("#side-engaged")).to_contain_text("lee, you", timeout=SOON)
    bos.click()
    expect(pages[1].locator("#side-engaged")).to_contain_text("lee", timeout=SOON)
    expect(pages[1].locator("body")).to_contain_text(re.compile("lee .*(first|has it|is engaged|engaged)"))
