"""What a file would make of the built-in CRM: every row checked as if it had been typed into the form; nothing is written."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from django.utils.translation import gettext as _

from madoguchi import record
from madoguchi.crm import keys, stages
from madoguchi.crm.fields import Unfit, fit_deal, fit_person
from madoguchi.crm.file_columns import COLUMNS
from madoguchi.kit import addresses, phones, tables
from madoguchi.kit.characters import one_line
from madoguchi.models import Agent, CrmDeal, CrmImport, CrmPerson, CrmStage

MOST_ROWS = 50_000


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a row, numbered as a spreadsheet numbers it. `column`: which field, '' for the row."""

    row: int
    column: str
    text: str


@dataclass(slots=True)
class Plan:
    """What an import would do: rows to add and rows to change, or why it cannot. `emails` and `numbers`: the folded keys
    of everybody it concerns, old and new."""

    added: list[Any] = field(default_factory=list)
    changed: list[Any] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    same: int = 0
    emails: set[str] = field(default_factory=set)
    numbers: set[str] = field(default_factory=set)


def columns_of(file: CrmImport) -> tables.Table:
    return tables.read(bytes(file.data), most_rows=MOST_ROWS)


def plan(file: CrmImport, *, locks: bool = False) -> Plan:
    """`locks`: the rows that are there stay as they are until the end of the transaction."""
    found = Plan()
    if missing := [c for c in COLUMNS[file.what] if c.needed and c.name not in file.mapping]:
        found.faults += [Fault(1, c.name, _("Choose the column for “%(name)s”.") % {"name": c.label}) for c in missing]
        return found
    if file.what == "deals" and not {"email", "phone"} & file.mapping.keys():
        text = _("Choose the column with the contact’s e-mail or phone: a deal belongs to a contact.")
        found.faults.append(Fault(1, "email", text))
        return found
    read = _rows(file, found)
    (_plan_deals if file.what == "deals" else _plan_people)(file, read, found, locks)
    return found


def _rows(file: CrmImport, found: Plan) -> list[tuple[int, dict[str, Any]]]:
    """(row number, field → cell) with the owners as agents; empty cells are left out."""
    table, owners, read = columns_of(file), {}, []
    if "owner" in file.mapping:
        agents = Agent.objects.filter(is_active=True)
        owners = {addresses.fold(agent.email): agent for agent in agents}
    for line, cells in zip(table.lines, table.rows, strict=True):
        if any(cells[len(table.columns) :]):
            _add(found, line, "", _("This row has more cells than there are columns."))
            continue
        values: dict[str, Any] = {name: cells[place] for name, place in file.mapping.items() if cells[place]}
        if "owner" in values:
            owner = owners.get(addresses.fold(values["owner"]))
            if owner is None:
                said = _("There is no agent with the address %(a)s.") % {"a": values["owner"][:100]}
                _add(found, line, "owner", said)
                continue
            values["owner"] = owner
        read.append((line, values))
    return read


def _plan_people(file: CrmImport, read: Sequence[tuple[int, dict[str, Any]]], found: Plan, locks: bool) -> None:
    kind = CrmPerson.Kind.LEAD if file.what == "leads" else CrmPerson.Kind.CONTACT
    fit: list[tuple[int, dict[str, Any], str, str]] = []
    first: dict[str, int] = {}
    for line, values in read:
        fitted = _fitted(found, line, partial(fit_person, {"last_name": "", **values}, CrmPerson()))
        if fitted is None:
            continue
        email = addresses.fold(fitted.get("email", ""))
        number = phones.fold(fitted.get("phone", "")) or phones.fold(fitted.get("mobile", ""))
        if (key := email or number) and first.setdefault(key, line) != line:
            _add(found, line, "email" if email else "phone", _same(first[key]))
            continue
        fit.append((line, fitted, email, number))
    there = _people(kind, {email for _l, _v, email, _n in fit}, {n for _l, _v, email, n in fit if not email}, locks)
    lines: dict[int, int] = {}
    for line, fitted, email, number in fit:
        person = there.get(email or number)
        if person is not None and lines.setdefault(person.pk, line) != line:
            _add(found, line, "email" if email else "phone", _same(lines[person.pk]))
        elif person is None:
            person = CrmPerson(kind=kind, created_at=record.now(), modified_at=record.now(), **fitted)
            keys.fill(person)
            _concerns(person, found)
            found.added.append(person)
        else:
            _merge(person, fitted, found)


