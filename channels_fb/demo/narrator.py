"""Telling what happens, in plain sentences on the terminal."""

import textwrap
from collections.abc import Iterable
from pathlib import Path
from typing import TextIO

WIDTH = 96
_BOLD, _GREEN, _RED = "1", "32", "31"
_TAIL = 15


class Narrator:
    """Everything is written out at once. `colour` is for terminals; the words are the same without it."""

    def __init__(self, out: TextIO, *, colour: bool) -> None:
        self._out = out
        self._colour = colour
        self._steps = 0

    def heading(self, text: str) -> None:
        """Begin a part."""
        self._write("", self._painted(text, _BOLD))

    def say(self, text: str) -> None:
        """A sentence of its own."""
        self._write(*textwrap.wrap(text, WIDTH, initial_indent="  ", subsequent_indent="  "))

    def happened(self, sentence: str, details: Iterable[str]) -> None:
        """A step of the story, and what could be seen of it."""
        self._numbered(sentence, _GREEN)
        self.show(details)

    def did_not_happen(self, sentence: str, reason: str) -> None:
        """The step at which the story broke off."""
        self._numbered(f"THIS DID NOT HAPPEN: {sentence}", _RED)
        self.show(textwrap.wrap(reason, WIDTH))

    def show(self, lines: Iterable[str]) -> None:
        """Lines to be kept as they are: commands, answers, tables."""
        self._write(*(f"       {line}".rstrip() for line in lines))

    def tail(self, log: Path) -> None:
        """The end of a log."""
        lines = log.read_text("utf-8", errors="replace").splitlines() if log.is_file() else []
        self.heading(f"The last lines of {log}:" if lines else f"{log} is empty.")
        self._write(*(f"  {line}" for line in lines[-_TAIL:]))

    def _numbered(self, sentence: str, colour: str) -> None:
        self._steps += 1
        first, *others = textwrap.wrap(
            sentence, WIDTH, initial_indent=f"  {self._steps:>2}.  ", subsequent_indent=" " * 7
        )
        self._write("", *(self._painted(line, colour) for line in (first, *others)))

    def _painted(self, text: str, code: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self._colour else text

    def _write(self, *lines: str) -> None:
        self._out.write("".join(f"{line}\n" for line in lines))
        self._out.flush()
