"""The built-in CRM (SPEC C6): leads, contacts, deals and their stages. `crm.create_deal(values, by=actor)`, as everywhere.

It works only while it is the CRM the desk asks; until then every verb refuses with CRM_OFF.
"""

from madoguchi.crm.deals import create_deal, delete_deal, edit_deal
from madoguchi.crm.fields import Unfit
from madoguchi.crm.people import convert_lead, create_person, delete_person, edit_person
from madoguchi.crm.use import is_on, require_on

__all__ = [
    "Unfit",
    "convert_lead",
    "create_deal",
    "create_person",
    "delete_deal",
    "delete_person",
    "edit_deal",
    "edit_person",
    "is_on",
    "require_on",
]
