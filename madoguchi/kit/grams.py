"""Text as tokens one can search, for PostgreSQL's `tsvector` and `tsquery` (SPEC D11).

Folded text is cut into runs. A run of a script written without spaces (Japanese, Chinese, Korean, Thai …) becomes every
two neighbouring characters and its last character alone: 返金額 is 返金, 金額, 額. So one character is found as the beginning
of a token, two are a token, more are a phrase: what `LIKE '%…%'` finds. Any other run of letters and digits is a word.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping

MOST_TOKENS = 16_000
LAST_POSITION = 16_383  # of a tsvector
LONGEST_TOKEN = 2_000  # bytes; a tsvector takes 2,046
MOST_BYTES = 700_000  # of tokens and positions; a tsvector takes 1 MiB
SECTION_GAP = 8  # no phrase reaches from one section into the next
LONGEST_QUERY = 300
MOST_QUERY_TOKENS = 64

# One letter, two glyphs: what NFKC leaves apart though a reader takes it for the same name.
VARIANTS = dict(
    zip(
        "髙﨑𠮷德濵濱瀨栁桒邉邊澤櫻廣國惠眞嶋嶌冨槇曾渕齋齊條將靜榮壽實圓學豐戶黑緖薰祿賴郞朗龜晴來兒亞彥吳姬與萬藪檜舘鄕寬巖淺瀧繩聰芦辻ヶヵ",
        "高崎吉徳浜浜瀬柳桑辺辺沢桜広国恵真島島富槙曽淵斎斉条将静栄寿実円学豊戸黒緒薫禄頼郎朗亀晴来児亜彦呉姫与万薮桧館郷寛巌浅滝縄聡芦辻ケカ",
        strict=True,
    )
)
IGNORED = [0xAD, 0x34F, 0x61C, *range(0x180B, 0x180F), *range(0x200B, 0x2010), *range(0x202A, 0x202F),
           *range(0x2060, 0x2070), *range(0xFE00, 0xFE10), 0xFEFF, *range(0xE0000, 0xE1000)]  # fmt: skip
TABLE: Mapping[int, str | None] = {**{ord(a): b for a, b in VARIANTS.items() if a != b}, **dict.fromkeys(IGNORED)}

SPACELESS = (
    "\u0e00-\u0eff\u0f40-\u0fbc\u1000-\u109f\u1100-\u11ff\u1780-\u17d3\u2e80-\u2fdf\u3005-\u3007\u3021-\u3029\u3031-\u3035"
    "\u3038-\u303c\u3041-\u3096\u3099\u309a\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff\u3105-\u312f\u3131-\u318e\u31a0-\u31bf"
    "\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\ua960-\ua97c\uac00-\ud7fb\uf900-\ufaff\U0001aff0-\U0001b2ff\U00020000-\U0003fffd"
)
MARKS = (  # letters of these scripts carry marks that are no letters for `\w`
    "\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u064b-\u065f\u0670"
    "\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8\u06ea-\u06ed\u0711\u0730-\u074a\u07a6-\u07b0\u07eb-\u07f3\u0816-\u082d"
    "\u0859-\u085b\u08d3-\u0963\u0966-\u0df3\u135d-\u135f\u1712-\u1715\u1732-\u1734\u18a9\u1920-\u193b\u1a17-\u1a1b"
    "\u1a55-\u1a7f\u1ab0-\u1aff\u1b00-\u1b44\u1b6b-\u1bad\u1be6-\u1bf3\u1c24-\u1c37\u1cd0-\u1cf9\u1dc0-\u1dff"
    "\u20d0-\u20f0\u2cef-\u2cf1\u2d7f-\u2dff\ua66f-\ua67d\ua69e\ua69f\ua802-\ua82c\ua880-\ua8c5\ua8e0-\ua8f1"
    "\ua926-\ua953\ua980-\ua9c0\uaa29-\uaa4d\uaaeb-\uaaf6\uabe3-\uabed\ufb1e\ufe20-\ufe2f\U00010a01-\U00010a3f"
    "\U00011000-\U00011fff"
)
RUN = re.compile(rf"([{SPACELESS}]+)|((?:(?![{SPACELESS}_])[\w{MARKS}])+)")
COMPANY = re.compile(r"[(（]([株有])[)）]")
COMPANIES = {"株": "株式会社", "有": "有限会社"}
CLUSTER = re.compile(rf"[(（][株有][)）]|[\s\S][{MARKS}\u3099\u309a\uff9e\uff9f\ufe00-\ufe0f\U000e0100-\U000e01ef]*")
MARK = re.compile(rf"[{MARKS}\u3099\u309a\uff9e\uff9f\ufe00-\ufe0f\U000e0100-\U000e01ef]")
TERM = re.compile(r'["“”]([^"“”]*)["“”]?|([^\s"“”]+)')

Phrase = list[tuple[str, bool]]


def fold(text: str) -> str:
    """Text as it is compared: NFKC without case, glyph variants as one, ㈱ written out, invisible characters gone."""
    text = unicodedata.normalize("NFKC", text).translate(TABLE).casefold()
    return COMPANY.sub(lambda m: COMPANIES[m[1]], unicodedata.normalize("NFKC", text))


def tokens(text: str) -> Iterator[str]:
    """The tokens of a text, in order."""
    for run in RUN.finditer(fold(text)):
        letters = run[1]
        if letters is None:
            yield _cut(run[2])
            continue
        for i in range(len(letters) - 1):
            yield letters[i : i + 2]
        yield letters[-1]


def vector(sections: Iterable[tuple[str, str]]) -> str:
    """A `tsvector` literal of (weight A–D, text) sections; what is beyond its limits is cut off."""
    places: dict[str, list[str]] = {}
    position = count = size = 0
    for weight, text in sections:
        mark = "" if weight == "D" else weight
        for token in tokens(text[: 4 * MOST_TOKENS]):
            position, count = position + 1, count + 1
            known = places.get(token)
            size += 6 if known is not None else len(token.encode()) + 12
            if position > LAST_POSITION or count > MOST_TOKENS or size > MOST_BYTES:
                return _literal(places)
            if known is None:
                places[token] = [f"{position}{mark}"]
            else:
                known.append(f"{position}{mark}")
        position += SECTION_GAP
    return _literal(places)


def _literal(places: Mapping[str, list[str]]) -> str:
    return " ".join(f"'{token}':{','.join(at)}" for token, at in places.items())


def spellings(word: str) -> str:
    """A regular expression for a word whose letters have variants, '' if none has: 高橋 is `[高髙]橋`."""
    found = ""
    for letter in word:
        plain = VARIANTS.get(letter, letter)
        ways = sorted({plain, *(old for old, new in VARIANTS.items() if new == plain)})
        found += f"[{''.join(ways)}]" if len(ways) > 1 else re.escape(letter)
    return found if found != re.escape(word) else ""


def query(text: str, weights: str = "") -> str:
    """A `tsquery` of what someone typed: every word, and every "quoted phrase"; '' where nothing is left to look for.

    The last word of a term may go on (`inv-20` finds INV-2024-001), not so in quotes and in addresses. `weights`: only there, such as "A".
    """
    found = [_phrase(words, weights) for words in phrases(text)]
    return " & ".join(dict.fromkeys(found))


def phrases(text: str) -> list[Phrase]:
    """The terms of a query, each a list of (token, whether it may go on)."""
    found: list[Phrase] = []
    left = MOST_QUERY_TOKENS
    for term, quoted in terms(text):
        phrase = _tokens_asked(term, open_ended=not quoted and "@" not in term)[:left]
        left -= len(phrase)
        if phrase:
            found.append(phrase)
    return found


def terms(text: str) -> list[tuple[str, bool]]:
    """The (folded term, whether quoted) someone typed."""
    typed = unicodedata.normalize("NFKC", text[:LONGEST_QUERY])
    found = ((m[2] or m[1] or "", m[2] is None) for m in TERM.finditer(typed))
    return [(fold(term), quoted) for term, quoted in found if RUN.search(fold(term))]


def _tokens_asked(term: str, *, open_ended: bool) -> Phrase:
    runs = list(RUN.finditer(term))
    found: Phrase = []
    for run in runs:
        is_last = run is runs[-1]
        letters = run[1]
        if letters is None:
            word = _cut(run[2])
            found.append((word, is_last and open_ended and word == run[2]))
            continue
        found += [(letters[i : i + 2], False) for i in range(len(letters) - 1)]
        if not is_last or len(letters) == 1:
            found.append((letters[-1], is_last))
    return found


def _phrase(phrase: Phrase, weights: str) -> str:
    parts = []
    for token, goes_on in phrase:
        where = ("*" if goes_on else "") + weights
        parts.append(f"'{token}'{':' if where else ''}{where}")
    return parts[0] if len(parts) == 1 else f"({' <-> '.join(parts)})"


def _cut(word: str) -> str:
    """The word, or as much of a very long one as a token takes."""
    if len(word) * 4 <= LONGEST_TOKEN:
        return word
    return word.encode("utf-8", "ignore")[:LONGEST_TOKEN].decode("utf-8", "ignore")


def pattern(text: str) -> re.Pattern[str] | None:
    """What marks the hits of a query in folded text; None where there is nothing to mark."""
    found = []
    for term, quoted in terms(text):
        parts = []
        for run in RUN.finditer(term):
            parts.append(re.escape(run[0]) if run[1] else rf"(?<!\w){re.escape(run[0])}")
            ends_open = run[1] is not None or not quoted
        found.append(r"[\W_]*".join(parts) + ("" if ends_open else r"(?!\w)"))
    longest_first = sorted(dict.fromkeys(found), key=len, reverse=True)
    return re.compile("|".join(longest_first)) if found else None


def snippet(text: str, query: str, *, before: int = 30, length: int = 140) -> list[tuple[str, bool]]:
    """The part of a text around the first hit, as (piece, whether it is a hit); its beginning where there is none.

    Cut ends carry an ellipsis. White space is shown as one space.
    """
    wanted = pattern(query)
    blocks = list(_blocks(text))
    folded = [fold(block) for block in blocks]
    whole = "".join(folded)
    first = wanted.search(whole) if wanted else None
    start = max(0, first.start() - before) if first else 0
    end = start + length
    if first:
        end = min(max(end, first.end()), start + 3 * length)
    pieces: list[tuple[str, bool]] = []
    hits = [m.span() for m in wanted.finditer(whole, start, end)] if wanted and first else []
    at = 0
    for block, low in zip(blocks, folded, strict=True):
        if at < end and at + len(low) > start:
            _take(pieces, block, at, start, end, hits)
        at += len(low)
    shown = _tidy(pieces)
    if shown and start > 0:
        shown.insert(0, ("…", False))
    if shown and end < len(whole):
        shown.append(("…", False))
    return shown


def _blocks(text: str, size: int = 400) -> Iterator[str]:
    """The text in pieces that fold alone as they fold together: cut at white space or, if need be, between letters."""
    start = 0
    while start < len(text):
        end = min(start + size, len(text))
        while end < len(text) and end < start + 2 * size and not text[end].isspace():
            end += 1
        while end < len(text) and MARK.match(text, end):
            end += 1
        yield text[start:end]
        start = end


def _take(
    pieces: list[tuple[str, bool]], block: str, at: int, start: int, end: int, hits: list[tuple[int, int]]
) -> None:
    """Add to the pieces what of a block lies between start and end of the folded text."""
    for cluster in CLUSTER.findall(block):
        width = len(fold(cluster))
        if start <= at < end:
            is_hit = any(low < at + max(width, 1) and at < high for low, high in hits)
            pieces.append((cluster, is_hit))
        at += width


def _tidy(pieces: list[tuple[str, bool]]) -> list[tuple[str, bool]]:
    """Neighbours of a kind as one piece, white space as one space."""
    joined: list[tuple[str, bool]] = []
    for text, is_hit in pieces:
        text = " " if text.isspace() else text
        if joined and joined[-1][1] == is_hit:
            if not (text == " " and joined[-1][0].endswith(" ")):
                joined[-1] = (joined[-1][0] + text, is_hit)
        elif not (text == " " and not joined):
            joined.append((text, is_hit))
    return joined
