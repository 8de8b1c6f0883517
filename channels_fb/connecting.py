"""Connect a Facebook page: keep its app, tokens and bot apps, then tell Facebook, if it can be reached.

May be repeated to change things. What is left out stays; a secret given again unchanged stays too.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from channels_fb import subscription
from channels_fb.channel import CHANNEL_TYPE
from channels_fb.encryption import UndecryptableSecret
from channels_fb.models import App, Page
from handover import channel, learning
from handover.channel import ChannelError, Deadline
from handover.models import BotApp, Primary, Source

OLD_SECRET_VALID_FOR = timedelta(hours=24)
"""Webhooks on their way, and repeats of refused ones, are still signed with the secret before."""

CALL_SECONDS = 15


class CannotConnect(ValueError):
    """What was given is not enough, or contradicts itself. The text names what and why.

    `missing` is the field of `Connection` that has to be given, empty where none is missing.
    """

    def __init__(self, message: str, missing: str = "") -> None:
        super().__init__(message)
        self.missing = missing


@dataclass(frozen=True)
class Connection:
    """What is to be so. Empty means "as it is", which is only possible once the page was connected.

    `bot_apps` maps ids to names, an empty name leaving the one there is; the apps in it are the page's bot
    apps from then on. None leaves those there are.
    """

    page_id: str
    name: str = ""
    page_token: str = ""
    agent_app_id: str = ""
    agent_app_secret: str = ""
    verify_token: str = ""
    primary: str = ""
    bot_apps: Mapping[str, str] | None = None


@dataclass
class Connected:
    """The connected page, and what Facebook could not be asked or told, a sentence each."""

    page: Page
    warnings: list[str] = field(default_factory=list)

    def warn(self, what: str, error: ChannelError) -> None:
        self.warnings.append(f"{what}: {error.message} The worker tries again.")


def connect(wanted: Connection) -> Connected:
    """Keep the connection, then subscribe the page's webhooks and read its mode.

    Goes over the network: must not run inside a transaction. Raises `CannotConnect`.
    """
    _check(wanted)
    with transaction.atomic():
        page = _keep(wanted)
    return tell_facebook(page)


def rehearse(wanted: Connection) -> Page:
    """The page as `connect` would keep it, app and source included, and nothing is kept.

    Raises `CannotConnect` as `connect` would.
    """
    _check(wanted)
    with transaction.atomic():
        page = _keep(wanted)
        transaction.set_rollback(True)
    return page


def tell_facebook(page: Page) -> Connected:
    """Subscribe the page's webhooks and read its mode; what fails is left to the worker, with a warning."""
    connected = Connected(page)
    deadline = Deadline(CALL_SECONDS)
    try:
        subscription.subscribe(page, deadline)
    except ChannelError as error:
        connected.warn("The page's webhooks could not be subscribed", error)
    try:
        learning.mode_was_read(page.source, channel.get(CHANNEL_TYPE).read_mode(page.source, deadline))
    except ChannelError as error:
        Source.objects.filter(pk=page.source_id).update(mode_check_at=timezone.now())
        connected.warn("The page's mode could not be read", error)
    return connected


def change_secret(app: App, secret: str) -> None:
    """Sign and prove with a new secret, and take webhooks signed with the old one for a day. Not saved."""
    old = decrypted(app, "secret")
    if secret == old:
        return
    app.secret, app.previous_secret = secret, old
    app.previous_secret_until = timezone.now() + OLD_SECRET_VALID_FOR if old else None


def change_page_token(page: Page, token: str) -> None:
    """Have a new token, and the worker try it. Not saved."""
    if token == decrypted(page, "page_token"):
        return
    page.page_token, page.token_note, page.subscription_due_at = token, "", timezone.now()


def decrypted(row: App | Page, name: str) -> str:
    """The secret there is; empty where its key was lost, which entering it anew is the remedy for."""
    if row.pk is None:
        return ""
    try:
        return str(getattr(row, name))
    except UndecryptableSecret:
        return ""


