"""The built-in CRM, switched on."""

import pytest

from madoguchi import crm, lookups
from madoguchi.models import CrmConnection, CrmPerson, CrmStage


@pytest.fixture
def desk(cast):
    """The cast with the built-in CRM in use."""
    CrmConnection.objects.update_or_create(pk=1, defaults={"kind": "builtin"})
    lookups.forget()
    return cast


@pytest.fixture
def stage(desk) -> dict[str, CrmStage]:
    return {s.name_ja: s for s in CrmStage.objects.all()}


@pytest.fixture
def hanako(desk) -> CrmPerson:
    """山田's record in the CRM: a contact."""
    return crm.create_person(
        "contact",
        {"last_name": "山田", "first_name": "花子", "email": "Hanako@Midori.example", "phone": "03-1234-5678"},
        by=desk.sato,
    )


@pytest.fixture
def lead(desk) -> CrmPerson:
    return crm.create_person("lead", {"last_name": "高橋", "email": "makoto@kita.example"}, by=desk.sato)
