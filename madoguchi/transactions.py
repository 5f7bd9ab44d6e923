"""The transaction of a verb.

Inside another transaction it is a savepoint, so that the caller may catch a refusal and go on writing. A caller who
lets every refusal undo everything says `all_or_nothing` and saves each verb two statements.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from typing import ParamSpec, TypeVar

from django.db import transaction

P = ParamSpec("P")
R = TypeVar("R")
_is_whole: ContextVar[bool] = ContextVar("is_whole", default=False)


@contextmanager
def all_or_nothing() -> Iterator[None]:
    """A transaction in which no refusal is caught."""
    token = _is_whole.set(True)
    try:
        with transaction.atomic():
            yield
    finally:
        _is_whole.reset(token)


def is_whole() -> bool:
    """Whether no refusal is caught on the way: nothing can be undone but everything."""
    return _is_whole.get()


def verb(act: Callable[P, R]) -> Callable[P, R]:
    """`transaction.atomic` for a verb that is often alone in its transaction."""

    @wraps(act)
    def whole(*args: P.args, **kwargs: P.kwargs) -> R:
        with transaction.atomic(savepoint=not _is_whole.get()):
            return act(*args, **kwargs)

    return whole
