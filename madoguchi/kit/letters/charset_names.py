"""The names charsets go by in mail: to a Python codec, `euc` for our own EUC-JP, or '' for a name that says nothing."""

ALIASES = {
    **dict.fromkeys(
        ["shift_jis", "shift-jis", "sjis", "x-sjis", "ms_kanji", "windows-31j", "ms932", "cp943", "cp943c", "ibm-943"],
        "cp932",
    ),
    **dict.fromkeys(["x-ms-cp932", "windows-932", "cswindows31j", "csshiftjis", "x-mac-japanese", "sjis-win"], "cp932"),
    **dict.fromkeys(
        [
            "euc-jp",
            "eucjp",
            "euc_jp",
            "x-euc-jp",
            "x-euc",
            "eucjp-ms",
            "eucjpms",
            "euc-jp-ms",
            "cp51932",
            "ujis",
            "eucjp-win",
        ],
        "euc",
    ),
    **dict.fromkeys(["gb2312", "gbk", "x-gbk", "gb_2312-80", "euc-cn", "cp936", "hz"], "gb18030"),
    **dict.fromkeys(["ks_c_5601-1987", "ks_c_5601", "euc-kr", "euckr", "x-windows-949", "ksc5601"], "cp949"),
    **dict.fromkeys(["iso-8859-1", "iso8859-1", "iso_8859-1", "latin1", "latin-1", "l1"], "cp1252"),
    **dict.fromkeys(
        ["utf8mb4", "utf8mb3", "utf-8n", "utf_8", "utf8", "utf-8", "unicode-1-1-utf-8", "x-utf-8"], "utf-8"
    ),
    **dict.fromkeys(
        [
            "us-ascii",
            "ascii",
            "ansi_x3.4-1968",
            "x-unknown",
            "unknown-8bit",
            "unknown",
            "x-user-defined",
            "default",
            "none",
        ],
        "",
    ),
    "big5": "big5hkscs",
    "x-big5": "big5hkscs",
    "windows-874": "cp874",
    "iso-8859-8-i": "iso8859_8",
    "iso-8859-8-e": "iso8859_8",
    "macintosh": "mac_roman",
    "x-mac-roman": "mac_roman",
    "x-mac-cyrillic": "mac_cyrillic",
    "unicode-1-1-utf-7": "utf_7",
}
