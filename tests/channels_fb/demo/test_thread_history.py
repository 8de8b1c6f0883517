"""`manage.py thread_history`; its table is seen in `test_demo`."""

from datetime import UTC, datetime

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction

from handover import history, threads
from handover.actors import SYSTEM
from handover.models import Identity, Source, Thread

pytestmark = pytest.mark.django_db


@pytest.fixture
def thread() -> Thread:
    """One without a history."""
    source = Source.objects.create(
        channel_type="messenger", foreign_id="111", name="Acme", agent_app_id="800"
    )
    identity = Identity.objects.create(source=source, foreign_id="24001")
    return Thread.objects.create(source=source, identity=identity)


def test_a_person_whom_nobody_knows_has_no_history() -> None:
    with pytest.raises(CommandError, match="No thread of this person is known"):
        call_command("thread_history", "24001")


def test_each_line_has_its_day_and_time(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, thread: Thread
) -> None:
    for day in (21, 22):
        at = datetime(2026, 11, day, 9, 5, 7, tzinfo=UTC)
        monkeypatch.setattr("django.utils.timezone.now", lambda at=at: at)
        with transaction.atomic():
            row = threads.lock(thread.pk)
            history.append_unchanged(row, "thread_control.asked", SYSTEM, "a test")
            threads.save(row)
    call_command("thread_history", "24001")
    header, first, second, _ = capsys.readouterr().out.splitlines()
    assert header.split()[:3] == ["#", "time", "(UTC)"]
    assert first.startswith("1  2026-11-21 09:05:07  thread_control.asked")
    assert second.startswith("2  2026-11-22 09:05:07  thread_control.asked")


def test_a_broken_chain_is_told(thread: Thread) -> None:
    Thread.objects.update(history_length=1)
    with pytest.raises(CommandError, match="The history ends at row 0, the thread says 1"):
        call_command("thread_history", "24001", "--page", "111")
