"""Facebook's side in Django's admin. Django finds this package; the modules register their models."""

from channels_fb.admin import apps, deliveries, pages
from handover.console import navigation, references

navigation.add("Set-up", "Connections", "hook", "admin:channels_fb_page_changelist", "channels_fb.view_page")
navigation.add(
    "Set-up", "Deliveries", "down", "admin:channels_fb_delivery_changelist", "channels_fb.view_delivery"
)
references.add("delivery", "admin:channels_fb_delivery_change", "channels_fb.view_delivery")

__all__ = ["apps", "deliveries", "pages"]
