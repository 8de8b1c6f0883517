"""The demo's child processes, with small ones."""

import os
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from channels_fb.demo import processes
from channels_fb.demo.errors import DemoFailed, Interrupted, NotYet
from channels_fb.demo.processes import Processes

SLEEPER = "import time; print('up', flush=True); time.sleep(60)"
STUBBORN = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN);" + SLEEPER
PARENT = f"import subprocess, sys; c = subprocess.Popen([sys.executable, '-c', {SLEEPER!r}]); c.wait()"


def made(folder: Path, check_stop: Callable[[], None] = lambda: None) -> Processes:
    return Processes(folder, folder, {"GREETING": "hello"}, check_stop)


def program(text: str) -> list[str]:
    return [sys.executable, "-c", text]


def until_up(children: Processes, name: str) -> None:
    def look() -> None:
        if "up" not in children.log(name).read_text():
            raise NotYet("not up")

    children.until(look, 20)


def is_running(group: int) -> bool:
    with suppress(ProcessLookupError):
        os.killpg(group, 0)
        return True
    return False


@pytest.mark.parametrize("text", [SLEEPER, STUBBORN, PARENT])
def test_none_is_left_when_the_block_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr(processes, "STOP_WITHIN", 0.3)
    with pytest.raises(ZeroDivisionError), made(tmp_path) as children:
        children.start("child", program(text))
        until_up(children, "child")
        [group] = [child.popen.pid for child in children._children]
        assert is_running(group)
        raise ZeroDivisionError
    ends = time.monotonic() + 5
    while is_running(group):  # A grandchild is reaped by whoever inherited it, in its own time.
        assert time.monotonic() < ends
        time.sleep(0.01)


def test_one_that_ends_by_itself_is_named(tmp_path: Path) -> None:
    with made(tmp_path) as children:
        children.start("bot", program("print('cannot go on'); raise SystemExit(3)"))
        with pytest.raises(DemoFailed, match=r"The process `bot` ended \(exit code 3\)") as caught:
            children.forever()
    assert caught.value.log is not None
    assert caught.value.log.read_text() == "cannot go on\n"


def test_a_command_gives_what_it_printed_and_logs_what_it_complained(tmp_path: Path) -> None:
    with made(tmp_path) as children:
        text = (
            "import os, sys; print(os.environ['GREETING'], os.environ['NAME']); print('hm', file=sys.stderr)"
        )
        assert children.run("commands", program(text), NAME="Maya") == "hello Maya"
        assert children.log("commands").read_text() == "hm\n"
        children.check()
        with pytest.raises(DemoFailed, match="exit code 4"):
            children.run("commands", program("raise SystemExit(4)"))


def test_a_signal_is_obeyed_while_a_command_runs(tmp_path: Path) -> None:
    def stop() -> None:
        raise Interrupted

    with made(tmp_path, stop) as children, pytest.raises(Interrupted):
        children.run("commands", program(SLEEPER))


def test_waiting_ends_with_what_there_was_instead(tmp_path: Path) -> None:
    def look() -> None:
        raise NotYet("still nothing")

    with made(tmp_path) as children, pytest.raises(NotYet, match="still nothing"):
        children.until(look, 0.1)
