import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from madoguchi.kit.letters.trim import split

CUT = [
    (
        "ありがとうございます。\n返品します。",
        "2026年11月20日(金) 10:15 窓口 <desk@example.jp>:\n\n> 佐藤様\n> お世話になっております。",
    ),
    ("承知しました。", "2026年11月20日(金) 10:15 株式会社まどぐち お客様センター\n<desk@example.jp>:\n\n> 佐藤様"),
    (
        "直りました。\n\n佐藤",
        "差出人: 窓口 <desk@example.jp>\n送信日時: 2026年11月20日 10:15\n宛先: 佐藤\n件名: Re: [#9] 故障\n\n佐藤様\n本文",
    ),
    (
        "了解です。",
        "-----元のメッセージ-----\n差出人: desk@example.jp\n送信日時: 2026年11月20日\n宛先: a@example.jp\n件名: 故障\n\n本文",
    ),
    ("Fine.", "-----Original Message-----\nFrom: desk@example.jp\nSent: Friday\nTo: a@example.jp\nSubject: x\n\nbody"),
    (
        "Fine.",
        "________________________________\nFrom: desk@example.jp\nSent: Friday\nTo: a@example.jp\nSubject: x\n\nbody",
    ),
    (
        "届きました。\n\niPhoneから送信",
        "2026/11/20 10:15、窓口 <desk@example.jp>のメール:\n\n> お世話になっております。",
    ),
    ("試しました。", "On 2026/11/20 10:15, 窓口 wrote:\n> お世話になっております。"),
    ("Thanks!", "On Fri, Nov 20, 2026 at 10:15 AM Desk <desk@example.jp> wrote:\n\n> Dear Sato,\n>\n> hello"),
    ("Thanks!", "On 20 Nov 2026, at 10:15, A Desk With A Long Name\n<desk@example.jp> wrote:\n\n> Dear Sato,"),
    (
        "確認しました。",
        "----- Original Message -----\nFrom: 窓口 <desk@example.jp>\nTo: a@example.jp\nDate: 2026/11/20, Fri\n\n本文",
    ),
    ("はい。", "> 届きましたか\n> 窓口"),
    ("はい。", "2026年11月20日(金) 10:15 窓口 <desk@example.jp>:\n佐藤様\n印のない引用です。"),
    ("はい。", "(2026/11/20 10:15), 窓口 さんは書きました:\n> 佐藤様"),
    ("はい。\n\n-- \n佐藤", "On 2026/11/20 10:15, 窓口 wrote:\n> こんにちは"),
    ("はい。", "-- \n佐藤\n03-1234-5678"),
    ("はい。", "2026/11/20 10:15、窓口 <desk@example.jp>のメール:\n> " + "長" * 60 + "\n折り返し\n> 続き"),
]
WHOLE = [
    "> 注文番号は？\n7です。\n> お名前は？\n佐藤です。",
    "手順です。\n- 送信日時: 未定\n- 件名: 未定\nよろしく。",
    "On 2026/11/20 10:15, 窓口 wrote:\n> 色は？\n\n青です。\n\n> 数は？\n\n三つです。",
    "On 2026/11/20 10:15, 窓口 wrote:\n> こんにちは",
    "2026年11月20日に注文しました。届きません:",
    "From: 東京\n行き先は大阪です。",
    "-- \n佐藤",
    "表です\n----------------------------\n一\n----------------------------\n二",
    "本文\n-- \n署名ではない\n" + "行\n" * 30 + "終わり",
    "",
]


@pytest.mark.parametrize(("visible", "quoted"), CUT)
def test_history_is_cut_off(visible, quoted):
    assert split(f"{visible}\n\n{quoted}\n") == (visible, quoted)
    assert split(f"{visible}\r\n\r\n{quoted}".replace("\r\n", "\n").replace("\n", "\r\n")) == (visible, quoted)


@pytest.mark.parametrize("text", WHOLE)
def test_what_is_no_history_stays(text):
    assert split(text) == (text, "")


@given(
    st.lists(
        st.sampled_from([*"\n\n\n", *(line for v, q in CUT for line in (v, *q.split("\n"))), "あ", "-- "]), max_size=25
    )
)
def test_nothing_but_white_space_is_ever_lost(lines):
    text = "\n".join(lines)
    visible, quoted = split(text)
    assert "".join((visible + quoted).split()) == "".join(text.split())
    assert bool(visible) == bool(text.strip())


@pytest.mark.parametrize(
    "line",
    [
        "On 2026/11/20 10:15, x wrote:\n> a\nb\n",
        "From: a\nDate: b\n",
        " " * 300 + "\n",
        "2026/1/1 " * 40 + "\n",
        ">" * 400 + "\n",
        "a@b.jp:\n",
        "-" * 399 + "x\n",
    ],
)
def test_two_megabytes_of_anything_take_little_time(line):
    text = "x\n" + line * (2_000_000 // len(line))
    started = time.process_time()
    split(text)
    assert time.process_time() - started < 4


def test_one_endless_line_takes_little_time():
    started = time.process_time()
    split("2026/11/20 <" * 200_000)
    assert time.process_time() - started < 1
