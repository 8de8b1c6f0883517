"""A page with which nothing is wrong, as facts; tests change what they are about."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from channels_fb.doctor import findings
from channels_fb.doctor.facts import Answers, Arrivals, Bot, Callback, Facts, Settings, Token
from channels_fb.doctor.finding import Finding
from handover.ownership import ControlMode

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
PAGE, AGENT, BOT = "111", "800", "900"
FIELDS = ("messages", "messaging_handovers", "standby", "message_reads")
CALLBACK = "https://bots.example.com/webhooks/facebook/800"

SETTINGS = Settings(
    page_id=PAGE,
    app_id=AGENT,
    app_name="Support desk",
    primary="bot",
    wanted_fields=FIELDS,
    callback_url=CALLBACK,
    bots=(Bot(BOT, "Acme bot", NOW - timedelta(minutes=5)),),
    mode=ControlMode.ROUTING,
    can_take=True,
)
TOKEN = Token(True, AGENT, PAGE, None, frozenset({"pages_messaging", "pages_manage_metadata"}))
ANSWERS = Answers(
    mode=ControlMode.ROUTING,
    fields={AGENT: frozenset(FIELDS), BOT: frozenset(FIELDS)},
    is_primary=False,
    token=TOKEN,
    callback=Callback(CALLBACK, True, frozenset(FIELDS)),
    clock_ahead=0.4,
)
ARRIVALS = Arrivals(
    last={"messages": NOW - timedelta(minutes=2), "standby": NOW - timedelta(hours=1)},
    looked_at=20,
    since=NOW - timedelta(days=1),
    delays=(0.5, 1.0, 2.0),
    on_messaging_at=NOW - timedelta(minutes=2),
)


def found(
    settings: dict[str, Any] | None = None,
    answers: dict[str, Any] | None = None,
    arrivals: dict[str, Any] | None = None,
) -> dict[str, Finding]:
    """What is found by its code, with these facts in the place of the healthy ones."""
    facts = Facts(
        NOW,
        replace(SETTINGS, **(settings or {})),
        replace(ANSWERS, **(answers or {})),
        replace(ARRIVALS, **(arrivals or {})),
    )
    return {finding.code: finding for finding in findings.find(facts)}
