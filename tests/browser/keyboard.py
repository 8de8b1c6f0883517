"""Using a page without a mouse."""

from __future__ import annotations

from playwright.sync_api import Page

MOST_TABS = 150
_NAME = """() => {
    const here = document.activeElement;
    const label = here.labels && here.labels.length ? here.labels[0].textContent : "";
    return (here.getAttribute("aria-label") || label || here.textContent || here.value || "").trim();
}"""


def tab_to(page: Page, name: str) -> None:
    """Press Tab until something of this name has the focus. Raises AssertionError where nothing ever has."""
    seen: list[str] = []
    for _ in range(MOST_TABS):
        page.keyboard.press("Tab")
        seen.append(" ".join(str(page.evaluate(_NAME)).split()))
        if name in seen[-1]:
            return
    raise AssertionError(f"No {name!r} among {seen}")


def press(page: Page, name: str, key: str = "Enter") -> None:
    """Go to something by Tab and press it."""
    tab_to(page, name)
    page.keyboard.press(key)
