"""Names of agents behind an @ in a comment, set off from the rest of its text (`kit.mentions` finds whom they mean)."""

import re
from functools import lru_cache

from markupsafe import Markup, escape

from madoguchi.kit.mentions import pattern
from madoguchi.organisation.current import agent_names

TAG = re.compile(r"(<[^>]*>)")


def marked(html: str) -> Markup:
    """Safe HTML with what mentions someone in a span of its own."""
    if "@" not in html and "＠" not in html:
        return Markup(html)
    mention = _pattern(frozenset(agent_names().values()))
    if mention is None:
        return Markup(html)
    parts = TAG.split(html)
    parts[::2] = [mention.sub(r'<span class="entry__mention">\g<0></span>', text) for text in parts[::2]]
    return Markup("".join(parts))


@lru_cache(maxsize=4)
def _pattern(names: frozenset[str]) -> re.Pattern[str] | None:
    return pattern(str(escape(name)) for name in names)
