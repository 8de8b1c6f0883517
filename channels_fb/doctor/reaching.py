"""Can Facebook be asked, and does it take our token and our secret? Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from channels_fb.doctor.facts import Answers, Facts, Token, Trouble
from channels_fb.doctor.finding import Finding, Remedy, State, counted, moment, not_checked, span

PERMISSIONS = ("pages_messaging", "pages_manage_metadata")
"""What the agent app needs (Meta, "Conversation routing" and the reference of `subscribed_apps`)."""

ENDS_SOON = timedelta(days=14)

TOLERATED_CLOCK = 5.0
WRONG_CLOCK = 300.0
"""Seconds. Facebook dates its answers in whole seconds, so less than one is never told."""

NEW_TOKEN = "Make a new page token"  # noqa: S105 - words for people.


def find(facts: Facts) -> Iterator[Finding]:
    """About the way to Facebook."""
    answers, settings = facts.answers, facts.settings
    yield _facebook(answers)
    yield _token(answers.token, settings.page_id, settings.app_id, facts.at)
    yield _permissions(answers.token)
    yield _secret(answers)
    if settings.old_secret_until is not None and settings.old_secret_until > facts.at:
        yield _old_secret(settings.old_secret_until)
    yield _clock(answers.clock_ahead)


def _facebook(answers: Answers) -> Finding:
    silent = answers.troubles
    if not silent:
        return Finding(
            "facebook", State.FINE, "Facebook answers", f"{answers.questions} questions, all answered."
        )
    if len(silent) == answers.questions:
        return Finding(
            "facebook",
            State.BROKEN,
            "Facebook cannot be reached",
            silent[0].words,
            "Look at the way out.",
            "The server must reach Facebook by https. If Facebook is down, wait: pending replies are kept.",
        )
    seen = f"{len(silent)} of {answers.questions} questions were not answered. {silent[0].words}"
    return Finding("facebook", State.WATCH, "Facebook answers in part", seen, "Examine again.")


def _token(token: Token | Trouble, page_id: str, app_id: str, now: datetime) -> Finding:
    if isinstance(token, Trouble):
        return _untold_token(token)
    if not token.is_valid:
        return _bad_token("The page token is not valid", token.words)
    if not token.is_a_pages:
        return _bad_token("The page token is no page's", f"Facebook calls it a {token.kind} token.")
    if token.app_id not in ("", app_id):
        return _bad_token(
            "The page token is another app's", f"It is for app {token.app_id}, ours is {app_id}."
        )
    if token.page_id not in ("", page_id):
        return _bad_token("The page token is another page's", f"It is for {token.page_id}, not {page_id}.")
    return _end_of(token, now)


def _untold_token(trouble: Trouble) -> Finding:
    if trouble.is_about_another_app:
        return _bad_token("The page token is another app's", trouble.words)
    return not_checked("token", "Page token", trouble.words)


def _bad_token(title: str, seen: str) -> Finding:
    how = "as the agent app, for this page, from a system user and without an end; put it into the form."
    return Finding("token", State.BROKEN, title, seen, NEW_TOKEN, how, Remedy.CONNECTION)


def _end_of(token: Token, now: datetime) -> Finding:
    if token.ends_at is None:
        return Finding(
            "token", State.FINE, "Page token", "Valid, for this page and this app, without an end."
        )
    left = token.ends_at - now
    seen = f"Valid until {moment(token.ends_at)}."
    if left > ENDS_SOON:
        return Finding("token", State.FINE, "Page token", seen)
    how = "from a system user, without an end, and put it into the form."
    title = f"Page token ends in {span(left)}"
    return Finding("token", State.WATCH, title, seen, NEW_TOKEN, how, Remedy.CONNECTION)


def _permissions(token: Token | Trouble) -> Finding:
    if isinstance(token, Trouble) or not token.is_valid:
        return not_checked("permissions", "Permissions", "Facebook tells them of a valid token only.")
    missing = [name for name in PERMISSIONS if name not in token.permissions]
    seen = f"Granted: {', '.join(sorted(token.permissions)) or 'none'}."
    if not missing:
        return Finding("permissions", State.FINE, "Permissions", seen)
    return Finding(
        "permissions",
        State.BROKEN,
        f"The token lacks {' and '.join(missing)}",
        seen,
        "Grant it",
        "to the agent app, by App Review if it has only standard access; then make a new page token.",
        Remedy.CONNECTION,
    )


def _secret(answers: Answers) -> Finding:
    """A wrong proof is refused always, whether the app requires one or not (Meta, "Secure requests")."""
    told = [
        answer for answer in (answers.mode, answers.callback, answers.token) if isinstance(answer, Trouble)
    ]
    refusal = next((trouble for trouble in told if trouble.is_about_secret), None)
    if refusal is not None:
        return Finding(
            "secret",
            State.BROKEN,
            "The app secret does not fit",
            refusal.words,
            "Enter the app secret anew.",
            "It stands in the app's dashboard, Settings, Basic. Webhooks are refused too while it is wrong.",
            Remedy.CONNECTION,
        )
    if all(isinstance(answer, Trouble) for answer in (answers.mode, answers.callback)):
        return not_checked("secret", "App secret", "No call that it proves was accepted.")
    return Finding("secret", State.FINE, "App secret", "Facebook accepted a call that was proved with it.")


def _old_secret(until: datetime) -> Finding:
    seen = f"Webhooks signed with the secret before this one are taken until {moment(until)}."
    return Finding("old_secret", State.FINE, "Previous app secret", seen)


def _clock(ahead: float | None) -> Finding:
    if ahead is None:
        return not_checked("clock", "Clock", "No answer of Facebook's was dated.")
    seen = f"Facebook's clock and ours differ by {abs(ahead):.0f} s."
    if abs(ahead) <= TOLERATED_CLOCK:
        return Finding("clock", State.FINE, "Clock", seen, "", f"Below the limit of {TOLERATED_CLOCK:.0f} s.")
    way = "behind" if ahead > 0 else "ahead"
    state = State.BROKEN if abs(ahead) > WRONG_CLOCK else State.WATCH
    title = f"Our clock is {counted(round(abs(ahead)), 'second')} {way}"
    how = "Times shown, deadlines and the messaging window are off by as much."
    return Finding("clock", state, title, seen, "Have the server's clock set by NTP.", how)
