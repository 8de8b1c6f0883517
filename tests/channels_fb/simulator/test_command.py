"""`messenger_simulator` as a process."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from channels_fb.simulator import SimulatorClient

pytest.importorskip("django")

PROGRAM = """
import sys
from django.conf import settings
settings.configure()
from channels_fb.management.commands.messenger_simulator import Command
Command().run_from_argv(["manage.py", "messenger_simulator", *sys.argv[1:]])
"""


@contextmanager
def command(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    call = [sys.executable, "-c", PROGRAM, *arguments]
    with subprocess.Popen(call, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def address(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().split()[-1]


def test_it_says_where_it_listens_and_stops_when_told(tmp_path: Path) -> None:
    setup = tmp_path / "stage.json"
    steps = [
        {"call": "add_page", "with": {"page_id": "111", "name": "Acme", "mode": "open"}},
        {"call": "knobs/webhooks/hold"},
    ]
    setup.write_text(json.dumps(steps))
    with command("--port", "0", "--setup", str(setup)) as process:
        with SimulatorClient(address(process)) as client:
            assert list(client.state()["pages"]) == ["111"]
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=5) == 0


def test_a_stage_that_cannot_be_set_is_told_in_one_line(tmp_path: Path) -> None:
    setup = tmp_path / "stage.json"
    setup.write_text('[{"call": "connect", "with": {"page_id": "1", "app_id": "2", "token": "t"}}]')
    with command("--port", "0", "--setup", str(setup)) as process:
        _, complaint = process.communicate(timeout=5)
        assert process.returncode == 1
        assert "CommandError: Cannot set up" in complaint
        assert "Traceback" not in complaint
