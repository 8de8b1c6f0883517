from django.db import migrations

from handover.role_migrations import GrantRights


class Migration(migrations.Migration):
    dependencies = [("handover", "0013_saved_replies_and_one_time_keys")]

    operations = [
        GrantRights(dict.fromkeys(("Supervisor", "Auditor", "Administrator"), ("handover.view_figures",)))
    ]
