"""Which package answers which address."""

from django.contrib import admin
from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.urls import include, path, re_path
from django.views.decorators.csrf import csrf_exempt
from django.views.generic import RedirectView

from handover.api import errors
from handover.api.schema.views import docs

handler400 = "handover.api.errors.bad_request"
handler403 = "handover.api.errors.permission_denied"
handler404 = "handover.api.errors.not_found"
handler500 = "handover.api.errors.server_error"


def health(request: HttpRequest) -> JsonResponse:
    """The process is up and answers; it says nothing of database or Facebook, which no restart would mend."""
    return JsonResponse({"status": "ok"})


@csrf_exempt
def nothing_here(request: HttpRequest) -> HttpResponseBase:
    """The API's own 404, called rather than raised: under DEBUG Django answers a raised one with HTML."""
    return errors.not_found(request, None)


urlpatterns = [
    # Integrators join a base address that ends in a slash with a path that begins with one, hence `/?`.
    re_path(r"^/?1\.0/", include("handover.api.urls")),
    re_path(r"^/?webhooks/facebook/", include("channels_fb.webhooks.urls")),
    # A path that matches is never redirected by APPEND_SLASH, which is there for the admin.
    re_path(r"^(?:/?1\.0|/?webhooks)(?:/|$)", nothing_here),
    path("admin/", admin.site.urls),
    re_path(r"^api-docs/?$", docs),
    re_path(r"^healthz/?$", health),
    path("", RedirectView.as_view(pattern_name="admin:index")),
]
