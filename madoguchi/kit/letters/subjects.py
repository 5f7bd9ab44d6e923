"""Subject lines: the ticket number in them, and the prefixes mailers pile up."""

import re

from madoguchi.kit.characters import one_line

_NUMBER = re.compile(r"[\[［]\s?[#＃]\s?([0-9０-９]{1,18})\s?[\]］]")
_PREFIX = re.compile(
    r"(?:[rRＲｒ][eEＥｅ]|[fFＦｆ][wWＷｗ][dDＤｄ]?|aw|wg|sv|vs|antw|tr|rv|ynt|odp|返信|転送|返|回复|回覆|答复|转发|轉寄)"
    r"\s?(?:[\[(（]\d{1,3}[\])）]|\^\d{1,3}|\*\d{1,3}|\d{1,3})?\s?[:：]\s?",
    re.IGNORECASE,
)
_LONGEST = 2_000


def number_in(subject: str) -> int | None:
    """The number of the first `[#123]`, also written `［＃１２３］`; None if there is none."""
    found = _NUMBER.search(subject[:_LONGEST])
    return int(found[1]) if found else None


def stripped(subject: str) -> str:
    """The subject without leading Re:, Fwd:, 返信:, 転送: (any number, any width) and without `[#123]`; one line."""
    text = one_line(_NUMBER.sub(" ", subject[:_LONGEST]))
    start = 0
    while found := _PREFIX.match(text, start):
        start = found.end()
    return text[start:]


def tagged(subject: str, number: int) -> str:
    """`Re: [#123] subject`, however many prefixes and numbers the subject already had."""
    return f"Re: [#{number}] {stripped(subject)}".rstrip()
