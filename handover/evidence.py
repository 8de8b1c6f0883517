"""Keep a thread's picture in step with the evidence, in whatever order that arrives."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

from handover import last_words
from handover.channel import OwnerReading
from handover.models import Author, Content, Thread, ThreadEvent
from handover.ownership import STRONG_KINDS, Cast, Evidence, EvidenceKind, How, Picture, fold, in_order, learn

_EVENTS_LOOKED_BACK = 50
_CONTENTS_LOOKED_BACK = 500


@dataclass(frozen=True)
class Step:
    """One piece of evidence and what it made of the picture."""

    piece: Evidence
    before: Picture
    after: Picture


def weigh(thread: Thread, pieces: Iterable[Evidence], cast: Cast) -> list[Step]:
    """Bring a locked thread's picture up to date; contents among the evidence must be stored already.

    In order, each piece builds on the last. A late piece makes the picture anew from all that is
    stored, so the order of arrival never decides.
    """
    pending = in_order(pieces)
    if not pending:
        return []
    before = thread.picture
    if before.observed_at is None or pending[0].at > before.observed_at:
        steps = list(_walk(before, pending, cast))
    else:
        after = fold([*stored(thread), *_strong(pending)], cast)
        # One change of the picture, whichever of the pieces brought it about.
        steps = [Step(piece, before if piece is pending[0] else after, after) for piece in pending]
    thread.picture = steps[-1].after
    last_words.control_moved(thread)
    _look_again_if_in_doubt(thread, before)
    return steps


def _walk(picture: Picture, pieces: Sequence[Evidence], cast: Cast) -> Iterator[Step]:
    for piece in pieces:
        after = learn(picture, piece, cast)
        yield Step(piece, picture, after)
        picture = after


def _strong(pieces: Iterable[Evidence]) -> list[Evidence]:
    return [piece for piece in pieces if piece.kind in STRONG_KINDS]


def _look_again_if_in_doubt(thread: Thread, before: Picture) -> None:
    """News that contradict each other are settled by asking the platform."""
    if thread.picture.sure:
        thread.owner_check_at = None
    elif not thread.picture.says_the_same_as(before):
        thread.owner_check_at = timezone.now()


def stored(thread: Thread, until: datetime | None = None) -> Iterator[Evidence]:
    """The evidence that was kept last, in no order; of what the platform dates up to `until`, if given."""
    events = thread.events.exclude(evidence_kind="").order_by("-evidence_at")
    contents = thread.contents.order_by("-sent_at")
    if until is not None:
        events, contents = events.filter(evidence_at__lte=until), contents.filter(sent_at__lte=until)
    strong = [_of_event(event) for event in events[:_EVENTS_LOOKED_BACK]]
    yield from strong
    if len(strong) == _EVENTS_LOOKED_BACK:
        contents = contents.filter(sent_at__gte=min(piece.at for piece in strong))
    for content in contents[:_CONTENTS_LOOKED_BACK]:
        yield from of_content(content)


def _of_event(event: ThreadEvent) -> Evidence:
    return Evidence(
        kind=EvidenceKind(event.evidence_kind),
        at=event.evidence_at or event.at,
        received_at=event.at,
        how=How(event.evidence_how),
        app_id=event.evidence_app_id,
        previous_app_id=event.evidence_previous_app_id,
        expires_at=event.evidence_expires_at,
    )


def of_content(content: Content) -> Iterator[Evidence]:
    """What a message says about control: where it was delivered, or who spoke. Often nothing."""
    if content.author == Author.CUSTOMER:
        standby = content.field == Content.Field.STANDBY
        kind = EvidenceKind.ROUTED_ELSEWHERE if standby else EvidenceKind.ROUTED_TO_US
        yield Evidence(kind, content.sent_at, content.received_at, How.MESSAGE_ROUTING)
    elif content.app_id:
        yield Evidence(EvidenceKind.SPOKE, content.sent_at, content.received_at, How.ECHO, content.app_id)


def of_reading(reading: OwnerReading, *, seen: Picture, now: Picture, presumed: str = "") -> Evidence:
    """What a reading of the owner says: who holds the thread, or only that we do not.

    `presumed` is the app that it most likely is where the platform names none; empty where nothing hints
    at one.
    """
    return Evidence(
        kind=EvidenceKind.HELD_ELSEWHERE if reading.app_id is None else EvidenceKind.HOLDS,
        at=dated(reading.at, seen=seen, now=now),
        received_at=timezone.now(),
        how=How.OWNER_READ,
        app_id=presumed if reading.app_id is None else reading.app_id,
        expires_at=reading.expires_at,
    )


def of_call(at: datetime, app_id: str, *, seen: Picture, now: Picture) -> Evidence:
    """What an accepted pass, take or release of ours says: who holds the thread since."""
    moment = dated(at, seen=seen, now=now)
    return Evidence(EvidenceKind.HOLDS, moment, timezone.now(), How.OUR_CALL, app_id)


def dated(at: datetime, *, seen: Picture, now: Picture) -> datetime:
    """When a call took effect, by the platform's clock.

    `at` is the date of its answer, in whole seconds; `seen` the picture when the call was made, `now` the
    one when its answer was kept. What had been seen had happened by then, so the call came after it:
    cause before effect, whatever the clocks say. Where control was seen to move while the call was under
    way, a slow answer's date says nothing: the call is dated as early as it can be.
    """
    if seen.observed_at is None:
        return at
    earliest = seen.observed_at + timedelta(microseconds=1)
    return earliest if overtaken(seen, now) else max(at, earliest)


def is_questionable(step: Step, seen: Picture) -> bool:
    """Whether the owner is to be read once more after a call of ours was kept: news has crossed it, or seems
    to be later. `seen` is the picture when the call was made."""
    return overtaken(seen, step.before) or step.after.app_id != step.piece.app_id


def overtaken(seen: Picture, now: Picture) -> bool:
    """Whether control was seen to move while a call was under way: by the platform's word or another call."""
    return now.observed_at != seen.observed_at and now.how in (How.HANDOVER_EVENT, How.OUR_CALL)
