"""The service's own settings, for processes that die on order."""

import tests.crash.dying  # noqa: F401 - it watches the database's connections from here on.
from ringcx_bots.settings import *  # noqa: F403
from ringcx_bots.settings import MIDDLEWARE

MIDDLEWARE.insert(0, "tests.crash.dying.DyingMiddleware")
