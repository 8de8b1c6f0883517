"""Meta apps of ours."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from channels_fb import connecting
from channels_fb.admin.secrets import SecretField, SecretsAdmin, SecretsForm
from channels_fb.models import App
from handover.console.tables import OfNoPage


class AppForm(SecretsForm):
    """Both secrets must be filled in once, when the row is made."""

    secrets = {"new_secret": "secret", "new_verify_token": "verify_token"}

    new_secret = SecretField("App secret")
    new_verify_token = SecretField("Verify token")

    class Meta:
        model = App
        fields = ("app_id", "name")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk is None:
            for name in self.secrets:
                self.fields[name].required, self.fields[name].help_text = True, ""

    def save(self, commit: bool = True) -> Any:
        if self.cleaned_data["new_secret"]:
            connecting.change_secret(self.instance, self.cleaned_data["new_secret"])
        if self.cleaned_data["new_verify_token"]:
            self.instance.verify_token = self.cleaned_data["new_verify_token"]
        return super().save(commit)


@admin.register(App)
class AppAdmin(OfNoPage, SecretsAdmin):
    about = "The Meta apps that call Facebook for the agents, and that Facebook's webhooks are sent to."
    form = AppForm
    fields = ("app_id", "name", "new_secret", "new_verify_token", "previous_secret_until")
    list_display = ("app_id", "name", "previous_secret_until", "updated_at")
    search_fields = ("app_id", "name")
    search_help_text = "Name or app id"

    def get_readonly_fields(self, request: HttpRequest, obj: App | None = None) -> tuple[str, ...]:
        """The pages name their app by its id, so it stays."""
        return ("previous_secret_until",) if obj is None else ("app_id", "previous_secret_until")
