"""`filters` of ticket lists: `{"criteria": {"fieldConditions": […]}}`, read leniently, or a tree of our own grammar.

The wire's key names inside a condition were never confirmed (API A6): `field|fieldName|apiName`,
`operator|condition|comparator` and `value|values` are all understood.
"""

import json
from collections.abc import Collection
from typing import Any

from django.db.models import Q

from madoguchi.doors.api import finders
from madoguchi.doors.api.errors import Unfit, unprocessable
from madoguchi.lists import criteria
from madoguchi.lists.criteria import CUSTOM
from madoguchi.lists.meanings import Reader
from madoguchi.models import Agent, CustomField

LONGEST = 20_000
FIELDS = {
    "assigneeid": "assignee", "teamid": "team", "departmentid": "department", "contactid": "contact", "accountid": "account",
    "productid": "product", "statustype": "state", "ticketnumber": "number", "createdtime": "created_at", "modifiedtime": "modified_at",
    "duedate": "due_at", "responseduedate": "response_due_at", "closedtime": "closed_at", "customerresponsetime": "customer_message_at",
    "recentthread": "message_at", "subcategory": "sub_category", "contactname": "contact_name", "accountname": "account_name",
    "tag": "tags", "threadcount": "threads", "isoverdue": "overdue", "createdby": "created_by", "isshared": "shared",
}  # fmt: skip
OPERATORS = {
    "equals": "is", "equal": "is", "eq": "is", "=": "is", "notequals": "is_not", "isnot": "is_not", "ne": "is_not", "!=": "is_not",
    "in": "is_one_of", "isoneof": "is_one_of", "notin": "is_none_of", "isnoneof": "is_none_of", "contains": "contains",
    "notcontains": "does_not_contain", "doesnotcontain": "does_not_contain", "startswith": "starts_with", "isempty": "is_empty",
    "isnotempty": "is_not_empty", "gt": "more", "greaterthan": "more", ">": "more", "lt": "less", "lessthan": "less", "<": "less",
    "before": "before", "after": "after", "today": "today", "lastdays": "last_days", "nextdays": "next_days", "is": "is",
}  # fmt: skip


def q_of(text: str, agent: Agent, department_ids: Collection[int]) -> Q:
    """Refused: 422 that names `filters` and the part that does not fit."""
    customs = CustomField.objects.filter(department__in=department_ids or agent.own_department_ids, is_active=True)
    fields = criteria.fields_with(customs)
    tree = criteria.parse(tree_of(read(text), fields), fields, field="filters")
    return criteria.compiled(tree, fields, Reader.of(agent))


def read(text: str) -> Any:
    if len(text) > LONGEST:
        raise unprocessable("filters")
    try:
        raw = json.loads(text)
    except (ValueError, RecursionError):
        raise Unfit("/filters") from None
    raw = raw.get("criteria", raw) if isinstance(raw, dict) else raw
    if not isinstance(raw, dict):
        raise Unfit("/filters")
    return raw


def tree_of(raw: dict[str, Any], fields: criteria.Fields) -> Any:
    conditions = raw.get("fieldConditions")
    if conditions is None:
        return raw
    if not isinstance(conditions, list):
        raise Unfit("/filters/fieldConditions")
    if not conditions:
        return {}
    joined = str(raw.get("match") or raw.get("logicalOperator") or raw.get("pattern") or "and").casefold()
    match = "any" if joined in ("any", "or") else "all"
    return {"groups": [{"match": match, "conditions": [condition(each, fields) for each in conditions]}]}


def condition(raw: Any, fields: criteria.Fields) -> Any:
    if not isinstance(raw, dict):
        return raw
    name = str(first(raw, "field", "fieldName", "apiName") or "")
    field = name if name in fields else FIELDS.get(name.casefold(), name)
    field = f"{CUSTOM}{name}" if f"{CUSTOM}{name}" in fields else field
    asked = str(first(raw, "operator", "condition", "comparator") or "is")
    operator = OPERATORS.get("".join(asked.casefold().replace("_", " ").split()), asked)
    value = first(raw, "value", "values")
    if isinstance(value, list) and operator in ("is", "is_not"):
        operator = "is_one_of" if operator == "is" else "is_none_of"
    if field == "status" and isinstance(value, str | list):
        found = [status_id(each) for each in (value if isinstance(value, list) else [value])]
        value = found if isinstance(value, list) else found[0]
    return {"field": field, "operator": operator, "value": value}


def status_id(value: Any) -> Any:
    """A status by its name on the wire, or by its id."""
    return finders.status(value, "/filters").pk if isinstance(value, str) and not value.isdecimal() else value


def first(raw: dict[str, Any], *names: str) -> Any:
    return next((raw[name] for name in names if name in raw), None)
