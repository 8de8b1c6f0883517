from typing import Any

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.models import Q

from handover.role_migrations import MakeRoles, permissions

GRANTED = {
    "Agent": (
        "handover.hand_over_thread",
        "handover.open_intervention",
        "handover.reply_to_thread",
        "handover.view_availability",
        "handover.view_content",
        "handover.view_identity",
        "handover.view_intervention",
        "handover.view_thread",
    ),
    "Supervisor": (
        "handover.close_intervention",
        "handover.hand_over_thread",
        "handover.open_intervention",
        "handover.reply_to_thread",
        "handover.view_availability",
        "handover.view_availabilitychange",
        "handover.view_botapp",
        "handover.view_content",
        "handover.view_handover",
        "handover.view_identity",
        "handover.view_intervention",
        "handover.view_source",
        "handover.view_thread",
        "handover.view_threadevent",
        "handover.view_threadeventtext",
    ),
    "Auditor": (
        "auth.view_group",
        "auth.view_user",
        "handover.see_all_pages",
        "handover.view_apitoken",
        "handover.view_availability",
        "handover.view_availabilitychange",
        "handover.view_botapp",
        "handover.view_handover",
        "handover.view_identity",
        "handover.view_intervention",
        "handover.view_source",
        "handover.view_thread",
        "handover.view_threadevent",
        "handover.view_threadeventtext",
    ),
    "Administrator": (
        "auth.add_group",
        "auth.add_user",
        "auth.change_group",
        "auth.change_user",
        "auth.delete_group",
        "auth.delete_user",
        "auth.view_group",
        "auth.view_user",
        "handover.add_botapp",
        "handover.change_apitoken",
        "handover.change_botapp",
        "handover.change_source",
        "handover.close_intervention",
        "handover.delete_botapp",
        "handover.hand_over_thread",
        "handover.issue_token",
        "handover.open_intervention",
        "handover.reply_to_thread",
        "handover.see_all_pages",
        "handover.view_apitoken",
        "handover.view_availability",
        "handover.view_availabilitychange",
        "handover.view_botapp",
        "handover.view_content",
        "handover.view_handover",
        "handover.view_identity",
        "handover.view_intervention",
        "handover.view_source",
        "handover.view_thread",
        "handover.view_threadevent",
        "handover.view_threadeventtext",
    ),
}


def keep_pages_seen(apps: Any, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Staff with rights of ours, who have seen every page so far, see every page still."""
    alias = schema_editor.connection.alias
    [see_all] = permissions(["handover.see_all_pages"], apps, alias)
    by_hand = Q(user_permissions__content_type__app_label="handover")
    by_group = Q(groups__permissions__content_type__app_label="handover")
    users = apps.get_model("auth", "User").objects.using(alias).filter(is_staff=True, is_superuser=False)
    for user in users.filter(by_hand | by_group).distinct():
        user.user_permissions.add(see_all)


class Migration(migrations.Migration):
    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
        ("handover", "0010_staff_roles"),
    ]

    operations = [
        # The new groups have no members yet.
        migrations.RunPython(keep_pages_seen, migrations.RunPython.noop),
        MakeRoles(GRANTED),
    ]
