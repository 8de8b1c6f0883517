"""The worker, and the next one whenever it was killed, as whatever supervises a service has it.

Each is forked from this process, which has loaded the service, and runs the real command with a short sweep.
"""

from __future__ import annotations

import os
import sys

import django
from django.core.management import call_command


def main() -> None:
    django.setup()
    while True:
        child = os.fork()
        if child == 0:
            call_command("run_worker", workers=1, sweep=0.02)
            sys.exit()
        _, status = os.waitpid(child, 0)
        if not os.WIFSIGNALED(status):
            sys.exit(f"The worker ended by itself, with status {status}.")


if __name__ == "__main__":
    main()
