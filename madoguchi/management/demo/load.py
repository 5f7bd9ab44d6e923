"""Load the demo desk."""

from datetime import datetime, timedelta
from hashlib import sha256
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction

from madoguchi import crm, people, record, tickets
from madoguchi.actor import Actor
from madoguchi.doors.mailbox import intake, store
from madoguchi.jobs.reader import reader
from madoguchi.kit.addresses import Address
from madoguchi.kit.letters import Part
from madoguchi.kit.letters.compose import compose
from madoguchi.lists.saving import create_view
from madoguchi.management.demo.customers import KNOWN
from madoguchi.management.demo.habits import RESPONSES, RULES, VIEWS
from madoguchi.management.demo.people import ACCOUNTS, AGENTS, CONTACTS, DEPARTMENTS, NOTES, PASSWORD, PRODUCTS
from madoguchi.management.demo.ratings import OTHERS, YEAR
from madoguchi.management.demo.service import HOLIDAYS, HOURS, PROMISED, TARGETS
from madoguchi.management.demo.stories import FAMILIES, HISTORY, STORIES, Story
from madoguchi.models import (
    Account,
    Agent,
    Contact,
    CrmStage,
    CustomField,
    Department,
    InboundMail,
    Notification,
    Permission,
    Product,
    Role,
    Status,
    Ticket,
)
from madoguchi.organisation import crm as connecting
from madoguchi.organisation import families, holidays, hours, promises
from madoguchi.organisation.founding import add_agent, add_department, found
from madoguchi.organisation.notification_rules import set_rule
from madoguchi.organisation.responses import add_response
from madoguchi.people.notes import write_note
from madoguchi.reactions import notification_mails, notifying
from madoguchi.reactions.automation.rules import add_rule
from madoguchi.reactions.crm.looking_up import LookingUp
from madoguchi.reactions.post import send
from madoguchi.sla.overdue import mark_overdue

TOKYO = ZoneInfo("Asia/Tokyo")


