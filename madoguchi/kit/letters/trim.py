"""What is new in a reply, and the history it drags along. For display only: the whole text is always kept."""

import re
from itertools import accumulate

_DATE = (
    r"(?:\d{1,2}\.? \w{3,9}\.?,? 20\d\d|20\d\d年\s?\d{1,2}月\s?\d{1,2}日|20\d\d[/.-]\d{1,2}[/.-]\d{1,2}|\w{3,9}\.?,? \d{1,2}\.? \w{3,9}\.?,? 20\d\d"
    r"|\w{3},? \w{3,9} \d{1,2},? 20\d\d|\d{1,2}[/.]\d{1,2}[/.](?:20)?\d\d|\w{3,9}\.? \d{1,2},? 20\d\d|令和\s?\d{1,2}年)"
)
_ADDRESS = r"[<＜\[(]?(?:mailto:)?[\w.+-]{1,64}@[\w.-]{1,255}[>＞\])]?"
_WROTE = (
    r"(?:(?:wrote|writes|schrieb|a écrit|escribió)\s?[:：]|のメール\s?[:：]"
    r"|(?:さん|様)?(?:が|は)?(?:書きました|書いた)\s?[:：。]?"
    rf"|{_ADDRESS}\s?(?:のメール|さん)?\s?[:：])"
)
_HEAD = re.compile(rf"(?:On\s|Am\s|Le\s|El\s)?.{{0,40}}?{_DATE}.{{0,200}}?{_WROTE}", re.IGNORECASE | re.DOTALL)
_TITLES = (
    r"元のメッセージ|オリジナルメッセージ|元のメール|転送メッセージ|転送されたメッセージ|Original Message"
    r"|Forwarded message|Original Appointment|Reply message|Ursprüngliche Nachricht|原始邮件"
)
_SEPARATOR = re.compile(rf"[-_＿ー―─━=－]{{2,60}}\s?(?:{_TITLES})\s?[-_＿ー―─━=－]{{2,60}}", re.IGNORECASE)
_RULE = re.compile(r"_{10,}|-{20,}|─{10,}|━{10,}")
_FIELD = re.compile(
    r"[>* \t]{0,10}(差出人|送信者|送信日時|送信日|日付|日時|宛先|件名|CC|From|Sent|Date|To|Subject"
    r"|Von|Gesendet|An|Betreff)\s?\*{0,2}\s?[:：]",
    re.IGNORECASE,
)
_QUOTE = (">", "＞")
_HEAD_ENDS = (":", "：", "。", "た")
_LONGEST_LINE = 400
_LINES_SEARCHED = 20_000
_LONGEST_SIGNATURE = 15
_WRAPPED_AT = 55


def split(text: str) -> tuple[str, str]:
    """(visible, quoted): cut before the first head of a quoted history or before quotes that end the mail.

    Answers written between or below quotes stay visible together with what they answer. A `-- ` signature goes to the
    quoted half only where it ends the mail. If nothing would be left, all is visible. A history that starts after 20,000
    lines is not looked for. Linear.
    """
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    cut = _cut(lines)
    while cut and (not lines[cut - 1].strip() or lines[cut - 1].startswith(_QUOTE)):
        cut -= 1
    if not any(line.strip("\r\n\t \u3000") for line in lines[cut:]):
        cut = _before_signature(lines)
    if not any(x.strip() and not x.startswith(_QUOTE) for x in lines[:cut]):
        return text.strip(), ""
    return "\n".join(lines[:cut]).strip(), "\n".join(lines[cut:]).strip()


def _cut(lines: list[str]) -> int:
    """The line at which the history starts; the number of lines if there is none."""
    after = _After(lines)
    for i, raw in enumerate(lines[:_LINES_SEARCHED]):
        line = raw.strip()
        if not line or len(line) > _LONGEST_LINE or line.startswith(_QUOTE):
            continue
        if _SEPARATOR.fullmatch(line):
            return i
        if _FIELD.match(line) and _is_header_block(lines, i):
            return i - 1 if i and _RULE.fullmatch(lines[i - 1].strip()) else i
        for n in (1, 2, 3):
            if _is_head(lines[i : i + n], n) and after.is_history(i + n):
                return i
    return len(lines)


def _is_header_block(lines: list[str], start: int) -> bool:
    names = {found[1].lower() for line in lines[start : start + 7] if (found := _FIELD.match(line[:_LONGEST_LINE]))}
    return len(names) >= 3


def _is_head(lines: list[str], n: int) -> bool:
    if len(lines) < n or not lines[-1].rstrip().endswith(_HEAD_ENDS):
        return False
    if any(not x.strip() or x.startswith(_QUOTE) for x in lines):
        return False
    head = " ".join(x.strip() for x in lines)
    return len(head) <= _LONGEST_LINE and bool(_HEAD.fullmatch(head))


class _After:
    """For every line: what stands below it, counted once from the end."""

    def __init__(self, lines: list[str]) -> None:
        quoted = [line.startswith(_QUOTE) for line in lines]
        filled = [bool(line.strip()) for line in lines]
        self._quoted = _suffix_sums(quoted)
        self._filled = _suffix_sums(filled)
        self._answers = _suffix_sums(_answers(lines, quoted))
        self._next = [len(lines)] * (len(lines) + 1)
        for i in range(len(lines) - 1, -1, -1):
            self._next[i] = i if filled[i] else self._next[i + 1]
        self._is_quoted = [*quoted, False]

    def is_history(self, start: int) -> bool:
        quoted, filled = self._quoted[start], self._filled[start]
        if not quoted:
            return True
        if self._is_quoted[self._next[start]]:
            return not self._answers[start]
        return quoted * 2 >= filled


def _suffix_sums(flags: list[bool]) -> list[int]:
    return [*reversed(list(accumulate(reversed(flags), initial=0)))]


def _answers(lines: list[str], quoted: list[bool]) -> list[bool]:
    """Unquoted lines below a quote that are neither the rest of a wrapped quote nor a signature."""
    out, seen, signature, wrapped = [], False, False, False
    for line, is_quote in zip(lines, quoted, strict=True):
        if is_quote:
            seen, signature = True, False
            wrapped = len(line) >= _WRAPPED_AT
        elif line.rstrip() in {"--", "__"} or line.startswith(("-- ", "____")):
            signature = True
        out.append(not is_quote and bool(line.strip()) and seen and not signature and not wrapped)
        if not is_quote:
            wrapped = False
    return out


def _before_signature(lines: list[str]) -> int:
    for i in range(len(lines) - 1, max(-1, len(lines) - 2 - _LONGEST_SIGNATURE), -1):
        if lines[i] in {"-- ", "--"}:
            return i
    return len(lines)
