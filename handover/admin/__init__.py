"""The domain in Django's admin. Django finds this package; the modules register their models."""

from handover.admin import availability, contents, handovers, history, interventions, sources, threads, tokens

__all__ = [
    "availability",
    "contents",
    "handovers",
    "history",
    "interventions",
    "sources",
    "threads",
    "tokens",
]
