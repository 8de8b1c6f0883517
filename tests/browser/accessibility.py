"""What axe-core finds on a page. The package ships axe-core itself, so nothing is fetched."""

from __future__ import annotations

from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

SERIOUS = ("serious", "critical")
OPTIONS = {
    "resultTypes": ["violations"],
    # It would write style sheets into the page, which the content security policy forbids, for one rule only.
    "preload": False,
    # The search field of Django's lists is called by the icon beside it, whose text is "Search".
    "rules": {"label-title-only": {"enabled": False}},
}

DJANGOS = {
    "exclude": [
        ".select2-container",  # what `autocomplete_fields` become
        ".selector",  # two lists side by side
        ".datetime",  # a field for the date, one for the time, one label
        ".tabular td",  # fields in a table, called by their column's heading
    ]
}
"""Widgets that Django's own forms are made of. They are Django's to mend."""


def is_accessible(page: Page) -> bool:
    """Without serious or critical findings, in light and in dark. Raises AssertionError that names them."""
    found = []
    for scheme in ("light", "dark"):
        # Without motion: halfway from light to dark a colour is neither.
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        found += [f"{scheme}: {finding}" for finding in _findings(page)]
    assert found == [], "\n".join([page.url, *found])
    return True


def _findings(page: Page) -> list[str]:
    violations = Axe().run(page, context=DJANGOS, options=OPTIONS).response["violations"]
    return [_words(each) for each in violations if each["impact"] in SERIOUS]


def _words(violation: dict[str, Any]) -> str:
    where = "; ".join(f"{node['target']} {node['html'][:160]}" for node in violation["nodes"][:4])
    return f"{violation['id']} ({violation['help']}): {where}"
