"""docs/messenger-setup.md says what the service asks of Facebook and of whoever connects a page."""

from __future__ import annotations

import re

from channels_fb.errors import RATE_LIMITS, GraphFault, channel_error
from channels_fb.management.commands.connect_page import SECRETS
from channels_fb.subscription import FIELDS
from handover.channel import CallRecord, NotOwner, OutcomeUnknown, Refused, Unavailable
from handover.models import Primary
from handover.ownership import ControlMode
from tests.docs.documents import DOCS, Document, code, tables

PAGE = Document(DOCS / "messenger-setup.md")
ANSWERS = {"control_conflict": NotOwner, "facebook_unavailable": (Unavailable, OutcomeUnknown)}


def test_the_fields_are_those_that_are_subscribed() -> None:
    [table] = tables(PAGE.section("5. Webhooks"))
    assert sorted(code(row[0])[0] for row in table) == sorted(FIELDS)


def test_each_primary_and_each_mode_stands_among_the_modes() -> None:
    table = tables(PAGE.section("3. Roles and mode"))[0]
    assert {code(row[1])[0] for row in table} == set(Primary.values)
    assert {code(row[2])[0] for row in table} == set(ControlMode) - {ControlMode.UNKNOWN}


def test_each_secret_is_taken_from_the_environment() -> None:
    [block] = [fence.text for fence in PAGE.fences if "--agent-app-id" in fence.text]
    assert all(name in block for name in SECRETS.values())
    assert not re.search("--(page-token|agent-app-secret|verify-token)", block)


def test_each_code_of_facebooks_means_to_us_what_it_says() -> None:
    """A refusal becomes `facebook_error`, unless the row names another of our answers."""
    for cells in tables(PAGE.section("Everything is refused"))[0]:
        expected = next((kind for word, kind in ANSWERS.items() if word in cells[1]), Refused)
        for code_, subcode in re.findall(r"\b(\d+)(?:/(\d+))?", cells[0]):
            fault = GraphFault(400, int(code_), int(subcode) if subcode else None, "(#0) Some words")
            error = channel_error(fault, CallRecord("edge", "800"), None, {})
            assert isinstance(error, expected), cells[0]


def test_it_names_all_of_facebooks_rate_limits() -> None:
    [table] = tables(PAGE.section("Everything is refused"))
    [named] = [codes for codes, cause, _ in table if "too many calls:" in cause]
    assert {int(number) for number in re.findall(r"\d+", named)} == RATE_LIMITS
