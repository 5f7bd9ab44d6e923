"""Who is on the bench desk, by the verbs and by rule: departments, agents, accounts, contacts."""

import random
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.hashers import make_password

from madoguchi import record
from madoguchi.kit import addresses, phones
from madoguchi.models import (
    Account,
    AccountDomain,
    Agent,
    Contact,
    ContactAddress,
    ContactPhone,
    CustomField,
    Department,
    Membership,
    Status,
    Tag,
)
from madoguchi.models.people import Role, full_name
from madoguchi.organisation import founding
from madoguchi.tickets import indexing

DEPARTMENTS = [("サポート", 45), ("経理", 15), ("配送センター", 10), ("営業", 8), ("International", 6), ("技術", 5), ("返品", 4), ("会員", 3), ("法人", 2), ("広報", 2)]  # fmt: skip
LAST = "佐藤 鈴木 高橋 田中 伊藤 渡辺 山本 中村 小林 加藤 吉田 山田 佐々木 山口 松本 井上 木村 林 斎藤 清水 髙田 濵口 Carter Nguyen Smith Meyer Rossi Silva".split()
FIRST = "健 美咲 大輔 葵 翔 由紀 誠 花子 直樹 純 玲 一郎 恵 真由美 拓也 さくら Emily Linh John Anna Marco Ana".split()
TAGS = "VIP 返品 至急 再発 初回 クレーム 要望 キャンペーン 法人 個人 refund beta 夜間 電話希望 紹介 重複 翻訳 保留中 倉庫 経過観察".split()
PLANS = ["無料", "標準", "上級", "法人"]
AGENTS_N = 50
PASSWORD = "bench-madoguchi-1"


@dataclass(frozen=True)
class Person:
    """An agent or contact. `words` are what search knows a contact by: names, account, address, phone."""

    id: int
    name: str
    address: str
    account: int = 0
    words: tuple[str, ...] = ()


@dataclass(frozen=True)
class World:
    """What tickets point to, by id."""

    departments: list[int]
    department_names: dict[int, str]
    boxes: dict[int, tuple[int, str]]
    agents: dict[int, list[Person]]
    contacts: list[Person]
    statuses: dict[str, int]
    tags: list[int]


def contacts_wanted(tickets: int) -> int:
    return max(20, min(20_000, tickets * 2))


def gather(tickets_n: int, until: datetime) -> World:
    """Found the desk and everybody on it, ten contacts to an account."""
    chance = random.Random(3)
    with record.at(until):
        founding.found(name="Bench")
        for n, (name, _share) in enumerate(DEPARTMENTS):
            founding.add_department(name, address=f"desk{n}@bench.example", is_default=n == 0)
    departments = list(Department.objects.order_by("pk"))
    main = departments[0]
    for label, kind, choices in (("プラン", "choice", PLANS), ("製造番号", "text", []), ("再訪", "checkbox", [])):
        name = {"choice": "cf_plan", "text": "cf_serial", "checkbox": "cf_again"}[kind]
        CustomField.objects.create(department=main, api_name=name, label=label, kind=kind, choices=choices)
    tags = Tag.objects.bulk_create(Tag(name=tag, folded=tag.casefold()) for tag in TAGS)
    customers = make_customers(contacts_wanted(tickets_n), until, chance)
    return World(
        departments=[d.pk for d in departments],
        department_names={d.pk: d.name for d in departments},
        boxes={d.pk: (box.pk, box.address) for d in departments for box in d.mailboxes.all()},
        agents=make_agents(departments, until, chance),
        contacts=customers,
        statuses={s.name: s.pk for s in Status.objects.all()},
        tags=[tag.pk for tag in tags],
    )


def make_agents(departments: list[Department], until: datetime, chance: random.Random) -> dict[int, list[Person]]:
    """Fifty, all with one password: the first an administrator, twenty in the largest department, the others spread."""
    password = make_password(PASSWORD)
    role, top = founding.role(Role.Base.AGENT), founding.role(Role.Base.ADMINISTRATOR)
    agents = Agent.objects.bulk_create(
        Agent(
            email=f"agent{n}@bench.example", last_name=LAST[n % 22], first_name=FIRST[n % 16], password=password,
            role=role if n else top, is_confirmed=True, created_at=until,
        )
        for n in range(AGENTS_N)
    )  # fmt: skip
    found: dict[int, list[Person]] = {}
    for n, agent in enumerate(agents[1:]):
        of = departments[0] if n < 20 else departments[1 + n % (len(departments) - 1)]
        found.setdefault(of.pk, []).append(Person(agent.pk, agent.name, agent.email))
    Membership.objects.bulk_create(
        Membership(agent_id=agent.id, department_id=pk) for pk, people in found.items() for agent in people
    )
    return found


def make_customers(n: int, until: datetime, chance: random.Random) -> list[Person]:
    accounts = Account.objects.bulk_create(
        (
            Account(name=f"株式会社{chance.choice(LAST[:22])}{chance.choice('商事 物流 工業 食品 設計 印刷'.split())} {k + 1}", phone=f"03-{k % 9000 + 1000}-{k * 37 % 9000 + 1000}", created_at=until, modified_at=until)
            for k in range(max(2, n // 10))
        ),
        batch_size=5000,
    )  # fmt: skip
    AccountDomain.objects.bulk_create(
        (AccountDomain(account=a, domain=f"customer{k}.example") for k, a in enumerate(accounts)), batch_size=5000
    )
    contacts = Contact.objects.bulk_create(
        (
            Contact(last_name=chance.choice(LAST), first_name=chance.choice(FIRST), account=account_of(k, accounts), created_at=until, modified_at=until)
            for k in range(n)
        ),
        batch_size=5000,
    )  # fmt: skip
    written = [(c, f"c{k}@customer{k % len(accounts)}.example") for k, c in enumerate(contacts)]
    ContactAddress.objects.bulk_create(
        (ContactAddress(contact=c, address=a, folded=addresses.fold(a), is_primary=True) for c, a in written),
        batch_size=5000,
    )
    numbers = [(c, f"090-{k // 9000 + 1000}-{k % 9000 + 1000}") for k, c in enumerate(contacts) if k % 2]
    ContactPhone.objects.bulk_create(
        (ContactPhone(contact=c, number=p, folded=phones.fold(p)) for c, p in numbers), batch_size=5000
    )
    phone_of = {c.pk: p for c, p in numbers}
    return [
        Person(c.pk, full_name(c.last_name, c.first_name), a, c.account_id or 0, words_of(c, a, phone_of.get(c.pk, "")))
        for c, a in written
    ]


def account_of(k: int, accounts: list[Account]) -> Account | None:
    """Every tenth contact is of one large account, every fifth of none."""
    if k % 10 == 7:
        return accounts[0]
    return accounts[k % len(accounts)] if k % 5 else None


def words_of(contact: Contact, address: str, phone: str) -> tuple[str, ...]:
    names = indexing._name(contact.last_name, contact.first_name)
    return (
        names,
        contact.account.name if contact.account else "",
        indexing._reachable(address),
        indexing._reachable(phone),
    )
