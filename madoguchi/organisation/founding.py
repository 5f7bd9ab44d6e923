"""The first hour of a desk: organisation, roles, statuses, first department and administrator (SPEC G1, G2)."""

import secrets

from django.db import transaction
from django.utils.translation import gettext as _

from madoguchi import record
from madoguchi.actor import Actor
from madoguchi.errors import Refused
from madoguchi.kit import addresses
from madoguchi.models import Agent, CrmStage, Department, Mailbox, Membership, Organisation, Role, Status
from madoguchi.models.organisation import State
from madoguchi.organisation import current

STATUSES = [
    ("Open", "未対応", State.OPEN, True),
    ("In Progress", "対応中", State.OPEN, False),
    ("Escalated", "エスカレーション", State.OPEN, False),
    ("On Hold", "保留", State.ON_HOLD, True),
    ("Closed", "完了", State.CLOSED, True),
]
CRM_STAGES = [
    ("First meeting", "初回面談", "open"),
    ("Requirements", "要件確認", "open"),
    ("Proposal", "提案中", "open"),
    ("Quote", "見積提示", "open"),
    ("Won", "受注", "won"),
    ("Lost", "失注", "lost"),
]
ROLES = [
    ("Administrator", "管理者", Role.Base.ADMINISTRATOR),
    ("Supervisor", "スーパーバイザー", Role.Base.SUPERVISOR),
    ("Agent", "担当者", Role.Base.AGENT),
    ("Light agent", "ライト担当者", Role.Base.LIGHT),
]


@transaction.atomic
def found(*, name: str, language: str = "ja", time_zone: str = "Asia/Tokyo", is_demo: bool = False) -> Organisation:
    """Make the organisation with its roles and statuses. Refused: FOUNDED where there is one already."""
    if Organisation.objects.select_for_update().exists():
        raise Refused("FOUNDED", _("This desk is set up already."))
    organisation = Organisation.objects.create(
        pk=1, name=name, language=language, time_zone=time_zone, is_demo=is_demo, created_at=record.now()
    )
    for position, (english, japanese, state, is_default) in enumerate(STATUSES):
        Status.objects.create(name=english, name_ja=japanese, state=state, is_default=is_default, position=position)
    for english, japanese, base in ROLES:
        Role.objects.create(name=english, name_ja=japanese, base=base, is_system=True)
    CrmStage.objects.bulk_create(
        CrmStage(name=english, name_ja=japanese, category=category, position=position)
        for position, (english, japanese, category) in enumerate(CRM_STAGES)
    )
    current.forget()
    return organisation


def new_password() -> str:
    """A password to be read out and typed once: 20 letters and digits in groups."""
    letters = "abcdefghjkmnpqrstuvwxyz23456789"
    return "-".join("".join(secrets.choice(letters) for _place in range(5)) for _group in range(4))


def role(base: Role.Base) -> Role:
    """The system role of this base."""
    return Role.objects.get(base=base, is_system=True)


@transaction.atomic
def add_department(
    name: str, *, address: str = "", language: str = "ja", signature: str = "", is_default: bool = False
) -> Department:
    """A department that works at once: with its own default mailbox where an address is given."""
    department = Department.objects.create(
        name=name,
        name_in_help_center=name,
        language=language,
        signature=signature,
        is_default=is_default,
        created_at=record.now(),
    )
    if address:
        Mailbox.objects.create(
            department=department,
            address=address,
            folded=addresses.fold(address),
            display_name=name,
            is_default=True,
        )
    return department


@transaction.atomic
def add_agent(
    email: str,
    last_name: str,
    first_name: str = "",
    *,
    base: Role.Base = Role.Base.AGENT,
    departments: list[Department] = [],  # noqa: B006
    password: str | None = None,
    language: str = "ja",
    time_zone: str = "Asia/Tokyo",
) -> Agent:
    """An agent who can sign in, if a password is given."""
    agent = Agent(
        email=email.strip().lower(),
        last_name=last_name,
        first_name=first_name,
        role=role(base),
        language=language,
        time_zone=time_zone,
        is_confirmed=password is not None,
        created_at=record.now(),
    )
    agent.set_password(password)
    agent.save()
    Membership.objects.bulk_create(Membership(agent=agent, department=d) for d in departments)
    record.note("setup.changed", by=Actor.desk(), after={"agent": agent.email})
    return agent
