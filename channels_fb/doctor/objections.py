"""What Facebook has against a connection that is not kept yet, each by the field that it is about. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from channels_fb.doctor.facts import Answers, Token, Trouble
from channels_fb.doctor.reaching import PERMISSIONS


@dataclass(frozen=True)
class Objection:
    """`field` is one of `connecting.Connection`; `words` is a sentence."""

    field: str
    words: str


@dataclass(frozen=True)
class Trial:
    """How a connection did. `objections` are sure; `doubts` are not, a sentence each.

    `silence` is why nothing is known, empty where Facebook answered.
    """

    objections: tuple[Objection, ...] = ()
    doubts: tuple[str, ...] = ()
    silence: str = ""


def judge(answers: Answers, page_id: str, app_id: str, primary: str, bots: Iterable[str]) -> Trial:
    """What the answers say about a connection of this page, this app and these bot apps."""
    objections = tuple(_objections(answers, page_id, app_id))
    silence = "" if objections else next((trouble.words for trouble in answers.troubles), "")
    return Trial(objections, tuple(_doubts(answers, app_id, primary, bots)), silence)


def _objections(answers: Answers, page_id: str, app_id: str) -> Iterator[Objection]:
    """At most one: what comes later often follows from it."""
    found = [*_about_app(answers, app_id), *_about_token(answers.token, page_id, app_id)]
    yield from (found or list(_about_page(answers, page_id)))[:1]


def _about_app(answers: Answers, app_id: str) -> Iterator[Objection]:
    troubles = [answer for answer in (answers.token, answers.mode) if isinstance(answer, Trouble)]
    for trouble in troubles:
        if trouble.is_about_unknown_app:
            yield Objection("agent_app_id", f"Facebook knows no app {app_id}.")
        elif trouble.is_about_another_app:
            yield Objection("page_token", f"This token is another app's; app {app_id} needs one of its own.")
        elif trouble.is_about_secret:
            yield Objection("agent_app_secret", f"This is not the secret of app {app_id}. {trouble.words}")


def _about_token(token: Token | Trouble, page_id: str, app_id: str) -> Iterator[Objection]:
    if isinstance(token, Trouble):
        return
    missing = [name for name in PERMISSIONS if name not in token.permissions]
    if not token.is_valid:
        yield Objection("page_token", f"This token is not valid. {token.words}")
    elif not token.is_a_pages:
        yield Objection("page_token", f"This is a {token.kind} token; a page's own access token is needed.")
    elif token.app_id not in ("", app_id):
        yield Objection("page_token", f"This token is for app {token.app_id}, not for {app_id}.")
    elif token.page_id not in ("", page_id):
        yield Objection("page_token", f"This token is for page {token.page_id}, not for {page_id}.")
    elif missing:
        yield Objection("page_token", f"This token lacks the permission {' and '.join(missing)}.")


def _about_page(answers: Answers, page_id: str) -> Iterator[Objection]:
    trouble = answers.mode
    if isinstance(trouble, Trouble) and not trouble.is_silence:
        yield Objection("page_id", f"Facebook does not show page {page_id} by this token. {trouble.words}")


def _doubts(answers: Answers, app_id: str, primary: str, bots: Iterable[str]) -> Iterator[str]:
    if isinstance(answers.is_primary, bool) and primary and answers.is_primary != (primary == "agent"):
        theirs = "the agent app" if answers.is_primary else "another app than the agent's"
        yield f"By Facebook, {theirs} is the page's primary app. Look at the primary app set here."
    listed = set() if isinstance(answers.fields, Trouble) else set(answers.fields) - {app_id}
    # Facebook may name no app but the one that asks: then nothing follows.
    for bot in sorted(set(bots) - listed) if listed else ():
        yield f"Facebook does not list app {bot} among the page's apps. Is this the bot's id?"
