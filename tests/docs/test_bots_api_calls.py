"""The calls of docs/bots-api.md, made as they stand there while the demo runs."""

from __future__ import annotations

from pathlib import Path

import requests

from tests.channels_fb.demo.test_demo import addresses, demo
from tests.docs.documents import DOCS, Document
from tests.docs.session import Session, blocks_with_answers

BOTS_API = Document(DOCS / "bots-api.md")


def test_each_call_is_answered_as_the_document_says(tmp_path: Path) -> None:
    with demo(tmp_path) as running, requests.Session() as http:
        http.trust_env = False
        running.until_told("Ctrl-C")
        simulator, web, _ = addresses(running.told)
        shell = Session(
            http,
            API=web,
            SIM=simulator,
            TOKEN=running.found(r"API token: +(\S+)"),
            BOT_TOKEN=running.found(r"Bearer (\S+)'"),
        )
        for block, answers in blocks_with_answers(BOTS_API):
            try:
                shell.run(block, answers)
            except AssertionError as error:
                raise AssertionError(f"{BOTS_API}, line {block.line}: {error}") from error


def test_answers_are_shown_for_most_of_them() -> None:
    """Lest the answers part from their calls unnoticed."""
    answers = [answers for _, answers in blocks_with_answers(BOTS_API)]
    assert len(answers) >= 14
    assert sum(not shown for shown in answers) == 1, "only the first block, with the variables, has none"
