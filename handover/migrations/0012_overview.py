from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.models import OuterRef, Subquery, Value
from django.db.models.functions import Coalesce


def name_holders(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Who held the thread stands in the history: before the first line about the handover."""
    events = apps.get_model("handover", "ThreadEvent").objects.filter(handover=OuterRef("pk"))
    before = Subquery(events.order_by("seq").values("app_id_before")[:1])
    apps.get_model("handover", "Handover").objects.update(holder_app_id=Coalesce(before, Value("")))


class Migration(migrations.Migration):
    dependencies = [("handover", "0011_role_groups")]

    operations = [
        migrations.AlterModelOptions(
            name="handover", options={"permissions": [("view_figures", "Can see the overview")]}
        ),
        migrations.AddField(
            model_name="handover",
            name="holder_app_id",
            field=models.CharField(
                blank=True,
                default="",
                help_text="When the handover was asked for; empty where nobody did, or it was not known.",
                max_length=64,
                verbose_name="app that held the thread",
            ),
            preserve_default=False,
        ),
        migrations.RunPython(name_holders, migrations.RunPython.noop, elidable=True),
        migrations.RemoveIndex(model_name="handover", name="handover_open"),
        migrations.AddIndex(
            model_name="handover",
            index=models.Index(
                condition=models.Q(settled_at__isnull=True), fields=["deadline_at"], name="handover_open"
            ),
        ),
        migrations.AddIndex(
            model_name="handover",
            index=models.Index(
                fields=["source", "requested_at", "to_party", "state"], name="handover_by_page"
            ),
        ),
        migrations.AddIndex(
            model_name="thread",
            index=models.Index(fields=["source", "owner", "owner_expires_at"], name="thread_by_holder"),
        ),
        migrations.CreateModel(
            name="DayOfHandovers",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("day", models.DateField(help_text="In UTC.")),
                ("ended", models.JSONField(help_text="How many, by whom they were to and by state.")),
                (
                    "waits",
                    models.JSONField(
                        help_text="How often control took so many tenths of a second, by the app that held the thread."
                    ),
                ),
                (
                    "source",
                    models.ForeignKey(
                        on_delete=models.deletion.CASCADE,
                        related_name="+",
                        to="handover.source",
                        verbose_name="page",
                    ),
                ),
            ],
            options={"verbose_name_plural": "days of handovers"},
        ),
        migrations.AddConstraint(
            model_name="dayofhandovers",
            constraint=models.UniqueConstraint(fields=("source", "day"), name="day_once_a_page"),
        ),
    ]
