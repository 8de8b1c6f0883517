"""The address that Facebook calls. It answers JSON, or the bare challenge, and never redirects."""

from __future__ import annotations

import hmac

import structlog
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.http.request import UnreadablePostError
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from channels_fb.models import App
from channels_fb.webhooks import processing, signature
from handover.prepared import Given, Select

log = structlog.get_logger(__name__)

LARGEST_BODY = 10 * 1024 * 1024

_APP = Select(lambda: App.objects.filter(app_id=Given("app_id")))


@csrf_exempt
def callback(request: HttpRequest, app_id: str) -> HttpResponseBase:
    """GET: Meta verifies the address. POST: a delivery for the app."""
    if request.method == "GET":
        return _verify(request, app_id)
    if request.method == "POST":
        return _deliver(request, app_id)
    answer = _failure(405, "method_not_allowed", "Only GET and POST are understood here.")
    answer["Allow"] = "GET, POST"
    return answer


@csrf_exempt
def nothing_here(request: HttpRequest) -> HttpResponseBase:
    return _failure(404, "not_found", "Webhooks are taken at /webhooks/facebook/ and the id of a Meta app.")


def _verify(request: HttpRequest, app_id: str) -> HttpResponseBase:
    app = App.objects.filter(app_id=app_id).first()
    challenge = request.GET.get("hub.challenge", "")
    given = request.GET.get("hub.verify_token", "")
    is_asked = request.GET.get("hub.mode") == "subscribe" and challenge != ""
    if app is None or not is_asked or not _same(given, app.verify_token):
        return _failure(403, "forbidden", "The verify token is not this app's.")
    return HttpResponse(challenge, content_type="text/plain; charset=utf-8")


def _same(given: str, expected: str) -> bool:
    """In constant time; an empty token is none."""
    return expected != "" and hmac.compare_digest(given.encode(errors="replace"), expected.encode())


def _deliver(request: HttpRequest, app_id: str) -> HttpResponseBase:
    length = request.META.get("CONTENT_LENGTH") or ""
    if not length:
        return _failure(411, "length_required", "A delivery needs a Content-Length.")
    if not (length.isascii() and length.isdigit()):
        return _failure(400, "invalid_parameter", "The Content-Length is no number.")
    if len(length) > 12 or int(length) > LARGEST_BODY:
        return _failure(413, "body_too_large", "A delivery may have 10 MiB at most.")
    return _take(request, app_id, int(length))


def _take(request: HttpRequest, app_id: str, length: int) -> HttpResponseBase:
    """Nothing is stored unless Facebook signed it; once it is stored, the answer is 200 whatever happens."""
    app = _APP.first(app_id=app_id)
    body = _body(request) if app is not None else b""
    if app is not None and len(body) != length:
        return _failure(400, "invalid_parameter", "The delivery was cut off.")
    header = request.headers.get("X-Hub-Signature-256", "")
    if app is None or not signature.is_signed(header, body, app.valid_secrets(timezone.now())):
        log.warning("delivery.refused", app_id=app_id, app_is_known=app is not None)
        return _failure(403, "forbidden", "The delivery is not signed with this app's secret.")
    _keep_and_process(app, body)
    return JsonResponse({"status": 200, "message": "Success"})


def _body(request: HttpRequest) -> bytes:
    """What came of it; the length tells whether that is all."""
    try:
        return request.body
    except UnreadablePostError:
        return b""


def _keep_and_process(app: App, body: bytes) -> None:
    """Once it is kept, an error is ours: were Facebook told of it, it would stop sending after an hour."""
    if processing.keep_and_process(app, body):
        return
    delivery = processing.receive(app, body)
    try:
        processing.process_soon(delivery)
    except Exception:  # noqa: BLE001 - the delivery is stored, and the worker tries it again.
        log.exception("delivery.postponed", delivery=delivery.pk)


def _failure(status: int, code: str, message: str) -> JsonResponse:
    return JsonResponse({"error": code, "message": message, "status": status}, status=status)
