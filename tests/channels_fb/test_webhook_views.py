"""The address that Facebook calls."""

from __future__ import annotations

import io
import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from channels_fb.models import App, Delivery, DeliveryItem, Page
from handover.models import Content, Thread
from tests.channels_fb.stage import AGENT, PSID, SECRET, VERIFY, delivery, message, signed
from tests.channels_fb.test_processing import POISON, refused_by_the_database

pytestmark = pytest.mark.django_db(transaction=True)

PATH = f"/webhooks/facebook/{AGENT}"
QUESTION = {"hub.mode": "subscribe", "hub.verify_token": VERIFY, "hub.challenge": "1158201444"}


def post(client: Client, body: bytes, signature: str | None = None, path: str = PATH, **more: Any) -> Any:
    header = signed(body) if signature is None else signature
    return client.generic("POST", path, body, headers={"X-Hub-Signature-256": header}, **more)


def failed(answer: Any, status: int, code: str) -> bool:
    body = answer.json()
    assert set(body) == {"error", "message", "status"}
    assert answer.headers["Content-Type"] == "application/json"
    return bool((answer.status_code, body["status"], body["error"]) == (status, status, code))


class TestVerification:
    @pytest.mark.parametrize("path", [PATH, PATH + "/"])
    def test_the_challenge_alone_comes_back(self, page: Page, client: Client, path: str) -> None:
        answer = client.get(path, QUESTION)
        assert (answer.status_code, answer.content) == (200, b"1158201444")
        assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"

    @pytest.mark.parametrize(
        "wrong",
        [
            {"hub.mode": "unsubscribe"},
            {"hub.mode": ""},
            {"hub.verify_token": ""},
            {"hub.verify_token": VERIFY + "x"},
            {"hub.verify_token": "é\ud800"},
            {"hub.challenge": ""},
        ],
    )
    def test_anything_else_is_forbidden(self, page: Page, client: Client, wrong: dict[str, str]) -> None:
        query = {name: value.encode(errors="surrogatepass") for name, value in (QUESTION | wrong).items()}
        assert failed(client.get(PATH, query), 403, "forbidden")

    def test_an_unknown_app_and_an_empty_token_are_forbidden(self, page: Page, client: Client) -> None:
        assert failed(client.get("/webhooks/facebook/801", QUESTION), 403, "forbidden")
        App.objects.update(verify_token="")
        assert failed(client.get(PATH, QUESTION | {"hub.verify_token": ""}), 403, "forbidden")

    def test_a_challenge_is_never_html(self, page: Page, client: Client) -> None:
        answer = client.get(PATH, QUESTION | {"hub.challenge": "<script>alert(1)</script>"})
        assert answer.headers["Content-Type"].startswith("text/plain")
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


