"""`ui.badge(…)`, `ui.field(…)`: every macro in templates/components/ under one name, without import lines."""

from functools import lru_cache
from typing import Any

from django.template import engines
from jinja2 import Environment

from madoguchi.doors.agent.reader import moment, reader

# What says the same for the same values: made once for each language, and where it tells the time, for half a minute.
TIMELESS = set("icon avatar badge channel priority priority_name count empty button icon_button".split())
TIMED = {"due"}


def components() -> Any:
    """The `ui` of templates, for pieces of pages that are written in Python."""
    return engines["jinja2"].env.globals["ui"]  # type: ignore[attr-defined]


class Components:
    """Macros by name. Each name is in one file only; a name that starts with `_` is that file's own."""

    def __init__(self, env: Environment) -> None:
        self._env = env
        self._files: dict[str, str] = {}

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        if not self._files:
            self._files.update(self._found())
        if name not in self._files:
            raise AttributeError(f"no component {name} in templates/components")
        macro = getattr(self._env.get_template(self._files[name]).module, name)
        if not self._env.auto_reload:
            if name in TIMELESS or name in TIMED:
                macro = remembered(macro, is_timed=name in TIMED)
            self.__dict__[name] = macro
        return macro

    def _found(self) -> dict[str, str]:
        names: dict[str, str] = {}
        for file in self._env.list_templates(filter_func=lambda path: path.startswith("components/")):
            for name in vars(self._env.get_template(file).module):
                if not name.startswith("_"):
                    assert name not in names, f"{name} in {file} and {names.get(name)}"
                    names[name] = file
        return names


def remembered(macro: Any, *, is_timed: bool) -> Any:
    """The macro, called only for values it was not called with lately."""

    @lru_cache(maxsize=4096)
    def made(_reader: tuple[Any, ...], args: tuple[Any, ...], kwargs: tuple[tuple[str, Any], ...]) -> Any:
        return macro(*args, **dict(kwargs))

    def called(*args: Any, **kwargs: Any) -> Any:
        if "caller" in kwargs:
            return macro(*args, **kwargs)
        return made(moment() if is_timed else (reader().language,), args, tuple(kwargs.items()))

    return called
