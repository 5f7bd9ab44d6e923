"""A desk with the built-in CRM on, and tickets of known classes."""

import pytest

from madoguchi.models import Contact, CrmClass
from madoguchi.organisation import crm
from tests.cast import open_one


@pytest.fixture
def connected(cast):
    crm.connect_builtin(by=cast.admin)
    return cast


@pytest.fixture
def of_class(cast):
    """Open a ticket of a contact of that class."""

    def opened(crm_class: CrmClass, subject: str = "返金はいつになりますか", **more):
        contact = more.pop("contact", cast.yamada)
        Contact.objects.filter(pk=contact.pk).update(crm_class=crm_class)
        contact.crm_class = crm_class
        return open_one(cast, subject, contact=contact, **more)

    return opened
