"""How alike are two matters, by their words? For 「possibly the same matter」 in Japanese and English (SPEC M12).

What a support desk hears about again and again is a *notion* (a word list below, the same in both languages); of the rest
kanji and katakana count by every two characters, Latin words as words, hiragana, greetings and courtesies not at all.
Order numbers, serial numbers and error codes are *marks*: a shared one says more than any word, and where both sides name
some and share none, they speak of different things.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from madoguchi.kit.grams import fold

LONGEST = 300
ALIKE = 0.44  # from here on worth a hint; tuned on tests/kit/likeness_pairs.py

# notion: (weight, words of it, folded). A word ends its notion's claim on the text: what is left is cut into grams.
NOTIONS = {
    "mail": (0.6, "メールアドレス|メアド|eメール|メール|e-?mails?|mail(?:box|s)?"),
    "trouble": (0.35, "不具合|問題|出来(?:ない|ません)|でき(?:ない|ません|ず)|エラー|障害|トラブル|動(?:かない|きません)|動作(?:しない|しません)"
                "|おかしい|失敗|されない|されません|しない|しません(?!か)|なりません|消えません|真っ白|不能|つながら(?:ない|ず)|開(?:かない|けない|けません)|しまう|しまいます"
                r"|problems?|issues?|errors?|fail(?:s|ed|ure|ing)?|cannot|can'?t|can not|unable|not work\w*|not (?:yet )?\w+ed|never|doesn'?t|won'?t|trouble|bug"),
    "sync": (1.0, r"同期|シンク|sync\w*"),
    "login": (1.0, r"ログイン|ログオン|サインイン|log(?:ging|ged)?[ -]?(?:in|on)(?:to)?|sign(?:ing|ed)?[ -]?in(?:to)?|入れ(?:ない|ません)"),
    "password": (1.0, r"パスワード|暗証番号|passwords?|passcodes?"),
    "account": (0.8, r"アカウント|accounts?"),
    "refund": (1.1, r"返金|払い?戻し|refund\w*|money back|reimburse\w*"),
    "return": (1.0, r"返品|返送|return(?:ing|ed|s)?"),
    "cancel": (1.1, r"キャンセル|解約|退会|取り?消し|cancel\w*|terminat\w*|unsubscrib\w*"),
    "invoice": (1.0, r"請求書?|インボイス|invoic\w*|bill(?:s|ing|ed)?"),
    "receipt": (1.0, r"領収[書証]|receipts?"),
    "twice": (1.0, r"二重|重複|2重|2回|twice|double|duplicat\w*"),
    "payment": (0.9, r"支払い?|決済|入金|振り?込み?|引き?落とし|クレジットカード|カード|pay(?:ment|ments|ing|pal)?|paid|charg\w*|credit card"),
    "delivery": (0.9, r"配送|配達|届(?:き|か|い)\w{0,3}|到着|発送|納品|納期|荷物|商品が来ない|deliver\w*|shipp?\w*|parcels?|packages?|arriv\w*|track\w*"),
    "late": (0.6, r"遅れ\w?|遅延|まだ|いつ(?:頃|ごろ|まで)?|delay\w*|late|still|when|yet|slow\w*"),
    "exchange": (1.0, r"交換|取り?替え|exchang\w*|replac\w*|swap"),
    "damaged": (1.0, r"破損|壊れ\w*|割れ\w*|故障|不良|傷|damag\w*|broken?|defect\w*|crack\w*|faulty"),
    "missing": (0.9, r"不足|足りない|足りません|入って(?:いない|いません)|欠品|missing|incomplete"),
    "wrong": (0.8, r"違(?:う|い|っ)\w{0,3}|間違\w{0,3}|誤\w|誤配|wrong|incorrect|mistak\w*"),
    "print": (1.0, r"印刷|プリンター?|プリント|print\w*"),
    "screen": (0.8, r"画面|表示|display\w*|screens?|blank"),
    "install": (0.9, r"インストール|セットアップ|導入|install\w*|set[ -]?up"),
    "settings": (0.6, r"設定|settings?|configur\w*"),
    "update": (0.8, r"アップデート|バージョンアップ|更新|updat\w*|upgrad\w*|new version"),
    "device": (0.6, r"デバイス|端末|機器|スマホ|スマートフォン|携帯(?:電話)?|iphone|android|パソコン|ノートpc|pc|laptops?|devices?|phones?|smartphones?"),
    "network": (1.0, r"ネットワーク|接続|つなが\w{0,3}|繋が\w{0,3}|wi-?fi|vpn|回線|インターネット|networks?|connect\w*|internet|offline"),
    "quote": (1.0, r"見積書?|お見積り?|quotations?|quotes?|estimates?"),
    "contract": (0.9, r"契約|プラン|contracts?|subscriptions?|plans?"),
    "address": (0.9, r"住所|届け先|送付先|お届け先|address(?:es)?"),
    "file": (0.8, r"添付|ファイル|attach\w*|files?"),
    "upload": (0.9, r"アップロード|upload\w*"),
    "download": (0.9, r"ダウンロード|download\w*"),
    "export": (0.9, r"エクスポート|出力|csv|export\w*"),
    "import": (0.9, r"インポート|取り?込み?|import\w*"),
    "report": (0.8, r"レポート|帳票|reports?"),
    "calendar": (1.0, r"カレンダー|予定表|calendars?"),
    "permission": (0.9, r"権限|アクセス権|permissions?|access rights?"),
    "user": (0.5, r"ユーザー?|利用者|users?|members?"),
    "stock": (1.0, r"在庫|入荷|再入荷|stock"),
    "points": (1.0, r"ポイント|クーポン|割引|points?|coupons?|discounts?"),
    "notice": (0.8, r"通知|notifications?|alerts?"),
    "backup": (1.0, r"バックアップ|復元|復旧|backups?|restor\w*"),
    "change": (0.5, r"変更|変え\w{0,2}|切り?替え|chang\w*|modify|edit\w*"),
    "delete": (0.8, r"削除|消え\w*|消した|delet\w*|remov\w*|lost|disappear\w*"),
    "slow": (0.9, r"重い|重く|遅い|遅く|固まる|固まり|フリーズ|落ちる|落ちます|クラッシュ|強制終了|freez\w*|crash\w*|hang(?:s|ing)?|lag\w*"),
    "wish": (0.1, r"たい(?:です)?$|たいの|たい。|欲しい|ほしい|使い方|やり方|方法|教えて(?:下さい|ください)?|ください。?$|検討|予約|資料"
             r"|feature request|please add|do you|how (?:do|can|to)|where do i|would like|interested"),
    "order": (0.5, r"注文|オーダー|ご?発注|orders?"),
    "product": (0.3, r"商品|製品|品物|products?|items?"),
}  # fmt: skip
EMPTY = re.compile(
    r"(?:いつも)?(?:大変)?お世話になって(?:おり|い)ます|お世話様です|よろしくお(?:願い|ねがい)(?:いた|致)?します|宜しくお願い(?:いた|致)?します|お疲れ様です"
    r"|ありがとうございます|有難うございます|お手数(?:です|ではござい)\w*|恐れ入りますが|突然の|至急|緊急|再送|再度|御中|様|ご?担当者|ご?確認|ご?対応|ご?連絡|ご?回答|ご?教示"
    r"|お?問い?合わ?せ|ご?質問|ご?相談|お願い|について|に関する|に関して|の件|件名|株式会社|有限会社|"
    r"\b(?:re|fw|fwd|aw)\s*[:：]|\[?#\d+\]?|<[^>]*>|https?://\S+|\S+@\S+|(?<![\w-])〒?\d{3}-\d{4}(?![\w-])|(?:tel|fax)?[:：]?\s*\b0\d{1,4}-\d{1,4}-\d{3,4}"
)
WORD = re.compile(r"([\u4e00-\u9fff\u3005]+)|([\u30a1-\u30fa\u30fc]+)|([a-z][a-z'+-]*)")
STOP = frozenset(
    "a an the and or of to in on at for from with by is are was were be been it its this that these those i we you my our your me us"
    " he she they them his her their not no do does did have has had will would can could should may might please thanks thank hello hi"
    " dear regards sincerely help need want how what why where which who about after before again any all some more very just now as if"
    " so but there here get got when question questions request inquiry enquiry support team customer regarding urgent asap best kind"
    " know let like see use using since since into out up down new still yet am pm".split()
)
PLAIN = frozenset(
    "新 同 前 後 今 方 事 時 人 日 月 年 何 他 中 上 下 本 件 的 私 弊社 貴社 当社 御社 昨日 本日 今日 明日 先日 先程 以前 現在 場合 状況 方法 内容 必要 可能 使用 利用 希望 下記 以下".split()
)
MARK = re.compile(r"(?<![a-z0-9])[a-z0-9]+(?:[-_][a-z0-9]+)*(?![a-z0-9])")
NO_MARK = re.compile(
    r"(?<![\w-])(?:19|20)\d\d(?:[-/.年]\d{1,2}(?:[-/.月]\d{1,2}日?)?)?(?![\w-])|\d{1,2}[:時]\d{2}|(?<![\w-])[\d,.]+ *(?:円|yen|usd|%|個|件|人|名|台|本|枚|分|時間|日|月|回|点|gb|mb|kb|万)"
    r"|[¥$€] *[\d,.]+|\bver(?:sion)?\.? *[\d.]+|(?:windows|win|office|macos|ios|android|iphone|excel) *\d[\d.]*|(?<![\w-])\d{1,2}/\d{1,2}(?![\w-])"
)


def _alternatives(pattern: str) -> list[str]:
    """The pattern cut at each `|` that stands in no group."""
    found, depth = [""], 0
    for letter in pattern:
        depth += (letter in "([") - (letter in ")]")
        if letter == "|" and depth == 0:
            found.append("")
        else:
            found[-1] += letter
    return found


def _notion() -> re.Pattern[str]:
    """All notions as one pattern. It is tried only where one can begin; Latin words are whole words."""
    groups, first = [], ""
    for name, (_weight, pattern) in NOTIONS.items():
        words = _alternatives(pattern)
        first += "".join(word[0] + (word[2] if word[1:2] == "?" else "") for word in words)
        latin = [word for word in words if word.isascii()]
        ours = [word for word in words if not word.isascii()]
        ours += [f"(?<![a-z])(?:{'|'.join(latin)})(?![a-z])"] if latin else []
        groups.append(f"(?P<{name}>{'|'.join(ours)})")
    return re.compile(f"(?=[{''.join(dict.fromkeys(first))}])(?:{'|'.join(groups)})")


NOTION = _notion()
NOTION_WEIGHT = {name: weight for name, (weight, _words) in NOTIONS.items()}
LATIN = 0.9
# What one can want or complain of; of two matters that name none of these together, the words in common are but the setting.
ASKED = frozenset(
    f"={name}"
    for name in "sync login password refund return cancel invoice receipt twice delivery exchange damaged missing wrong print"
    " install update network quote upload download export import report calendar permission stock points backup delete slow"
    " change".split()
)


@dataclass(frozen=True, slots=True)
class Features:
    """`subject` and `all` (subject and text): token → weight; a notion is `=name`. `said`: how its words stood there."""

    subject: Mapping[str, float]
    all: Mapping[str, float]
    marks: frozenset[str]
    said: Mapping[str, str] = field(default_factory=dict)


def features(subject: str, text: str = "") -> Features:
    """What there is to compare of a ticket: its subject and what the customer wrote first."""
    words, marks, said = _read(subject[:300])
    if not text:
        return Features(words, words, marks, said)
    more, others, told = _read(text[:LONGEST])
    return Features(words, {**more, **words}, marks | others, {**told, **said})


@lru_cache(maxsize=20_000)
def _read(text: str) -> tuple[dict[str, float], frozenset[str], dict[str, str]]:
    folded = EMPTY.sub(" ", fold(text))
    marks = frozenset(found for found in MARK.findall(NO_MARK.sub(" ", folded)) if _is_mark(found))
    for mark in marks:
        folded = folded.replace(mark, " ")
    weights: dict[str, float] = {}
    said: dict[str, str] = {}

    def take(found: re.Match[str]) -> str:
        name = found.lastgroup or ""
        weights[f"={name}"] = NOTION_WEIGHT[name]
        said.setdefault(f"={name}", found[0])
        return " "

    rest = NOTION.sub(take, folded)
    for kanji, kana, latin in WORD.findall(rest):
        if latin:
            word = latin.strip("'+-")
            if len(word) > 2 and word not in STOP:
                weights[_stem(word)] = LATIN
                said.setdefault(_stem(word), word)
            continue
        run = kanji or kana
        if run in PLAIN or (kana and len(run) == 1):
            continue
        if len(run) == 1:
            weights[run] = 0.3
            continue
        each = (0.85 + 0.15 * (len(run) - 1)) / (len(run) - 1)
        for i in range(len(run) - 1):
            gram = run[i : i + 2]
            weights[gram] = max(each, weights.get(gram, 0))
            said.setdefault(gram, run)
    return weights, marks, said


def _is_mark(word: str) -> bool:
    """An order, serial or error number: four characters or more, one a digit, no mere word with a digit at its end."""
    plain = word.replace("-", "").replace("_", "")
    digits = sum(letter.isdigit() for letter in plain)
    return len(plain) >= 4 and (digits >= 3 or (digits >= 1 and not word[0].isalpha()) or ("-" in word and digits >= 2))


def _stem(word: str) -> str:
    for ending in ("ings", "ing", "ed", "es", "s"):
        if word.endswith(ending) and len(word) - len(ending) > 3:
            return word.removesuffix(ending)
    return word


def rarity(all_of_them: Iterable[Features]) -> dict[str, float]:
    """For each token how little it says where many tickets say it: a factor from 0.2 to 1. Few tickets say nothing."""
    seen: dict[str, int] = {}
    n = 0
    for each in all_of_them:
        n += 1
        for token in (*each.subject, *each.marks):
            seen[token] = seen.get(token, 0) + 1
    if n < 8:
        return {}
    return {token: max(0.2, 1 - count / n) for token, count in seen.items() if count > 2}


def likeness(a: Features, b: Features, rare: Mapping[str, float] | None = None) -> float:
    """From 0 to 1; the same whichever comes first. From `ALIKE` on it is worth a hint."""
    rare = rare or {}
    by_words = _overlap(a.subject, b.subject, rare)
    if a.all is not a.subject and b.all is not b.subject:
        whole = min(1.0, 1.4 * _overlap(a.all, b.all, rare))
        crossed = max(_held(a.subject, b.all, rare), _held(b.subject, a.all, rare))
        if min(_weight(a.subject, rare), _weight(b.subject, rare)) < 0.5:
            by_words = 0.5 * whole + 0.3 * crossed
        else:
            by_words = 0.55 * by_words + 0.25 * whole + 0.2 * crossed
    by_words *= _discord(a, b)
    common = a.marks & b.marks
    if common:
        strength = max(rare.get(mark, 1.0) for mark in common)
        return min(1.0, by_words + (1 - by_words) * 0.75 * strength)
    if a.marks and b.marks:
        return 0.35 * by_words
    return by_words


def _discord(a: Features, b: Features) -> float:
    """A factor below 1 where the two want different things: to cancel and to upgrade; a complaint and a wish."""
    one, two = ASKED & a.all.keys(), ASKED & b.all.keys()
    factor = 0.6 if one and two and not one & two else 1.0
    for x, y in ((a.subject, b.subject), (b.subject, a.subject)):
        if "=trouble" in x and "=trouble" not in y and "=wish" in y and "=wish" not in x:
            factor *= 0.65
    return factor


def _weight(words: Mapping[str, float], rare: Mapping[str, float]) -> float:
    return sum(weight * rare.get(token, 1.0) for token, weight in words.items())


def _overlap(a: Mapping[str, float], b: Mapping[str, float], rare: Mapping[str, float]) -> float:
    common = sum(min(weight, b[token]) * rare.get(token, 1.0) for token, weight in a.items() if token in b)
    if not common:
        return 0.0
    wa, wb = _weight(a, rare), _weight(b, rare)
    held, both = common / min(wa, wb), 2 * common / (wa + wb)
    # A subject of one word is held by many: what little there is to share counts less.
    return min(1.0, (0.5 * held + 0.5 * both) * min(1.0, 0.4 + common * 0.7))


def _held(words: Mapping[str, float], by: Mapping[str, float], rare: Mapping[str, float]) -> float:
    """How much of the words the other one holds."""
    total = _weight(words, rare)
    common = sum(weight * rare.get(token, 1.0) for token, weight in words.items() if token in by)
    return common / total if total >= 0.5 else 0.0


def shared(a: Features, b: Features, most: int = 5) -> list[str]:
    """What both name, as `a` says it: marks first, then words, the weightiest first."""
    words = sorted((token for token in a.all if token in b.all), key=lambda token: -a.all[token])
    told = [*sorted(a.marks & b.marks), *(a.said.get(token, token) for token in words)]
    found: list[str] = []
    for word in told:
        if len(word) > 1 and not any(word in other for other in found):
            found.append(word)
    return found[:most]
