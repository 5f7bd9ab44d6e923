from base64 import b64encode
from quopri import encodestring

import pytest
from hypothesis import given
from hypothesis import strategies as st

from madoguchi.kit.letters import parse
from madoguchi.kit.letters.charsets import decode
from madoguchi.kit.letters.words import text as header

VENDOR = b"\x1b$B-!-j-7|b\x1b(I6E\x1b(B"
VENDOR_TEXT = "①㈱Ⅲ髙ｶﾅ"


def mail(body, content_type, **more):
    head = "".join(f"{k.replace('_', '-')}: {v}\r\n" for k, v in more.items())
    typed = f"Content-Type: {content_type}\r\n" if content_type else ""
    return f"From: a@example.jp\r\n{typed}{head}\r\n".encode() + body


@pytest.mark.parametrize(
    "charset", ["iso-2022-jp", "ISO-2022-JP-MS", "cp50221", "CP50220", "x-unknown", "", "utf-8", "us-ascii"]
)
def test_nec_and_ibm_characters_and_half_width_kana_are_read_in_iso_2022_jp(charset):
    assert decode(VENDOR, charset) == VENDOR_TEXT


@pytest.mark.parametrize(
    ("charset", "codec"),
    [
        *(
            (name, "cp932")
            for name in ("shift_jis", "Shift-JIS", "x-sjis", "windows-31j", "MS_Kanji", "cp932", "sjis-win")
        ),
        *((name, "euc_jp") for name in ("euc-jp", "EUC-JP", "x-euc-jp", "cp51932", "eucJP-ms")),
        *(
            (name, "utf-8")
            for name in ("utf-8", "UTF8", "utf8mb4", '"utf-8"', "utf-8;", "UTF-8*ja", "unicode-1-1-utf-8")
        ),
        *((name, "iso2022_jp") for name in ("iso-2022-jp", "ISO2022JP", "csISO2022JP", "JIS", "iso-2022-jp-2")),
        *(
            (name, codec)
            for name in ("x-unknown", "", "unknown-8bit", "us-ascii", "no-such-thing")
            for codec in ("cp932", "euc_jp")
        ),
        *((name, "utf-8") for name in ("x-unknown", "", "shift_jis", "iso-2022-jp", "us-ascii")),
    ],
)
def test_japanese_is_read_under_every_name_a_charset_goes_by(charset, codec):
    text = "お世話になっております。返金の件、ソースコードと表をお送りします。"
    assert decode(text.encode(codec), charset) == text


@pytest.mark.parametrize(
    ("charset", "raw", "text"),
    [
        ("cp-850", b"Gr\x81\xe1e", "Grüße"),
        ("cp850", b"Gr\x81\xe1e", "Grüße"),
        ("iso-8859-1", b"Gr\xfc\xdfe \x80", "Grüße €"),
        ("", b"Gr\xfc\xdfe aus K\xf6ln", "Grüße aus Köln"),
        ("gb2312", "退款请求".encode("gb18030"), "退款请求"),
        ("big5", "退款".encode("big5"), "退款"),
        ("ks_c_5601-1987", "환불 요청".encode("cp949"), "환불 요청"),
        ("iso-2022-kr", "환불".encode("iso2022_kr"), "환불"),
        ("koi8-r", "Возврат".encode("koi8-r"), "Возврат"),
        ("utf-7", b"+Zg4wjA-", "明る"[:0] + "\u660e\u308c"[:0] + b"+Zg4wjA-".decode("utf-7")),
        ("utf-16", "返金".encode("utf-16"), "返金"),
        ("x-mac-roman", b"Gr\x9f\xa7e", "Grüße"),
        ("idna", b"plain", "plain"),
        ("unicode_escape", b"\\x41", "\\x41"),
        ("base64", b"abcd", "abcd"),
        ("euc-jp", "①㈱髙".encode("cp932") and b"\xad\xa1\xad\xea\xfc\xe2", "①㈱髙"),
    ],
)
def test_other_charsets_are_read(charset, raw, text):
    assert decode(raw, charset) == text


def test_one_broken_byte_does_not_turn_utf8_into_something_else():
    assert decode("お世話になって".encode()[:-1], "utf-8") == "お世話になっ\ufffd"
    assert decode("お世話".encode() + b"\xff" + "になって".encode(), "") == "お世話\ufffdになって"


@given(
    st.binary(max_size=80),
    st.sampled_from(["", "iso-2022-jp", "cp932", "euc-jp", "utf-16", "utf-7", "x-unknown", "hz", "a*b", "\0"]),
)
def test_no_bytes_break_decoding_and_all_can_be_stored(raw, charset):
    text = decode(raw, charset)
    assert "\0" not in text
    text.encode()


