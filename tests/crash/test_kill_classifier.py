"""`kill -9` while contacts are looked up: no wish is lost, no change of class is written down twice (SPEC C7)."""

import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.db import connection
from django.utils import timezone

from desk.testing import url_of_database
from madoguchi import crm as builtin
from madoguchi.models import Classification, Contact, CrmClass, Event, Lookup, Ticket
from madoguchi.organisation import crm
from tests.cast import gather, open_one
from tests.reactions.crm.answering import serving

pytestmark = pytest.mark.django_db(transaction=True)
BUILT_IN = [
    "taken",
    "found",
    "class written, no copies",
    "written, not committed",
    "granted, not committed",
    "committed",
]
NETWORK = [
    "copies committed",
    "copies right, nobody asked",
    "borrowed, not committed",
    "borrowed",
    "answered",
    "class written, no copies",
    "written, not committed",
    "granted, not committed",
    "committed",
]


def run(step: str, folder: Path, url: str = "") -> int:
    env = {
        **os.environ,
        "DATABASE_URL": url_of_database(django_settings.DATABASE_URL, connection.settings_dict["NAME"]),
        "MADOGUCHI_DATA": str(folder),
        "MADOGUCHI_SECRET_KEY": django_settings.SECRET_KEY,
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "PYTHONPATH": str(django_settings.BASE_DIR),
        "KILL_AT": step,
        "KILL_ONCE": str(folder / "killed"),
        **({"CRM_URL": url} if url else {}),
    }
    done = subprocess.run([sys.executable, "-m", "tests.crash.classifier"], env=env, timeout=60, capture_output=True)
    assert done.returncode in (0, -9), done.stderr.decode()[-2000:]
    return done.returncode


def assert_looked_up_once(expected: CrmClass) -> None:
    assert not Lookup.objects.exists()
    for contact in Contact.objects.filter(classification__record__gt=""):
        assert contact.crm_class == expected
        told = Event.objects.filter(verb="contact.classified", contact=contact).values_list("before", "after")
        assert list(told) == [({"crm_class": "unmapped"}, {"crm_class": crm.KEYS[expected]})]
    assert set(Ticket.objects.values_list("crm_class", flat=True)) == {expected}


@pytest.mark.parametrize("step", BUILT_IN)
def test_the_built_in_crm(step, tmp_path, own_folders):
    cast = gather()
    crm.connect_builtin(by=cast.admin)
    for email in ("hanako@midori.example", "makoto@kita.example"):
        builtin.create_person("contact", {"last_name": "客", "email": email}, by=cast.sato)
    open_one(cast)
    open_one(cast, contact=cast.takahashi)
    assert run(step, tmp_path) == -9
    assert run(step, tmp_path) == 0
    assert Classification.objects.filter(module="contacts").count() == 2
    assert_looked_up_once(CrmClass.CONTACT)


@pytest.mark.parametrize("step", NETWORK)
def test_a_crm_over_the_network(step, tmp_path, own_folders, monkeypatch):
    cast = gather()
    with serving(monkeypatch) as server:
        crm.connect("zoho", settings={"url": server.url}, secrets={}, by=cast.admin)
        for email in ("hanako@midori.example", "makoto@kita.example"):
            server.knows(email, "won")
        open_one(cast)
        open_one(cast, contact=cast.takahashi)
        assert run(step, tmp_path, server.url) == -9
        lent = Lookup.objects.filter(not_before__gt=timezone.now())
        assert all(wish.not_before < timezone.now() + timedelta(minutes=3) for wish in lent)
        lent.update(not_before=timezone.now())  # the two minutes are over
        assert run(step, tmp_path, server.url) == 0
        assert Classification.objects.filter(module="contacts").count() == 2
        assert_looked_up_once(CrmClass.CUSTOMER)
