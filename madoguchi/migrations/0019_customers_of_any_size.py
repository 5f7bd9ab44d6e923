import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("madoguchi", "0018_figures"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="contact",
            index=models.Index(
                fields=["account", "-last_ticket_at", "-id"], include=("trashed_at",), name="contact_of_account"
            ),
        ),
        migrations.AlterField(
            model_name="contact",
            name="account",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="contacts",
                to="madoguchi.account",
            ),
        ),
        migrations.RemoveIndex(model_name="ticket", name="ticket_by_status"),
        migrations.AddIndex(
            model_name="ticket",
            index=models.Index(
                fields=["department", "status", "due_at", "id"],
                name="ticket_by_status",
                include=("priority", "assignee", "contact", "account"),
                condition=models.Q(
                    ("is_spam", False), ("trashed_at", None), models.Q(("state", "Closed"), _negated=True)
                ),
            ),
        ),
    ]
