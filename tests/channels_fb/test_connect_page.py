"""`connect_page`, on a Facebook that is there, and on one that is not."""

from __future__ import annotations

from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.core.management import CommandError, call_command
from django.utils import timezone

from channels_fb.models import App, Page
from channels_fb.simulator import Simulator
from channels_fb.subscription import FIELDS
from handover.models import BotApp, Source
from tests.channels_fb.stage import AGENT, BOT, PAGE, PSID

pytestmark = pytest.mark.django_db(transaction=True)

FIRST = {
    "page-id": PAGE,
    "name": "Acme",
    "page-token": "T",
    "agent-app-id": AGENT,
    "agent-app-secret": "S",
    "verify-token": "V",
    "primary": "bot",
}
BOT_APP = ("--bot-app-id", BOT, "--bot-name", "Acme bot")


def connect(*more: str, **options: str) -> tuple[str, str]:
    """What it printed on standard output and on standard error."""
    arguments = [f"--{name.replace('_', '-')}={value}" for name, value in options.items()]
    out, err = StringIO(), StringIO()
    call_command("connect_page", *arguments, *more, stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


def first(*more: str, **changes: str) -> tuple[str, str]:
    return connect(*more, **(FIRST | changes))


@pytest.fixture
def acme(facebook: Simulator, settings: Any) -> Simulator:
    settings.GRAPH_API_URL = facebook.url
    facebook.add_app(AGENT, "S", "Agent", require_proof=True)
    facebook.add_page(PAGE, "Acme", "routing", BOT)
    facebook.connect(PAGE, AGENT, "T")
    return facebook


class TestOnline:
    def test_a_first_run_keeps_everything_and_tells_facebook(self, acme: Simulator) -> None:
        out, err = first(*BOT_APP)
        assert (out, err) == ("Page Acme (111) is connected.\n", "")
        source = Source.objects.get()
        assert (source.channel_type, source.foreign_id, source.name) == ("messenger", PAGE, "Acme")
        assert (source.agent_app_id, source.primary, source.is_active) == (AGENT, "bot", True)
        assert (source.control_mode, source.mode_check_at) == ("routing", None)
        page = source.facebook_page
        assert (page.page_token, page.token_note) == ("T", "")
        assert (page.app.app_id, page.app.secret, page.app.verify_token) == (AGENT, "S", "V")
        bot = BotApp.objects.get()
        assert (bot.app_id, bot.name, bot.is_active) == (BOT, "Acme bot", True)

    def test_facebook_sends_the_pages_webhooks_from_then_on(self, acme: Simulator) -> None:
        first()
        acme.customer_writes(PAGE, PSID, "hi")
        assert [sent.key for sent in acme.events(AGENT)] == ["standby"]
        assert set(acme.calls[0].parameters["subscribed_fields"].split(",")) == set(FIELDS)
        page = Page.objects.get()
        assert page.subscribed_at is not None
        assert page.subscription_due_at is not None
        assert page.subscription_due_at - timezone.now() > timedelta(hours=23)

    def test_another_run_changes_nothing(self, acme: Simulator) -> None:
        first(*BOT_APP)
        before = [list(model.objects.values_list("pk", flat=True)) for model in (App, Page, Source, BotApp)]
        first(*BOT_APP)
        assert before == [
            list(model.objects.values_list("pk", flat=True)) for model in (App, Page, Source, BotApp)
        ]
        assert (App.objects.get().secret, App.objects.get().previous_secret) == ("S", "")

    def test_a_token_that_facebook_refuses_is_a_warning(self, acme: Simulator) -> None:
        out, err = first(page_token="wrong")
        assert "is connected" in out
        assert "Facebook refused (code 190): Invalid OAuth access token" in err
        assert "code 190" in Page.objects.get().token_note
        assert Source.objects.get().mode_check_at is not None
        first(page_token="T")
        assert Page.objects.get().token_note == ""


class TestOffline:
    def test_it_works_with_warnings_and_the_worker_tries_again(self) -> None:
        out, err = first(*BOT_APP)
        assert out == "Page Acme (111) is connected.\n"
        assert err.count("Warning:") == 2
        assert "The page's webhooks could not be subscribed: Facebook could not be asked" in err
        assert "The page's mode could not be read" in err
        source = Source.objects.get()
        assert source.control_mode == "unknown"
        assert source.mode_check_at is not None
        assert source.mode_check_at <= timezone.now()
        page = source.facebook_page
        assert page.subscribed_at is None
        assert page.subscription_due_at is not None


class TestSecrets:
    def test_may_come_from_the_environment(self, monkeypatch: pytest.MonkeyPatch) -> None:
        for name in ("PAGE_TOKEN", "AGENT_APP_SECRET", "VERIFY_TOKEN"):
            monkeypatch.setenv(name, f"from {name}".replace(" ", "-"))
        connect(page_id=PAGE, name="Acme", agent_app_id=AGENT, primary="none", page_token="")
        page = Page.objects.get()
        assert page.page_token == "from-PAGE_TOKEN"
        assert (page.app.secret, page.app.verify_token) == ("from-AGENT_APP_SECRET", "from-VERIFY_TOKEN")

    def test_an_option_wins_over_the_environment(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("PAGE_TOKEN", "E")
        first()
        assert Page.objects.get().page_token == "T"

    @pytest.mark.parametrize(
        ("option", "named"),
        [
            ("page-token", "--page-token or in the environment as PAGE_TOKEN"),
            ("agent-app-secret", "AGENT_APP_SECRET"),
            ("verify-token", "VERIFY_TOKEN"),
            ("agent-app-id", "--agent-app-id"),
            ("primary", "--primary"),
            ("name", "--name"),
        ],
    )
    def test_at_first_each_is_needed(self, option: str, named: str) -> None:
        with pytest.raises(CommandError, match=named):
            connect(**{name: value for name, value in FIRST.items() if name != option})
        assert (Source.objects.count(), App.objects.count()) == (0, 0)

    def test_afterwards_none_is(self) -> None:
        first(*BOT_APP)
        connect(page_id=PAGE, name="Acme Ltd")
        page = Page.objects.get()
        assert (page.source.name, page.page_token, page.app.secret) == ("Acme Ltd", "T", "S")
        assert page.source.primary == "bot"

    def test_a_new_app_secret_leaves_the_old_one_valid_for_a_day(self) -> None:
        first()
        connect(page_id=PAGE, agent_app_secret="S2")
        app = App.objects.get()
        now = timezone.now()
        assert app.valid_secrets(now) == ["S2", "S"]
        assert app.valid_secrets(now + timedelta(hours=23)) == ["S2", "S"]
        assert app.valid_secrets(now + timedelta(hours=25)) == ["S2"]

    def test_lost_keys_are_said_and_mended_by_entering_all_anew(self, settings: Any) -> None:
        first()
        settings.FIELD_ENCRYPTION_KEYS = [Fernet.generate_key().decode()]
        _, err = connect(page_id=PAGE, name="Acme Ltd")
        assert "FIELD_ENCRYPTION_KEYS" in err
        first()
        page = Page.objects.get()
        assert (page.page_token, page.app.secret, page.app.previous_secret) == ("T", "S", "")

    @pytest.mark.parametrize("secret", ["a b", "a\nb", "tökén"])
    def test_what_none_can_be_is_refused_and_not_repeated(self, secret: str) -> None:
        for name in ("page-token", "agent-app-secret"):
            with pytest.raises(CommandError) as caught:
                first(**{name: secret})
            assert secret not in str(caught.value)


class TestBotApps:
    def test_several_with_their_names_in_order(self) -> None:
        first("--bot-app-id=1", "--bot-app-id=2", "--bot-name=One")
        assert set(BotApp.objects.values_list("app_id", "name")) == {("1", "One"), ("2", "")}

    def test_not_listing_any_leaves_them(self) -> None:
        first(*BOT_APP)
        first()
        assert BotApp.objects.get().is_active

    def test_listing_some_switches_the_others_off_and_keeps_their_names(self) -> None:
        first("--bot-app-id=1", "--bot-name=One")
        first("--bot-app-id=2")
        assert set(BotApp.objects.values_list("app_id", "is_active")) == {("1", False), ("2", True)}
        first("--bot-app-id=1")
        assert BotApp.objects.get(app_id="1").name == "One"

    def test_more_names_than_ids_are_refused(self) -> None:
        with pytest.raises(CommandError, match="more --bot-name"):
            first("--bot-name=One")

    def test_the_agents_app_is_no_bots(self) -> None:
        with pytest.raises(CommandError, match="at once"):
            first(f"--bot-app-id={AGENT}")
        assert Source.objects.count() == 0
        first(*BOT_APP)
        with pytest.raises(CommandError, match="at once"):
            connect(page_id=PAGE, agent_app_id=BOT, agent_app_secret="x", verify_token="y", page_token="z")


class TestChanges:
    def test_another_primary_app_forgets_what_was_learnt_under_the_last(self) -> None:
        first()
        Source.objects.update(requests_refused=True, can_take=True, primary_note="Facebook told otherwise")
        connect(page_id=PAGE, primary="bot")
        assert Source.objects.get().requests_refused
        connect(page_id=PAGE, primary="agent")
        source = Source.objects.get()
        assert (source.primary, source.primary_note, source.requests_refused, source.can_take) == (
            "agent",
            "",
            False,
            None,
        )

    def test_another_app_needs_a_token_of_its_own(self) -> None:
        first()
        other = {"agent_app_id": "801", "agent_app_secret": "S801", "verify_token": "V801"}
        with pytest.raises(CommandError, match="--page-token"):
            connect(page_id=PAGE, **other)
        connect(page_id=PAGE, page_token="T801", **other)
        page = Page.objects.get()
        assert (page.app.app_id, page.source.agent_app_id, page.page_token) == ("801", "801", "T801")
        assert App.objects.get(app_id=AGENT).secret == "S"

    def test_two_pages_may_share_an_app(self) -> None:
        first()
        connect(page_id="222", name="Other", agent_app_id=AGENT, page_token="T2", primary="none")
        assert App.objects.get().pages.count() == 2


@pytest.mark.parametrize(
    "wrong",
    [
        {"page-id": "acme"},
        {"page-id": ""},
        {"page-id": "1" * 33},
        {"page-id": "٣"},
        {"agent-app-id": "8 00"},
        {"primary": "inbox"},
    ],
)
def test_malformed_values_are_refused(wrong: dict[str, str]) -> None:
    with pytest.raises(CommandError):
        first(**wrong)
    with pytest.raises(CommandError):
        first("--bot-app-id=x")
    assert Source.objects.count() == 0
