from django.db import migrations

from handover.role_migrations import GrantRights


class Migration(migrations.Migration):
    dependencies = [("handover", "0012_overview")]

    operations = [
        GrantRights(dict.fromkeys(("Supervisor", "Auditor", "Administrator"), ("handover.view_figures",)))
    ]
