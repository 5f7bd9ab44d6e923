"""Comments: changed by who wrote them, once, with the old text in the history."""

import pytest

from madoguchi import tickets
from madoguchi.errors import Denied, Refused
from madoguchi.kit.addresses import Address
from madoguchi.models import Entry, OutboundMail, Role
from madoguchi.organisation.founding import role


def test_a_comment_deleted_twice_counts_once(cast, ticket):
    file = tickets.upload("a.txt", "text/plain", b"x", by=cast.sato)
    entry = tickets.comment(ticket, "一", attachments=[file], by=cast.sato)
    tickets.comment(ticket, "二", by=cast.sato)
    seen_by_two = Entry.objects.get(pk=entry.pk)
    tickets.delete_comment(entry, by=cast.sato)
    tickets.delete_comment(seen_by_two, by=cast.tanaka)
    ticket.refresh_from_db()
    assert (ticket.comment_n, ticket.attachment_n) == (1, 0)
    assert ticket.events.filter(verb="comment.deleted").count() == 1


def test_a_deleted_comment_is_not_edited(cast, ticket):
    entry = tickets.comment(ticket, "一", by=cast.sato)
    seen_by_another = Entry.objects.get(pk=entry.pk)
    tickets.delete_comment(entry, by=cast.sato)
    with pytest.raises(Refused):
        tickets.edit_comment(seen_by_another, "二", by=cast.tanaka)
    assert Entry.objects.get(pk=entry.pk).text == "一"


def test_the_history_keeps_the_text_that_was_there_not_the_one_someone_saw(cast, ticket):
    entry = tickets.comment(ticket, "一", by=cast.sato)
    seen_by_another = Entry.objects.get(pk=entry.pk)
    tickets.edit_comment(entry, "二", by=cast.sato)
    tickets.edit_comment(seen_by_another, "三", by=cast.tanaka)
    told = ticket.events.filter(verb="comment.edited").values_list("before__text", "after__text")
    assert list(told) == [("一", "二"), ("二", "三")]


def test_an_edit_that_changes_nothing_is_not_written_down_and_an_empty_one_is_refused(cast, ticket):
    entry = tickets.comment(ticket, "一", by=cast.sato)
    tickets.edit_comment(entry, "一", by=cast.sato)
    tickets.edit_comment(entry, public=False, by=cast.sato)
    with pytest.raises(Refused):
        tickets.edit_comment(entry, "", by=cast.sato)
    assert not ticket.events.filter(verb="comment.edited").exists()


def test_who_may_no_longer_write_public_comments_cannot_take_back_what_customers_read(cast, ticket):
    entry = tickets.comment(ticket, "公開", public=True, by=cast.sato)
    cast.sato.agent.role = role(Role.Base.LIGHT)
    cast.sato.agent.save()
    sato = cast.actor(cast.sato.agent)
    with pytest.raises(Denied):
        tickets.edit_comment(entry, "別", public=False, by=sato)
    with pytest.raises(Denied):
        tickets.delete_comment(entry, by=sato)
    entry.refresh_from_db()
    assert (entry.text, entry.is_public, entry.deleted_at) == ("公開", True, None)


def test_a_comment_is_never_forwarded(cast, ticket):
    note = tickets.comment(ticket, "内密", by=cast.sato)
    with pytest.raises(Refused):
        tickets.forward(ticket, "参考", entry=note, to=[Address("", "out@side.example")], by=cast.sato)
    assert not OutboundMail.objects.exists()
