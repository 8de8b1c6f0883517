"""What the outside told us: messages, changes of owner, receipts, roles. Called by the channels."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from handover import alerts, doorbell, echoes, evidence, history, last_words, settling, threads
from handover.actors import PLATFORM
from handover.evidence import Step
from handover.models import Author, Content, Handover, Source, Thread, ThreadEvent
from handover.news import ControlAsked, Message, OwnerChanged, PrimaryChanged, Receipt, ThreadNews
from handover.ownership import Cast, Evidence, EvidenceKind, How, Owner
from handover.prepared import Given, Select, insert_unless_known

_RECORDED = Select(
    lambda: (
        ThreadEvent.objects.filter(thread=Given("thread"), evidence_key=Given("key"))
        .order_by()
        .values_list("pk")
    )
)
_OPEN_HANDOVER = Select(
    lambda: Handover.objects.filter(thread=Given("thread"), state__in=settling.OPEN).values_list("pk")[:1]
)

_AUTHORS = {
    Owner.AGENT: Author.AGENT,
    Owner.BOT: Author.BOT,
    Owner.INBOX: Author.INBOX,
    Owner.OTHER: Author.OTHER,
    Owner.IDLE: Author.OTHER,
}


def record(
    source: Source, cast: Cast, foreign_id: str, news: Sequence[ThreadNews], delivery_ref: str
) -> None:
    """Everything that a delivery says about one thread, in one transaction. Repetition changes nothing.

    `cast`: of the source, which many threads share.
    """
    # Several threads' news may share a transaction, which then stands or falls as one.
    with transaction.atomic(savepoint=False):
        thread = threads.lock_or_create(source, foreign_id, is_known=True)
        contents = _store_messages(thread, [item for item in news if isinstance(item, Message)], cast)
        pieces = [piece for content in contents for piece in evidence.of_content(content)]
        changes = _unseen(thread, [item for item in news if isinstance(item, OwnerChanged)])
        strong = {key: _of_change(change) for key, change in changes.items()}
        before = thread.picture
        steps = evidence.weigh(thread, [*pieces, *strong.values()], cast)
        for step in steps:
            _write_step(thread, step, strong, changes, delivery_ref)
        last_words.weighed(thread, before, contents)
        alerts.news(thread, before, contents)
        _record_asks(thread, [item for item in news if isinstance(item, ControlAsked)], delivery_ref)
        _record_receipts(thread, [item for item in news if isinstance(item, Receipt)])
        if thread.attend_at is not None and steps:
            thread.attend_at = timezone.now()  # Perhaps what it waits for.
        threads.save(thread)
    doorbell.ring_if_due(thread)


def _store_messages(thread: Thread, messages: list[Message], cast: Cast) -> list[Content]:
    """Store the messages not seen before and return them, with replies of ours that they are the echo of."""
    stored = [echoes.settle(thread, message) or _insert(thread, message, cast) for message in messages]
    contents = [content for content in stored if content is not None]
    for content in contents:
        last_words.said(thread, content)
    return contents


def _insert(thread: Thread, message: Message, cast: Cast) -> Content | None:
    content = _content(thread, message, cast)
    return content if insert_unless_known(content) else None


def _content(thread: Thread, message: Message, cast: Cast) -> Content:
    return Content(
        source=thread.source,
        thread=thread,
        foreign_id=message.foreign_id,
        author=Author.CUSTOMER if message.is_customers else _AUTHORS[cast.owner_of(message.app_id)],
        app_id=message.app_id,
        kind=Content.Kind.POSTBACK if message.is_postback else Content.Kind.MESSAGE,
        field=Content.Field.STANDBY if message.is_standby else Content.Field.MESSAGING,
        body=message.body,
        attachments=message.attachments,
        payload=message.payload,
        in_reply_to_foreign_id=message.in_reply_to_foreign_id,
        sent_at=message.at,
        received_at=timezone.now(),
    )


def _later(known: datetime | None, news: datetime) -> datetime:
    return news if known is None else max(known, news)


def _unseen(thread: Thread, changes: Iterable[OwnerChanged]) -> dict[str, OwnerChanged]:
    keyed = {
        _key(change.verb, change.at, change.app_id, change.previous_app_id, change.metadata): change
        for change in changes
    }
    return {key: keyed[key] for key in _not_recorded(thread, keyed)}


def _not_recorded(thread: Thread, keys: Iterable[str]) -> list[str]:
    wanted = list(keys)
    if not wanted:
        return []
    return [key for key in wanted if _RECORDED.first(thread=thread.pk, key=key) is None]


def _key(*parts: object) -> str:
    """Handover events carry no id of their own (Meta, messaging_handovers): their content is the id."""
    return hashlib.sha256("\x1f".join(map(str, parts)).encode()).hexdigest()


def _of_change(change: OwnerChanged) -> Evidence:
    return Evidence(
        kind=EvidenceKind.HOLDS,
        at=change.at,
        received_at=timezone.now(),
        how=How.HANDOVER_EVENT,
        app_id=change.app_id,
        previous_app_id=change.previous_app_id,
    )


def _write_step(
    thread: Thread,
    step: Step,
    strong: dict[str, Evidence],
    changes: dict[str, OwnerChanged],
    delivery_ref: str,
) -> None:
    key = next((key for key, piece in strong.items() if piece is step.piece), None)
    if key is not None:
        _write_change(thread, step, key, changes[key], delivery_ref)
    elif not step.before.says_the_same_as(step.after):
        _write_inference(thread, step, delivery_ref)


def _write_change(thread: Thread, step: Step, key: str, change: OwnerChanged, delivery_ref: str) -> None:
    settled = settling.settle_by_evidence(thread, step.piece, step.after)
    entry = history.Entry(
        name="thread_control.observed",
        actor=PLATFORM,
        cause=f"the platform told of a {change.verb} to app {change.app_id or 'nobody'}"
        f" from app {change.previous_app_id or 'nobody'}",
        before=step.before,
        after=step.after,
        evidence=step.piece,
        evidence_key=key,
        handover=settled[-1] if settled else None,
        delivery_ref=delivery_ref,
        texts={"metadata": change.metadata},
    )
    history.append(thread, entry)
    settling.record_settled(thread, settled[:-1])


_INFERENCES = {
    EvidenceKind.ROUTED_TO_US: "a customer's message was delivered to us as the owner",
    EvidenceKind.ROUTED_ELSEWHERE: "a customer's message was delivered to us as a bystander",
    EvidenceKind.SPOKE: "an app sent a message",
}


def _write_inference(thread: Thread, step: Step, delivery_ref: str) -> None:
    if step.after.owner is Owner.AGENT and _OPEN_HANDOVER.first(thread=thread.pk) is not None:
        thread.owner_check_at = timezone.now()  # Perhaps a grant that the platform never told us of.
    entry = history.Entry(
        name="thread_control.inferred",
        actor=PLATFORM,
        cause=_INFERENCES[step.piece.kind],
        before=step.before,
        after=step.after,
        delivery_ref=delivery_ref,
    )
    history.append(thread, entry)


def _record_asks(thread: Thread, asks: list[ControlAsked], delivery_ref: str) -> None:
    keyed = {_key("asked", ask.at, ask.app_id, ask.metadata): ask for ask in asks}
    for key in _not_recorded(thread, keyed):
        history.append_unchanged(
            thread,
            "thread_control.asked",
            PLATFORM,
            f"app {keyed[key].app_id} asked for control",
            evidence_key=key,
            delivery_ref=delivery_ref,
            texts={"metadata": keyed[key].metadata},
        )


def _record_receipts(thread: Thread, receipts: list[Receipt]) -> None:
    for receipt in receipts:
        if receipt.is_read:
            thread.read_until = _later(thread.read_until, receipt.until)
        else:
            thread.delivered_until = _later(thread.delivered_until, receipt.until)


def record_primary(source: Source, news: PrimaryChanged) -> None:
    """The platform told who is primary. What the administrator set gives way, and the note says so."""
    with transaction.atomic():
        row = Source.objects.select_for_update().get(pk=source.pk)
        if row.roles_told_at is not None and news.at <= row.roles_told_at:
            return
        row.roles_told_at, row.mode_check_at, row.requests_refused = news.at, timezone.now(), False
        if row.primary != news.primary:
            row.primary, row.primary_note = news.primary, news.note
        row.save(
            update_fields=["roles_told_at", "mode_check_at", "requests_refused", "primary", "primary_note"]
        )
