"""What the roles may do with Facebook's side: connections, apps and deliveries."""

from __future__ import annotations

from handover.roles import Rights, Role

_LOOKING = frozenset(
    {
        "channels_fb.view_app",
        "channels_fb.view_page",
        "channels_fb.view_delivery",
        "channels_fb.view_deliveryitem",
    }
)

RIGHTS: Rights = {
    Role.AGENT: frozenset(),
    Role.SUPERVISOR: frozenset(),
    Role.AUDITOR: _LOOKING,
    Role.ADMINISTRATOR: _LOOKING
    | {
        "channels_fb.add_app",
        "channels_fb.change_app",
        "channels_fb.delete_app",
        "channels_fb.change_page",
        "channels_fb.connect_page",
        "channels_fb.process_delivery",
    },
}