class TestDeliveries:
    @pytest.mark.parametrize("path", [PATH, PATH + "/"])
    def test_a_signed_one_is_stored_and_processed(self, page: Page, client: Client, path: str) -> None:
        body = delivery(message())
        assert post(client, body, path=path).status_code == 200
        row = Delivery.objects.get()
        assert (bytes(row.body), row.state, row.app) == (body, "processed", page.app)
        assert Thread.objects.get().identity.foreign_id == PSID

    def test_sent_again_it_changes_nothing(self, page: Page, client: Client) -> None:
        for _ in range(3):
            assert post(client, delivery(message())).status_code == 200
        assert (Delivery.objects.get().repeats, Content.objects.count()) == (2, 1)

    def test_bytes_are_what_is_signed(self, page: Page, client: Client) -> None:
        body = delivery(message(text="ä")).replace(b" ", b"  ")
        assert b"\\u00e4" in body
        assert post(client, body).status_code == 200
        assert Content.objects.get().body == "ä"

    @pytest.mark.parametrize("signature", ["", "sha256=", "sha256=" + "0" * 64, "sha1=" + "0" * 40])
    def test_a_badly_signed_one_is_forbidden_and_not_stored(
        self, page: Page, client: Client, signature: str
    ) -> None:
        assert failed(post(client, delivery(message()), signature), 403, "forbidden")
        assert Delivery.objects.count() == 0

    def test_another_apps_signature_does_not_do(self, page: Page, client: Client) -> None:
        App.objects.create(app_id="801", secret="other", verify_token="v")
        body = delivery(message())
        assert failed(post(client, body, path="/webhooks/facebook/801"), 403, "forbidden")
        assert failed(post(client, body, signed(body, "other")), 403, "forbidden")
        assert failed(post(client, body, path="/webhooks/facebook/802"), 403, "forbidden")
        assert Delivery.objects.count() == 0

    def test_the_previous_secret_does_for_a_time(self, page: Page, client: Client) -> None:
        until = timezone.now() + timedelta(hours=1)
        App.objects.update(secret="new", previous_secret=SECRET, previous_secret_until=until)
        assert post(client, delivery(message("m_1"))).status_code == 200
        App.objects.update(previous_secret_until=timezone.now())
        assert failed(post(client, delivery(message("m_2"))), 403, "forbidden")
        body = delivery(message("m_3"))
        assert post(client, body, signed(body, "new")).status_code == 200

    @pytest.mark.parametrize("body", [b"{", b"[]", b'{"object":"instagram"}', b"\xff" * 100, b"[" * 100_000])
    def test_whatever_is_in_it_is_kept_and_answered_200(
        self, page: Page, client: Client, body: bytes
    ) -> None:
        assert post(client, body).status_code == 200
        assert bytes(Delivery.objects.get().body) == body
        assert DeliveryItem.objects.get().kind == "unknown"

    def test_whatever_goes_wrong_in_processing_is_answered_200(self, page: Page, client: Client) -> None:
        with refused_by_the_database(*POISON):
            assert post(client, delivery(message(text="poison"))).status_code == 200
        assert Delivery.objects.get().state == "failed"
        with refused_by_the_database("channels_fb_deliveryitem", "NEW.kind = 'unknown'"):
            assert post(client, delivery(1)).status_code == 200
        assert Delivery.objects.order_by("pk").last().state == "received"  # type: ignore[union-attr]

    def test_it_needs_no_csrf_token(self, page: Page) -> None:
        assert post(Client(enforce_csrf_checks=True), delivery(message())).status_code == 200


class TestWhatIsRefusedUnread:
    def test_one_without_a_length(self, page: Page, client: Client) -> None:
        assert failed(post(client, b"{}", CONTENT_LENGTH=""), 411, "length_required")

    @pytest.mark.parametrize("length", ["-1", "1e3", "٣", " 5"])
    def test_a_length_that_is_none(self, page: Page, client: Client, length: str) -> None:
        assert failed(post(client, b"{}", CONTENT_LENGTH=length), 400, "invalid_parameter")

    @pytest.mark.parametrize("length", [str(10 * 1024 * 1024 + 1), "9" * 5000])
    def test_one_over_10_mib(self, page: Page, client: Client, length: str) -> None:
        assert failed(post(client, b"{}", CONTENT_LENGTH=length), 413, "body_too_large")

    def test_one_of_just_10_mib_is_taken(self, page: Page, client: Client) -> None:
        body = delivery(message())
        body += b" " * (10 * 1024 * 1024 - len(body))
        assert post(client, body).status_code == 200
        assert Content.objects.count() == 1

    def test_one_that_was_cut_off(self, page: Page, client: Client) -> None:
        body = delivery(message())
        cut = {"wsgi.input": io.BytesIO(body[:-5]), "CONTENT_LENGTH": str(len(body))}
        assert failed(post(client, body, signed(body), **cut), 400, "invalid_parameter")
        assert Delivery.objects.count() == 0


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS"])
def test_other_methods_are_not_allowed(page: Page, client: Client, method: str) -> None:
    answer = client.generic(method, PATH)
    assert failed(answer, 405, "method_not_allowed")
    assert answer.headers["Allow"] == "GET, POST"


@pytest.mark.parametrize(
    "path",
    [
        "/webhooks/facebook/",
        "/webhooks/facebook/abc",
        "/webhooks/facebook/" + "9" * 33,
        "/webhooks/facebook/٣",
        f"{PATH}//",
        f"{PATH}/x",
        f"{PATH}%0A",
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_elsewhere_is_nothing(client: Client, path: str, method: str) -> None:
    assert failed(client.generic(method, path), 404, "not_found")


def test_an_answer_says_nothing_secret(page: Page, client: Client) -> None:
    text = json.dumps([post(client, b"{}", "").json(), post(client, delivery(message())).json()])
    assert SECRET not in text
    assert VERIFY not in text