class Desk:
    """The rows of the demo desk while it is being told."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self.departments: dict[str, Department] = {}
        self.agents: dict[str, Actor] = {}
        self.contacts: dict[str, Contact] = {}
        self.products: dict[str, Product] = {}

    def ago(self, hours: float) -> datetime:
        return self.now - timedelta(hours=hours)

    def worked(self, hours: float, *, morning: int) -> float:
        """Hours ago of a weekday about then, so many minutes after nine: what is answered soon took business time."""
        moment = self.ago(hours).astimezone(TOKYO)
        day = moment - timedelta(days=max(0, moment.weekday() - 4))
        nine = day.replace(hour=9, minute=0, second=0, microsecond=0)
        return (self.now - nine - timedelta(minutes=morning)) / timedelta(hours=1)

    def people(self) -> None:
        for name, address, signature in DEPARTMENTS:
            row = add_department(
                name, address=address, signature=signature.removeprefix("--\n"), is_default=name == "サポート"
            )
            row.mailboxes.update(plus_addressing=True)
            self.departments[name] = row
        for key, last, first, base, where in AGENTS:
            member_of = [self.departments[name] for name in where]
            add_agent(
                f"{key}@demo.example", last, first, base=Role.Base(base), departments=member_of, password=PASSWORD
            )
        for agent in Agent.objects.for_request():
            self.agents[agent.email.partition("@")[0]] = Actor(agent=agent, door="page")
        desk = Actor.desk()
        for name, domain, phone in ACCOUNTS:
            people.create_account({"name": name, "phone": phone}, domains=[domain], by=desk)
        for key, (last, first, email, phone, title, language) in CONTACTS.items():
            contact = people.identify(email, by=desk)
            values = {"last_name": last, "first_name": first, "title": title, "language": language}
            phones = [("phone", phone)] if phone else []
            self.contacts[key] = people.edit_contact(contact, values, phone_numbers=phones, by=desk)
        for code, name in PRODUCTS:
            self.products[code] = Product.objects.create(code=code, name=name)
            self.products[code].departments.set(self.departments.values())
        for department in self.departments.values():
            field = CustomField(department=department, api_name="cf_order_number", label="注文番号", kind="text")
            field.save()

    def habits(self) -> None:
        """What the supervisor of サポート made for everybody."""
        department, by = self.departments["サポート"], self.agents["tanaka"]
        families.enable_families(department, by=by)
        families.set_family_rules(department, closes_children=False, waits_for_children=True, closes_parent=True, by=by)
        for view in VIEWS:
            create_view(department, view, by=by)
        for name, shortcut, text in RESPONSES:
            changes = {"name": name, "shortcut": shortcut, "text": text}
            add_response(changes, department_id=department.pk, private=False, by=by)
        set_rule(self.departments["経理"], "shared_received", by_mail=True, by=self.agents["admin"])
        for rule in RULES:
            add_rule(department, rule, by=by)

    def service(self) -> None:
        """When each department works."""
        by, (name, days) = self.agents["admin"], HOLIDAYS
        observed = holidays.add_list({"name": name, "has_japanese": True}, days, by=by)
        for name, (week, observes, departments) in HOURS.items():
            row = hours.add_hours({"name": name, "week": week, "holidays": observed if observes else None}, by=by)
            for each in departments:
                promises.assign_hours(self.departments[each], row, by=by)

    def promises(self) -> None:
        """Of late サポート has targets: some kept, some missed, one that waits for the customer."""
        with record.at(self.ago(24 * 30)):
            promises.set_targets(self.departments["サポート"], TARGETS, by=self.agents["tanaka"])
        for story, closed in PROMISED:
            ticket = self.tell(story)
            if closed is not None:
                with record.at(self.ago(closed)):
                    tickets.close(ticket, by=self.agents[story.assignee])

    def customers(self) -> None:
        """The built-in CRM is switched on, and knows whom サポート sells to."""
        connecting.connect_builtin(by=self.agents["admin"])
        stages = {stage.name_ja: stage for stage in CrmStage.objects.all()}
        for known in KNOWN:
            by = self.agents[known.owner]
            with record.at(self.ago(24 * known.since)):
                values = {
                    "last_name": known.last,
                    "first_name": known.first,
                    "account_name": known.account,
                    "title": known.title,
                }
                reach = {"email": known.email, "phone": known.phone, "mobile": known.mobile, "owner": by.agent}
                person = crm.create_person(known.kind, {**values, **reach}, by=by)
            for name, stage, amount, days in known.deals:
                with record.at(self.ago(24 * days)):
                    deal = {
                        "name": name,
                        "person": person,
                        "stage": stages[stage],
                        "amount": str(amount),
                        "owner": by.agent,
                    }
                    crm.create_deal(deal, by=by)

    def families(self, told: dict[str, Ticket]) -> None:
        """サポート relates what is about one order; the tickets of the last hours wait to be found as suggestions."""
        by = self.agents["tanaka"]
        for parent, children in FAMILIES.items():
            with record.at(self.ago(19)):
                tickets.relate(told[parent], [told[subject] for subject in children], by=by)

    def tell(self, story: Story) -> Ticket:
        """Let one story happen, each step at its time."""
        hours, _customer, text = story.steps[0]
        with record.at(self.ago(hours)):
            ticket = self.open(story, text)
            self.fill_in(ticket, story)
        for hours, who, text in story.steps[1:]:
            with record.at(self.ago(hours)):
                self.step(ticket, story, who, text)
        with record.at(self.ago(story.steps[-1][0])):
            actor = self.agent_of(story)
            if story.status != "Open":
                tickets.set_status(ticket, Status.objects.get(name=story.status), by=actor)
        return ticket

    def open(self, story: Story, text: str) -> Ticket:
        contact, department = self.contacts[story.who], self.departments[story.department]
        if story.channel == "Email":
            return self.mail(story, text)
        by_phone, agent = story.channel == "Phone", self.agent_of(story)
        return tickets.open_ticket(
            department=department,
            contact=contact,
            subject=story.subject,
            channel=story.channel,
            message={"text": text, "agent": agent.agent if by_phone else None},
            mailbox=department.mailboxes.get(),
            by=agent if by_phone else Actor(contact=contact, door="help"),
        )

    def mail(self, story: Story, text: str, ticket: Ticket | None = None) -> Ticket:
        """A real mail of the customer, through the mail door."""
        contact, box = self.contacts[story.who], self.departments[story.department].mailboxes.get()
        last = ticket.entries.exclude(message_id="").last() if ticket else None
        moment = record.now()
        stamp = sha256(f"{story.subject}{text}{moment}".encode()).hexdigest()[:20]
        raw = compose(
            from_=Address(contact.name, contact.email),
            to=[Address("", box.address)],
            subject=f"Re: {story.subject}" if ticket else story.subject,
            text=text,
            message_id=f"{stamp}@{contact.email.partition('@')[2]}",
            in_reply_to=last.message_id if last else "",
            references=[last.message_id] if last else [],
            date=moment,
            parts=[] if ticket else [Part(n, "text/plain", "", False, c.encode()) for n, c in story.files],
        )
        stored = store.store(box, raw)
        assert stored is not None
        InboundMail.objects.filter(pk=stored.pk).update(received_at=moment)
        intake.take_in(stored.pk, reader(), at=moment)
        got = InboundMail.objects.select_related("ticket").get(pk=stored.pk).ticket
        assert got is not None, (story.subject, InboundMail.objects.filter(pk=stored.pk).values("decision", "detail"))
        return got

    def fill_in(self, ticket: Ticket, story: Story) -> None:
        by = self.agent_of(story)
        values: dict[str, object] = {"priority": story.priority, "category": story.category}
        if story.due is not None:
            values["due_at"] = self.ago(story.due)
        if story.product:
            values["product"] = self.products[story.product]
        if story.order:
            values["custom"] = {"cf_order_number": story.order}
        tickets.edit(ticket, values, by=by)
        if story.tags:
            tickets.tag(ticket, story.tags, by=by)
        if story.assignee:
            tickets.assign(ticket, self.agents[story.assignee].agent, by=by)

    def agent_of(self, story: Story) -> Actor:
        """Who works on it: the assignee, else someone of the department."""
        return self.agents[story.assignee or {"サポート": "tanaka", "経理": "suzuki", "配送": "ito"}[story.department]]

    def step(self, ticket: Ticket, story: Story, who: str, text: str) -> None:
        if who == "customer":
            if story.channel == "Email":
                self.mail(story, text, ticket)
            else:
                contact = ticket.contact
                tickets.receive(
                    ticket,
                    {"text": text, "from_name": contact.name, "from_address": contact.email},
                    contact=contact,
                    channel=story.channel,
                    by=Actor(contact=contact, door="help"),
                )
        elif who.endswith(":note"):
            tickets.comment(ticket, text, by=self.agents[who.removesuffix(":note")])
        elif who.endswith(":share"):
            self.share(ticket, text, by=self.agents[who.removesuffix(":share")])
        else:
            entry = tickets.reply(ticket, text, by=self.agents[who])
            send.send(entry.outbound.pk)

    def share(self, ticket: Ticket, text: str, *, by: Actor) -> None:
        name, level, hours, why = [*text.split(" ", 3), "", ""][:4]
        until = self.ago(-float(hours)) if hours else None
        tickets.share(ticket, [tickets.Wish(self.departments[name], Permission[level], until, why)], by=by)

    def history(self) -> None:
        """山田's year: resolved matters, some late."""
        for n in reversed(range(24)):
            subject, asked, answered = HISTORY[n % len(HISTORY)]
            start = self.worked(24 * (14 + n * 14 + n % 4), morning=35 + n * 37 % 150)
            waited = (0.4, 0.7, 1.2, 4, 11)[n % 5]
            steps = [(start, "customer", asked), (start - waited, ("sato", "nakamura", "kimura")[n % 3], answered)]
            story = Story(
                "yamada",
                subject,
                steps,
                channel=("Email", "Email", "Web", "Phone", "Chat")[n % 5],
                assignee=("sato", "nakamura", "kimura")[n % 3],
                priority=("Medium", "Low", "High")[n % 3],
                due=start - (30 if n % 7 else 2),
            )
            ticket = self.tell(story)
            with record.at(self.ago(start - waited - 1 - n % 9 * 3)):
                tickets.close(ticket, by=self.agents[story.assignee])
            if n in YEAR:
                self.rate(ticket, start - 32 - n % 4 * 5, *YEAR[n], in_help_center=n % 3 == 0)

    def ratings(self) -> None:
        for subject, said in OTHERS.items():
            self.rate(Ticket.objects.get(subject=subject), *said)

    def notes(self) -> None:
        for who, ago, by, text in NOTES:
            with record.at(self.ago(ago)):
                customer = self.contacts.get(who) or Account.objects.get(name=who)
                write_note(customer, text, by=self.agents[by])

    def rate(self, ticket: Ticket, hours: float, value: str, comment: str, *, in_help_center: bool = False) -> None:
        """The customer says how the last answer was."""
        answer = ticket.entries.filter(direction="out").latest("pk")
        with record.at(self.ago(hours)):
            if in_help_center:
                tickets.rate(answer, value, comment, by=Actor(contact=ticket.contact, door="help"))
            else:
                tickets.rate_by_link(answer, value, comment)

    def notifications(self) -> None:
        """Tell the agents what happened today; they have read what is older than two hours."""
        notifying.tell_all()
        notification_mails.mail_due()
        Notification.objects.filter(created_at__lt=self.ago(2)).update(read_at=self.ago(1.5))


def load(now: datetime) -> None:
    """Make the demo desk. Refused: FOUNDED where the desk is set up already."""
    settings.OUTBOX.mkdir(parents=True, exist_ok=True)
    desk = Desk(now)
    with transaction.atomic(), record.at(desk.ago(24 * 400)):
        found(name="窓口デモ株式会社", is_demo=True)
        desk.people()
        desk.habits()
        desk.service()
        desk.customers()
        with record.at(desk.ago(36)):
            LookingUp().run_all()
    desk.history()
    told = {story.subject: desk.tell(story) for story in sorted(STORIES, key=lambda s: -s.steps[0][0])}
    desk.promises()
    desk.ratings()
    desk.notes()
    desk.families(told)
    LookingUp().run_all()
    mark_overdue()
    desk.notifications()
    send.send_due()
