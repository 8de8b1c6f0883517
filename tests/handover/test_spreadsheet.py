"""What a spreadsheet would reckon, round or shorten is shown as it is."""

from __future__ import annotations

import pytest

from handover.spreadsheet import cell


@pytest.mark.parametrize(
    "text",
    ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "  =1+1", "＝1", "＋1", "－1", "＠x"],
)
def test_what_would_be_reckoned_is_made_text(text: str) -> None:
    assert cell(text) == f"'{text}"


@pytest.mark.parametrize("text", ["6480217734095512", "000000000000000000000005", "007", "12e5"])
def test_an_id_that_would_be_read_as_a_number_is_made_text(text: str) -> None:
    assert cell(text) == f"'{text}"


@pytest.mark.parametrize(
    "text", ["", "Maya Lind", "24001", "0", "a=b", "2026-03-01T12:00:00+00:00", "00000000000000000000000c"]
)
def test_the_rest_stays_as_it_is(text: str) -> None:
    assert cell(text) == text
