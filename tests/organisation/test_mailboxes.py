import pytest

from madoguchi.errors import Denied, Refused
from madoguchi.models import Event, Mailbox
from madoguchi.organisation import mailboxes
from madoguchi.organisation.secrets import unseal
from tests.mails import mail, take_in

SERVER = {"imap_host": "imap.demo.example", "imap_user": "support", "imap_password": "ひみつ-passphrase"}


def refused(code: str):
    return pytest.raises(Refused, check=lambda error: error.code == code)


def test_passwords_are_sealed_and_in_no_history(cast):
    box = mailboxes.edit_mailbox(cast.support_box, SERVER, by=cast.admin)
    assert "passphrase" not in box.imap_password and unseal(box.imap_password) == "ひみつ-passphrase"
    written = str(list(Event.objects.values("before", "after")))
    assert "passphrase" not in written and box.imap_password not in written and "imap.demo.example" in written


def test_a_password_stays_until_another_is_given_and_goes_with_its_server(cast):
    box = mailboxes.edit_mailbox(cast.support_box, SERVER, by=cast.admin)
    box = mailboxes.edit_mailbox(box, {"imap_password": None, "display_name": "窓口"}, by=cast.admin)
    assert unseal(box.imap_password) == "ひみつ-passphrase"
    box = mailboxes.edit_mailbox(box, {"imap_host": "", "imap_password": None}, by=cast.admin)
    assert box.imap_password == ""


@pytest.mark.parametrize("host", ["mail.demo.example", "10.0.0.5", "127.0.0.1.demo.example", "localhost.demo.example"])
def test_without_encryption_only_to_this_machine(cast, host):
    with refused("NOT_SECURE"):
        mailboxes.edit_mailbox(cast.support_box, {"smtp_host": host, "smtp_security": "none"}, by=cast.admin)
    assert cast.support_box.smtp_host == ""


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1"])
def test_a_server_on_this_machine_needs_no_encryption(cast, host):
    box = mailboxes.edit_mailbox(cast.support_box, {"smtp_host": host, "smtp_security": "none"}, by=cast.admin)
    assert box.smtp_host == host


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"imap_host": "a b"}, "NOT_A_HOST"),
        ({"imap_host": "mail.demo.example/x"}, "NOT_A_HOST"),
        ({"imap_host": "mail.demo.example", "imap_port": 70000}, "NOT_A_PORT"),
        ({"address": "billing@demo.example"}, "ADDRESS_TAKEN"),
        ({"address": "billing"}, "NOT_AN_ADDRESS"),
        ({"is_active": False}, "DEFAULT_MAILBOX"),
        ({"imap_security": "ssl2"}, "NOT_A_CHOICE"),
        ({"last_uid": 0}, "UNKNOWN_FIELD"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_changes(cast, changes, code):
    before = Mailbox.objects.filter(pk=cast.support_box.pk).values().get()
    with refused(code):
        mailboxes.edit_mailbox(cast.support_box, changes, by=cast.admin)
    assert Mailbox.objects.filter(pk=cast.support_box.pk).values().get() == before


def test_another_server_is_read_from_its_first_mail_and_old_uids_do_not_hide_new_mail(cast):
    got = take_in(mail())
    type(got).objects.filter(pk=got.pk).update(uid_validity=1, uid=7)
    Mailbox.objects.filter(pk=cast.support_box.pk).update(uid_validity=1, last_uid=7, server_n=7)
    box = mailboxes.edit_mailbox(cast.support_box, {"imap_host": "new.demo.example"}, by=cast.admin)
    assert (box.uid_validity, box.last_uid, box.server_n) == (None, 0, None)
    got.refresh_from_db()
    assert (got.uid_validity, got.uid, got.decision) == (None, None, "entry")


def test_a_department_has_one_default_address(cast):
    other = mailboxes.add_mailbox(cast.support, {"address": "help@demo.example"}, by=cast.admin)
    assert not other.is_default
    mailboxes.make_default_mailbox(other, by=cast.admin)
    assert cast.support.mailboxes.get(is_default=True) == other


@pytest.mark.parametrize("who", ["sato", "tanaka", "light"])
def test_only_administrators_touch_servers(cast, who):
    actor = getattr(cast, who)
    for deed in (
        lambda: mailboxes.add_mailbox(cast.support, {"address": "help@demo.example"}, by=actor),
        lambda: mailboxes.edit_mailbox(cast.support_box, SERVER, by=actor),
        lambda: mailboxes.make_default_mailbox(cast.support_box, by=actor),
    ):
        with pytest.raises(Denied):
            deed()
    assert Mailbox.objects.count() == 3 and cast.support_box.imap_host == ""
