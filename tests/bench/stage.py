"""Fill the service's database with a connected page and people in known threads; print a token.

python -m tests.bench.stage PEOPLE OWNER
"""

from __future__ import annotations

import sys

import django

from tests.bench.cast import AGENT, AGENT_SECRET, BOT, MAYA, PAGE, PAGE_TOKEN, VERIFY
from tests.bench.statements import counted


def people(count: int) -> list[str]:
    """The ids that the people on the stage have."""
    return [str(int(MAYA) + number) for number in range(count)]


def fill(count: int, owner: str) -> str:
    """Everybody's thread is held by `owner`, which was confirmed a moment ago."""
    from django.utils import timezone

    from channels_fb.models import App, Page
    from handover import tokens
    from handover.models import BotApp, Identity, Source, Thread

    app = App.objects.create(app_id=AGENT, name="Agent", secret=AGENT_SECRET, verify_token=VERIFY)
    source = Source.objects.create(
        channel_type="messenger",
        foreign_id=PAGE,
        name="Acme",
        agent_app_id=AGENT,
        primary="bot",
        control_mode="receivers",
    )
    BotApp.objects.create(source=source, app_id=BOT, name="Acme bot")
    Page.objects.create(source=source, app=app, page_token=PAGE_TOKEN)
    now = timezone.now()
    persons = Identity.objects.bulk_create(
        [Identity(source=source, foreign_id=psid) for psid in people(count)]
    )
    Thread.objects.bulk_create(
        Thread(
            source=source,
            identity=person,
            owner=owner,
            owner_app_id=BOT if owner == "bot" else AGENT,
            owner_since=now,
            owner_observed_at=now,
            owner_confirmed_at=now,
            owner_how="handover_event",
            owner_sure=True,
        )
        for person in persons
    )
    return tokens.issue("bench", per_minute=10_000_000)


if __name__ == "__main__":
    django.setup()
    new_token = fill(int(sys.argv[1]), sys.argv[2])
    sys.stdout.write(str(counted(sys.argv[3], new_token)) if len(sys.argv) > 3 else new_token)
