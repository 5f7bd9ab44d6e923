"""The columns a file for the built-in CRM may have, and the names they are known by."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override, pgettext_lazy

KINDS = {"leads": _("Leads"), "contacts": pgettext_lazy("crm", "Contacts"), "deals": _("Deals")}
_NOISE = re.compile(r"[\s_\-・/()（）「」.:：*]+")


@dataclass(frozen=True, slots=True)
class Column:
    """`known_as`: other names it goes by in the files of other programs, in both languages."""

    name: str
    label: Any
    known_as: tuple[str, ...] = ()
    needed: bool = False


_PEOPLE = (
    Column("last_name", _("Last name"), ("lastname", "surname", "family name", "name", "姓", "氏名", "名前", "名字"), True),
    Column("first_name", _("First name"), ("firstname", "given name", "名", "下の名前")),
    Column("account_name", _("Company"), ("account", "account name", "company name", "会社", "会社名", "取引先", "取引先名", "企業名", "勤務先")),
    Column("title", _("Job title"), ("title", "position", "役職", "肩書")),
    Column("email", _("Mail address"), ("e-mail", "mail", "email address", "メール", "メールアドレス", "Eメール")),
    Column("phone", _("Phone"), ("tel", "telephone", "phone number", "電話", "電話番号", "TEL", "固定電話")),
    Column("mobile", _("Mobile"), ("cell", "mobile phone", "携帯", "携帯電話", "携帯番号")),
    Column("description", _("Description"), ("note", "notes", "memo", "備考", "メモ", "説明", "詳細情報")),
    Column("owner", _("Owner (mail address)"), ("owner", "owner email", "担当者", "担当", "所有者", "見込み客の担当者", "連絡先の担当者")),
)  # fmt: skip
_DEALS = (
    Column("name", _("Deal name"), ("deal", "name", "potential name", "商談", "商談名", "案件", "案件名"), True),
    Column("email", _("Contact’s mail address"), ("contact e-mail", "email", "contact email", "メール", "メールアドレス", "連絡先のメールアドレス")),
    Column("phone", _("Contact’s phone"), ("phone", "contact phone", "電話", "電話番号", "連絡先の電話番号")),
    Column("stage", _("Stage"), ("status", "ステージ", "進捗", "フェーズ", "段階")),
    Column("amount", _("Amount"), ("value", "price", "金額", "売上", "見込み金額", "総額")),
    Column("currency", _("Currency"), ("currency code", "通貨")),
    Column("closing_date", _("Closing date"), ("close date", "expected close", "完了予定日", "受注予定日", "クローズ予定日", "完了日")),
    Column("description", _("Description"), ("note", "notes", "memo", "備考", "メモ", "説明", "詳細情報")),
    Column("owner", _("Owner (mail address)"), ("owner", "owner email", "担当者", "担当", "所有者", "商談の担当者")),
)  # fmt: skip
COLUMNS: Mapping[str, tuple[Column, ...]] = {"leads": _PEOPLE, "contacts": _PEOPLE, "deals": _DEALS}


def guessed(what: str, headings: Sequence[str]) -> dict[str, int]:
    """Field → the file's column (from 0) that is probably meant: by our name in any language, else by a known one."""
    mapping: dict[str, int] = {}
    folded = [_folded(heading) for heading in headings]
    for column in COLUMNS[what]:
        names = [column.name, *_spellings(column.label), *column.known_as]
        for name in map(_folded, names):
            if name in folded and (place := folded.index(name)) not in mapping.values():
                mapping[column.name] = place
                break
    return mapping


def _spellings(label: Any) -> list[str]:
    found = []
    for language, _name in settings.LANGUAGES:
        with override(language):
            found.append(str(label))
    return found


def _folded(heading: str) -> str:
    return _NOISE.sub("", unicodedata.normalize("NFKC", heading)).casefold()
