"""What `bin/madoguchi doctor` says of the CRM."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone

from desk import doctor
from desk.testing import url_of_database
from madoguchi import lookups
from madoguchi.models import CrmConnection
from madoguchi.organisation import crm
from tests.cast import gather


@pytest.mark.django_db(transaction=True)
def test_it_says_whether_the_crm_answers_and_who_waits():
    url = url_of_database(settings.DATABASE_URL, connection.settings_dict["NAME"])
    assert list(doctor.crm(url)) == []
    cast = gather()
    crm.connect("zoho", settings={}, secrets={}, by=cast.admin)
    lookups.wish_all([cast.yamada.pk, cast.yamada.pk, cast.takahashi.pk])
    ((is_sound, text),) = doctor.crm(url)
    assert is_sound and "CRM zoho" in text and "waiting 2" in text
    row = CrmConnection.objects.filter(pk=1)
    row.update(failures=3, paused_until=timezone.now() + timedelta(minutes=2))
    ((is_sound, text),) = doctor.crm(url)
    assert is_sound and "paused" in text
    row.update(needs_consent=True)
    ((is_sound, text),) = doctor.crm(url)
    assert not is_sound and "connected again" in text
