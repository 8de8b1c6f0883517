"""What a source's answers teach about it: whether it takes requests, whether we may take control."""

from __future__ import annotations

from django.utils import timezone

from handover.channel import VerbNotSupported
from handover.decision import Verb
from handover.models import Primary, Source
from handover.ownership import ControlMode, Owner


def take_worked(source: Source, from_owner: Owner) -> None:
    """The take-over switch is on: it can be neither read nor set, only learnt.

    Under the old protocol only the primary app takes from another one, so there it tells who is primary.
    """
    Source.objects.filter(pk=source.pk).exclude(can_take=True).update(can_take=True)
    if source.control_mode == ControlMode.RECEIVERS and from_owner in (Owner.BOT, Owner.OTHER, Owner.INBOX):
        Source.objects.filter(pk=source.pk).exclude(primary=Primary.AGENT).update(
            primary=Primary.AGENT,
            primary_note="The platform let our app take control from another; only the primary app may.",
        )


def verb_refused(source: Source, verb: Verb, error: VerbNotSupported) -> None:
    """Remember that the platform does not offer a verb here, and read the mode again where it must differ."""
    row = Source.objects.get(pk=source.pk)
    if verb is Verb.REQUEST:
        row.requests_refused = True
    if verb is Verb.TAKE:
        row.can_take = False
    if _is_contradicted(row, verb, error):
        row.mode_check_at = timezone.now()
    if error.contradicts == row.control_mode:
        row.control_mode, row.requests_refused = ControlMode.UNKNOWN, False
    row.save(update_fields=["requests_refused", "can_take", "mode_check_at", "control_mode", "updated_at"])


def _is_contradicted(row: Source, verb: Verb, error: VerbNotSupported) -> bool:
    if error.contradicts is not None:
        return error.contradicts == row.control_mode
    return verb is Verb.REQUEST and row.control_mode != ControlMode.ROUTING


def mode_was_read(source: Source, mode: ControlMode) -> None:
    """Keep what the platform says about a source's mode. What was learnt under another mode is forgotten."""
    row = Source.objects.get(pk=source.pk)
    if row.control_mode not in (mode, ControlMode.UNKNOWN):
        row.requests_refused, row.can_take = False, None
    row.control_mode, row.mode_read_at, row.mode_check_at = mode, timezone.now(), None
    row.save(
        update_fields=[
            "requests_refused",
            "can_take",
            "control_mode",
            "mode_read_at",
            "mode_check_at",
            "updated_at",
        ]
    )
