"""The page, the apps and their secrets: apart from `tests.world`, as the callers have no Django."""

PAGE, AGENT, BOT, MAYA = "111", "800", "900", "24001"
AGENT_SECRET, VERIFY, PAGE_TOKEN = "agent-secret", "verify-me", "page-token"
