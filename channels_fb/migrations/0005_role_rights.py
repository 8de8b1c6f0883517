from django.db import migrations

from handover.role_migrations import GrantRights

GRANTED = {
    "Auditor": (
        "channels_fb.view_app",
        "channels_fb.view_delivery",
        "channels_fb.view_deliveryitem",
        "channels_fb.view_page",
    ),
    "Administrator": (
        "channels_fb.add_app",
        "channels_fb.change_app",
        "channels_fb.change_page",
        "channels_fb.connect_page",
        "channels_fb.delete_app",
        "channels_fb.process_delivery",
        "channels_fb.view_app",
        "channels_fb.view_delivery",
        "channels_fb.view_deliveryitem",
        "channels_fb.view_page",
    ),
}


class Migration(migrations.Migration):
    dependencies = [
        ("channels_fb", "0004_process_delivery"),
        ("handover", "0011_role_groups"),
    ]

    operations = [GrantRights(GRANTED)]
