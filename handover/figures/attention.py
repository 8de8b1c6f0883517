"""How many customers wait in vain, and how often a bot spoke while an agent held the thread."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from datetime import datetime

from handover.figures.spans import Span


def unattended(source_ids: Collection[int], now: datetime) -> Counter[int]:
    """The threads of each page in which the customer waits and nobody who answers holds the thread."""
    return Counter()


def talk_over(source_ids: Collection[int], span: Span) -> Counter[str]:
    """How often each bot's app wrote within the span while an agent held the thread."""
    return Counter()
