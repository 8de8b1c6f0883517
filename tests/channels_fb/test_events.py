"""What each shape of webhook says."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from channels_fb.webhooks import events
from channels_fb.webhooks.events import Item, RolesTold, Unknown
from handover.news import ControlAsked, Message, OwnerChanged, Receipt
from tests.channels_fb.stage import AGENT, BOT, NOW_MS, PAGE, PSID, delivery, echo, from_customer, message

AT = datetime.fromtimestamp(NOW_MS / 1000, UTC)


def only(body: bytes) -> Item:
    (item,) = events.parse(body)
    return item


def news(event: Any, key: str = "messaging", **entry: Any) -> Any:
    return only(delivery(event, key=key, **entry)).news


def reason(event: Any, **entry: Any) -> str:
    found = news(event, **entry)
    assert isinstance(found, Unknown)
    return found.reason


class TestMessages:
    def test_of_a_customer(self) -> None:
        item = only(delivery(message("m_1", "hi")))
        assert (item.position, item.page_id, item.psid) == (0, PAGE, PSID)
        assert item.news == Message(AT, "m_1", is_customers=True, is_standby=False, body="hi")

    def test_on_standby(self) -> None:
        assert news(message(), key="standby").is_standby is True

    def test_with_everything_that_may_come_along(self) -> None:
        attachments = [{"type": "sticker", "payload": {"url": "https://pictures.example/1"}}]
        found = news(
            message(
                quick_reply={"payload": "YES"},
                reply_to={"mid": "m_0"},
                attachments=attachments,
                nlp={"x": 1},
                is_unsupported=True,
            )
        )
        assert (found.payload, found.in_reply_to_foreign_id, found.attachments) == ("YES", "m_0", attachments)

    def test_an_echo_is_about_its_recipient(self) -> None:
        item = only(delivery(echo("m_2", 1517776481860111, metadata="x")))
        assert item.psid == PSID
        assert item.news == Message(
            AT,
            "m_2",
            is_customers=False,
            is_standby=False,
            body="hello",
            app_id="1517776481860111",
            metadata="x",
        )

    def test_an_echo_may_not_name_its_app(self) -> None:
        assert news(echo(app_id=None)).app_id == ""

    def test_what_the_page_sends_is_never_the_customers(self) -> None:
        event = echo() | {"sender": {"id": int(PAGE)}}
        event["message"].pop("is_echo")
        item = only(delivery(event))
        assert (item.psid, item.news.is_customers) == (PSID, False)  # type: ignore[union-attr]

    def test_a_tapped_button(self) -> None:
        button = {"title": "Help", "payload": "HELP", "mid": "m_3"}
        assert news(from_customer(postback=button)) == Message(
            AT, "m_3", is_customers=True, is_standby=False, body="Help", is_postback=True, payload="HELP"
        )

    @pytest.mark.parametrize(
        "event",
        [
            from_customer(postback={"title": "Help", "payload": "HELP"}),
            from_customer(message={"text": "hi"}),
            from_customer(message={"text": "hi", "mid": None}),
        ],
    )
    def test_without_an_id_one_is_made_of_the_event(self, event: dict[str, Any]) -> None:
        made = news(event).foreign_id
        assert made.startswith("derived:")
        assert news(event).foreign_id == made
        assert news(event | {"timestamp": NOW_MS + 1}).foreign_id != made
        assert news(event | {"sender": {"id": "24002"}}).foreign_id != made
        assert len(made) <= 255

    def test_huge_text_is_kept_whole(self) -> None:
        assert len(news(message(text="ä" * 3_000_000)).body) == 3_000_000

    def test_what_no_database_takes_is_replaced(self) -> None:
        found = news(message("m_\x00", "a\x00b\ud800", attachments=[{"a\x00": "\udfff"}]))
        assert (found.foreign_id, found.body) == ("m_\ufffd", "a\ufffdb\ufffd")
        assert found.attachments == [{"a\ufffd": "\ufffd"}]

    @pytest.mark.parametrize(
        ("attachments", "kept"),
        [(None, []), ({"type": "image"}, [{"type": "image"}]), ("x", ["x"]), ([], [])],
    )
    def test_attachments_of_every_form(self, attachments: Any, kept: list[Any]) -> None:
        assert news(message(attachments=attachments)).attachments == kept

    def test_numbers_that_no_database_takes_become_text(self) -> None:
        body = delivery(message(attachments=["PLACE"])).replace(b'"PLACE"', b"NaN, -Infinity, 1e999, 12.5")
        (item,) = events.parse(body)
        assert item.news.attachments == ["NaN", "-Infinity", "1e999", 12.5]  # type: ignore[union-attr]


class TestHandovers:
    @pytest.mark.parametrize("verb", ["pass_thread_control", "take_thread_control"])
    @pytest.mark.parametrize("key", ["messaging", "standby"])
    def test_control_moved(self, verb: str, key: str) -> None:
        moved = {"previous_owner_app_id": BOT, "new_owner_app_id": AGENT, "metadata": "why"}
        assert news(from_customer(**{verb: moved}), key=key) == OwnerChanged(AT, AGENT, BOT, verb, "why")

    @pytest.mark.parametrize(("previous", "known"), [(None, ""), ("", ""), (900, "900"), ("900", "900")])
    def test_the_previous_owner_may_be_nobody_or_a_number(self, previous: Any, known: str) -> None:
        moved = {"previous_owner_app_id": previous, "new_owner_app_id": 263902037430900}
        found = news(from_customer(pass_thread_control=moved))
        assert (found.app_id, found.previous_app_id) == ("263902037430900", known)

    def test_control_was_asked_for(self) -> None:
        asked = {"requested_owner_app_id": 900, "metadata": None}
        assert news(from_customer(request_thread_control=asked)) == ControlAsked(AT, "900", "")

    @pytest.mark.parametrize(
        ("metadata", "text"),
        [(None, ""), ("", ""), ('{"a":1}', '{"a":1}'), ({"a": "ä"}, '{"a":"ä"}'), (5, "5"), (True, "true")],
    )
    def test_metadata_of_every_form_is_text(self, metadata: Any, text: str) -> None:
        moved = {"new_owner_app_id": AGENT, "metadata": metadata}
        assert news(from_customer(pass_thread_control=moved)).metadata == text

    @pytest.mark.parametrize(
        "hop_context", [None, {"app_id": 1, "metadata": ""}, [{"app_id": 1, "metadata": "x"}], "x"]
    )
    def test_hop_context_is_left_aside_wherever_it_is(self, hop_context: Any) -> None:
        event = from_customer(pass_thread_control={"new_owner_app_id": AGENT}, hop_context=hop_context)
        assert isinstance(news(event, hop_context=hop_context), OwnerChanged)

    @pytest.mark.parametrize("verb", ["pass_thread_control", "take_thread_control", "request_thread_control"])
    def test_one_without_its_app_says_nothing(self, verb: str) -> None:
        assert "names no" in reason(from_customer(**{verb: {"metadata": "x"}}))

    def test_roles_come_without_a_sender(self) -> None:
        event = {"recipient": {"id": PAGE}, "timestamp": NOW_MS, "app_roles": {AGENT: ["primary_receiver"]}}
        item = only(delivery(event))
        assert (item.psid, item.news) == ("", RolesTold(AT, {AGENT: frozenset({"primary_receiver"})}))


class TestReceipts:
    def test_delivered_without_a_timestamp(self) -> None:
        event = from_customer(at=None, delivery={"mids": ["m_1"], "watermark": NOW_MS, "seq": 37})
        assert news(event) == Receipt(AT, AT, is_read=False)

    def test_read(self) -> None:
        assert news(from_customer(read={"watermark": NOW_MS})) == Receipt(AT, AT, is_read=True)
        assert news(from_customer(read={})) == Receipt(AT, AT, is_read=True)


class TestTimes:
    @pytest.mark.parametrize("at", [NOW_MS, NOW_MS // 1000, float(NOW_MS)])
    def test_milliseconds_or_seconds(self, at: float) -> None:
        assert news(message() | {"timestamp": at}).at == AT

    def test_without_one_the_entrys_will_do(self) -> None:
        event = message()
        del event["timestamp"]
        assert news(event).at == AT
        assert reason(event, time=None) == "it names no time"
        assert reason(event, time="x") == "it names no time"

    @pytest.mark.parametrize(
        "at", [-1, 0, 253_402_300_799_000, 253_402_300_799, 10**19, True, "1790000000", [1]]
    )
    def test_absurd_ones_are_not_believed(self, at: Any) -> None:
        assert reason(message() | {"timestamp": at}).startswith("timestamp")


class TestUnknownShapes:
    @pytest.mark.parametrize(
        "event",
        [
            from_customer(reaction={"mid": "m_1", "action": "react"}),
            from_customer(referral={"ref": "x"}),
            from_customer(optin={"type": "one_time_notif_req"}),
            from_customer(message_edit={"mid": "m_1", "text": "hello"}),
            from_customer(message={"mid": "m_1", "is_deleted": True}),
            from_customer(message=None),
            from_customer(message="text"),
            from_customer(message={"mid": "m"}, read={"watermark": NOW_MS}),
            from_customer(),
            {},
            {"message": {"mid": "m_1"}},
            {"sender": {"id": PAGE}, "recipient": {"id": PAGE}, "timestamp": NOW_MS, "message": {"mid": "m"}},
            {"sender": None, "recipient": {"user_ref": "x"}, "timestamp": NOW_MS, "message": {"mid": "m"}},
            {"sender": PSID, "recipient": PAGE, "timestamp": NOW_MS, "message": {"mid": "m"}},
            from_customer(psid="9" * 65, message={"mid": "m"}),
            from_customer(psid="1\n2", message={"mid": "m"}),
            message("m" * 256),
            message(reply_to={"mid": "m" * 256}),
            message(reply_to="m_0"),
            echo(app_id=True),
            echo(app_id=1.5),
            echo(app_id={}),
            from_customer(app_roles=["primary_receiver"]),
            from_customer(app_roles={AGENT: "primary_receiver"}),
            from_customer(app_roles={"9" * 65: []}),
            None,
            1,
            "text",
            [],
        ],
    )
    def test_are_kept_with_a_reason_and_what_came(self, event: Any) -> None:
        item = only(delivery(event))
        assert isinstance(item.news, Unknown)
        assert item.news.reason
        assert item.raw == event or json.loads(item.raw or "null") == event

    def test_still_name_the_customer_where_they_do(self) -> None:
        item = only(delivery(from_customer(reaction={"mid": "m_1"})))
        assert (item.page_id, item.psid) == (PAGE, PSID)
        assert item.news == Unknown("no known kind of event: reaction")

    def test_hold_back_no_other_item(self) -> None:
        found = events.parse(delivery(1, message("m_1"), {"x": 1}, message("m_2")))
        assert [item.position for item in found] == [0, 1, 2, 3]
        assert [isinstance(item.news, Message) for item in found] == [False, True, False, True]

    def test_one_that_is_nested_deeply(self) -> None:
        deep: Any = "x"
        for _ in range(200):
            deep = [deep]
        found = events.parse(delivery(message(attachments=deep), message("m_2")))
        assert found[0].news == Unknown("it is nested too deeply")
        assert isinstance(found[1].news, Message)

    def test_one_with_the_same_key_twice(self) -> None:
        body = delivery(message("m_1", "one"), message("m_2")).replace(
            b'"text": "one"', b'"text": "one", "text": "two"'
        )
        found = events.parse(body)
        assert found[0].news == Unknown("it has the same key twice")
        assert isinstance(found[1].news, Message)


class TestDeliveries:
    def test_every_entry_and_both_lists_are_read_in_order(self) -> None:
        entries = [
            {"id": PAGE, "time": NOW_MS, "messaging": [message("m_1")], "standby": [message("m_2")]},
            {"id": 222, "time": NOW_MS, "standby": [message("m_3"), message("m_4")]},
        ]
        found = events.parse(json.dumps({"object": "page", "entry": entries}).encode())
        assert [(i.position, i.page_id, i.news.foreign_id) for i in found] == [  # type: ignore[union-attr]
            (0, PAGE, "m_1"),
            (1, PAGE, "m_2"),
            (2, "222", "m_3"),
            (3, "222", "m_4"),
        ]

    @pytest.mark.parametrize(
        "entry",
        [
            1,
            None,
            [],
            {},
            {"id": PAGE},
            {"id": PAGE, "changes": [{"field": "feed"}]},
            {"id": PAGE, "messaging": {}},
            {"id": PAGE, "messaging": None},
            {"messaging": [message()]},
            {"id": True, "messaging": [message()]},
            {"id": "9" * 65, "messaging": [message()]},
        ],
    )
    def test_an_entry_that_is_none_holds_back_no_other(self, entry: Any) -> None:
        good = {"id": PAGE, "time": NOW_MS, "messaging": [message()]}
        found = events.parse(json.dumps({"object": "page", "entry": [entry, good]}).encode())
        assert isinstance(found[0].news, Unknown)
        assert isinstance(found[1].news, Message)

    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"{",
            b"\xff",
            b"null",
            b"[]",
            b"1" * 10_000,
            b"NaN",
            b"{}",
            b'{"object": "page"}',
            b'{"object": "page", "entry": {}}',
            b'{"object": "instagram", "entry": []}',
            b'{"object": "page", "object": "page", "entry": []}',
            b"[" * 200_000,
            b'{"object":"page","entry":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        ],
    )
    def test_one_that_is_none_is_kept_as_a_whole(self, body: bytes) -> None:
        item = only(body)
        assert isinstance(item.news, Unknown)
        assert len(item.raw) <= events.LONGEST_RAW
        assert "\x00" not in item.raw

    @pytest.mark.parametrize("body", [b'{"object":"page","entry":[]}', delivery()])
    def test_an_empty_one_says_nothing(self, body: bytes) -> None:
        assert events.parse(body) == []
