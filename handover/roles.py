"""The roles of staff: groups of rights, made by the migrations; which pages somebody sees is given apart.

A channel adds what its own tables ask for in a module of the same name. A right that is new here reaches
the groups by a migration: see `role_migrations`.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class Role(StrEnum):
    """What a group is called when it is made. Administrators may call it otherwise, or change it."""

    AGENT = "Agent"
    SUPERVISOR = "Supervisor"
    AUDITOR = "Auditor"
    ADMINISTRATOR = "Administrator"


Rights = Mapping[Role, frozenset[str]]

_ENGAGING = frozenset(
    {
        "handover.view_thread",
        "handover.view_identity",
        "handover.view_content",
        "handover.view_intervention",
        "handover.view_availability",
        "handover.open_intervention",
        "handover.reply_to_thread",
        "handover.hand_over_thread",
    }
)
_LOOKING_BACK = frozenset(
    {
        "handover.view_thread",
        "handover.view_identity",
        "handover.view_intervention",
        "handover.view_availability",
        "handover.view_availabilitychange",
        "handover.view_handover",
        "handover.view_threadevent",
        "handover.export_history",
        "handover.view_threadeventtext",
        "handover.view_source",
        "handover.view_botapp",
        "handover.view_figures",
    }
)
_LOOKING_EVERYWHERE = frozenset(
    {"handover.see_all_pages", "handover.view_apitoken", "auth.view_user", "auth.view_group"}
)
_SETTING_UP = frozenset(
    {
        "handover.change_source",
        "handover.add_botapp",
        "handover.change_botapp",
        "handover.delete_botapp",
        "handover.change_apitoken",
        "handover.issue_token",
        *(f"auth.{verb}_{what}" for verb in ("add", "change", "delete") for what in ("user", "group")),
    }
)
_KEEPING_TEXTS = frozenset(f"handover.{verb}_savedreply" for verb in ("view", "add", "change", "delete"))
_SUPERVISING = _ENGAGING | _LOOKING_BACK | _KEEPING_TEXTS | {"handover.close_intervention"}
_AUDITING = _LOOKING_BACK | _LOOKING_EVERYWHERE

RIGHTS: Rights = {
    Role.AGENT: _ENGAGING,
    Role.SUPERVISOR: _SUPERVISING,
    Role.AUDITOR: _AUDITING,
    Role.ADMINISTRATOR: _SUPERVISING | _AUDITING | _SETTING_UP,
}
"""Auditors read no transcripts unless they are given `handover.view_content` besides."""
