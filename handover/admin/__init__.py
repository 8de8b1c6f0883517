"""The domain in Django's admin. Django finds this package; the modules register their models."""

from handover.admin import contents, handovers, history, interventions, sources, threads, tokens

__all__ = ["contents", "handovers", "history", "interventions", "sources", "threads", "tokens"]
