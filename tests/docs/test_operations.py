"""docs/operations.md: its log lines are the code's, and what it has people run does what it says."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from channels_fb.models import Delivery
from handover import contents, history, interventions
from handover.actors import Actor
from handover.models import Content, Handover, Identity, InterventionComment, Thread, ThreadEventText
from tests.docs.documents import DOCS, ROOT, Document, code, commands, tables
from tests.people import agent_user
from tests.world import BOT, MAYA, PAGE, World

DOCUMENT = Document(DOCS / "operations.md")
THE_MIDDLEWARES = {"request_finished", "request_failed"}
LEVELS = {"info": "info", "warning": "warning", "error": "error", "exception": "error"}


def logged() -> Iterator[tuple[str, str]]:
    """Event and level of every log line in the code."""
    for package in ("handover", "channels_fb", "ringcx_bots"):
        for path in (ROOT / package).rglob("*.py"):
            yield from _logged_in(path)


def _logged_in(path: Path) -> Iterator[tuple[str, str]]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            owner, level = node.func.value, node.func.attr
            if isinstance(owner, ast.Name) and owner.id == "log" and level in LEVELS:
                yield ast.literal_eval(node.args[0]), LEVELS[level]


def test_every_log_line_has_its_row_and_its_level() -> None:
    [table] = tables(DOCUMENT.section("Logs"))
    documented = {(event, level) for names, level, *_ in table for event in code(names)}
    theirs = {(event, level) for event, level in documented if event in THE_MIDDLEWARES}
    assert {event for event, _ in theirs} == THE_MIDDLEWARES
    assert documented - theirs == set(logged())


def snippet(words: str) -> str:
    """The Python of the `manage.py shell` call that these words stand in."""
    calls = [words for fence in DOCUMENT.fences for words in commands(fence.text) if "shell" in words]
    [found] = [call[-1] for call in calls if words in call[-1]]
    return found


def run(code_: str, **in_place_of: str) -> None:
    for name, value in in_place_of.items():
        code_ = code_.replace(f"'{name}'", repr(value))
    exec(compile(code_, str(DOCUMENT), "exec"), {})  # noqa: S102 - it is what an operator would run.


@pytest.fixture
def world(world: World) -> World:
    world.build()
    world.maya_writes("My name is Maya, I live in Elm Street")
    world.work()
    world.bot_to_agent(reason="Maya wants a person")
    world.bot_passes_to_us()
    return world


class TestTheOverdueCount:
    def counted(self, capsys: pytest.CaptureFixture[str]) -> str:
        capsys.readouterr()
        run(snippet("late = timezone.now()"))
        return capsys.readouterr().out.strip()

    def test_is_zero_where_the_worker_runs(self, world: World, capsys: pytest.CaptureFixture[str]) -> None:
        assert self.counted(capsys) == "0 0 0 0"

    def test_shows_what_nobody_has_done(self, world: World, capsys: pytest.CaptureFixture[str]) -> None:
        long_ago = timezone.now() - timedelta(minutes=6)
        Delivery.objects.filter(pk=Delivery.objects.earliest("pk").pk).update(next_attempt_at=long_ago)
        Thread.objects.update(owner_check_at=long_ago)
        Identity.objects.update(profile_due_at=long_ago)
        assert self.counted(capsys) == "1 0 1 1"


def test_facebook_is_asked_for_the_owner(world: World) -> None:
    world.facebook.forget()
    run(snippet("owner_check_at="), PSID=MAYA)
    world.work()
    assert world.graph_calls() == ["thread_owner"]


class TestErasingAPerson:
    @pytest.fixture(autouse=True)
    def erased(self, world: World) -> None:
        world.facebook.customer_writes(PAGE, "24002", "I am somebody else")
        world.settle()
        assert ThreadEventText.objects.filter(event__thread=world.thread).exists()
        ana = agent_user("ana")
        actor = Actor.for_staff(ana)
        row = interventions.open_intervention(world.thread, ana, actor)
        interventions.comment(row, ana, "Lives in Elm Street", actor)
        contents.reply(world.thread, "We deliver to Elm Street", ana, actor)
        world.work()
        interventions.close_intervention(row, actor)
        world.work()
        world.maya_writes("Thank you, to Elm Street please")
        world.bot_passes_to_us()
        run(snippet("ThreadEventText"), PAGE=PAGE, PSID=MAYA)

    def test_leaves_no_word_of_theirs(self, world: World) -> None:
        assert not Content.objects.filter(thread=world.thread).exists()
        assert not ThreadEventText.objects.filter(event__thread=world.thread).exists()
        assert not InterventionComment.objects.exists()
        assert set(Handover.objects.filter(thread=world.thread).values_list("reason", flat=True)) == {""}
        assert world.identity.display_name == MAYA
        assert not any(b"Elm Street" in bytes(delivery.body) for delivery in Delivery.objects.all())

    def test_leaves_the_chain_whole(self, world: World) -> None:
        assert world.thread.history_length > 0
        assert list(history.breaks(world.thread)) == []

    def test_leaves_others_alone(self, world: World) -> None:
        assert Content.objects.filter(thread__identity__foreign_id="24002").exists()
        assert any(b"somebody else" in bytes(delivery.body) for delivery in Delivery.objects.all())

    def test_leaves_the_thread_usable(self, world: World) -> None:
        assert world.agent_to_bot().status_code == 200
        assert world.truth == BOT


def test_each_state_of_a_delivery_has_its_row() -> None:
    [table] = tables(DOCUMENT.section("Deliveries"))
    assert [re.sub(r"\*", "", row[0]) for row in table] == Delivery.State.values
