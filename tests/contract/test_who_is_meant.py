"""Whose thread a handover is about: known people, first contacts, several pages."""

from __future__ import annotations

from handover import tokens
from handover.models import Identity, Source
from handover.wire_ids import wire_id
from tests.contract.test_handover_requests import is_refused
from tests.world import BOT, MAYA, PAGE, World


class TestWhoIsMeant:
    def test_first_contact_asks_facebook_and_keeps_who_it_accepts(self, world: World) -> None:
        world.build()
        assert world.bot_to_agent().status_code == 200
        assert world.get("/1.0/identities", foreign_id=MAYA)["count"] == 1

    def test_somebody_facebook_does_not_know_is_not_found(self, world: World) -> None:
        world.build()
        for _ in range(2):
            answer = world.hand_over("bot", "agent", identity_foreign_id="404404")
            is_refused(answer, 404, "identity_not_found")
        assert world.get("/1.0/identities")["count"] == 0
        assert world.get("/1.0/content_threads")["count"] == 0

    def test_first_contact_needs_the_page_named_where_there_are_several(self, world: World) -> None:
        world.build()
        world.add_page("222", "receivers", BOT)
        second = world.connect_page("bot", "222")
        is_refused(world.bot_to_agent(), 404, "identity_not_found")
        is_refused(world.bot_to_agent(source_id=wire_id(second.pk)), 404, "identity_not_found")
        assert world.bot_to_agent(source_id=PAGE).status_code == 200

    def test_a_person_known_on_several_pages_needs_the_page_named(self, world: World) -> None:
        world.build()
        world.maya_writes()
        world.add_page("222", "receivers", BOT)
        second = world.connect_page("bot", "222")
        world.facebook.customer_writes("222", MAYA, "Hello there")
        world.settle()
        is_refused(world.bot_to_agent(), 422, "ambiguous_identity", "source_id")
        answer = world.bot_to_agent(source_id=wire_id(second.pk))
        assert world.handover_of(answer).source == second

    def test_a_page_the_token_may_not_act_on_is_as_if_it_were_not(self, world: World) -> None:
        world.build()
        world.maya_writes()
        other = Source.objects.create(
            channel_type="messenger", foreign_id="333", name="Other", is_active=False
        )
        limited = tokens.issue("limited", sources=[other])
        asked = {"identity_foreign_id": MAYA, "from": "bot", "to": "agent", "type": "messenger"}
        answer = world.ask("POST", "/1.0/bots/handover", token=limited, params=asked)
        is_refused(answer, 404, "identity_not_found")
        answer = world.ask("POST", "/1.0/bots/handover", token=limited, params={**asked, "source_id": PAGE})
        is_refused(answer, 404, "identity_not_found")

    def test_a_disabled_page_is_refused(self, world: World) -> None:
        world.build()
        world.maya_writes()
        Source.objects.update(is_active=False)
        is_refused(world.bot_to_agent(), 422, "source_inactive")


def test_a_person_appears_with_name_and_picture(world: World) -> None:
    world.build()
    world.maya_writes()
    world.work()
    assert Identity.objects.get().display_name == "Maya Lind"