# What is given, looked at before anything is kept.


def _check(wanted: Connection) -> None:
    _check_id("page id", wanted.page_id)
    if wanted.agent_app_id:
        _check_id("agent app id", wanted.agent_app_id)
    for app_id in wanted.bot_apps or {}:
        _check_id("bot app id", app_id)
    if wanted.primary not in ("", *Primary.values):
        raise CannotConnect(f"The primary app must be one of {', '.join(Primary.values)}.")
    for what, text in (("page token", wanted.page_token), ("agent app secret", wanted.agent_app_secret)):
        if not (text.isascii() and text.isprintable() and " " not in text):
            raise CannotConnect(f"The {what} holds characters that none has; was it cut or quoted?")


def _check_id(what: str, text: str) -> None:
    if not re.fullmatch(r"[0-9]{1,32}", text):
        raise CannotConnect(f"The {what} must be digits, as Facebook shows it.")


def _need(given: str, what: str) -> str:
    """`what` is a field of `Connection`."""
    if not given:
        words = what.replace("_", " ")
        raise CannotConnect(f"The {words} is missing: it is needed when a page or app is new.", what)
    return given


# Keeping it.


def _keep(wanted: Connection) -> Page:
    rows = Source.objects.select_for_update()
    source = rows.filter(channel_type=CHANNEL_TYPE, foreign_id=wanted.page_id).first()
    source = source or Source(channel_type=CHANNEL_TYPE, foreign_id=wanted.page_id)
    page = Page.objects.filter(source_id=source.pk).first() or Page()
    app = _kept_app(wanted, source)
    _keep_source(wanted, source, app)
    _keep_page(wanted, page, source, app)
    if wanted.bot_apps is not None:
        _keep_bot_apps(source, wanted.bot_apps)
    _check_bots(source)
    return page


def _kept_app(wanted: Connection, source: Source) -> App:
    app_id = _need(wanted.agent_app_id or source.agent_app_id, "agent_app_id")
    app = App.objects.filter(app_id=app_id).first() or App(app_id=app_id)
    if wanted.agent_app_secret or app.pk is None:
        change_secret(app, _need(wanted.agent_app_secret, "agent_app_secret"))
    if wanted.verify_token or app.pk is None:
        app.verify_token = _need(wanted.verify_token, "verify_token")
    app.save()
    return app


def _keep_source(wanted: Connection, source: Source, app: App) -> None:
    if wanted.name or source.pk is None:
        source.name = _need(wanted.name, "name")[:200]
    if wanted.primary or source.pk is None:
        _set_primary(source, Primary(_need(wanted.primary, "primary")))
    source.agent_app_id = app.app_id
    source.save()


def _set_primary(source: Source, primary: Primary) -> None:
    """What was learnt under another primary app is forgotten, and so is what Facebook said about it."""
    if source.primary == primary and source.pk is not None:
        return
    source.primary = primary
    learning.forget_roles(source)


def _keep_page(wanted: Connection, page: Page, source: Source, app: App) -> None:
    """A token belongs to one app, so another app needs another token."""
    if wanted.page_token or page.pk is None or page.app_id != app.pk:
        change_page_token(page, _need(wanted.page_token, "page_token"))
    page.source, page.app = source, app
    page.save()


def _keep_bot_apps(source: Source, bot_apps: Mapping[str, str]) -> None:
    for app_id, name in bot_apps.items():
        bot, _ = BotApp.objects.get_or_create(source=source, app_id=app_id)
        bot.name, bot.is_active = name[:200] or bot.name, True
        bot.save()
    BotApp.objects.filter(source=source).exclude(app_id__in=bot_apps).update(is_active=False)


def _check_bots(source: Source) -> None:
    if source.bot_apps.filter(app_id=source.agent_app_id, is_active=True).exists():
        raise CannotConnect(f"App {source.agent_app_id} cannot be the agent's app and a bot's at once.")
