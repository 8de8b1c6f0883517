"""Form fields for secrets, which go in and never come out."""

from __future__ import annotations

from typing import Any

from django import forms

KEEP = "Leave empty to keep it."


class SecretField(forms.CharField):
    """Written, never read: the field is empty whatever is stored, and left empty it changes nothing."""

    def __init__(self, label: str, help_text: str = KEEP) -> None:
        widget = forms.PasswordInput(render_value=False, attrs={"autocomplete": "new-password"})
        super().__init__(label=label, required=False, widget=widget, help_text=help_text)

    def validate(self, value: Any) -> None:
        super().validate(value)
        if value and not (value.isascii() and value.isprintable() and " " not in value):
            raise forms.ValidationError("This holds characters that none has; was it cut or quoted?")
