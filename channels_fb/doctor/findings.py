"""From facts to findings, the worst first. Pure."""

from __future__ import annotations

from channels_fb.doctor import answering, coming, control, reaching, subscriptions
from channels_fb.doctor.facts import Facts
from channels_fb.doctor.finding import Finding, State

SUBJECTS = (reaching, subscriptions, control, coming, answering)
"""In the order in which somebody would look for a fault: what comes first may explain what follows."""

WORST_FIRST = tuple(State)


def find(facts: Facts) -> list[Finding]:
    """Every finding about a page."""
    found = [finding for subject in SUBJECTS for finding in subject.find(facts)]
    return sorted(found, key=lambda finding: WORST_FIRST.index(finding.state))
