"""What the people of the bench write: sentences by topic, with words as frequent as in a real desk.

A ticket has one topic; the word of the topic stands in most of its sentences and in those of no other topic. So the
share of a topic is the share of tickets in which its word is found: 配送 30 %, 返金 and refund 10 %, the last ones rare.
"""

import random
from dataclasses import dataclass
from itertools import accumulate, product

# Shares among the tickets of the language: two thirds are Japanese, one third English.
JA_TOPICS = [
    ("配送", 45.0), ("返金", 15.0), ("請求", 9.0), ("解約", 6.0), ("同期", 4.5), ("領収書", 3.6), ("在庫", 3.0),
    ("破損", 2.5), ("見積", 2.1), ("名義変更", 1.8), ("定期便", 1.5), ("返品", 1.3), ("登録", 1.1), ("保証", 0.9),
    ("修理", 0.8), ("納期", 0.6), ("会員", 0.5), ("通知", 0.4), ("割引", 0.3), ("刻印", 0.1),
]  # fmt: skip
EN_TOPICS = [
    ("refund", 30.0), ("delivery", 20.0), ("invoice", 14.0), ("password", 10.0), ("sync", 8.0), ("subscription", 6.0),
    ("warranty", 4.0), ("discount", 3.0), ("calendar", 2.0), ("firmware", 1.5), ("customs", 1.0), ("engraving", 0.5),
]  # fmt: skip
JA_FRAMES = [
    "{detail}の{topic}について教えてください。",
    "{topic}の手続きがまだ終わっていないようです。",
    "先日お願いした{topic}の件ですが、{detail}はいつ頃になりますか。",
    "{detail}を確認したところ、{topic}の内容が違っていました。",
    "{topic}に必要な{detail}をお送りします。",
    "{topic}の状況を{detail}まで知らせていただけると助かります。",
    "画面で{topic}を選ぶと、{detail}のところでエラーになります。",
    "{detail}と合わせて{topic}もお願いできますか。",
]
JA_DETAILS = (
    "先週届いた商品 代わりの品 本社の担当者 ご案内のメール 来月の予定 新しい住所 アプリの画面 請負先 添付の写真 電話での説明 "
    "控えの番号 契約の書類 昨日の連絡 支店の窓口 二回目の依頼 最初の問い合わせ 在宅の日時 色違いの品 追加の部品 年間の計画"
).split()
JA_GENERAL = [
    "いつもお世話になっております。", "お忙しいところ恐れ入ります。", "ご確認のほどよろしくお願いいたします。",
    "お返事をお待ちしております。", "急ぎではありませんが、今週中だと助かります。", "何度もすみません。",
    "前回は丁寧に対応していただき、ありがとうございました。", "よろしくお願いします。",
]  # fmt: skip
JA_ANSWERS = [
    "お問い合わせいただきありがとうございます。", "ご不便をおかけして申し訳ございません。", "担当部署に確認いたします。",
    "ご指摘の内容を確認いたしました。", "本日中に改めてご連絡いたします。", "ほかにもご不明な点がございましたらお知らせください。",
    "手続きが完了しましたのでご報告いたします。", "恐れ入りますが、もう少々お待ちください。",
]  # fmt: skip
JA_NOTES = [
    "電話で確認済み。",
    "倉庫に問い合わせ中。",
    "上長の承認待ち。",
    "本人確認が取れた。",
    "以前にも同じ相談あり。",
    "明日もう一度かける。",
]
EN_FRAMES = [
    "I have a question about the {topic} of {detail}.",
    "The {topic} has not been completed yet, as far as I can see.",
    "When I checked {detail}, the {topic} looked different from what we agreed.",
    "Could you tell me the state of the {topic} before {detail} arrives?",
    "The page shows an error for {detail} whenever I choose {topic}.",
    "Please find {detail} for the {topic} attached.",
]
EN_DETAILS = [
    "the order placed last week", "our second account", "the replacement item", "the new address", "the mobile app",
    "the contract papers", "the photo I sent", "the annual plan", "the spare part", "the head office", "the first message",
    "the phone call yesterday",
]  # fmt: skip
EN_GENERAL = [
    "Thank you for your help.", "I hope you are well.", "Please let me know.", "Sorry to ask again.",
    "There is no hurry, but this week would be great.", "Looking forward to your answer.",
]  # fmt: skip
EN_ANSWERS = [
    "Thank you for contacting us.", "We are sorry for the trouble.", "I will check with the team in charge.",
    "This is settled now.", "You will hear from us again today.", "Please do not hesitate to write again.",
]  # fmt: skip
EN_NOTES = ["Checked by phone.", "Asked the warehouse.", "Waiting for approval.", "Same request last month."]
JA_SUBJECTS = [
    "{topic}について",
    "{topic}の件",
    "{topic}ができません",
    "{topic}のお願い",
    "【至急】{topic}の確認",
    "{topic}に関するお問い合わせ",
]
EN_SUBJECTS = ["Question about {topic}", "{topic}: nothing happens", "Problem with {topic}", "Request: {topic}"]

