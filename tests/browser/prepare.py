"""Found the desk of the browser tests in the database of the environment."""

import os

import django

PASSWORD = "browser-tests-only"


def main() -> None:
    django.setup()
    from django.conf import settings

    from madoguchi.kit import crypt
    from madoguchi.models import Agent
    from madoguchi.models.mail import Security
    from tests.cast import gather

    cast = gather()
    for agent in Agent.objects.all():
        agent.set_password(PASSWORD)
        agent.save()
    box = cast.support_box
    host, port, user, password = os.environ["TEST_IMAP"].split()
    box.imap_host, box.imap_port, box.imap_security, box.imap_user = host, int(port), Security.NONE, user
    box.imap_password = crypt.seal(settings.SECRET_KEY.encode(), password)
    host, port = os.environ["TEST_SMTP"].split()
    box.smtp_host, box.smtp_port, box.smtp_security = host, int(port), Security.NONE
    box.plus_addressing = True
    box.save()


if __name__ == "__main__":
    main()
