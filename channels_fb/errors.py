"""From a Graph error to an error of the port, by one closed table.

Facts: Meta's "Error codes" page (2026-06-25), the conversation-routing pages, and recorded live answers.
A code alone says little (10, 100 and 200 each stand for many things), so the subcode is looked at first,
then the text, then the code. Whatever the table does not know is a refusal.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from handover.channel import (
    AlreadyOwner,
    CallRecord,
    ChannelError,
    NotOwner,
    OutcomeUnknown,
    Refused,
    Unavailable,
    UnknownRecipient,
    VerbNotSupported,
)
from handover.ownership import ControlMode
from handover.text import storable

LONGEST_TEXT = 300
"""Characters of Facebook's own words that are passed on."""

LONGEST_PAUSE = 24 * 3600
"""Seconds. Facebook's budgets roll over within a day, so a longer pause is a mistake."""


@dataclass(frozen=True)
class GraphFault:
    """What an answer says about why not. `code` is None where it carries no Graph error.

    `status` is HTTP's; `is_transient` is None where Facebook does not say.
    """

    status: int
    code: int | None = None
    subcode: int | None = None
    text: str = ""
    is_transient: bool | None = None
    trace_id: str = ""


@dataclass(frozen=True)
class Row:
    """All that is given must fit the fault; `text` is a regular expression, found anywhere in its text."""

    meaning: type[ChannelError]
    subcode: int | None = None
    text: str = ""
    codes: frozenset[int] = frozenset()
    status: int | None = None
    is_transient: bool | None = None
    contradicts: ControlMode | None = None

    def fits(self, fault: GraphFault) -> bool:
        return (
            self.subcode in (None, fault.subcode)
            and (not self.codes or fault.code in self.codes)
            and self.status in (None, fault.status)
            and self.is_transient in (None, fault.is_transient)
            and bool(re.search(self.text, fault.text, re.IGNORECASE))
        )


SERVICE = frozenset({1, 2})
RATE_LIMITS = frozenset({4, 17, 32, 341, 613, 80001, 80006})

TABLE: tuple[Row, ...] = (
    # By subcode.
    Row(NotOwner, subcode=2018300),
    Row(NotOwner, subcode=2534037),
    Row(AlreadyOwner, subcode=1893035),
    Row(UnknownRecipient, subcode=2018001),
    Row(VerbNotSupported, subcode=2018171),
    Row(Unavailable, subcode=2018321),
    # Comes with code 2 and is nothing that passes: the page has to accept Facebook's terms.
    Row(Refused, subcode=2018344),
    # By text: middleboxes have been seen to lose the subcode, and some errors have none.
    Row(NotOwner, text="another app is controlling"),
    Row(NotOwner, text="not the thread owner"),
    Row(NotOwner, text="current thread owner can (release|extend)"),
    Row(AlreadyOwner, text=r"\balready (has|have|had|in|owns?)\b.*\b(control|owner|thread)\b"),
    Row(AlreadyOwner, text=r"\balready\b.*\bowner\b"),
    Row(VerbNotSupported, text="Conversation Routing is not enabled", contradicts=ControlMode.ROUTING),
    Row(VerbNotSupported, text="Conversation Routing is enabled"),
    Row(VerbNotSupported, text="Handover Protocol APIs disabled for this page"),
    Row(VerbNotSupported, text="only available to (primary and )?secondary receivers"),
    Row(VerbNotSupported, text="only the primary receiver can take"),
    Row(UnknownRecipient, text="No matching user"),
    # By HTTP status.
    Row(Unavailable, status=429),
    # By code.
    Row(Refused, codes=SERVICE, is_transient=False),
    Row(OutcomeUnknown, codes=SERVICE),
    Row(Unavailable, codes=RATE_LIMITS),
    Row(VerbNotSupported, codes=frozenset({27})),
    # Tokens (190, 102), permissions (10, 200 to 299), parameters (100), policy (368) and what is new.
    Row(Unavailable, is_transient=True),
    Row(Refused),
)


