"""What a source's answers teach about it: whether it takes requests, whether we may take control."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from handover.channel import VerbNotSupported
from handover.decision import Verb
from handover.models import Primary, Source
from handover.ownership import ControlMode, How, Picture


def take_worked(source: Source, taken_from: Picture) -> None:
    """The take-over switch is on: it can be neither read nor set, only learnt.

    Under the old protocol only the primary app takes from another one, so there it tells who is primary,
    if the platform had just named that other one. Anybody may take an idle thread.
    """
    Source.objects.filter(pk=source.pk).exclude(can_take=True).update(can_take=True)
    was_anothers = taken_from.how is How.OWNER_READ and taken_from.sure and taken_from.app_id != ""
    if source.control_mode == ControlMode.RECEIVERS and was_anothers:
        Source.objects.filter(pk=source.pk).exclude(primary=Primary.AGENT).update(
            primary=Primary.AGENT,
            primary_note="The platform let our app take control from another; only the primary app may.",
        )


def forget_roles(source: Source) -> None:
    """Another primary app was set: what was learnt under the one before is void. Not saved."""
    source.primary_note, source.requests_refused, source.can_take = "", False, None


def verb_refused(source: Source, verb: Verb, error: VerbNotSupported) -> None:
    """Remember that the platform does not offer a verb here, and read the mode again where it must differ."""
    with transaction.atomic():
        _learn_refusal(Source.objects.select_for_update().get(pk=source.pk), verb, error)


def _learn_refusal(row: Source, verb: Verb, error: VerbNotSupported) -> None:
    if _is_contradicted(row, verb, error):
        row.mode_check_at = timezone.now()
    if verb is Verb.REQUEST:
        row.requests_refused = True
    if verb is Verb.TAKE:
        # Where takes are refused, what was learnt of requests may be out of date: the next one asks again.
        row.can_take, row.requests_refused = False, False
    if error.contradicts == row.control_mode:
        row.control_mode = ControlMode.UNKNOWN.value
    row.save(update_fields=["requests_refused", "can_take", "mode_check_at", "control_mode", "updated_at"])


def _is_contradicted(row: Source, verb: Verb, error: VerbNotSupported) -> bool:
    if error.contradicts is not None:
        return error.contradicts == row.control_mode or row.requests_refused
    return verb is Verb.REQUEST and row.control_mode != ControlMode.ROUTING


def mode_was_read(source: Source, mode: ControlMode) -> None:
    """Keep what the platform says about a source's mode. What was learnt under another mode is forgotten."""
    with transaction.atomic():
        _learn_mode(Source.objects.select_for_update().get(pk=source.pk), mode)


def _learn_mode(row: Source, mode: ControlMode) -> None:
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
