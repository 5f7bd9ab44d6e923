import django.db.models.deletion
import django.db.models.functions.text
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("madoguchi", "0004_presence"),
    ]

    operations = [
        migrations.CreateModel(
            name="CannedResponse",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=100)),
                ("shortcut", models.CharField(blank=True, max_length=30)),
                ("text", models.TextField(max_length=32000)),
                ("html", models.TextField(blank=True, max_length=64000)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("modified_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "department",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="canned_responses",
                        to="madoguchi.department",
                    ),
                ),
                (
                    "owner",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="canned_responses",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "canned response",
                "ordering": ["name", "id"],
                "constraints": [
                    models.UniqueConstraint(
                        django.db.models.functions.text.Lower("name"),
                        models.F("department"),
                        models.F("owner"),
                        name="canned_response_name_once",
                        nulls_distinct=False,
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Draft",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "mode",
                    models.CharField(
                        choices=[("reply", "Reply"), ("note", "Note"), ("forward", "Forward")], max_length=7
                    ),
                ),
                ("fields", models.JSONField(default=dict)),
                ("version", models.PositiveIntegerField(default=1)),
                ("saved_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "agent",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="drafts", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "ticket",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="madoguchi.ticket"
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["agent", "-saved_at"], name="draft_newest")],
                "constraints": [models.UniqueConstraint(fields=("agent", "ticket", "mode"), name="one_draft_a_mode")],
            },
        ),
        migrations.AddField(
            model_name="agent",
            name="uses_keys",
            field=models.BooleanField(default=True),
        ),
        migrations.AddIndex(
            model_name="ticket",
            index=models.Index(
                fields=["department", "assignee", "due_at", "id"],
                name="ticket_next",
                condition=models.Q(trashed_at=None, is_spam=False, state="Open", due_at__isnull=False),
            ),
        ),
        migrations.AddIndex(
            model_name="ticket",
            index=models.Index(
                fields=["department", "due_at", "id"],
                name="ticket_free",
                condition=models.Q(trashed_at=None, is_spam=False, state="Open", assignee=None),
            ),
        ),
        migrations.AddIndex(
            model_name="ticket",
            index=models.Index(
                fields=["department", "assignee", "waiting_since", "id"],
                name="ticket_waiting",
                condition=models.Q(trashed_at=None, is_spam=False, state="Open", waiting_since__isnull=False),
            ),
        ),
    ]
