import django.contrib.postgres.indexes
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("madoguchi", "0002_search"),
    ]

    operations = [
        migrations.CreateModel(
            name="CustomView",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=100)),
                (
                    "audience",
                    models.CharField(
                        choices=[
                            ("private", "Only me"),
                            ("department", "Agents of the department"),
                            ("all", "Everyone"),
                        ],
                        default="private",
                        max_length=10,
                    ),
                ),
                ("criteria", models.JSONField(default=dict)),
                ("columns", models.JSONField(default=list)),
                ("sort", models.CharField(default="-modified_at", max_length=80)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("modified_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "department",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="custom_views",
                        to="madoguchi.department",
                    ),
                ),
                (
                    "owner",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="custom_views",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["name", "id"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("audience", "all"), ("department", None)),
                            models.Q(models.Q(("audience", "all"), _negated=True), ("department__isnull", False)),
                            _connector="OR",
                        ),
                        name="custom_view_has_a_department_or_is_for_all",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="LastView",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("view", models.CharField(max_length=20)),
                (
                    "agent",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "department",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="madoguchi.department"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("agent", "department"), name="last_view_once_a_department")
                ],
            },
        ),
        migrations.AddIndex(
            model_name="ticket",
            index=models.Index(
                condition=models.Q(("closed_at__isnull", False), ("is_spam", False), ("trashed_at", None)),
                fields=["department", "-closed_at", "-id"],
                name="ticket_by_closing",
            ),
        ),
        migrations.AddIndex(
            model_name="ticket",
            index=django.contrib.postgres.indexes.GinIndex(
                fastupdate=False, fields=["custom"], name="ticket_by_custom", opclasses=["jsonb_path_ops"]
            ),
        ),
    ]
