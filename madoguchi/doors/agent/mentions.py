"""Names of agents behind an @ in a comment, set off from the rest of its text (`kit.mentions` finds whom they mean)."""

import re
from functools import lru_cache

from markupsafe import Markup, escape

from madoguchi.organisation.current import agent_names

TAG = re.compile(r"(<[^>]*>)")


def marked(html: str) -> Markup:
    """Safe HTML with what mentions someone in a span of its own."""
    if "@" not in html and "＠" not in html:
        return Markup(html)
    pattern = _pattern(frozenset(agent_names().values()))
    if pattern is None:
        return Markup(html)
    parts = TAG.split(html)
    parts[::2] = [pattern.sub(r'<span class="entry__mention">\g<0></span>', text) for text in parts[::2]]
    return Markup("".join(parts))


@lru_cache(maxsize=4)
def _pattern(names: frozenset[str]) -> re.Pattern[str] | None:
    """Any of the names, the longest first, however its parts are spaced."""
    spelled = (r"[^\S\n]*".join(map(re.escape, str(escape(name)).split())) for name in names)
    found = sorted(filter(None, spelled), key=len, reverse=True)
    return re.compile(f"(?<![a-z0-9._%+-])[@＠](?:{'|'.join(found)})", re.IGNORECASE) if found else None
