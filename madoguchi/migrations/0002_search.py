import django.contrib.postgres.indexes
import django.contrib.postgres.search
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("madoguchi", "0001_desk"),
    ]

    operations = [
        migrations.CreateModel(
            name="SearchDocument",
            fields=[
                ("id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("entry_id", models.BigIntegerField(null=True)),
                ("department_id", models.BigIntegerField()),
                ("is_public", models.BooleanField()),
                ("vector", django.contrib.postgres.search.SearchVectorField()),
                (
                    "ticket",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="madoguchi.ticket"
                    ),
                ),
            ],
            options={
                "indexes": [
                    django.contrib.postgres.indexes.GinIndex(
                        fastupdate=True, fields=["vector"], gin_pending_list_limit=256, name="search_by_word"
                    ),
                    models.Index(fields=["department_id", "-id"], name="search_by_department"),
                ],
            },
        ),
    ]
