"""The migration fills in for threads that were there before what the services keep in step since."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

import pytest
from django.apps import apps

from handover import migrations
from handover.models import Reply, Thread
from tests.contract.engaging import opened, staged
from tests.contract.replying import answer
from tests.contract.test_replies_and_answers import graph_error
from tests.world import BOT, World

pytestmark = pytest.mark.usefixtures("worker_rests")

KEPT = (
    *("last_answer_at", "customer_waits_since", "agent_wanted_since", "waits_since"),
    *("active_at", "failed_sends"),
)


def kept() -> dict[str, object]:
    return Thread.objects.values(*KEPT).get()


def test_as_the_services_would_have_it(world: World) -> None:
    staged(world, held_by=BOT)
    world.bot_to_agent(identity_foreign_id=world.identity.foreign_id)
    world.bot_passes_to_us()
    wanted = kept()
    filled_anew()
    assert kept() | {"agent_wanted_since": None, "waits_since": None} == wanted | {
        "agent_wanted_since": None,
        "waits_since": None,
    }
    assert world.thread.agent_wanted_since is not None

    opened(world)
    world.facebook.knobs.fail_next("messages", body=graph_error(551, 1545041))
    answer(world, "On its way")
    world.work()
    failed = kept()
    assert failed["failed_sends"] == 1
    filled_anew()
    assert kept() == failed


def filled_anew() -> None:
    """As if the columns had just been made."""
    Thread.objects.update(
        last_answer_at=None,
        customer_waits_since=None,
        agent_wanted_since=None,
        waits_since=None,
        failed_sends=0,
    )
    Reply.objects.update(unhandled_since=None)
    [name] = (name for _, name, _ in iter_modules(migrations.__path__) if name.endswith("_attention"))
    import_module(f"handover.migrations.{name}").fill(apps, None)
