"""Connect a page, and check at Facebook how it is connected: forms, questions, Facebook's answers."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404

from channels_fb import connecting, trying
from channels_fb.admin.secrets import SecretField
from channels_fb.connecting import CannotConnect, Connected, Connection
from channels_fb.doctor.objections import Trial
from channels_fb.models import Page
from handover.admin_base import ActionPage, moment
from handover.console.tables import sees_all_pages
from handover.models import Primary, Source

UNASKED = "save_unasked"
_TRY_LATER = "Try again later, or tick this to save it all the same."
_KEEP_OR_GIVE = "Needed when the page or its app is new. Leave empty to keep it."


class ConnectForm(forms.Form):
    """The fields of a `Connection`. Empty means "as it is"."""

    page_id = forms.CharField(label="Page id", max_length=32, help_text="As Facebook shows it, in digits.")
    name = forms.CharField(required=False, max_length=200, help_text="How the page is shown here.")
    page_token = SecretField("Page token", f"The agent app's access token for the page. {_KEEP_OR_GIVE}")
    agent_app_id = forms.CharField(
        label="Agent app id",
        required=False,
        max_length=32,
        help_text="The Meta app that calls Facebook for the agents.",
    )
    agent_app_secret = SecretField("Agent app secret", _KEEP_OR_GIVE)
    verify_token = SecretField(
        "Verify token", f"What Facebook names to verify the callback address. {_KEEP_OR_GIVE}"
    )
    primary = forms.ChoiceField(
        label="Primary app",
        required=False,
        choices=[("", "as it is"), *Primary.choices],
        help_text="Who gets a conversation that nobody holds. Facebook calls it the default app today.",
    )
    bot_apps = forms.CharField(
        label="Bot apps",
        required=False,
        max_length=10_000,
        widget=forms.Textarea(attrs={"rows": 4, "cols": 60}),
        help_text="One a line: the app's id, and after a space its name. Those that are not listed are "
        "switched off; leave this empty to keep them all.",
    )
    save_unasked = forms.BooleanField(
        label="Save without Facebook's word",
        required=False,
        help_text="Only where Facebook cannot be reached: it is not asked then, and a mistake shows later.",
    )

    def wanted(self) -> Connection:
        """What is to be so, of a form that is valid."""
        return Connection(**{name: value for name, value in self.cleaned_data.items() if name != UNASKED})

    def clean_bot_apps(self) -> dict[str, str] | None:
        """From lines to ids and names; None where nothing is to change."""
        lines = [line.split(None, 1) for line in self.cleaned_data["bot_apps"].splitlines() if line.strip()]
        apps = {words[0]: words[1].strip() if len(words) > 1 else "" for words in lines}
        if len(apps) < len(lines):
            raise ValidationError("An app stands here twice.")
        return apps or None


class ConnectPage(ActionPage):
    """Connect a page, or change how it is connected."""

    permission = "channels_fb.connect_page"
    template_name = "admin/channels_fb/page/connect.html"

    def allows(self, request: HttpRequest) -> bool:
        """Any page can be named there, and a new one is nobody's."""
        return super().allows(request) and sees_all_pages(request)

    def get(self, request: HttpRequest) -> HttpResponse:
        """The form; with `?page=` what is known of that page, except its secrets."""
        page = _find(request.GET.get("page", ""))
        form = ConnectForm(initial=_known(page) if page else {})
        return self.show(request, "Connect a page", adminform=self.fields_of(form), original=page)

    def post(self, request: HttpRequest) -> HttpResponse:
        """Ask Facebook whether it can be so; keep it, tell Facebook, and say what it answered."""
        form = ConnectForm(request.POST)
        trial = _try_out(form) if form.is_valid() else Trial()
        connected = _connect(form) if not form.errors else None
        if connected is None:
            return self.show(request, "Connect a page", adminform=self.fields_of(form))
        self.model_admin.log_change(request, connected.page, "Connected.")
        messages.success(request, f"Page {connected.page} is connected.")
        for doubt in trial.doubts:
            messages.warning(request, doubt)
        tell(request, connected)
        return self.back_to(connected.page)


class CheckPage(ActionPage):
    """Subscribe the page's webhooks anew and read its mode."""

    permission = "channels_fb.connect_page"
    template_name = "admin/channels_fb/page/check.html"

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """What is known, and the question."""
        page = _page(pk)
        return self.show(request, "Check at Facebook", page=page, original=page)

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Ask Facebook, and say on the page's page what it answered."""
        page = _page(pk)
        connected = connecting.tell_facebook(page)
        self.model_admin.log_change(request, page, "Checked at Facebook.")
        tell(request, connected)
        return self.back_to(page)


def tell(request: HttpRequest, connected: Connected) -> None:
    """What Facebook answered, in words: each warning, and what is so now.

    Where it did not answer everything, nothing is shown with the tick of a success.
    """
    tell_so = messages.warning if connected.warnings else messages.info
    for warning in connected.warnings:
        messages.warning(request, warning)
    page = _page(connected.page.pk)
    source = page.source
    if page.subscribed_at is not None and not page.token_note:
        subscribed = moment(page.subscribed_at)
        tell_so(request, f"Facebook last agreed to send the page's webhooks at {subscribed}.")
    read = f", read at {moment(source.mode_read_at)}" if source.mode_read_at else ""
    tell_so(request, f"The page's mode: {source.get_control_mode_display()}{read}.")
    if source.primary_note:
        messages.warning(request, f"About the primary app: {source.primary_note}")


def _try_out(form: ConnectForm) -> Trial:
    """What Facebook has against it stands in the form then, beside the field."""
    if form.cleaned_data[UNASKED]:
        return Trial()
    try:
        trial = trying.try_out(form.wanted())
    except CannotConnect as error:
        form.add_error(error.missing or None, str(error))
        return Trial()
    for objection in trial.objections:
        form.add_error(objection.field, objection.words)
    if trial.silence:
        form.add_error(UNASKED, f"Facebook did not say whether this can be so. {trial.silence} {_TRY_LATER}")
    return trial


def _connect(form: ConnectForm) -> Connected | None:
    """None where that cannot be, which the form then says."""
    try:
        return connecting.connect(form.wanted())
    except CannotConnect as error:
        form.add_error(error.missing or None, str(error))
    return None


def _page(pk: int) -> Page:
    return get_object_or_404(Page.objects.select_related("source", "app"), pk=pk)


def _find(pk: str) -> Page | None:
    return _page(int(pk)) if pk.isascii() and pk.isdigit() else None


def _known(page: Page) -> dict[str, Any]:
    source: Source = page.source
    bots = source.bot_apps.filter(is_active=True).order_by("pk")
    return {
        "page_id": source.foreign_id,
        "name": source.name,
        "agent_app_id": source.agent_app_id,
        "primary": source.primary,
        "bot_apps": "\n".join(f"{bot.app_id} {bot.name}".strip() for bot in bots),
    }
