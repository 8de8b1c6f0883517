"""What `app_roles` says about a page's primary app (Meta, "messaging_handovers")."""

from __future__ import annotations

from channels_fb.webhooks.events import RolesTold
from handover import observations
from handover.models import Primary, Source
from handover.news import PrimaryChanged

PRIMARY, SECONDARY = "primary_receiver", "secondary_receiver"


def record(source: Source, told: RolesTold) -> bool:
    """Keep who is primary. False where the event does not tell: each app hears of its own role alone."""
    primary = _primary(source, told)
    if primary is None:
        return False
    note = f"Facebook told at {told.at:%Y-%m-%d %H:%M} UTC: {_words(told)}."
    observations.record_primary(source, PrimaryChanged(told.at, primary, note[:300]))
    return True


def _primary(source: Source, told: RolesTold) -> Primary | None:
    bots = source.cast().bot_app_ids
    leaders = {app_id for app_id, roles in told.roles.items() if PRIMARY in roles}
    if source.agent_app_id in leaders:
        return Primary.AGENT
    if leaders & bots:
        return Primary.BOT
    if leaders:
        return Primary.NONE  # An app that is neither ours nor a bot's: nothing can be concluded from it.
    if SECONDARY in told.roles.get(source.agent_app_id, frozenset()):
        return Primary.BOT if bots else Primary.NONE
    return None


def _words(told: RolesTold) -> str:
    return ", ".join(f"app {app_id} is {' and '.join(sorted(roles))}" for app_id, roles in told.roles.items())
