"""The answers that are failures: which identifiers come with which status, and what they mean.

The statuses are those of `errors`; which identifiers an operation can answer with is said here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from drf_spectacular.utils import OpenApiResponse

from handover import channel
from handover.api import errors
from handover.api.parameters import LARGEST_BODY
from handover.api.schema.values import Schema, object_with
from handover.decision import RefusalCode

_OF_ANYBODY = ("invalid_parameter", "method_not_allowed", "internal_error")
_OF_CALLERS = (
    *_OF_ANYBODY,
    *("impersonation_refused", "access_token_missing", "invalid_access_token", "forbidden"),
    *("length_required", "body_too_large", "rate_limit_exceeded"),
)
_OF_THE_AGENTS_SIDE = (
    RefusalCode.FORBIDDEN,
    RefusalCode.INTERVENTION_IN_PROGRESS,
    RefusalCode.CONTENT_REFUSED,
)
DECIDED = tuple(code.value for code in RefusalCode if code not in _OF_THE_AGENTS_SIDE)
"""What a handover is refused with by rule: all but what is about interventions and replies alone."""


def of_anybody() -> tuple[str, ...]:
    """Of a path that wants no token."""
    return _OF_ANYBODY


def of_callers() -> tuple[str, ...]:
    """Of a path that wants a token."""
    return _OF_CALLERS


def of_records() -> tuple[str, ...]:
    """Of a path that names a record."""
    return (*_OF_CALLERS, "not_found")


def of_openings() -> tuple[str, ...]:
    """Of the opening of a person's intervention."""
    return (*of_records(), "missing_parameter", "intervention_engaged", "handover_in_progress")


def of_engagements() -> tuple[str, ...]:
    """Of the opening of the bot's own."""
    return (*of_records(), "missing_parameter", "intervention_engaged")


def of_endings() -> tuple[str, ...]:
    """Of what ends an intervention."""
    return (*of_records(), "intervention_in_progress")


def of_completions() -> tuple[str, ...]:
    """Of the end of the bot's own."""
    return (*of_endings(), "missing_parameter")


def of_changes() -> tuple[str, ...]:
    """Of a change of a record that takes a parameter."""
    return (*of_records(), "missing_parameter")


def of_settings() -> tuple[str, ...]:
    """Of a path that sets something of the token's user."""
    return (*_OF_CALLERS, "missing_parameter")


def of_replies() -> tuple[str, ...]:
    """Of an agent's reply."""
    return (*of_changes(), "content_refused", "source_inactive")


def of_retries() -> tuple[str, ...]:
    """Of the retry of one."""
    return (*of_records(), "content_refused", "source_inactive")


def of_take_overs() -> tuple[str, ...]:
    """Of a take-over by hand."""
    by_rule = ("source_inactive", "handover_in_progress", "control_conflict")
    return (*of_records(), *by_rule, *of_platforms())


def of_handovers() -> tuple[str, ...]:
    """Of a handover."""
    return (*_OF_CALLERS, "missing_parameter", "unsupported_handover_type", *DECIDED, *of_platforms())


def of_platforms() -> tuple[str, ...]:
    """What the platforms of the registered channels may fail with."""
    return tuple(code for port in channel.registered() for code in errors.vendors_codes(port.vendor))


def statuses(codes: Iterable[str]) -> set[int]:
    """The statuses that identifiers come with."""
    return {errors.status_of(code) for code in codes}


_MEANINGS: Mapping[str, str] = {
    "invalid_parameter": "A value is malformed, and the message names it; or the request cannot be read.",
    "missing_parameter": "A parameter is missing, and the message names it.",
    "impersonation_refused": "`impersonated_user_id` was sent. Nobody can be impersonated here.",
    "access_token_missing": "No access token was sent.",
    "invalid_access_token": "The access token is unknown, disabled or expired.",
    "forbidden": "The access token lacks the right that this takes; or the intervention's state does not "
    "allow it, and the message says why.",
    "not_found": "There is no record with this id on a page that the token may read.",
    "identity_not_found": "Nobody with this foreign id is known on a page that the token may act on.",
    "method_not_allowed": "Any other method than those of this path.",
    "handover_in_progress": "Something is being carried out on the thread right now: try again in a moment.",
    "control_conflict": "Somebody else holds the thread; the message says who, as far as is known.",
    "intervention_in_progress": "Another call did the same at the same moment: read the intervention.",
    "length_required": "The body came without a `Content-Length`.",
    "body_too_large": f"The body has more than {LARGEST_BODY} bytes.",
    "unsupported_handover_type": "This `type` is known, but not offered.",
    "ambiguous_identity": "The person is known on several pages: name one with `source_id`.",
    "source_inactive": "The page is disabled.",
    "invalid_bot_app": "`app_id` is not a bot app of the page.",
    "content_refused": "The reply cannot be sent, and the message says why: no intervention is open, the "
    "text is empty or too long, `in_reply_to_id` is no message of this thread's, or the messaging window is "
    "closed.",
    "intervention_engaged": "A person's intervention is open on the thread.",
    "no_agent_available": "The page is closed, and the message says when it opens; or no agent is available. "
    "Only where the page is set to ask.",
    "rate_limit_exceeded": "The token made more calls within a minute than it may.",
    "internal_error": "Our own fault. The log knows more under this answer's `X-Request-ID`.",
}
_PLATFORMS_MEANINGS: Mapping[str, str] = {
    "error": "The platform refuses for good; the message carries its code and text.",
    "unavailable": "The platform fails, is slow or says slow down, or the outcome is not known.",
}


def answers(codes: Iterable[str], more: Mapping[int, Schema]) -> dict[int, OpenApiResponse]:
    """The failures of an operation by status. `more`: what else may stand in the bodies of a status."""
    by_status: dict[int, list[str]] = defaultdict(list)
    for code in dict.fromkeys(codes):
        by_status[errors.status_of(code)].append(code)
    return {
        status: OpenApiResponse(
            _body(status, by_status[status], more.get(status, {})), _words(by_status[status])
        )
        for status in sorted(by_status)
    }


def _body(status: int, codes: list[str], more: Schema) -> Schema:
    properties = {
        "error": {"type": "string", "enum": codes},
        "message": {"type": "string", "minLength": 1, "description": "One sentence that helps."},
        "status": {"type": "integer", "const": status},
    }
    return object_with({**properties, **more}, optional=tuple(more))


def _words(codes: list[str]) -> str:
    return "\n".join(f"- `{code}`: {_meaning(code)}" for code in codes)


def _meaning(code: str) -> str:
    return _MEANINGS.get(code) or _PLATFORMS_MEANINGS[errors.kind_of(code)]
