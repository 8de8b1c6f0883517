"""The API's paths. Each answers with and without a slash at its end, and none redirects."""

from django.urls import URLPattern, re_path
from rest_framework.views import APIView

from handover.api import bots, contents, events, interventions, resources, status
from handover.api.schema.views import SchemaView


def _path(route: str, view: type[APIView], name: str | None = None) -> URLPattern:
    return re_path(rf"^{route}/?$", view.as_view(), name=name)


_ID = r"(?P<record_id>[^/]+)"

urlpatterns = [
    _path("bots/handover", bots.HandoverView),
    _path("bots/handovers", bots.HandoverListView),
    _path(f"bots/handovers/{_ID}", bots.HandoverRecordView),
    _path("bots/engage", bots.EngageView),
    _path("bots/complete", bots.CompleteView),
    _path("interventions", interventions.InterventionListView),
    _path(f"interventions/{_ID}", interventions.InterventionRecordView),
    _path(f"interventions/{_ID}/close", interventions.CloseView),
    _path(f"interventions/{_ID}/cancel", interventions.CancelView),
    _path(f"interventions/{_ID}/defer", interventions.DeferView),
    _path(f"interventions/{_ID}/reactivate", interventions.ReactivateView),
    _path(f"interventions/{_ID}/reassign", interventions.ReassignView),
    _path(f"interventions/{_ID}/notes", interventions.NotesView),
    _path(f"interventions/{_ID}/take_over", interventions.TakeOverView),
    _path("content_sources", resources.SourceListView),
    _path(f"content_sources/{_ID}", resources.SourceRecordView),
    _path("identities", resources.IdentityListView),
    _path(f"identities/{_ID}", resources.IdentityRecordView),
    _path("content_threads", resources.ThreadListView),
    _path(f"content_threads/{_ID}", resources.ThreadRecordView),
    _path(f"content_threads/{_ID}/update_categories", resources.ThreadCategoriesView),
    _path("contents", contents.ContentListView),
    _path(f"contents/{_ID}", contents.ContentRecordView),
    _path(f"contents/{_ID}/retry", contents.RetryView),
    _path("events", events.EventListView),
    _path(f"events/{_ID}", events.EventRecordView),
    _path("status", status.StatusView),
    _path("schema", SchemaView, name="schema"),
]