def _same(line: int) -> str:
    return _("Row %(n)s is the same person: it has the same address or number.") % {"n": line}


def _plan_deals(file: CrmImport, read: Sequence[tuple[int, dict[str, Any]]], found: Plan, locks: bool) -> None:
    emails = {addresses.fold(values.get("email", "")) for _line, values in read} - {""}
    numbers = {phones.fold(values.get("phone", "")) for _line, values in read} - {""}
    people = _people(CrmPerson.Kind.CONTACT, emails, numbers, locks)
    known = {
        name.casefold(): s
        for s in CrmStage.objects.filter(is_active=True).order_by("-position", "-pk")
        for name in (s.name, s.name_ja)
        if name
    }
    begin = stages.first_of(CrmStage.Category.OPEN)
    fit: list[tuple[int, dict[str, Any]]] = []
    first: dict[tuple[int, str], int] = {}
    for line, cells in read:
        values = dict(cells)
        email, number = values.pop("email", ""), values.pop("phone", "")
        values["person"] = people.get(addresses.fold(email)) or people.get(phones.fold(number))
        if values["person"] is None:
            said = _("The CRM has no contact with this address or number: %(a)s") % {"a": (email or number)[:100]}
            _add(found, line, "email", said if email or number else _("Enter the contact’s e-mail or phone."))
            continue
        if "stage" in values:
            values["stage"] = known.get(one_line(values["stage"]).casefold())
            if values["stage"] is None:
                _add(found, line, "stage", _("There is no stage “%(name)s”.") % {"name": cells["stage"][:60]})
                continue
        fitted = _fitted(found, line, partial(fit_deal, {"name": "", **values}, CrmDeal()))
        if fitted is None:
            continue
        key = (fitted["person"].pk, fitted["name"].casefold())
        if first.setdefault(key, line) != line:
            _add(found, line, "name", _("Row %(n)s is the same deal.") % {"n": first[key]})
            continue
        fit.append((line, fitted))
    deals = CrmDeal.objects.filter(person__in={v["person"].pk for _l, v in fit}).select_related("stage", "owner")
    if locks:
        deals = deals.select_for_update(of=("self",), no_key=True)
    there = {(deal.person_id, deal.name.casefold()): deal for deal in deals}
    for _line, fitted in fit:
        deal = there.get((fitted["person"].pk, fitted["name"].casefold()))
        if deal is None:
            fitted.setdefault("stage", begin)
            deal = CrmDeal(created_at=record.now(), modified_at=record.now(), **fitted)
            _concerns(deal, found)
            found.added.append(deal)
        else:
            deal.person = fitted["person"]
            _merge(deal, fitted, found)


def _people(kind: str, emails: set[str], numbers: set[str], locks: bool) -> dict[str, CrmPerson]:
    """By folded address, or by number; of several the one changed last."""
    rows = CrmPerson.objects.filter(kind=kind).select_related("owner").order_by("modified_at", "pk")
    if locks:
        rows = rows.select_for_update(of=("self",), no_key=True)
    found: dict[str, CrmPerson] = {}
    for column, wanted in (("mobile_folded", numbers), ("phone_folded", numbers), ("email_folded", emails)):
        found |= {getattr(row, column): row for row in rows.filter(**{f"{column}__in": wanted - {""}})}
    return found


def _fitted(found: Plan, line: int, fit: Callable[[], dict[str, Any]]) -> dict[str, Any] | None:
    try:
        return fit()
    except Unfit as faults:
        for fault in faults.each:
            _add(found, line, fault.field, str(fault.text))
    return None


def _add(found: Plan, line: int, column: str, text: str) -> None:
    found.faults.append(Fault(line, column, text))


def _merge(row: Any, fitted: Mapping[str, Any], found: Plan) -> None:
    differ = [name for name, value in fitted.items() if getattr(row, name) != value]
    if not differ:
        found.same += 1
        return
    _concerns(row, found)
    for name in differ:
        setattr(row, name, fitted[name])
    row.modified_at = record.now()
    if isinstance(row, CrmPerson):
        keys.fill(row)
    _concerns(row, found)
    found.changed.append(row)


def _concerns(row: Any, found: Plan) -> None:
    emails, numbers = keys.of(row.person if isinstance(row, CrmDeal) else row)
    found.emails |= emails
    found.numbers |= numbers
