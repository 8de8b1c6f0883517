"""A browser, the running service, and staff who log in."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import BrowserContext, Page, ViewportSize

from tests.browser.service import PASSWORD, Person, Running, running
from tests.browser.watching import Watch

OpenAs = Callable[..., Page]

PHONE: ViewportSize = {"width": 390, "height": 844}
DESK: ViewportSize = {"width": 1280, "height": 800}


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """The machine's own Chromium; none is downloaded."""
    program = shutil.which("chromium")
    assert program is not None, "chromium is missing: apt-get install chromium"
    return {**browser_type_launch_args, "executable_path": program}


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """One for all tests: each brings a customer of its own."""
    with running(tmp_path_factory.mktemp("service")) as running_service:
        running_service.staff("lee", "--all")
        yield running_service


@pytest.fixture
def maya(service: Running) -> Person:
    """A customer who has not written yet."""
    return service.customer("Maya")


@pytest.fixture
def watch(service: Running) -> Iterator[Watch]:
    """What went wrong in any page that the test opened fails it at its end."""
    watch = Watch(urlsplit(service.url).netloc)
    yield watch
    assert watch.faults == []


@pytest.fixture(scope="session")
def sessions() -> dict[str, Any]:
    """Who has logged in already, and what their browser keeps of it."""
    return {}


@pytest.fixture
def open_as(
    new_context: Callable[..., BrowserContext], service: Running, watch: Watch, sessions: dict[str, Any]
) -> OpenAs:
    """`open_as("lee", path)`: a page in a browser of their own, in which they are logged in."""

    def opened(username: str, path: str = "/admin/", **options: Any) -> Page:
        kept = {"base_url": service.url, "viewport": DESK, **options}
        context = new_context(**kept, storage_state=sessions.get(username))
        watch.over(context)
        page = context.new_page()
        if username not in sessions:
            log_in(page, username)
            sessions[username] = context.storage_state()
        page.goto(path)
        return page

    return opened


def log_in(page: Page, username: str, password: str = PASSWORD) -> None:
    """By the form."""
    page.goto("/admin/login/")
    page.get_by_label("Username").fill(username)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Log in").click()
    page.wait_for_load_state()
