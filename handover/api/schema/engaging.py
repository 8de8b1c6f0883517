"""What the paths of interventions do, and what they are told; the bot's own, and threads' categories, too."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from rest_framework.views import APIView

from handover.api import bots, interventions, resources
from handover.api.intervention_request import MOST_IDENTITIES, SORTS, STATUSES
from handover.api.schema import failures, parameters
from handover.api.schema.operation import (
    HANDOVERS,
    INTERVENTIONS,
    Operation,
    Reference,
    collection,
    record,
)
from handover.api.schema.parameters import CATEGORIES, RECORD_ID, Parameter
from handover.api.schema.plans import PLAIN_SUCCESS
from handover.api.schema.values import ID, Schema
from handover.api.serializers import InterventionCommentSerializer, InterventionSerializer, ThreadSerializer
from handover.interventions import FURTHEST, LONGEST_NOTE

_CONTENT = Parameter("content_id", ID, "The message to open it on.")
_THREAD = Parameter("thread_id", ID, "The thread to open it in. One of the two is required.")
_USER = Parameter("user_id", ID, "Required. Whose it is to be: an active user's id.")
_UNTIL = Parameter(
    "until",
    {"type": "string", "format": "date-time"},
    f"When it is to come back by itself, with its offset from UTC, within {FURTHEST.days} days. "
    "Absent: when somebody reactivates it.",
)
_NOTE = Parameter("body", {"type": "string", "maxLength": LONGEST_NOTE}, "Required. The note's text.")
_REPLACING = Parameter(
    "thread_category_ids[]", CATEGORIES, "Required. All that the thread is to have; an empty one for none."
)
_ADDED = Parameter("thread_category_ids[]", CATEGORIES, "Added to those that the thread has.")
_COMPLETED = Parameter("intervention_id", ID, "Required. The bot's own intervention.")
_CLOSE_THREAD = Parameter(
    "close_thread", {"type": "boolean"}, "Accepted and ignored: threads are not closed here."
)
_IDENTITIES: Schema = {"type": "string", "maxLength": 25 * MOST_IDENTITIES}
_FILTERS = (
    Parameter("identity_id", _IDENTITIES, "Only those with this person, or with several, parted by commas."),
    parameters.THREAD_FILTER,
    Parameter("user_id", ID, "Only this user's."),
    Parameter(
        "status",
        {"type": "string", "enum": list(STATUSES)},
        "`active`: open and not deferred. `opened`: all that are not over, `deferred` included.",
    ),
    Parameter(
        "sort", {"type": "string", "enum": list(SORTS)}, f"By what, newest first: `{SORTS[0]}` if absent."
    ),
)


def _change(
    name: str,
    summary: str,
    *more: Parameter,
    words: str = "",
    failing: Callable[[], Iterable[str]] = failures.of_records,
) -> Operation:
    return Operation(
        name,
        INTERVENTIONS,
        summary,
        "The intervention as it is now.",
        _intervention,
        failing,
        lambda: (RECORD_ID, *more),
        words,
        takes_body=bool(more),
    )


def _intervention(reference: Reference) -> Schema:
    return reference(InterventionSerializer)


OPERATIONS: Mapping[tuple[type[APIView], str], Operation] = {
    **collection(
        "list_interventions",
        INTERVENTIONS,
        "Interventions, newest first",
        interventions.InterventionListView,
        *_FILTERS,
    ),
    (interventions.InterventionListView, "post"): Operation(
        "open_intervention",
        INTERVENTIONS,
        "Open an intervention",
        "The intervention.",
        _intervention,
        failures.of_openings,
        lambda: (_CONTENT, _THREAD),
        "Engages the token's user. While it is not over, the thread is not handed over to the bot. The "
        "bot's own is closed.",
        takes_body=True,
        naming_a_handover=("handover_in_progress",),
    ),
    **record("get_intervention", INTERVENTIONS, "An intervention", interventions.InterventionRecordView),
    (interventions.CloseView, "put"): _change(
        "close_intervention",
        "Close an intervention",
        words="Only once there is a reply. Replies that wait go out first, and meanwhile it is `closing`; "
        "then control goes back as the page is set.",
        failing=failures.of_endings,
    ),
    (interventions.CancelView, "delete"): _change(
        "cancel_intervention",
        "Cancel an intervention",
        words="Only while there is no reply. It is gone afterwards, but for the history. Control goes back.",
        failing=failures.of_endings,
    ),
    (interventions.DeferView, "put"): _change(
        "defer_intervention",
        "Defer an intervention",
        _UNTIL,
        words="Put it aside. The thread is still not handed over to the bot.",
    ),
    (interventions.ReactivateView, "put"): _change("reactivate_intervention", "Reactivate what was deferred"),
    (interventions.ReassignView, "put"): _change(
        "reassign_intervention", "Make an intervention another user's", _USER, failing=failures.of_changes
    ),
    (interventions.TakeOverView, "put"): Operation(
        "take_over",
        INTERVENTIONS,
        "Take control of the thread",
        "The intervention. Control was taken, or asked for where the platform takes requests only; the "
        "handover is named by `Handover-Id`.",
        _intervention,
        failures.of_take_overs,
        lambda: (RECORD_ID,),
        "From whoever holds it, a person in the platform's own inbox and unknown apps included.",
        naming_a_handover=failures.of_take_overs(),
        names_its_own=True,
    ),
    (interventions.NotesView, "post"): Operation(
        "add_note",
        INTERVENTIONS,
        "Leave a note for other agents",
        "The note.",
        lambda reference: reference(InterventionCommentSerializer),
        failures.of_changes,
        lambda: (RECORD_ID, _NOTE),
        "The customer does not see it.",
        takes_body=True,
    ),
    (resources.ThreadCategoriesView, "put"): Operation(
        "update_categories",
        INTERVENTIONS,
        "Replace a thread's categories",
        "The thread.",
        lambda reference: reference(ThreadSerializer),
        failures.of_changes,
        lambda: (RECORD_ID, _REPLACING),
        takes_body=True,
    ),
    (bots.EngageView, "post"): Operation(
        "engage",
        HANDOVERS,
        "Open an intervention of the bot's own",
        "The intervention; the one that is open already, if it is the same user's.",
        _intervention,
        failures.of_engagements,
        lambda: (Parameter("content_id", ID, "Required. The message to open it on."),),
        "It never blocks a handover, and is closed when a person opens one.",
        takes_body=True,
    ),
    (bots.CompleteView, "post"): Operation(
        "complete",
        HANDOVERS,
        "Close the bot's own intervention",
        "It is closed.",
        lambda reference: PLAIN_SUCCESS,
        failures.of_completions,
        lambda: (_COMPLETED, _CLOSE_THREAD, _ADDED),
        takes_body=True,
    ),
}
