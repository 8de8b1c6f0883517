"""`GET /1.0/schema`, and the page that shows it. That answers are as described is checked in conftest.py."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from django.urls import resolve
from drf_spectacular.drainage import GENERATOR_STATS
from drf_spectacular.validation import validate_schema
from jsonschema import Draft202012Validator

from handover import channel, tokens
from handover.api import bots, errors
from handover.api.parameters import LARGEST_BODY
from handover.api.schema import failures
from handover.api.schema.document import Generator, document
from handover.api.urls import urlpatterns
from tests.contract.test_handover_requests import is_refused
from tests.fake_channel import PigeonPost
from tests.world import World

PATH = "/1.0/schema"


def operations() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Path, method and description of all that there is."""
    for path, methods in document()["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


def served() -> Iterator[tuple[type, str]]:
    """View and method of all that is answered."""
    for pattern in urlpatterns:
        view = pattern.callback.cls
        yield from ((view, method) for method in view.http_method_names if hasattr(view, method))


def nodes(value: Any) -> Iterator[dict[str, Any]]:
    """All objects in the document."""
    if isinstance(value, dict):
        yield value
    for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from nodes(item)


def identifiers(operation: dict[str, Any]) -> dict[str, int]:
    """Which failures an operation may answer with, and their statuses."""
    found = {}
    for status, response in operation["responses"].items():
        properties = response["content"]["application/json"]["schema"].get("properties", {})
        for code in properties.get("error", {}).get("enum", ()):
            assert properties["status"]["const"] == int(status)
            found[code] = int(status)
    return found


class TestTheDocument:
    def test_is_valid_openapi_3_1(self) -> None:
        assert document()["openapi"] == "3.1.0"
        validate_schema(document())

    def test_has_valid_json_schemas_whose_references_lead_somewhere(self) -> None:
        schemas = document()["components"]["schemas"]
        held = [node["schema"] for node in nodes(document()) if isinstance(node.get("schema"), dict)]
        for schema in [*schemas.values(), *held]:
            Draft202012Validator.check_schema(schema)
        for node in nodes(document()):
            if "$ref" in node:
                assert node["$ref"].removeprefix("#/components/schemas/") in schemas

    def test_describes_every_path_with_every_method(self) -> None:
        described = {
            (resolve(path.replace("{id}", "0" * 24)).func.cls, method) for path, method, _ in operations()
        }
        assert described == set(served())
        assert len(document()["paths"]) == len(urlpatterns)

    def test_names_each_operation_once(self) -> None:
        names = [operation["operationId"] for _, _, operation in operations()]
        assert len(names) == len(set(names)) == len(list(served()))

    def test_is_built_without_warnings(self, capsys: pytest.CaptureFixture[str]) -> None:
        Generator().get_schema(public=True)
        assert not GENERATOR_STATS
        assert capsys.readouterr().err == ""

    def test_knows_every_identifier_of_a_failure_under_its_status(self) -> None:
        found = {
            code: status
            for _, _, operation in operations()
            for code, status in identifiers(operation).items()
        }
        assert found == {**errors.STATUSES, "facebook_error": 422, "facebook_unavailable": 503}

    def test_describes_a_handovers_parameters_alike_in_the_query_and_in_every_body(self) -> None:
        operation = document()["paths"]["/1.0/bots/handover"]["post"]
        query = [parameter["name"] for parameter in operation["parameters"]]
        assert query == [
            *("identity_foreign_id", "from", "to", "type", "app_id", "source_id", "reason", "dry_run"),
            *("thread_category_ids[]", "intervention_id", "trigger", "impersonated_user_id"),
        ]
        body = document()["components"]["schemas"]["HandoverParameters"]["properties"]
        assert list(body) == ["access_token", *query]
        assert set(operation["requestBody"]["content"]) == {
            "application/x-www-form-urlencoded",
            "application/json",
            "multipart/form-data",
        }
        assert not any("requestBody" in other for _, method, other in operations() if method == "get")

    def test_asks_for_a_token_everywhere_but_for_itself(self) -> None:
        either = [{"bearer": []}, {"access_token": []}]
        without = {path for path, _, operation in operations() if operation.get("security") != either}
        assert without == {PATH}

    def test_knows_another_channel_by_its_type_and_its_failures(self) -> None:
        channel.register(PigeonPost())
        try:
            operation = document()["paths"]["/1.0/bots/handover"]["post"]
            types = document()["components"]["schemas"]["HandoverParameters"]["properties"]["type"]["enum"]
        finally:
            channel.unregister(PigeonPost().type)
        assert types == ["messenger", "pigeon"]
        assert identifiers(operation)["loft_unavailable"] == 503


class TestTheAnswer:
    @pytest.mark.parametrize("path", [PATH, f"{PATH}/", f"{PATH}?format=yaml&version=2&lang=de"])
    @pytest.mark.parametrize("accept", ["*/*", "application/xml", "application/vnd.oai.openapi", "text/html"])
    def test_is_the_document_in_json_without_a_token(self, world: World, path: str, accept: str) -> None:
        answer = world.ask("GET", path, token="", headers={"Accept": accept})
        assert (answer.status_code, answer.json()) == (200, document())
        assert answer.headers["Content-Type"] == "application/json; charset=utf-8"

    def test_to_head_is_the_same_without_a_body(self, world: World) -> None:
        asked = world.ask("HEAD", PATH)
        assert (asked.status_code, asked.content) == (200, b"")

    @pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
    def test_to_another_method_is_a_refusal(self, world: World, method: str) -> None:
        answer = world.ask(method, PATH)
        is_refused(answer, 405, "method_not_allowed")
        assert answer.headers["Allow"] == "GET, HEAD"


def test_every_path_that_wants_a_token_gives_each_failure_described_for_all_of_them(world: World) -> None:
    world.build()
    powerless = tokens.issue("powerless", rights=[])
    spent = tokens.issue("spent", per_minute=0)
    for path, method, operation in operations():
        if path == PATH:
            continue
        faults: list[dict[str, Any]] = [
            {"headers": {"Host": "elsewhere.example"}},
            {"params": {"impersonated_user_id": "1"}},
            *({"token": token} for token in ("", "wrong", powerless, spent)),
        ]
        address = path.replace("{id}", "0" * 24)
        answers = [world.ask(method, address, **fault) for fault in faults]
        answers.append(world.ask("PATCH", address))
        for body in (iter([b"no length"]), b"x" * (LARGEST_BODY + 1)):
            answers.append(requests.request(method, world.url + address, data=body, timeout=5))
        given = {answer.json()["error"] for answer in answers}
        assert given == set(failures.of_callers()) - {"internal_error"}, path
        assert given < set(identifiers(operation)), path


class TestAnAnswerThatIsNotAsDescribed:
    @pytest.fixture
    def world(self, world: World) -> World:
        world.build()
        world.maya_writes()
        return world

    def test_is_noticed_by_a_property(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(bots, "_SUCCESS", {"status": 200, "message": "Success", "colour": "green"})
        with pytest.raises(AssertionError, match="colour"):
            world.bot_to_agent()

    def test_is_noticed_by_a_header(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(bots, "naming", lambda handover: {"X-Colour": "green"})
        with pytest.raises(AssertionError, match="x-colour"):
            world.bot_to_agent()

    def test_is_noticed_by_its_status(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(errors, "STATUSES", {**errors.STATUSES, "access_token_missing": 418})
        with pytest.raises(AssertionError, match="418"):
            world.ask("GET", "/1.0/contents", token="")


class TestThePageForPeople:
    @pytest.fixture
    def page(self, client: Any) -> str:
        answer = client.get("/api-docs")
        assert (answer.status_code, answer["Content-Type"]) == (200, "text/html; charset=utf-8")
        return str(answer.content.decode())

    def test_has_nothing_inline(self, page: str) -> None:
        scripts = re.findall(r"<script([^>]*)>(.*?)</script>", page, re.DOTALL)
        assert scripts
        assert all("src=" in attributes and not content.strip() for attributes, content in scripts)
        assert not re.search(r"<style|\sstyle=|\son[a-z]+=|javascript:", page)

    def test_loads_all_that_it_needs_from_this_host(self, page: str, live_server: Any) -> None:
        needed = re.findall(r'(?:src|href)="([^"]+)"', page)
        assert len(needed) == 4
        for address in needed:
            assert address.startswith("/")
            assert not address.startswith("//")
            assert requests.get(live_server.url + address, timeout=10).status_code == 200

    def test_shows_the_document(self, client: Any) -> None:
        script = client.get("/api-docs?script=")
        assert script["Content-Type"].startswith("application/javascript")
        assert f'url: "{PATH}"' in script.content.decode()

    def test_tells_no_other_host_of_itself(self, client: Any) -> None:
        assert '"validatorUrl": null' in client.get("/api-docs?script=").content.decode()

    def test_sets_no_cookie(self, client: Any) -> None:
        client.get("/api-docs")
        client.get("/api-docs?script=")
        assert not client.cookies
