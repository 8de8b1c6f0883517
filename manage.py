#!/usr/bin/env python
"""The service's commands: `python manage.py help` lists them."""

import os
import sys
from importlib import import_module

from django.core.management import execute_from_command_line

from ringcx_bots.env import misconfiguration_stops_the_start


def main() -> None:
    """Run the command on the command line."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ringcx_bots.settings")
    if sys.argv[1:2] == ["demo"]:
        # Only here can it still be said before the settings are read. The demo needs no settings of the
        # user's, and must not stop at them.
        os.environ.update(DEMO="on", ENV_FILE="", DATABASE_URL="", HUEY_URL="")
    with misconfiguration_stops_the_start():
        # Django by itself would carry on with half its commands and call the others unknown.
        import_module(os.environ["DJANGO_SETTINGS_MODULE"])
        execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
