"""`manage.py page_doctor`: what it prints, and its exit code."""

from __future__ import annotations

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from channels_fb.models import Examination, Page
from handover.models import Source
from tests.channels_fb.stage import AGENT, PAGE, Stage, connected_page


def printed(*options: str) -> str:
    out = StringIO()
    call_command("page_doctor", *options, stdout=out)
    return out.getvalue()


def exit_code(*options: str) -> int:
    with pytest.raises(CommandError) as caught:
        printed(*options)
    return caught.value.returncode


def test_a_page_that_is_well_is_described(well: Stage) -> None:
    text = printed()
    assert text.startswith("Acme (111): 0 to fix, ")
    assert "  Fine: Page token\n    Valid, for this page and this app, without an end." in text
    assert Examination.objects.count() == 1


def test_something_broken_comes_with_its_fix_and_an_exit_code(
    well: Stage, capsys: pytest.CaptureFixture[str]
) -> None:
    well.facebook.subscribe(PAGE, AGENT, ["messages"])
    with pytest.raises(CommandError) as caught:
        call_command("page_doctor")
    assert (caught.value.returncode, str(caught.value)) == (1, "1 to fix.")
    first, title, *rest = capsys.readouterr().out.splitlines()
    assert first.startswith("Acme (111): 1 to fix")
    assert title == "  Broken: The page is not subscribed to 7 of its fields for Agent"
    assert rest[1].startswith("    Fix: Subscribe it.")


def test_for_programs_it_is_json(well: Stage) -> None:
    (page,) = json.loads(printed("--json"))
    assert (page["page_id"], page["name"], page["broken"]) == (PAGE, "Acme", 0)
    token = next(finding for finding in page["findings"] if finding["code"] == "token")
    assert (token["state"], token["title"]) == ("ok", "Page token")


def test_one_page_or_all_that_are_active(well: Stage) -> None:
    connected_page("222")
    assert [page["page_id"] for page in json.loads(printed("--json", "--page", PAGE))] == [PAGE]
    assert exit_code() == 1
    Source.objects.filter(foreign_id="222").update(is_active=False)
    assert [page["page_id"] for page in json.loads(printed("--json"))] == [PAGE]


def test_a_page_that_is_not_connected_is_said_so(db: None) -> None:
    assert exit_code("--page", "999") == 2


def test_without_facebook_it_says_so_and_is_no_success(page: Page) -> None:
    assert exit_code() == 1
    assert Examination.objects.get().findings[0]["code"] == "facebook"
