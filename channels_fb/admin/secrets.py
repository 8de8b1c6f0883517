"""Secrets in forms: they go in and never come out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.http import HttpRequest

from channels_fb.encryption import is_lost

KEEP = "Leave empty to keep it."
LOST = (
    "The one that is stored cannot be decrypted: put the key that is missing back into FIELD_ENCRYPTION_KEYS,"
    " or enter the secret anew."
)


class SecretField(forms.CharField):
    """Written, never read: the field is empty whatever is stored, and left empty it changes nothing."""

    def __init__(self, label: str, help_text: str = KEEP) -> None:
        widget = forms.PasswordInput(render_value=False, attrs={"autocomplete": "new-password"})
        super().__init__(label=label, required=False, widget=widget, help_text=help_text)

    def validate(self, value: Any) -> None:
        super().validate(value)
        if value and not (value.isascii() and value.isprintable() and " " not in value):
            raise forms.ValidationError("This holds characters that none has; was it cut or quoted?")


class SecretsForm(forms.ModelForm):
    """`secrets` maps the secret fields to the columns behind them."""

    secrets: ClassVar[Mapping[str, str]]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, column in self.secrets.items():
            # As it is stored: reading the attribute would open it.
            if name in self.fields and is_lost(vars(self.instance).get(column)):
                self.fields[name].help_text = LOST


class SecretsAdmin(admin.ModelAdmin):
    """Rows with secrets. Whoever may only look sees no place for one."""

    form: type[SecretsForm]

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        """Without the secrets on a page on which nothing can be entered."""
        fields = list(super().get_fields(request, obj))
        if obj is None or self.has_change_permission(request, obj):
            return fields
        return [name for name in fields if name not in self.form.secrets]
