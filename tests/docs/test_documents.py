"""What all documents have in common: links lead somewhere, commands and settings exist, pictures speak."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from django.core.management import get_commands, load_command_class

from channels_fb.management.commands.connect_page import SECRETS
from tests.docs.documents import DOCS, ROOT, Document, code, commands, tables

TOP = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")]
DOCUMENTS = [Document(path) for path in (*TOP, *sorted(DOCS.glob("*.md")))]
PICTURES = sorted((DOCS / "pictures").glob("*.svg"))
README = DOCUMENTS[0]
FOR_USERS = [Document(DOCS / name) for name in ("bots-api.md", "messenger-setup.md", "operations.md")]
NOT_FOR_USERS = {"DEMO"}
METAS_WORDS = {"HUMAN_AGENT"}

each_document = pytest.mark.parametrize("document", DOCUMENTS, ids=repr)
each_picture = pytest.mark.parametrize("path", PICTURES, ids=lambda path: path.name)


@each_document
def test_its_links_lead_somewhere(document: Document) -> None:
    for link in document.links:
        if link.startswith("https://"):
            continue
        name, _, anchor = link.partition("#")
        target = (document.path.parent / name).resolve() if name else document.path
        assert target.is_file(), link
        if anchor:
            assert anchor in Document(target).anchors, link


@each_document
def test_its_commands_are_known_with_their_options(document: Document) -> None:
    blocks = [words for block in document.blocks() for words in commands(block)]
    inline = [words for phrase in code(document.prose) for words in commands(phrase)]
    for words in [*blocks, *inline]:
        if "manage.py" in words:
            name, *arguments = words[words.index("manage.py") + 1 :]
            _parse(name, arguments)


def _parse(name: str, arguments: list[str]) -> None:
    """Raises CommandError for an option that the command does not have."""
    command: Any = load_command_class(get_commands()[name], name)
    command.create_parser("manage.py", name).parse_args(arguments)


@each_document
def test_its_make_targets_are_there(document: Document) -> None:
    targets = re.findall(r"^(\w+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    lines = [words for block in document.blocks() for words in commands(block)]
    phrases = [words for phrase in code(document.prose) for words in commands(phrase)]
    named = {words[1] for words in [*lines, *phrases] if words[0] == "make" and len(words) > 1}
    assert named <= set(targets)


class TestTheSettings:
    sources = (ROOT / "ringcx_bots/settings.py", ROOT / "gunicorn.conf.py")
    read = re.findall(r'env\.\w+\(\s*"([A-Z_]+)"', "".join(path.read_text("utf-8") for path in sources))
    real = set(read) - NOT_FOR_USERS

    def test_each_is_explained_in_the_example(self) -> None:
        example = (ROOT / ".env.example").read_text("utf-8")
        assert set(re.findall(r"^#?([A-Z_]+)=", example, re.MULTILINE)) == self.real

    def test_each_has_its_row_in_the_readme(self) -> None:
        [table] = tables(README.section("Settings"))
        assert {name for row in table for name in code(row[0])} == self.real

    @pytest.mark.parametrize("document", [README, *FOR_USERS], ids=repr)
    def test_no_other_is_named(self, document: Document) -> None:
        """Words in capitals with a low line are settings, or what stands in for a secret option."""
        named = {word for word in code(document.prose) if re.fullmatch(r"[A-Z]+(_[A-Z]+)+", word)}
        assert named <= self.real | set(SECRETS.values()) | METAS_WORDS


class TestThePictures:
    def test_each_is_shown_somewhere(self) -> None:
        shown = {
            (document.path.parent / link).resolve()
            for document in DOCUMENTS
            for link in document.links
            if link.endswith(".svg")
        }
        assert shown == {path.resolve() for path in PICTURES}
        assert shown

    @each_picture
    def test_it_says_what_it_shows(self, path: Path) -> None:
        root = ElementTree.parse(path).getroot()  # noqa: S314 - our own file
        texts = {_local(child.tag): (child.text or "").strip() for child in root}
        assert texts["title"] and texts["desc"]
        assert root.get("role") == "img"

    @each_picture
    def test_it_runs_and_loads_nothing(self, path: Path) -> None:
        for element in ElementTree.parse(path).iter():  # noqa: S314 - our own file
            assert _local(element.tag) not in {"script", "foreignObject", "image", "use", "style", "a"}
            assert not any(_local(name).startswith(("on", "href")) for name in element.keys())  # noqa: SIM118

    @each_picture
    def test_it_brings_its_own_ground(self, path: Path) -> None:
        """It is shown on light pages and on dark ones."""
        root = ElementTree.parse(path).getroot()  # noqa: S314 - our own file
        ground = next(child for child in root if _local(child.tag) == "rect")
        assert ground.get("fill") == "#fff"


def _local(name: str) -> str:
    return name.rpartition("}")[2]
