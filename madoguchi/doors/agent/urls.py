"""The pages of the agents. Addresses are nouns; what is done with them is the method."""

from importlib.util import find_spec

from django.urls import URLPattern, URLResolver, include, path

from madoguchi.doors.agent import commands, departments, files, home, notifications, search, signing_in, theme
from madoguchi.doors.agent.board import urls as board
from madoguchi.doors.agent.crm import urls as crm
from madoguchi.doors.agent.crm_files import urls as crm_files
from madoguchi.doors.agent.customers import urls as customers
from madoguchi.doors.agent.tickets import urls as tickets

urlpatterns: list[URLPattern | URLResolver] = [
    path("", home.show, name="home"),
    path("department", departments.switch, name="switch_department"),
    path("commands", commands.show, name="commands"),
    path("shortcuts", commands.shortcuts, name="shortcuts"),
    path("search", search.show, name="search"),
    path("search/suggestions", search.suggest, name="suggestions"),
    path("notifications/", notifications.show, name="notifications"),
    path("notifications/newest", notifications.newest, name="newest_notifications"),
    path("notifications/read", notifications.read, name="read_notifications"),
    path("theme", theme.change, name="theme"),
    path("files/<str:key>/<str:name>", files.show, name="file"),
    path("", include(tickets)),
    path("", include(customers)),
    path("", include(crm_files)),
    path("", include(board)),
    path("", include(crm)),
    path("", include(signing_in)),
]
if find_spec("madoguchi.doors.agent.setup.urls"):
    urlpatterns.append(path("", include("madoguchi.doors.agent.setup.urls")))