# Words that stand in one ticket alone, by its number: three characters nobody writes, syllables that are no word.
KANJI = (
    "鴨鵜鷺鷹雉鯉鮎鯖鱒鮫梟蛙蜻蝶蛍蟻蜂蝉椿楓榎栃樫椋柘榴棗桐梓柊葵菫蓮菖蒲萩藤桔梗芹薊蓼茜藍紺碧翠琥珀瑠璃硯筧箒籠簾"
)
SYLLABLES = "ba ko zu ri ven tol mak dri sul pex qui nor fy gra lim wod jat hec bru tis".split()


@dataclass(frozen=True)
class Tongue:
    """Sentences of one language: `told[topic]` and the general ones, most frequent first, with weights that fall."""

    topics: tuple[str, ...]
    weights: tuple[float, ...]
    told: tuple[tuple[str, ...], ...]
    subjects: tuple[tuple[str, ...], ...]
    general: tuple[str, ...]
    answers: tuple[str, ...]
    notes: tuple[str, ...]
    joint: str

    def topic(self, chance: random.Random) -> int:
        return chance.choices(range(len(self.topics)), cum_weights=self.weights)[0]


def tongue(
    topics: list[tuple[str, float]], frames: list[str], details: list[str], *rest: list[str], joint: str
) -> Tongue:
    subjects, general, answers, notes = rest
    told = []
    for n, (topic, _share) in enumerate(topics):
        sentences = [f.format(topic=topic, detail=d) for f, d in product(frames, details)]
        random.Random(n).shuffle(sentences)
        told.append(tuple(dict.fromkeys(sentences)))
    return Tongue(
        topics=tuple(t for t, _s in topics),
        weights=tuple(accumulate(s for _t, s in topics)),
        told=tuple(told),
        subjects=tuple(tuple(s.format(topic=t) for s in subjects) for t, _s in topics),
        general=tuple(general),
        answers=tuple(answers),
        notes=tuple(notes),
        joint=joint,
    )


JA = tongue(JA_TOPICS, JA_FRAMES, JA_DETAILS, JA_SUBJECTS, JA_GENERAL, JA_ANSWERS, JA_NOTES, joint="")
EN = tongue(EN_TOPICS, EN_FRAMES, EN_DETAILS, EN_SUBJECTS, EN_GENERAL, EN_ANSWERS, EN_NOTES, joint=" ")


def often(some: tuple[str, ...], chance: random.Random) -> str:
    """One of them, the first ones much more often than the last ones."""
    return some[int(len(some) * chance.random() ** 3)]


def is_japanese(n: int) -> bool:
    return n % 3 != 2


def order_number(n: int) -> str:
    return f"MD-{n * 7919 % 9_999_991:07d}"


def has_rare_word(n: int) -> bool:
    return n % 20 in (3, 5)


def rare_word(n: int) -> str:
    """Of ticket n where `has_rare_word(n)`: found in no other ticket (up to 1,100,000 tickets), nor as its beginning."""
    k = n // 20 * 2 + (n % 20 == 5)
    if is_japanese(n):
        size = len(KANJI)
        return KANJI[k % size] + KANJI[k // size % size] + KANJI[k // size**2 % size]
    size = len(SYLLABLES)
    return "".join(SYLLABLES[k // size**place % size] for place in range(4)) + "qq"
