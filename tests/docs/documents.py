"""The documents as tests read them: fences, tables, links and headings of Markdown."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from django.conf import settings

ROOT = Path(settings.BASE_DIR)
DOCS = ROOT / "docs"

_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_INDENTED = re.compile(r"(?:^ {4}.*\n)+", re.MULTILINE)
_LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
_CODE = re.compile(r"`([^`\n]+)`")


@dataclass(frozen=True)
class Fence:
    """A fenced block. `line` is where it begins in the file."""

    language: str
    text: str
    line: int


class Document:
    """One Markdown file."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.text = path.read_text("utf-8")

    def __repr__(self) -> str:
        return self.path.name

    @cached_property
    def fences(self) -> list[Fence]:
        """The fenced blocks in order."""
        return [
            Fence(match[1], match[2], self.text.count("\n", 0, match.start()) + 1)
            for match in _FENCE.finditer(self.text)
        ]

    @cached_property
    def prose(self) -> str:
        """The text without its fenced blocks."""
        return _FENCE.sub("", self.text)

    def blocks(self) -> Iterator[str]:
        """All blocks of code, fenced or indented."""
        yield from (fence.text for fence in self.fences)
        yield from (match[0] for match in _INDENTED.finditer(self.prose))

    def section(self, heading: str) -> str:
        """What stands under a heading, up to the next one of its rank or a higher one."""
        match = re.search(rf"^(#+) {re.escape(heading)}$", self.prose, re.MULTILINE)
        assert match is not None, f"{self} has no section {heading}"
        rest = self.prose[match.end() :]
        end = re.search(rf"^#{{1,{len(match[1])}}} ", rest, re.MULTILINE)
        return rest[: end.start()] if end else rest

    @property
    def links(self) -> list[str]:
        """What the links and pictures point at."""
        return _LINK.findall(self.prose)

    @property
    def anchors(self) -> set[str]:
        """The headings as addresses within the page, by GitHub's rules."""
        return {_anchor(heading) for heading in re.findall(r"^#+ (.+)$", self.prose, re.MULTILINE)}


def tables(text: str) -> list[list[list[str]]]:
    """Each table of a text as rows of cells, without its head."""
    found = re.findall(r"(?:^\|.*\n)+", text + "\n", re.MULTILINE)
    return [[_cells(line) for line in table.splitlines()[2:]] for table in found]


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip().strip("|").split("|")]


def code(text: str) -> list[str]:
    """What stands between single backticks."""
    return _CODE.findall(text)


def commands(block: str) -> Iterator[list[str]]:
    """The command lines of a block as words; a quoted text may go over several lines."""
    pending = ""
    for line in block.replace("\\\n", " ").splitlines():
        pending += line + "\n"
        try:
            words = shlex.split(pending, comments=True)
        except ValueError:
            continue
        pending = ""
        if words:
            yield words


def _anchor(heading: str) -> str:
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
