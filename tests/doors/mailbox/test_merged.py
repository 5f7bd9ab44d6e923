"""Mail that answers a ticket which was merged into another one (SPEC M6)."""

from django.conf import settings

from madoguchi import tickets
from madoguchi.kit import tokens
from madoguchi.models import Event, OutboundMail, Ticket
from madoguchi.reactions.post import bounces
from tests.cast import open_one
from tests.mails import mail, take_in
from tests.tickets.merged import assert_sound, pairs

YAMADA = "山田 花子 <hanako@midori.example>"


def merged(cast, deep: int = 1) -> tuple[Ticket, Ticket]:
    """(the main ticket, the innermost of the chain that was merged into it)."""
    inner = open_one(cast, "一番奥")
    tickets.reply(inner, "確認します", by=cast.sato)
    last = inner
    for n in range(deep):
        outer = open_one(cast, f"外側 {n}")
        tickets.merge(outer, [Ticket.objects.get(pk=last.pk)], by=cast.sato)
        last = outer
    return Ticket.objects.get(pk=last.pk), Ticket.objects.get(pk=inner.pk)


def test_an_answer_to_a_mail_of_the_merged_ticket(cast):
    main, _inner = merged(cast, deep=3)
    sent = OutboundMail.objects.get()
    got = take_in(mail("Re: 一番奥", "まだです", sender=YAMADA, answers=sent.message_id))
    assert got.ticket == main and got.entry.ticket == main
    assert_sound(pairs())


def test_the_old_number_in_the_subject(cast):
    main, inner = merged(cast, deep=2)
    assert take_in(mail(f"Re: [#{inner.number}] 一番奥", sender=YAMADA)).ticket == main


def test_the_signed_reply_address(cast):
    main, inner = merged(cast, deep=2)
    to = tokens.reply_address(settings.SECRET_KEY.encode(), "support@demo.example", inner.pk)
    assert take_in(mail("別の件名", sender="誰か <x@elsewhere.example>", to=to)).ticket == main


def test_a_number_that_changed_places(cast):
    first, second = open_one(cast, "甲"), open_one(cast, "乙")
    one, two = first.number, second.number
    tickets.merge(first, [second], keep={"number": second}, by=cast.sato)
    for number in (one, two):
        assert take_in(mail(f"Re: [#{number}] 件", sender=YAMADA)).ticket == first


def test_who_took_part_in_the_merged_ticket_takes_part_in_the_main_one(cast):
    first, second = open_one(cast, "甲"), open_one(cast, "乙")
    tickets.set_secondary_contacts(second, [cast.takahashi], by=cast.sato)
    sent = tickets.reply(second, "はい", by=cast.sato)
    tickets.merge(first, [second], by=cast.sato)
    assert take_in(mail("Re: 乙", "高橋です", answers=sent.message_id)).ticket == first


def test_after_a_restore_it_is_its_own_again(cast):
    _main, inner = merged(cast)
    sent = OutboundMail.objects.get()
    tickets.restore(inner, by=cast.tanaka)
    assert take_in(mail("Re: 一番奥", sender=YAMADA, answers=sent.message_id)).ticket == inner
    assert take_in(mail(f"Re: [#{inner.number}] 一番奥", sender=YAMADA)).ticket == inner
    assert_sound(pairs())


def test_where_the_main_ticket_lies_in_the_bin_a_new_one_names_it(cast):
    main, inner = merged(cast)
    sent = OutboundMail.objects.get()
    tickets.trash(main, by=cast.sato)
    got = take_in(mail("Re: 一番奥", sender=YAMADA, answers=sent.message_id))
    assert got.ticket not in (main, inner)
    assert Event.objects.get(ticket=got.ticket, verb="ticket.edited").after["about"] == f"#{main.number}"


def test_after_it_was_deleted_for_good_its_mails_still_arrive(cast):
    main, inner = merged(cast)
    sent = OutboundMail.objects.get()
    tickets.purge(inner, by=cast.tanaka)
    assert take_in(mail("Re: 一番奥", sender=YAMADA, answers=sent.message_id)).ticket == main
    assert take_in(mail(f"Re: [#{inner.number}] 一番奥", sender=YAMADA)).ticket == main


def test_a_bounce_of_a_mail_of_the_merged_ticket_is_told_on_the_main_one(cast):
    main, _inner = merged(cast)
    sent = OutboundMail.objects.get()

    class Report:
        kind, status, recipient, diagnostic = "failed", "5.1.1", "hanako@midori.example", "no such user"
        original_message_ids = (sent.message_id,)

    assert bounces.attach(Report()) == main  # type: ignore[arg-type]
    assert Event.objects.get(verb="mail.bounced").ticket == main
