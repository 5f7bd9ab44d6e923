"""What `bin/madoguchi doctor` says of the links that ask for a rating."""

import pytest
from django.conf import settings
from django.db import connection

from desk import doctor
from desk.testing import url_of_database
from madoguchi.models import Mailbox

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize(
    ("address", "is_sound"),
    [("", False), ("http://127.0.0.1:8000", False), ("https://desk.example.jp", True)],
)
def test_links_customers_cannot_open_are_told_once_mail_really_leaves(cast, monkeypatch, address, is_sound):
    monkeypatch.setenv("MADOGUCHI_URL", address)
    url = url_of_database(settings.DATABASE_URL, connection.settings_dict["NAME"])
    cast.support.asks_for_ratings = True
    cast.support.save()
    Mailbox.objects.update(smtp_host="")
    assert list(doctor.ratings(url)) == []
    Mailbox.objects.update(smtp_host="smtp.example.jp")
    ((found, text),) = doctor.ratings(url)
    assert found is is_sound and ("MADOGUCHI_URL" in text) is not is_sound
