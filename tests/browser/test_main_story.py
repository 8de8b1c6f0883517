"""An agent's work, by keyboard alone: find who waits, read, answer, give the thread back."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenAs
from tests.browser.keyboard import press, tab_to
from tests.browser.service import Person, Running

SOON = 20_000
"""Milliseconds: the pages ask for news every five seconds."""


@pytest.fixture
def noor(service: Running) -> Person:
    return service.customer("Noor")


def transcript(page: Page) -> Page:
    return page.get_by_role("region", name="Transcript")


def is_opened(page: Page, person: Person) -> None:
    """From the list to the person's page."""
    press(page, person.name)
    expect(page.get_by_role("heading", level=1)).to_have_text(person.name)


def test_who_waits_is_found_answered_and_released(open_as: OpenAs, noor: Person) -> None:
    noor.writes("The parcel came without the lid.")
    noor.wants_a_human()
    page = open_as("lee")
    is_opened(page, noor)
    expect(transcript(page)).to_contain_text("The parcel came without the lid.")
    press(page, "Reply to", "A")
    page.keyboard.type(" new lid is on its way.")
    page.keyboard.press("Control+Enter")
    expect(transcript(page)).to_contain_text("A new lid is on its way.")
    expect(transcript(page).get_by_role("listitem").filter(has_text="A new lid")).to_contain_text(
        re.compile("Sent|Seen"), timeout=SOON
    )
    assert noor.was_told() == ["A new lid is on its way."]
    press(page, "Close…")
    expect(page.get_by_role("button", name="Close the intervention")).to_be_visible()
    press(page, "Close the intervention")
    expect(page.get_by_text("Nobody is engaged in this thread.")).to_be_visible(timeout=SOON)
    expect(page.locator("#side-holder")).to_contain_text("Idle", timeout=SOON)
    assert noor.holder is None


def test_while_the_bot_holds_the_thread_a_reply_says_that_control_comes_first_and_then_goes_out(
    open_as: OpenAs, noor: Person
) -> None:
    noor.writes("Do you have the bench in oak?")
    page = open_as("lee")
    is_opened(page, noor)
    tab_to(page, "Reply to")
    expect(page.locator("#reply")).to_contain_text("The bot holds this thread.")
    page.keyboard.type("In oak, yes.")
    press(page, "Request control and send")
    expect(page.locator("#side-holder")).to_contain_text("Agent", timeout=SOON)
    expect(transcript(page).get_by_role("listitem").filter(has_text="In oak, yes.")).to_contain_text(
        re.compile("Sent|Seen"), timeout=SOON
    )
    assert noor.was_told() == ["In oak, yes."]


def test_a_thread_is_handed_back_to_the_bot_after_the_plan_was_shown(open_as: OpenAs, noor: Person) -> None:
    noor.wants_a_human()
    page = open_as("lee")
    is_opened(page, noor)
    press(page, "Hand to Acme bot")
    expect(page.locator("#plan-bot .code, details[open] .code")).to_contain_text("pass_thread_control")
    press(page, "Hand over")
    expect(page.locator("#side-holder")).to_contain_text("Bot", timeout=SOON)
    assert noor.holder == "900"
