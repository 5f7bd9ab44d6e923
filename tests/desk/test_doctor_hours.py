"""What `bin/madoguchi doctor` says of business hours."""

import pytest
from django.conf import settings
from django.db import connection

from desk import doctor
from desk.testing import url_of_database
from madoguchi.models import Hours, TimesRecount

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_zone_this_machine_does_not_know_is_told_and_what_is_being_counted():
    url = url_of_database(settings.DATABASE_URL, connection.settings_dict["NAME"])
    assert list(doctor.hours(url)) == []
    row = Hours.objects.create(name="平日", time_zone="Asia/Tokyo", week=[[]] * 7)
    TimesRecount.objects.create(done=200, total=1000)
    ((is_sound, text),) = doctor.hours(url)
    assert is_sound and "200 / 1,000" in text
    Hours.objects.filter(pk=row.pk).update(time_zone="Mars/Olympus")
    ((is_sound, text),) = doctor.hours(url)
    assert not is_sound and "平日: Mars/Olympus" in text
