"""How hard the property tests try: `HYPOTHESIS_PROFILE=thorough` for long runs, else the usual short one.

The usual profile draws the same examples every time, so that a failure of CI is a failure at home. The
thorough one draws new ones each time and prints what reproduces a failure.
"""

from __future__ import annotations

import os
from typing import Any

from hypothesis import HealthCheck, Phase, settings

_COMMON: dict[str, Any] = {
    # Examples go over HTTP to a server in another thread: their duration says nothing.
    "deadline": None,
    "print_blob": True,
    "report_multiple_bugs": False,
    # Without `explain`, which takes minutes here.
    "phases": [Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink],
    "suppress_health_check": [
        # Fixtures of pytest are shared by all examples of a test. That is meant: each example empties the
        # tables and sets its own stage itself, as building a database for each would take minutes.
        HealthCheck.function_scoped_fixture,
        HealthCheck.too_slow,
        HealthCheck.data_too_large,
    ],
}
_PROFILES = {
    "usual": settings(max_examples=50, stateful_step_count=20, derandomize=True, **_COMMON),
    "thorough": settings(max_examples=1000, stateful_step_count=50, derandomize=False, **_COMMON),
}
_PROFILE = _PROFILES[os.environ.get("HYPOTHESIS_PROFILE", "usual")]


def often(share: float = 1) -> settings:
    """The profile, with a share of its examples: what costs little may be tried more often."""
    return settings(_PROFILE, max_examples=max(1, round(_PROFILE.max_examples * share)))
