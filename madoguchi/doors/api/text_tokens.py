"""How search words are written: `abc*`, `*abc*`, `${empty}`, `${notempty}` (API B0)."""

from django.db.models import Q

EMPTY = {"${empty}", ""}
FILLED = {"${notempty}", "~"}


def matches(columns: list[str], word: str, *, plain: str = "icontains") -> Q:
    """Any of the text columns fits the word; a word without stars is compared by `plain`."""
    if word in EMPTY or word in FILLED:
        empty = Q()
        for column in columns:
            empty &= Q(**{column: ""}) | Q(**{f"{column}__isnull": True})
        return empty if word in EMPTY else ~empty
    inner = word.strip("*")
    if word.startswith("*") and word.endswith("*"):
        how = "icontains"
    elif word.endswith("*"):
        how = "istartswith"
    elif word.startswith("*"):
        how = "iendswith"
    else:
        how = plain
    found = Q()
    for column in columns:
        found |= Q(**{f"{column}__{how}": inner})
    return found
