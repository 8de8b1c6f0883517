"""`manage.py thread_history`; its table is seen in `test_demo`."""

import pytest
from django.core.management import CommandError, call_command

from handover.models import Identity, Source, Thread

pytestmark = pytest.mark.django_db


def test_a_person_whom_nobody_knows_has_no_history() -> None:
    with pytest.raises(CommandError, match="No thread of this person is known"):
        call_command("thread_history", "24001")


def test_a_broken_chain_is_told() -> None:
    source = Source.objects.create(
        channel_type="messenger", foreign_id="111", name="Acme", agent_app_id="800"
    )
    identity = Identity.objects.create(source=source, foreign_id="24001")
    Thread.objects.create(source=source, identity=identity, history_length=1)
    with pytest.raises(CommandError, match="The history ends at row 0, the thread says 1"):
        call_command("thread_history", "24001", "--page", "111")
