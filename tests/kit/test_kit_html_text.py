from hypothesis import given
from hypothesis import strategies as st

from madoguchi.kit import html


def test_html_reads_as_text():
    page = (
        "<html><head><title>t</title><style>a{}</style></head><body><p>こんにちは<br>二行目 <b>太</b>字</p>"
        "<ul><li>一<li>二<ol><li>甲<li>乙</ol></ul><p>終わり&nbsp;&lt;3<script>x</script></p></body></html>"
    )
    assert html.text_from(page) == "こんにちは\n二行目 太字\n\n- 一\n- 二\n  1. 甲\n  2. 乙\n\n終わり\xa0<3"


def test_quotes_in_html_are_quotes_in_text():
    assert html.text_from("<div>はい</div><blockquote>一<br>二<blockquote>三</blockquote></blockquote>") == (
        "はい\n\n> 一\n> 二\n>\n> > 三"
    )


def test_links_keep_their_address_unless_they_show_it():
    assert html.text_from('<a href="https://x.example/a?b=1&amp;c=2">ここ</a>') == "ここ <https://x.example/a?b=1&c=2>"
    assert html.text_from('<a href="https://x.example/">https://x.example</a>') == "https://x.example"
    assert html.text_from('<a href="mailto:a@x.example">a@x.example</a>') == "a@x.example"


def test_tables_and_preformatted_text_keep_their_shape():
    assert html.text_from("<table><tr><td>1<td>2<tr><td>3<td>4</table><pre>a\n  b</pre>") == "1\t2\n3\t4\n\na\n  b"


def test_long_japanese_lines_are_never_wrapped():
    assert html.text_from(f"<p>{'あ' * 500}</p>") == "あ" * 500


def test_text_becomes_paragraphs_and_links():
    assert html.from_text("一\n二<b>\r\n\r\nhttps://x.example/a?b=1&c=2。次") == (
        "<p>一<br>二&lt;b&gt;</p>\n"
        '<p><a href="https://x.example/a?b=1&amp;c=2" rel="noopener noreferrer nofollow">https://x.example/a?b=1&amp;c=2</a>。次</p>'
    )


@given(st.text(alphabet="abあ<>&'\" \n", max_size=60))
def test_text_survives_the_way_through_html(text):
    kept = "".join(text.split())
    assert "".join(html.text_from(html.from_text(text)).split()) == kept


@given(st.text(max_size=200))
def test_any_text_can_be_read_as_html(text):
    assert "\0" not in html.text_from(text) + html.sanitise_mail(text) + html.sanitise_prose(text)