def channel_error(
    fault: GraphFault, record: CallRecord, at: datetime | None, headers: Mapping[str, str]
) -> ChannelError:
    """The port's error for an answer that is no success. `at`: Facebook's clock, if it told."""
    row = _row_for(fault)
    call = replace(
        record,
        status=fault.status,
        code=fault.code,
        subcode=fault.subcode,
        message=fault.text,
        trace_id=fault.trace_id,
    )
    message = _sentence(row.meaning, fault)
    if row.meaning is Unavailable:
        return Unavailable(message, call, at=at, retry_after=retry_after(headers))
    error = row.meaning(message, call, at=at)
    if isinstance(error, VerbNotSupported):
        error.contradicts = row.contradicts
    return error


_NO_GRAPH_ERROR = Row(OutcomeUnknown)


def _row_for(fault: GraphFault) -> Row:
    """Without a Graph error only "too many requests" is clear; who answered, and when, is not."""
    if fault.code is None and not fault.text and fault.status != 429:
        return _NO_GRAPH_ERROR
    return next(row for row in TABLE if row.fits(fault))


def fault_of(status: int, body: Mapping[str, Any], hide: Callable[[str], str]) -> GraphFault:
    """Read `{"error": {...}}`, whatever is in it. `hide` takes out of its text what nobody may see."""
    error = body.get("error")
    if not isinstance(error, dict):
        return GraphFault(status)
    transient = error.get("is_transient")
    return GraphFault(
        status=status,
        code=_number(error.get("code")),
        subcode=_number(error.get("error_subcode")),
        text=hide(_text(error.get("message")))[:LONGEST_TEXT],
        is_transient=transient if isinstance(transient, bool) else None,
        trace_id=_text(error.get("fbtrace_id"))[:100],
    )


def _number(value: object) -> int | None:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 12:
        return int(value)
    return None


def _text(value: object) -> str:
    return storable(value) if isinstance(value, str) else ""


_OPENINGS: Mapping[type[ChannelError], str] = {
    Unavailable: "Facebook cannot do this now",
    OutcomeUnknown: "Facebook failed, and may or may not have done it",
}


def _sentence(meaning: type[ChannelError], fault: GraphFault) -> str:
    opening = _OPENINGS.get(meaning, "Facebook refused")
    if fault.code is None:
        return f"{opening} (HTTP status {fault.status})" + (f": {_ended(fault.text)}" if fault.text else ".")
    code = f"{fault.code}/{fault.subcode}" if fault.subcode is not None else f"{fault.code}"
    words = re.sub(r"^\(#\d+\)\s*", "", fault.text) or "no reason given"
    return f"{opening} (code {code}): {_ended(words)}"


def _ended(words: str) -> str:
    return words if words.endswith((".", "!", "?")) else f"{words}."


def retry_after(headers: Mapping[str, str]) -> int | None:
    """Seconds to stay away, by the budget header (which counts minutes) or else `Retry-After`."""
    minutes = _minutes_to_regain_access(headers.get("X-Business-Use-Case-Usage", ""))
    if minutes:
        return min(minutes * 60, LONGEST_PAUSE)
    seconds = _number(headers.get("Retry-After", "").strip())
    return min(seconds, LONGEST_PAUSE) if seconds else None


def _minutes_to_regain_access(header: str) -> int:
    """The largest `estimated_time_to_regain_access` of `{"<id>": [{...}, ...]}`; 0 where none is named."""
    try:
        usage = json.loads(header)
    except (ValueError, RecursionError):
        return 0
    lists = usage.values() if isinstance(usage, dict) else ()
    entries = [entry for entries in lists if isinstance(entries, list) for entry in entries]
    named = [_number(e.get("estimated_time_to_regain_access")) for e in entries if isinstance(e, dict)]
    return max((minutes for minutes in named if minutes), default=0)
