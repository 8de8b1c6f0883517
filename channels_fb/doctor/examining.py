"""Examine a page: gather the facts, ask Facebook, find, and keep what was found."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from time import monotonic
from typing import Any

from django.utils import timezone

from channels_fb.doctor import asking, findings, gathering
from channels_fb.doctor.asking import Credentials
from channels_fb.doctor.facts import Answers, Facts, Trouble
from channels_fb.doctor.finding import Finding, Remedy, State
from channels_fb.encryption import UndecryptableSecret
from channels_fb.models import Examination, Page
from handover.channel import Deadline
from handover.models import Primary


def examine(page: Page) -> Examination:
    """Examine a page and keep the result in the place of the last one.

    Goes over the network: must not run inside a transaction. Whatever Facebook does is a finding, no error.
    """
    began, now = monotonic(), timezone.now()
    own, came = gathering.settings_of(page, now), gathering.arrivals_of(page, now)
    answers = _ask(page, Primary(page.source.primary))
    found = findings.find(Facts(now, own, answers, came))
    examination, _ = Examination.objects.update_or_create(
        page=page,
        defaults={
            "at": now,
            "seconds": monotonic() - began,
            "broken": counted(found, State.BROKEN),
            "watched": counted(found, State.WATCH),
            "findings": [asdict(finding) for finding in found],
        },
    )
    return examination


def _ask(page: Page, primary: Primary) -> Answers:
    try:
        secrets = page.page_token, page.app.secret
    except UndecryptableSecret as error:
        lost = Trouble(str(error))
        return Answers(mode=lost, fields=lost, is_primary=lost, token=lost, callback=lost)
    credentials = Credentials(page.source.foreign_id, page.app.app_id, *secrets)
    return asking.ask(credentials, primary, Deadline(asking.SECONDS))


def as_object(examination: Examination) -> dict[str, Any]:
    """For programs: the page, and what was found on it."""
    source = examination.page.source
    return {
        "page_id": source.foreign_id,
        "name": source.name,
        "at": examination.at.isoformat(timespec="seconds"),
        "broken": examination.broken,
        "watched": examination.watched,
        "findings": [asdict(finding) for finding in findings_of(examination)],
    }


def findings_of(examination: Examination) -> list[Finding]:
    """What was found, the worst first, as it was kept."""
    return [_finding(kept) for kept in examination.findings]


def _finding(kept: dict[str, Any]) -> Finding:
    return Finding(**{**kept, "state": State(kept["state"]), "remedy": Remedy(kept["remedy"])})


def counted(found: Iterable[Finding], state: State) -> int:
    """How many are in a state."""
    return sum(finding.state is state for finding in found)
