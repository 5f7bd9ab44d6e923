"""What the web server runs: pages through the bridge, live streams through the hub."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django = get_wsgi_application()

from madoguchi.doors.live.server import Server  # noqa: E402  # needs Django set up

application = Server(django, threads=int(os.environ.get("MADOGUCHI_THREADS") or 6))
