"""Who plays in the demo. Ids are fixed, so that the README can name them; secrets are made for each run."""

import secrets
from dataclasses import dataclass, field

PAGE_ID, PAGE_NAME = "111", "Acme Garden Supplies"
AGENT_APP_ID, AGENT_APP_NAME = "800", "RingCX Bots"
BOT_APP_ID, BOT_APP_NAME = "900", "Acme bot"
PSID, FIRST_NAME, LAST_NAME = "24001", "Maya", "Lind"
ADMIN_NAME = "admin"
# The member of staff in `agent.json`, who has the role Agent and the page above.
AGENT_USERNAME, AGENT_NAME = "robin", "Robin"


def _secret() -> str:
    return secrets.token_hex(16)


@dataclass(frozen=True, repr=False)
class Secrets:
    """What Facebook and an administrator would have given out."""

    agent_app_secret: str = field(default_factory=_secret)
    agent_page_token: str = field(default_factory=_secret)
    agent_verify_token: str = field(default_factory=_secret)
    bot_app_secret: str = field(default_factory=_secret)
    bot_page_token: str = field(default_factory=_secret)
    bot_verify_token: str = field(default_factory=_secret)
    admin_password: str = field(default_factory=lambda: secrets.token_hex(6))
