"""Facebook's side in Django's admin. Django finds this package; the modules register their models."""

from channels_fb.admin import apps, deliveries, pages

__all__ = ["apps", "deliveries", "pages"]
