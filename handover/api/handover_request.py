"""From the wire's parameters to a `HandoverRequest`, with the wire's errors."""

from __future__ import annotations

import re

from handover import channel
from handover.api.errors import ApiError
from handover.api.parameters import Parameters
from handover.decision import Ask
from handover.handovers import HandoverRequest
from handover.ownership import Party
from handover.text import has_control_characters, storable
from handover.wire_ids import key_of

REQUIRED = ("identity_foreign_id", "from", "to", "type")
LONGEST_FOREIGN_ID = 64
LONGEST_REASON = 500
MOST_CATEGORIES = 100
APP_ID = re.compile(r"[0-9]{1,32}", re.ASCII)
PAGE_ID = re.compile(r"[0-9]{1,64}", re.ASCII)
VIRTUAL_AGENT = "engage_virtual_agent"


def read(sent: Parameters) -> tuple[HandoverRequest, bool]:
    """What was asked for, and whether only to explain it (`dry_run`). Raises `ApiError`."""
    for name in REQUIRED:
        if not sent.text(name):
            raise ApiError("missing_parameter", f"Parameter {name} is missing.")
    ask, channel_type = _ask(sent), _type(sent)
    request = HandoverRequest(
        ask=ask,
        channel_type=channel_type,
        foreign_id=_foreign_id(sent),
        source_id=_source_id(sent),
        reason=_reason(sent),
        thread_category_ids=categories(sent),
    )
    is_dry = sent.flag("dry_run")
    if channel_type == VIRTUAL_AGENT:
        raise ApiError("unsupported_handover_type", "Handover of virtual agents is not available here.")
    return request, is_dry


def foreign_id_of(sent: Parameters, name: str) -> str:
    """A foreign id: at most 64 characters, none of them a control character."""
    foreign_id = sent.text(name)
    if len(foreign_id) > LONGEST_FOREIGN_ID or has_control_characters(foreign_id):
        raise ApiError(
            "invalid_parameter",
            f"Parameter {name} may have {LONGEST_FOREIGN_ID} characters, none of them a control character.",
        )
    return foreign_id


def categories(sent: Parameters) -> list[str] | None:
    """The ids of `thread_category_ids[]`; None where there are none. Raises `invalid_parameter`."""
    ids = sent.texts("thread_category_ids")
    if ids is None:
        return None
    if len(ids) > MOST_CATEGORIES or any(
        len(i) > LONGEST_FOREIGN_ID or has_control_characters(i) for i in ids
    ):
        raise ApiError("invalid_parameter", "Parameter thread_category_ids[] must be a list of category ids.")
    return ids


def _foreign_id(sent: Parameters) -> str:
    return foreign_id_of(sent, "identity_foreign_id")


def _ask(sent: Parameters) -> Ask:
    sides = sent.text("from"), sent.text("to")
    if set(sides) != {Party.BOT, Party.AGENT}:
        raise ApiError("invalid_parameter", "Parameters from and to must be bot and agent, and differ.")
    return Ask(Party(sides[0]), Party(sides[1]), _app_id(sent) if sides[1] == Party.BOT else "")


def _app_id(sent: Parameters) -> str:
    app_id = sent.text("app_id")
    if app_id and not APP_ID.fullmatch(app_id):
        raise ApiError("invalid_parameter", "Parameter app_id must be the bot's app id, in digits.")
    return app_id


def _type(sent: Parameters) -> str:
    name = sent.text("type")
    if name not in {port.type for port in channel.registered()} and name != VIRTUAL_AGENT:
        raise ApiError("invalid_parameter", f"Parameter type is not supported: {storable(name)[:64]}.")
    return name


def _source_id(sent: Parameters) -> str:
    source_id = sent.text("source_id")
    if source_id and key_of(source_id) is None and not PAGE_ID.fullmatch(source_id):
        raise ApiError("invalid_parameter", "Parameter source_id must be the id of a page.")
    return source_id


def _reason(sent: Parameters) -> str:
    reason = sent.text("reason")
    if len(reason) > LONGEST_REASON:
        raise ApiError("invalid_parameter", f"Parameter reason may have at most {LONGEST_REASON} characters.")
    return storable(reason)
