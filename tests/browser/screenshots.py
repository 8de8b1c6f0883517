"""Pictures of the console for the documents, taken while the demo runs: `make screenshots`."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, sync_playwright

from tests.processes import ROOT

PICTURES = ROOT / "docs" / "pictures"
DESK, PHONE = (1280, 800), (390, 844)


@dataclass(frozen=True)
class Shot:
    """One picture. `path`: below the console's address; `{thread}` is the thread worth looking at. `press`: a
    button that is pressed first."""

    name: str
    path: str
    size: tuple[int, int] = DESK
    scheme: str = "light"
    press: str = ""


SHOTS = (
    Shot("threads", "/admin/handover/thread/"),
    Shot("threads-dark", "/admin/handover/thread/", scheme="dark"),
    Shot("thread", "{thread}"),
    Shot("thread-phone", "{thread}", PHONE),
    Shot("history", "/admin/handover/threadevent/"),
    Shot("overview", "/admin/overview/"),
    Shot("doctor", "/admin/channels_fb/page/doctor/", press="Examine now"),
)


@dataclass(frozen=True)
class Demo:
    """What it has told about how to look at it."""

    url: str
    username: str
    password: str
    thread: str


@contextmanager
def demo() -> Iterator[Demo]:
    """The demo, from when its story has been told, on ports of its own."""
    with tempfile.TemporaryDirectory(prefix="ringcx-bots-pictures-") as folder:
        environment = {"PATH": os.environ["PATH"], "VAR_DIR": folder, "ENV_FILE": ""}
        command = [sys.executable, ROOT / "manage.py", "demo", "--any-ports"]
        with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
            try:
                yield _told(process)
            finally:
                process.terminate()
                process.communicate()


def _told(process: subprocess.Popen[str]) -> Demo:
    told = ""
    for line in process.stdout or ():
        told += line
        if "Ctrl-C" in line:
            break
    found = re.search(r"Login: +(\S+), password (\S+)", told)
    thread = re.search(r"(http\S+/thread/\d+/change/)", told)
    if found is None or thread is None:
        raise SystemExit(f"The demo did not get to its end:\n{told}")
    parts = urlsplit(thread[1])
    return Demo(f"{parts.scheme}://{parts.netloc}", found[1], found[2], parts.path)


def take(browser: Browser, running: Demo, shot: Shot) -> None:
    """Into its place among the documents' pictures."""
    width, height = shot.size
    with browser.new_context(
        base_url=running.url,
        viewport={"width": width, "height": height},
        color_scheme=shot.scheme,  # type: ignore[arg-type]
        reduced_motion="reduce",
    ) as context:
        _log_in(context, running)
        page = context.new_page()
        page.goto(shot.path.format(thread=running.thread), wait_until="networkidle")
        if shot.press:
            page.get_by_role("button", name=shot.press).click()
            page.wait_for_load_state("networkidle")
        page.screenshot(path=PICTURES / f"console-{shot.name}.png")


def _log_in(context: BrowserContext, running: Demo) -> None:
    page = context.new_page()
    page.goto("/admin/login/")
    page.get_by_label("Username").fill(running.username)
    page.get_by_label("Password").fill(running.password)
    page.get_by_role("button", name="Log in").click()
    page.wait_for_load_state()
    page.close()


def main() -> None:
    """All of them."""
    program = shutil.which("chromium")
    if program is None:
        raise SystemExit("chromium is missing: apt-get install chromium")
    with demo() as running, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program)
        for shot in SHOTS:
            take(browser, running, shot)
            sys.stderr.write(f"console-{shot.name}.png\n")
        browser.close()


if __name__ == "__main__":
    main()
