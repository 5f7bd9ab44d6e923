"""The template environment: translations, the reader's times, and the components under `ui`."""

from functools import cache
from types import FunctionType
from typing import Any

from django.conf import settings
from django.contrib.staticfiles import finders
from django.templatetags.static import static as hashed
from django.urls import NoReverseMatch, reverse
from jinja2 import Environment, StrictUndefined
from jinja2.runtime import Context
from markupsafe import Markup

from madoguchi import crm
from madoguchi.doors.agent import history, mentions, reader, when
from madoguchi.doors.agent.components import Components
from madoguchi.kit import addresses
from madoguchi.models.people import full_name


def environment(**options: Any) -> Environment:
    """Django's Jinja2 backend asks for this (settings.TEMPLATES). A missing variable is a bug, not an empty string."""
    options["undefined"] = StrictUndefined
    env = Environment(trim_blocks=True, lstrip_blocks=True, extensions=["jinja2.ext.i18n", "jinja2.ext.do"], **options)
    env.newstyle_gettext = True  # type: ignore[attr-defined]
    env.context_class = Plain
    env.globals.update(
        _=reader.gettext,
        gettext=reader.gettext,
        ngettext=reader.ngettext,
        pgettext=reader.pgettext,
        npgettext=reader.npgettext,
    )
    env.globals.update(
        url=url,
        url_if=url_if,
        static=static,
        stylesheet=stylesheet,
        has_asset=has_asset,
        language=when.locale,
        today=when.today,
        full_name=full_name,
        crm_is_on=crm.is_on,
        dot=lambda: "・" if when.locale() == "ja" else " · ",
        by_name=lambda rows: [(row.pk, row.name) for row in rows],
        pairs=lambda words: [(word, word) for word in words],
        ui=Components(env),
    )
    env.filters.update(
        ago=lambda value: when.element(value, when.ago(value)) if value else Markup(""),
        clock=lambda value: when.element(value, when.clock(value)),
        moment=lambda value: when.element(value, when.moment(value)),
        day=when.day,
        day_and_clock=when.day_and_clock,
        due=when.due,
        lateness=when.lateness,
        duration=when.duration,
        for_input=when.for_input,
        number=when.number,
        capped=when.capped,
        size=when.size,
        date_of=when.date_of,
        written_day=when.written_day,
        person=addresses.format,
        sentence=history.sentence,
        verb_icon=history.icon,
        tone=history.tone,
        who=history.who,
        mentions=mentions.marked,
    )
    return env


class Plain(Context):
    """A template context that calls plain functions plainly; Jinja2 asks each call whether it wants the context."""

    def call(self, called: Any, /, *args: Any, **kwargs: Any) -> Any:
        if type(called) is FunctionType and not hasattr(called, "jinja_pass_arg"):
            kwargs.pop("_block_vars", None)
            kwargs.pop("_loop_vars", None)
            return called(*args, **kwargs)
        return super().call(called, *args, **kwargs)


def url(view: str, /, *args: Any, **kwargs: Any) -> str:
    """`reverse`, which takes long, only once for each page name: lists hold a hundred addresses nobody asked for yet."""
    if args:
        return reverse(view, args=args)
    try:
        return _pattern(view, tuple(kwargs)) % kwargs
    except (TypeError, NoReverseMatch):  # a value that is no number
        return reverse(view, kwargs=kwargs)


@cache
def _pattern(view: str, names: tuple[str, ...]) -> str:
    """The address with `%(name)d` where these numbers go."""
    stand_ins = {name: 9_000_000_000_000_000 + n for n, name in enumerate(names)}
    found = reverse(view, kwargs=stand_ins or None).replace("%", "%%")
    for name, number in stand_ins.items():
        found = found.replace(str(number), f"%({name})d")
    return found


@cache
def url_if(name: str) -> str:
    """The address, or '' where no such page exists (yet): nothing stands in the navigation before it works (G8)."""
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""


@cache
def _static(path: str) -> str:
    """The address of a static file; the plain one where it was not collected, so that no page breaks for a picture."""
    try:
        return hashed(path)
    except ValueError:
        return f"{settings.STATIC_URL}{path}"


def static(path: str) -> str:
    return _static.__wrapped__(path) if settings.DEBUG else _static(path)


@cache
def has_asset(path: str) -> bool:
    return finders.find(path) is not None


def stylesheet() -> str:
    """One bundled file where set-up made it, else the file that imports all others."""
    return static("css/desk.css" if has_asset("css/desk.css") else "css/layers.css")
