"""No secret gets through the log's last processor."""

import pytest
from django.test import RequestFactory

from ringcx_bots.logs import REDACTED, QuietRequestMiddleware, redact


class TestRedaction:
    @pytest.mark.parametrize(
        "text",
        [
            "GET /1.0/bots/handover?access_token=hunter2&to=agent",
            "next=%2F1.0%3Faccess_token%3Dhunter2",
            '{"appsecret_proof": "hunter2"}',
            "{'client_secret': 'hunter2'}",
            "Authorization: Bearer hunter2",
            "(#190) Malformed access token EAAhunter2hunter2hunter2hunter2",
        ],
    )
    def test_secret_in_a_text_is_replaced(self, text: str) -> None:
        line = redact(None, "info", {"event": text})

        assert "hunter2" not in line["event"]
        assert REDACTED in line["event"]

    def test_what_surrounds_the_secret_stays(self) -> None:
        line = redact(None, "info", {"event": "?access_token=hunter2&to=agent"})

        assert line["event"] == f"?access_token={REDACTED}&to=agent"

    @pytest.mark.parametrize("key", ["verify_token", "app_secret", "Authorization", "FIELD_ENCRYPTION_KEYS"])
    def test_value_of_a_secret_key_is_replaced_at_any_depth(self, key: str) -> None:
        line = redact(None, "info", {"event": "x", "page": [{key: "hunter2", "name": "Acme"}]})

        assert line["page"] == [{key: REDACTED, "name": "Acme"}]

    def test_object_is_redacted_as_it_would_be_printed(self) -> None:
        request = RequestFactory().get("/1.0/status?access_token=hunter2")

        assert "hunter2" not in str(redact(None, "info", {"event": "x", "request": request}))

    def test_innocent_values_pass(self) -> None:
        event = {"event": "handover settled", "token_id": 7, "thread": "5f", "sure": True, "ago": 1.5}

        assert redact(None, "info", event) == event


def test_request_is_logged_without_its_query() -> None:
    request = RequestFactory().get("/1.0/status?access_token=hunter2")

    assert QuietRequestMiddleware.format_request(request) == "GET /1.0/status"
