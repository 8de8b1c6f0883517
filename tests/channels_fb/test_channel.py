"""The port on a simulated Facebook."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from channels_fb.channel import MessengerChannel
from channels_fb.models import App, Page
from handover import channel
from handover.channel import (
    AlreadyOwner,
    CallRecord,
    Deadline,
    NotOwner,
    OutcomeUnknown,
    Profile,
    Refused,
    Unavailable,
    UnknownRecipient,
    VerbNotSupported,
)
from handover.decision import Verb
from handover.models import Primary, Source
from handover.ownership import ControlMode
from tests.channels_fb.raw_server import RawServer
from tests.channels_fb.stage import AGENT, BOT, PAGE, PSID, STRANGER, Stage, soon

pytestmark = pytest.mark.django_db(transaction=True)


def test_it_is_registered_and_a_channel() -> None:
    port: channel.Channel = MessengerChannel()
    assert type(channel.get("messenger")) is type(port)
    assert (port.vendor, "263902037430900" in port.inbox_app_ids) == ("facebook", True)


@pytest.mark.parametrize(
    ("verb", "edge"),
    [
        (Verb.READ_OWNER, "thread_owner"),
        (Verb.REQUEST, "request_thread_control"),
        (Verb.TAKE, "take_thread_control"),
        (Verb.PASS, "pass_thread_control"),
        (Verb.RELEASE, "release_thread_control"),
    ],
)
def test_the_edge_of_each_verb(verb: Verb, edge: str) -> None:
    assert MessengerChannel().edge(verb) == edge


class TestControl:
    def test_a_request_reaches_the_owner(self, stage: Stage) -> None:
        stage.given_to(BOT)
        answer = stage.channel.request_control(stage.source, PSID, "why", soon())
        assert stage.owner == BOT
        assert answer.call == CallRecord("request_thread_control", AGENT, status=200)
        (call,) = stage.facebook.calls
        assert call.parameters == {"recipient": {"id": PSID}, "metadata": "why"}
        assert (call.page_id, call.app_id, call.version) == (PAGE, AGENT, "v26.0")
        (told,) = stage.facebook.events(BOT)
        assert told.event["request_thread_control"]["requested_owner_app_id"] == AGENT

    def test_a_request_on_an_idle_thread_gives_it_at_once(self, stage: Stage) -> None:
        stage.idle()
        stage.channel.request_control(stage.source, PSID, "", soon())
        assert stage.owner == AGENT
        assert "metadata" not in stage.facebook.calls[0].parameters

    def test_a_pass_names_the_target(self, stage: Stage) -> None:
        stage.given_to(AGENT)
        answer = stage.channel.pass_control(stage.source, PSID, BOT, "done", soon())
        assert stage.owner == BOT
        assert answer.call == CallRecord("pass_thread_control", AGENT, BOT, status=200)
        assert abs((answer.at - stage.facebook.now()).total_seconds()) < 5

    def test_a_release_leaves_it_idle(self, stage: Stage) -> None:
        stage.given_to(AGENT)
        stage.channel.release_control(stage.source, PSID, "", soon())
        assert stage.owner is None

    def test_a_take_takes(self, stage: Stage) -> None:
        stage.facebook.set_mode(PAGE, "receivers", AGENT)
        stage.facebook.customer_writes(PAGE, PSID, "hi")
        stage.facebook.app_passes(AGENT, PAGE, PSID, BOT)
        stage.channel.take_control(stage.source, PSID, "", soon())
        assert stage.owner == AGENT

    def test_long_metadata_is_cut_to_what_facebook_takes(self, stage: Stage) -> None:
        stage.given_to(AGENT)
        stage.channel.pass_control(stage.source, PSID, BOT, "x" * 5000, soon())
        assert len(stage.facebook.calls[0].parameters["metadata"]) == 1000

    def test_a_pass_by_another_than_the_owner(self, stage: Stage) -> None:
        stage.given_to(BOT)
        with pytest.raises(NotOwner) as caught:
            stage.channel.pass_control(stage.source, PSID, BOT, "", soon())
        assert caught.value.call.target_app_id == BOT
        assert caught.value.call.trace_id
        assert caught.value.at is not None

    def test_a_take_by_the_owner(self, stage: Stage) -> None:
        stage.given_to(AGENT)
        with pytest.raises(AlreadyOwner):
            stage.channel.take_control(stage.source, PSID, "", soon())

    def test_verbs_that_the_mode_does_not_offer(self, stage: Stage) -> None:
        stage.facebook.set_mode(PAGE, "open")
        stage.facebook.customer_writes(PAGE, PSID, "hi")
        with pytest.raises(VerbNotSupported) as caught:
            stage.channel.take_control(stage.source, PSID, "", soon())
        assert caught.value.contradicts is ControlMode.ROUTING
        stage.facebook.set_mode(PAGE, "routing", BOT)
        with pytest.raises(VerbNotSupported):
            stage.channel.request_control(stage.source, PSID, "", soon())

    def test_somebody_whom_facebook_does_not_know(self, stage: Stage) -> None:
        with pytest.raises(UnknownRecipient, match="No matching user found"):
            stage.channel.request_control(stage.source, "404", "", soon())

    def test_a_wrong_token_and_a_limit(self, stage: Stage) -> None:
        body = {"error": {"message": "(#613) Calls exceed the limit", "type": "OAuthException", "code": 613}}
        stage.facebook.knobs.fail_next("release_thread_control", body=body, headers={"Retry-After": "30"})
        with pytest.raises(Unavailable) as caught:
            stage.channel.release_control(stage.source, PSID, "", soon())
        assert caught.value.retry_after == 30
        Page.objects.update(page_token="revoked")
        with pytest.raises(Refused, match=r"^Facebook refused \(code 190\): Invalid OAuth access token"):
            stage.channel.release_control(stage.source, PSID, "", soon())

    def test_token_and_secret_are_read_afresh(self, stage: Stage) -> None:
        stage.given_to(AGENT)
        stage.facebook.connect(PAGE, AGENT, "fresh")
        stage.facebook.change_secret(AGENT, "changed")
        Page.objects.update(page_token="fresh")
        App.objects.update(secret="changed")
        stage.channel.release_control(stage.source, PSID, "", soon())
        assert stage.owner is None

    def test_a_source_without_a_token_is_refused(self, stage: Stage) -> None:
        Page.objects.all().delete()
        with pytest.raises(Refused, match="connect_page"):
            stage.channel.take_control(stage.source, PSID, "", soon())

    def test_without_time_nothing_is_asked(self, stage: Stage) -> None:
        with pytest.raises(Unavailable):
            stage.channel.take_control(stage.source, PSID, "", Deadline(0))
        assert stage.facebook.calls == []


class TestReadOwner:
    def test_ours_is_told_with_its_expiry(self, stage: Stage) -> None:
        stage.given_to(AGENT)
        reading = stage.channel.read_owner(stage.source, PSID, soon())
        assert reading.app_id == AGENT
        assert reading.expires_at is not None
        left = reading.expires_at - stage.facebook.now()
        assert timedelta(hours=23) < left < timedelta(hours=25)
        assert reading.call == CallRecord("thread_owner", AGENT, status=200)
        assert stage.facebook.calls[0].parameters["recipient"] == PSID

    def test_somebody_elses_is_told_without_a_name(self, stage: Stage) -> None:
        stage.given_to(BOT)
        reading = stage.channel.read_owner(stage.source, PSID, soon())
        assert reading.app_id is None
        assert reading.expires_at is not None

    def test_an_idle_one_is_nobodys(self, stage: Stage) -> None:
        stage.idle()
        reading = stage.channel.read_owner(stage.source, PSID, soon())
        assert (reading.app_id, reading.expires_at) == ("", None)

    def test_ids_may_be_numbers(self, stage: Stage) -> None:
        stage.facebook.knobs.webhook_style(ids_as="number")
        stage.given_to(AGENT)
        assert stage.channel.read_owner(stage.source, PSID, soon()).app_id == AGENT

    @pytest.mark.parametrize(
        ("body", "app_id"),
        [
            ({}, ""),
            ({"data": None}, ""),
            ({"data": []}, ""),
            ({"data": [{}]}, ""),
            ({"data": [{"thread_owner": None}]}, ""),
            ({"data": [{"thread_owner": {}}]}, ""),
            ({"data": [{"thread_owner": {"app_id": "", "expiration": 1790000000}}]}, None),
            ({"data": [{"thread_owner": {"expiration": 1790000000}}]}, None),
            ({"data": [{"thread_owner": {"expiration": 1e300}}]}, None),
            ({"data": [{"thread_owner": {"expiration": "soon"}}]}, None),
            ({"data": [{"thread_owner": {"app_id": 263902037430900, "expiration": -5}}]}, "263902037430900"),
        ],
    )
    def test_shapes_that_can_be_understood(
        self, page: Page, raw_server: RawServer, body: Any, app_id: str | None
    ) -> None:
        raw_server.answers(json.dumps(body).encode())
        assert MessengerChannel().read_owner(page.source, PSID, soon()).app_id == app_id

    @pytest.mark.parametrize(
        "data", ["x", 1, {"a": 1}, [1], ["x"], [{"thread_owner": 1}], [{"thread_owner": [1]}]]
    )
    def test_shapes_that_cannot(self, page: Page, raw_server: RawServer, data: Any) -> None:
        raw_server.answers(json.dumps({"data": data}).encode())
        with pytest.raises(OutcomeUnknown):
            MessengerChannel().read_owner(page.source, PSID, soon())

    @pytest.mark.parametrize("app_id", [True, 8.5, "eight", "9" * 65, [800], "800\n", -5])
    def test_an_owner_that_is_no_id(self, page: Page, raw_server: RawServer, app_id: Any) -> None:
        raw_server.answers(json.dumps({"data": [{"thread_owner": {"app_id": app_id}}]}).encode())
        with pytest.raises(OutcomeUnknown):
            MessengerChannel().read_owner(page.source, PSID, soon())


class TestReadMode:
    @pytest.mark.parametrize(
        ("mode", "primary_app_id", "primary", "expected"),
        [
            ("routing", BOT, Primary.BOT, ControlMode.ROUTING),
            ("receivers", BOT, Primary.BOT, ControlMode.RECEIVERS),
            ("receivers", AGENT, Primary.AGENT, ControlMode.RECEIVERS),
            ("open", None, Primary.NONE, ControlMode.OPEN),
        ],
    )
    def test_as_facebook_and_the_administrator_say(
        self, stage: Stage, mode: Any, primary_app_id: str | None, primary: Primary, expected: ControlMode
    ) -> None:
        stage.facebook.set_mode(PAGE, mode, primary_app_id)
        stage.source.primary = primary
        assert stage.channel.read_mode(stage.source, soon()) is expected

    @pytest.mark.parametrize(
        "status",
        [
            None,
            [],
            "on",
            {},
            {"msgr_multi_app": True},
            {"hop_v2": True},
            {"hop_v2": False, "msgr_multi_app": True},
            {"hop_v2": True, "msgr_multi_app": "true"},
            {"hop_v2": True, "msgr_multi_app": 1},
        ],
    )
    def test_what_is_not_said_is_unknown(self, page: Page, raw_server: RawServer, status: Any) -> None:
        raw_server.answers(json.dumps({"messaging_feature_status": status, "id": PAGE}).encode())
        assert MessengerChannel().read_mode(page.source, soon()) is ControlMode.UNKNOWN


class TestReadProfile:
    def test_name_and_picture(self, stage: Stage) -> None:
        profile = stage.channel.read_profile(stage.source, PSID, soon())
        assert profile == Profile("Jane", "Doe", "https://pictures.example/24001.jpg")

    def test_who_may_not_be_known_is_refused(self, stage: Stage) -> None:
        stage.facebook.customer_writes(PAGE, STRANGER, "hi")
        with pytest.raises(Refused):
            stage.channel.read_profile(stage.source, STRANGER, soon())

    @pytest.mark.parametrize("psid", ["..", "../me", "me/subscribed_apps", "", "a b", "%2e%2e", "x?y", "é"])
    def test_what_cannot_be_a_part_of_an_address_is_not_sent(self, stage: Stage, psid: str) -> None:
        with pytest.raises(UnknownRecipient):
            stage.channel.read_profile(stage.source, psid, soon())
        assert stage.facebook.calls == []

    def test_odd_values_are_left_out(self, page: Page, raw_server: RawServer) -> None:
        odd = {"first_name": 1, "last_name": "\x00" + "x" * 500, "profile_pic": "javascript:alert(1)"}
        raw_server.answers(json.dumps(odd).encode())
        profile = MessengerChannel().read_profile(page.source, PSID, soon())
        assert profile == Profile("", "\ufffd" + "x" * 199, "")


def test_sources_of_other_channels_have_no_page(transactional_db: None) -> None:
    source = Source.objects.create(channel_type="pigeon", foreign_id="1", name="x", agent_app_id="800")
    with pytest.raises(Refused):
        MessengerChannel().read_owner(source, PSID, soon())
