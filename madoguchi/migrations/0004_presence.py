import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("madoguchi", "0003_custom_views"),
    ]

    operations = [
        migrations.CreateModel(
            name="Presence",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("doing", models.CharField(choices=[("viewing", "Viewing"), ("typing", "Typing")], max_length=8)),
                ("seen_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "agent",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL
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
                "constraints": [models.UniqueConstraint(fields=("ticket", "agent"), name="present_once_a_ticket")],
            },
        ),
        migrations.RunSQL(
            sql="ALTER TABLE madoguchi_presence SET UNLOGGED",
            reverse_sql="ALTER TABLE madoguchi_presence SET LOGGED",
        ),
    ]
