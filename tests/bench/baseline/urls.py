"""The two views that the service is measured beside."""

import hashlib
import hmac
import os
import threading

import requests
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from tests.bench.baseline.models import Asked, Received
from tests.bench.cast import AGENT_SECRET, PAGE, PAGE_TOKEN

GRAPH = os.environ["GRAPH_API_URL"]
PROOF = hmac.new(AGENT_SECRET.encode(), PAGE_TOKEN.encode(), hashlib.sha256).hexdigest()

_local = threading.local()


class HandoverView(APIView):
    """Make the same call to Graph and write two rows: no token, no rule, no history."""

    def post(self, request: Request) -> Response:
        foreign_id = request.data["identity_foreign_id"]
        Asked.objects.create(foreign_id=foreign_id, note="asked")
        answer = _session().post(
            f"{GRAPH}/v26.0/{PAGE}/request_thread_control",
            json={"recipient": {"id": foreign_id}, "appsecret_proof": PROOF},
            headers={"Authorization": f"Bearer {PAGE_TOKEN}"},
            timeout=10,
        )
        answer.raise_for_status()
        Asked.objects.create(foreign_id=foreign_id, note="answered")
        return Response({"status": 200, "message": "Success"})


def _session() -> requests.Session:
    if not hasattr(_local, "session"):
        _local.session = requests.Session()
        _local.session.trust_env = False
    session: requests.Session = _local.session
    return session


@csrf_exempt
def receive(request: HttpRequest) -> HttpResponse:
    """Verify the signature and insert the raw body."""
    expected = hmac.new(AGENT_SECRET.encode(), request.body, hashlib.sha256).hexdigest()
    if not hmac.compare_digest(request.headers["X-Hub-Signature-256"], f"sha256={expected}"):
        return JsonResponse({"error": "forbidden"}, status=403)
    Received.objects.create(body=request.body)
    return JsonResponse({"status": 200})


urlpatterns = [path("handover", HandoverView.as_view()), path("webhook", receive)]
