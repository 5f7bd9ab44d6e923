"""When the departments of the demo desk work, what サポート promises, and how that went."""

from datetime import date

from madoguchi.management.demo.stories import Story
from madoguchi.organisation.day_lines import Day
from madoguchi.organisation.promises import Aim

YEAR_END = "年末年始休業"
HOLIDAYS = (
    "祝日と年末年始",
    [
        Day(date(2000, month, day), YEAR_END, is_yearly=True)
        for month, day in ((12, 29), (12, 30), (12, 31), (1, 2), (1, 3))
    ],
)
OFFICE = [[[540, 1080]]] * 5 + [[], []]
DELIVERY = [[[480, 720], [780, 1140]]] * 5 + [[[480, 720]], []]
# name → (week, whether it observes the list, departments)
HOURS = {
    "平日 9:00–18:00": (OFFICE, True, ("サポート", "経理")),
    "配送センター": (DELIVERY, False, ("配送",)),
}
HOUR, DAY = 3600, 9 * 3600
TARGETS = {
    "Urgent": Aim(HOUR, 4 * HOUR, by_clock=True),
    "High": Aim(2 * HOUR, DAY),
    "Medium": Aim(4 * HOUR, 3 * DAY),
    "Low": Aim(DAY, 5 * DAY),
    "": Aim(DAY, None),
}
# Told after the targets were set: (the story, hours ago it was closed).
PROMISED: list[tuple[Story, float | None]] = [
    (
        Story(
            "watanabe",
            "診療時間外の自動返信の設定について",
            [
                (480, "customer", "診療時間外に届いた問い合わせへ、自動で返信する設定はありますか。"),
                (478.5, "nakamura", "「設定」の「自動化」から設定できます。手順をお送りします。"),
            ],
            assignee="nakamura",
        ),
        477,
    ),
    (
        Story(
            "ito_n",
            "本番用 API キーの再発行をお願いします",
            [
                (380, "customer", "担当者の退職に伴い、本番用の API キーを再発行してください。"),
                (300, "kimura", "遅くなり申し訳ございません。新しいキーを発行いたしました。"),
            ],
            assignee="kimura",
            priority="High",
            product="API-9",
        ),
        190,
    ),
    (
        Story(
            "kobayashi",
            "届いた商品の色が違います",
            [
                (220, "customer", "白を注文しましたが、黒が届きました。週末に使うため、至急交換をお願いします。"),
                (219.3, "sato", "ご迷惑をおかけいたします。本日中に代わりの品を手配いたします。"),
            ],
            channel="Web",
            assignee="sato",
            priority="Urgent",
            category="配送",
        ),
        194,
    ),
    (
        Story(
            "carter",
            "Can I change the delivery day of my plan?",
            [
                (150, "customer", "Hello, could my box arrive on Saturdays instead of Wednesdays?"),
                (148, "kimura", "Dear Emily,\n\nof course: from next week on it comes on Saturdays."),
            ],
            assignee="kimura",
            priority="Low",
        ),
        147,
    ),
    (
        Story(
            "suzuki_m",
            "会員情報の氏名を変更したい",
            [
                (31, "customer", "結婚して姓が変わりました。会員情報の氏名を変更してください。"),
                (30, "tanaka", "おめでとうございます。確認のため、本人確認書類の画像をお送りいただけますか。"),
            ],
            status="On Hold",
            assignee="tanaka",
        ),
        None,
    ),
]
