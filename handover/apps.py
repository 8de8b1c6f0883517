"""The domain as a Django application."""

from django.apps import AppConfig
from django.core.checks import Tags, register
from django.db.models.signals import post_migrate


class HandoverConfig(AppConfig):
    """Watches over the history: see `append_only`."""

    name = "handover"
    verbose_name = "Handover"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Protect the history after every migration."""
        from handover import append_only  # noqa: PLC0415 - models are loaded by now, and not before.

        post_migrate.connect(append_only.guard_updates, sender=self, dispatch_uid="history_updates")
        post_migrate.connect(append_only.guard_deletes, sender=self, dispatch_uid="history_deletes")
        register(append_only.check_guards, Tags.database)
