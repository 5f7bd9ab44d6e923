"""What settings pages have in common: the frame with its menu, a form and its verb, one small deed."""

from collections.abc import Callable
from typing import Any, TypeVar

from django.db import IntegrityError, models, transaction
from django.http import HttpResponse
from django.utils.translation import gettext as _

from madoguchi.doors.agent.answer import Desked, go, page
from madoguchi.doors.agent.setup import menu
from madoguchi.doors.agent.setup.forms import SetupForm
from madoguchi.errors import Hidden, Refused

Row = TypeVar("Row", bound=models.Model)
Deed = TypeVar("Deed")


def find(rows: models.QuerySet[Row] | type[Row], pk: int) -> Row:
    """The row, Hidden where there is none."""
    found = rows if isinstance(rows, models.QuerySet) else rows._default_manager.all()
    row = found.filter(pk=pk).first()
    if row is None:
        raise Hidden
    return row


def chosen(deeds: dict[str, Deed], what: str) -> Deed:
    """The deed of this name, Hidden where there is none."""
    if what not in deeds:
        raise Hidden
    return deeds[what]


def setup_page(request: Desked, template: str, *, here: str, status: int = 200, **context: Any) -> HttpResponse:
    """A page of the settings; `here` is the url name that is marked in the menu."""
    groups = menu.groups(request.actor)
    return page(
        request, template, status=status, groups=groups, place=here, group=menu.group_of(groups, here), **context
    )


def form_page(
    request: Desked,
    form: SetupForm,
    act: Callable[[dict[str, Any]], Any],
    *,
    to: str | Callable[[Any], str],
    here: str,
    title: Any,
    done: Any = "",
    template: str = "agent/setup/form.html",
    **context: Any,
) -> HttpResponse:
    """GET: the form. POST: the verb with what was typed; a refusal stands at its field and nothing typed is lost."""
    if request.method == "POST":
        made = settle(form, act)
        if made is not None:
            return go(request, to(made[0]) if callable(to) else to, done or _("Saved."))
        form.refused()
    status = 422 if form.is_bound and form.errors else 200
    return setup_page(request, template, here=here, status=status, form=form, title=title, **context)


def settle(form: SetupForm, act: Callable[[dict[str, Any]], Any]) -> tuple[Any] | None:
    """What the verb gave, in a tuple; None where the form or the verb refused, which then stands in the form."""
    if not form.is_valid():
        return None
    try:
        with transaction.atomic():
            return (act(form.cleaned_data),)
    except Refused as refused:
        form.add_error(refused.field if refused.field in form.fields else None, str(refused.text))
        return None
    except IntegrityError:
        form.add_error(None, _("Someone else saved the same at this moment. Nothing was saved."))
        return None


def deed(
    request: Desked, act: Callable[[], Any], *, to: str, here: str, done: Any = "", back: str = ""
) -> HttpResponse:
    """A button: do it and go `to`; a refusal says why on a page of its own, with the way `back` (else `to`)."""
    try:
        with transaction.atomic():
            act()
    except Refused as refused:
        return setup_page(
            request, "agent/setup/refused.html", here=here, status=422, text=refused.text, back=back or to
        )
    return go(request, to, done or _("Saved."))
