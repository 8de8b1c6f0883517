"""The domain in Django's admin. Django finds this package; the modules register their models."""

from handover.admin import access, handovers, history, interventions, sources, threads

__all__ = ["access", "handovers", "history", "interventions", "sources", "threads"]
