"""The block that asks how an answer was does not come back with customers' answers, however their program quotes it."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from madoguchi.kit.html import text_from
from madoguchi.kit.letters.parsing import parse
from madoguchi.kit.letters.rating_block import QUESTIONS, without, without_in_html
from madoguchi.kit.tokens import entry_in, rating_token

LINK = "https://desk.example.jp/help/rate/81234-abcdefghij234567"
JA = f"サポートはいかがでしたか？\n良い: {LINK}/good\n普通: {LINK}/ok\n悪い: {LINK}/bad"
EN = f"How was our support?\nGood: {LINK}/good\nOkay: {LINK}/ok\nBad: {LINK}/bad"
# As Thunderbird, Outlook, Gmail's text part, Apple Mail and old programs that wrap lines bring it back.
QUOTED = [
    *(JA, EN),
    "\n".join(f"> {line}" for line in JA.split("\n")),
    "\n".join(f"＞　{line}" for line in EN.split("\n")),
    "\n".join(f">> {line}" for line in JA.split("\n")),
    f"サポートはいかがでしたか？\n🙂 良い <{LINK}/good> 😐 普通 <{LINK}/ok> 🙁 悪い <{LINK}/bad>",
    f"サポートはいかがでしたか？\n\n🙂 良い\n<{LINK}/good>\n\n😐 普通\n<{LINK}/ok>\n\n🙁 悪い\n<{LINK}/bad>",
    f"*How was our support?*\n| [🙂 Good]({LINK}/good) | [😐 Okay]({LINK}/ok) | [🙁 Bad]({LINK}/bad) |",
    f"> サポートはいかがでしたか？\n> 良い:\n> {LINK}/good\n> 普通:\n> {LINK}/ok\n> 悪い:\n> {LINK}/bad",
    f"{LINK.upper().replace('HTTPS', 'https')}/good",
]


@pytest.mark.parametrize("block", QUOTED)
def test_the_block_is_left_out_and_nothing_else(block):
    assert without(f"届きました。\n\n{block}\n\nありがとう。").split() == ["届きました。", "ありがとう。"]
    assert without(f"届きました。\n{block}\n良い買い物でした。").split() == ["届きました。", "良い買い物でした。"]


@pytest.mark.parametrize(
    "text",
    [
        "サポートはいかがでしたか？と聞かれました。",
        "Good\nOkay\nBad",
        "良い",
        "https://desk.example.jp/help/tickets/10469/",
        f"このリンク {LINK}/good が開けません。",  # words of the customer's own: they stay
        "https://desk.example.jp/help/rate/81234-short/good",
    ],
)
def test_what_is_no_block_stays(text):
    assert without(text) == text


HTML = (
    '<table role="presentation"><tr><td colspan="6">サポートはいかがでしたか？</td></tr><tr>'
    + "".join(
        f'<td><a href="{LINK}/{v}">{w}</a></td>'
        for v, w in (("good", "🙂 良い"), ("ok", "😐 普通"), ("bad", "🙁 悪い"))
    )
    + "</tr></table>"
)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("<p>届きました。</p><blockquote><p>回答</p>", "<p>旧</p></blockquote>"),
        ("<TABLE><tr><td>表</td></tr></TABLE><div>", "</div><table><tr><td>後</td></tr></table>"),
    ],
)
def test_the_table_of_an_html_answer_is_left_out(before, after):
    assert without_in_html(before + HTML + after) == before + after
    assert without_in_html(before + HTML.upper().replace("HTTPS", "https") + after) == before + after


def test_links_go_where_the_table_is_gone():
    anchors = f'<p>前 <a style="x" href="{LINK}/good">良い</a> 後 <a href="https://shop.example">店</a> {LINK}/bad</p>'
    assert without_in_html(anchors).split() == ["<p>前", "後", "<a", 'href="https://shop.example">店</a>', "</p>"]
    nested = f"<table><tr><td>{anchors}<table><tr><td>中</td></tr></table></td></tr></table>"
    assert LINK not in without_in_html(nested) and "中" in without_in_html(nested)


@pytest.mark.parametrize("charset", ["utf-8", "iso-2022-jp"])
def test_a_customers_answer_is_read_without_it(charset):
    block = JA if charset == "iso-2022-jp" else "\n".join(f"> {line}" for line in JA.split("\n"))
    body = f"助かりました。\n\n2026年11月20日(金) 10:15 窓口 <desk@example.jp>:\n\n> 佐藤様\n{block}\n> 以上"
    raw = f"From: a@example.jp\nContent-Type: text/plain; charset={charset}\n\n".encode() + body.encode(charset)
    letter = parse(raw)
    assert letter.visible == "助かりました。"
    assert "佐藤様" in letter.quoted and "いかが" not in letter.quoted and "/help/rate/" not in letter.text


def test_an_answer_in_html_alone_is_read_without_it():
    html = f"<p>助かりました。</p><div>2026年11月20日(金) 10:15 窓口 &lt;d@e.jp&gt;:</div><blockquote><p>佐藤様</p>{HTML}</blockquote>"
    letter = parse(b"From: a@example.jp\nContent-Type: text/html; charset=utf-8\n\n" + html.encode())
    assert letter.visible == "助かりました。"
    for words in (letter.text, letter.safe_html, letter.quoted):
        assert "佐藤様" in words and "/help/rate/" not in words and "いかが" not in words
    assert "いかが" not in text_from(letter.html)


@given(st.lists(st.sampled_from([*QUOTED, *QUESTIONS, "あ", "", "> b", "良い", "<table>", "</table>", "<a href='"])))
def test_nothing_of_the_customers_is_lost(parts):
    text = "\n".join(parts)
    kept = without(text)
    assert [line for line in kept.split("\n") if line in ("あ", "> b")] == [
        line for line in text.split("\n") if line in ("あ", "> b")
    ]
    without_in_html(text)


@pytest.mark.parametrize(
    "text", [f"{LINK}/good\n" * 50_000, "良い\n" * 200_000 + LINK, f"<table><a href='{LINK}'>" * 20_000]
)
def test_it_is_linear(text):
    start = time.perf_counter()
    without(text)
    without_in_html(text)
    assert time.perf_counter() - start < 5


def test_a_token_is_bound_to_its_answer():
    token = rating_token(b"key", 81234)
    assert entry_in(b"key", token) == entry_in(b"key", token.upper()) == 81234
    assert len(token) == 5 + 1 + 16
    for wrong in (
        token[:-1],
        token + "a",
        token.replace("81234", "81235"),
        "81234-",
        "",
        "x",
        "81234",
        "９-" + token[6:],
    ):
        assert entry_in(b"key", wrong) is None
    assert entry_in(b"other", token) is None
