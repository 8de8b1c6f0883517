"""The rows of the domain, one module a subject."""

from handover.models.access import ApiToken, StaffRole
from handover.models.availability import Availability, AvailabilityChange, AvailabilityState
from handover.models.figures import DayOfHandovers
from handover.models.handovers import Handover, HandoverState
from handover.models.history import ThreadEvent, ThreadEventText
from handover.models.interventions import Intervention, InterventionComment, InterventionStatus
from handover.models.replies import Reply
from handover.models.saved_replies import SavedReply
from handover.models.sources import AfterClosing, BotApp, Primary, Source
from handover.models.threads import Author, Content, Identity, Synchronization, Thread

__all__ = [
    "AfterClosing",
    "ApiToken",
    "Author",
    "Availability",
    "AvailabilityChange",
    "AvailabilityState",
    "BotApp",
    "Content",
    "DayOfHandovers",
    "Handover",
    "HandoverState",
    "Identity",
    "Intervention",
    "InterventionComment",
    "InterventionStatus",
    "Primary",
    "Reply",
    "SavedReply",
    "Source",
    "StaffRole",
    "Synchronization",
    "Thread",
    "ThreadEvent",
    "ThreadEventText",
]