@given(st.binary(max_size=200).map(lambda b: b"\x1b$B" + b), st.sampled_from(["iso-2022-jp", ""]))
def test_broken_jis_never_raises(raw, charset):
    decode(raw, charset).encode()


def b(charset, raw):
    return f"=?{charset}?B?{b64encode(raw).decode()}?=".encode()


def test_words_cut_inside_a_character_are_joined_first():
    raw = "返金のお願い".encode()
    assert header(b("utf-8", raw[:4]) + b"\r\n " + b("UTF-8", raw[4:])) == "返金のお願い"
    jis = "返金のお願い".encode("iso2022_jp")
    assert header(b("ISO-2022-JP", jis[:6]) + b"\r\n\t" + b("iso-2022-jp", jis[6:])) == "返金のお願い"
    sjis = "返金".encode("cp932")
    assert header(b("shift_jis", sjis[:1]) + b" " + b("shift_jis", sjis[1:])) == "返金"


def test_a_base64_stream_cut_between_words_is_joined():
    whole = b64encode("返金のお願い".encode()).decode()
    assert header(f"=?utf-8?B?{whole[:6]}?= =?utf-8?B?{whole[6:]}?=".encode()) == "返金のお願い"


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (b"Re: =?iso-2022-jp?B?GyRCSlY2YhsoQg==?= [#12]", "Re: 返金 [#12]"),
        (b"=?utf-8?Q?=E8=BF=94=E9=87=91_a?=", "返金 a"),
        (b"=?utf-8?q?a b?=", "a b"),
        (b"=?utf-8*ja?B?6L+U6YeR?=", "返金"),
        (b"=?utf-8?B?6L+U6YeR?=x=?utf-8?B?6L+U?=", "返金x返"),
        (b"=?utf-8?B?6L+U6YeR?= =?iso-2022-jp?B?GyRCSlY2YhsoQg==?=", "返金返金"),
        ("返金のお願い".encode("cp932"), "返金のお願い"),
        ("返金のお願い".encode(), "返金のお願い"),
        (b"\x1b$BJV6b\x1b(B", "返金"),
        (b"=?x-unknown?B?6L+U6YeR?=", "返金"),
        (b"=?utf-8?B?6L+U6YeR", "=?utf-8?B?6L+U6YeR"),
        (b"=?utf-8?X?abc?=", "=?utf-8?X?abc?="),
        (b"=?utf-8?B?AAA=?=x\x00y", "xy"),
        (b"a\r\n b\r\n\tc", "a b c"),
        (b"=?utf-8?Q?a=0D=0ABcc:_x?=", "a Bcc: x"),
    ],
)
def test_headers_are_read(raw, text):
    assert header(raw) == text


def test_bodies_are_read_through_their_transfer_encoding():
    assert (
        parse(
            mail(b64encode("返金".encode("cp932")), "text/plain; charset=x-sjis", Content_Transfer_Encoding="base64")
        ).text
        == "返金"
    )
    quoted = encodestring("返金=".encode())
    assert (
        parse(mail(quoted, "text/plain; charset=utf8mb4", Content_Transfer_Encoding="quoted-printable")).text.strip()
        == "返金="
    )
    assert parse(mail(VENDOR, "")).text == VENDOR_TEXT
    assert parse(mail("返金のお願いです".encode("cp932"), "")).text == "返金のお願いです"


@pytest.mark.parametrize(
    "disposition",
    [
        'attachment; filename="=?iso-2022-jp?B?GyRCOCtAUT1xGyhCLnBkZg==?="',
        "attachment; filename*=UTF-8''%E8%A6%8B%E7%A9%8D%E6%9B%B8.pdf",
        "attachment;\r\n filename*0*=utf-8''%E8%A6%8B%E7%A9;\r\n filename*1*=%8D%E6%9B%B8;\r\n filename*2=.pdf",
        "attachment;\r\n filename*1*=%BD%F1.pdf; filename*0*=euc-jp'ja'%B8%AB%C0%D1",
        "attachment; filename==?utf-8?B?6KaL56mN5pu4LnBkZg==?=",
        "attachment; filename*=iso-2022-jp''%1B%24B8%2B%40Q%3Dq%1B%28B.pdf",
        'attachment; filename="=?utf-8?B?6KaL56mN?=\r\n =?utf-8?B?5pu4LnBkZg==?="',
    ],
)
def test_file_names_are_read_in_every_dialect(disposition):
    letter = parse(mail(b"x", "application/pdf", Content_Disposition=disposition))
    assert [p.name for p in letter.parts] == ["見積書.pdf"]


def test_a_file_name_in_raw_shift_jis_is_read():
    raw = (
        b'From: a@example.jp\r\nContent-Type: application/pdf; name="'
        + "表計算ソフト.pdf".encode("cp932")
        + b'"\r\n\r\nx'
    )
    assert parse(raw).parts[0].name == "表計算ソフト.pdf"
