from django.db import migrations

from handover.role_migrations import GrantRights


class Migration(migrations.Migration):
    dependencies = [("handover", "0014_token_rotation")]

    operations = [
        GrantRights(dict.fromkeys(("Supervisor", "Auditor", "Administrator"), ("handover.view_figures",)))
    ]
