"""What Facebook has against a connection that is not kept yet."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from channels_fb.doctor.facts import Trouble
from channels_fb.doctor.objections import Trial, judge
from tests.channels_fb.doctor.healthy import AGENT, ANSWERS, BOT, FIELDS, PAGE, TOKEN

SILENCE = Trouble("No answer came from Facebook: ReadTimeout.", is_silence=True)


def judged(primary: str = "bot", bots: tuple[str, ...] = (BOT,), **answers: Any) -> Trial:
    return judge(replace(ANSWERS, **answers), PAGE, AGENT, primary, bots)


def test_nothing_is_said_of_what_fits() -> None:
    assert judged() == Trial()


@pytest.mark.parametrize(
    ("answers", "field"),
    [
        ({"token": replace(TOKEN, kind="USER")}, "page_token"),
        ({"token": replace(TOKEN, app_id="801")}, "page_token"),
        ({"mode": Trouble("Facebook refused (code 100): Object does not exist.", code=100)}, "page_id"),
        (
            {"mode": Trouble("Facebook refused (code 100): Invalid appsecret_proof.", code=100)},
            "agent_app_secret",
        ),
    ],
)
def test_an_objection_names_the_field(answers: dict[str, Any], field: str) -> None:
    assert [objection.field for objection in judged(**answers).objections] == [field]


def test_only_the_first_cause_is_told() -> None:
    wrong = Trouble("Facebook refused (code 190): Invalid OAuth access token signature.", code=190)
    trial = judged(
        token=wrong, callback=wrong, mode=Trouble("Facebook refused (code 190): Bad token.", code=190)
    )
    assert [objection.field for objection in trial.objections] == ["agent_app_secret"]


def test_silence_is_told_where_there_is_no_objection() -> None:
    assert judged(fields=SILENCE).silence == SILENCE.words
    assert judged(fields=SILENCE, token=replace(TOKEN, is_valid=False)).silence == ""


class TestBots:
    def test_that_facebook_does_not_list_are_doubted(self) -> None:
        (doubt,) = judged(bots=(BOT, "901")).doubts
        assert "does not list app 901" in doubt

    def test_are_not_doubted_where_facebook_names_our_app_alone(self) -> None:
        assert judged(bots=("901",), fields={AGENT: frozenset(FIELDS)}).doubts == ()
