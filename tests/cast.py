"""The people every test knows: one organisation, three departments, five agents, two customers."""

from dataclasses import dataclass

from madoguchi import people, tickets
from madoguchi.actor import Actor
from madoguchi.models import Account, Agent, Contact, Department, Mailbox, Role, Ticket
from madoguchi.organisation.founding import add_agent, add_department, found


@dataclass
class Cast:
    """Agents come as actors through the page door; the rows behind them are `cast.sato.agent` and so on."""

    support: Department
    billing: Department
    delivery: Department
    admin: Actor
    sato: Actor
    tanaka: Actor
    suzuki: Actor
    ito: Actor
    light: Actor
    yamada: Contact
    takahashi: Contact
    midori: Account

    def actor(self, agent: Agent, door: str = "page") -> Actor:
        return Actor(agent=Agent.objects.for_request().get(pk=agent.pk), door=door)  # type: ignore[arg-type]

    @property
    def support_box(self) -> Mailbox:
        return self.support.mailboxes.get()


def gather() -> Cast:
    """Found the desk of the tests."""
    found(name="窓口テスト")
    support = add_department("サポート", address="support@demo.example", is_default=True, signature="サポート窓口")
    billing = add_department("経理", address="billing@demo.example")
    delivery = add_department("配送", address="delivery@demo.example")

    def agent(email: str, last: str, first: str, base: Role.Base, *departments: Department) -> Actor:
        row = add_agent(email, last, first, base=base, departments=list(departments), password="madoguchi-demo")
        return Actor(agent=Agent.objects.for_request().get(pk=row.pk), door="page")

    base = Role.Base
    admin = agent("admin@demo.example", "管理", "一郎", base.ADMINISTRATOR)
    desk = Actor.desk()
    midori = people.create_account({"name": "株式会社みどり商事"}, domains=["midori.example"], by=desk)
    return Cast(
        support=support,
        billing=billing,
        delivery=delivery,
        admin=admin,
        sato=agent("sato@demo.example", "佐藤", "健", base.AGENT, support),
        tanaka=agent("tanaka@demo.example", "田中", "美咲", base.SUPERVISOR, support),
        suzuki=agent("suzuki@demo.example", "鈴木", "大輔", base.AGENT, billing),
        ito=agent("ito@demo.example", "伊藤", "玲", base.AGENT, delivery),
        light=agent("light@demo.example", "森", "葵", base.LIGHT, support),
        yamada=people.identify("hanako@midori.example", "山田 花子", by=desk),
        takahashi=people.identify("makoto@kita.example", "高橋 誠", by=desk),
        midori=midori,
    )


def open_one(cast: Cast, subject: str = "返金はいつになりますか", **more: object) -> Ticket:
    """A ticket of 山田 by mail in the support department."""
    asked: dict[str, object] = {
        "department": cast.support,
        "contact": cast.yamada,
        "subject": subject,
        "channel": "Email",
        "message": {
            "text": "注文番号 12345 の返金について教えてください。",
            "from_name": "山田 花子",
            "from_address": "hanako@midori.example",
        },
        "mailbox": cast.support_box,
        "by": Actor(contact=cast.yamada, door="mail"),
    }
    return tickets.open_ticket(**{**asked, **more})  # type: ignore[arg-type]
