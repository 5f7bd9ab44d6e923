"""What happened on the demo desk. Hours count back from the moment it is loaded."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Story:
    """One ticket. `steps`: (hours ago, who, what) – `who` is "customer", an agent for a reply, "agent:note", or "agent:share"
    with department and permission, and until how many hours from now and why: "経理 FULL", "配送 READ 72 到着予定の確認".
    """

    who: str
    subject: str
    steps: list[tuple[float, str, str]]
    channel: str = "Email"
    department: str = "サポート"
    assignee: str = ""
    status: str = "Open"
    priority: str = "Medium"
    due: float | None = None
    tags: list[str] = field(default_factory=list)
    category: str = ""
    product: str = ""
    order: str = ""
    files: list[tuple[str, str]] = field(default_factory=list)


STORIES = [
    Story(
        "takahashi",
        "メールの同期についての不具合",
        [
            (
                3.2,
                "customer",
                "お世話になっております。北浜システムの高橋です。\n\nノートPCでは問題なく読めているのですが、業務用の携帯電話にメールを同期しようとすると「サーバーに接続できません」と表示されます。外出が多いため、早めに解決したいです。",
            ),
            (
                2.4,
                "nakamura",
                "高橋様\n\nお問い合わせありがとうございます。携帯電話の機種と OS のバージョン、同期の設定画面の写真をお送りいただけますでしょうか。",
            ),
            (2.1, "customer", "機種は Pixel 9、Android 17 です。設定画面の写真は後ほど送ります。"),
        ],
        assignee="nakamura",
        status="In Progress",
        product="MD-1100",
        category="不具合",
        tags=["同期"],
    ),
    Story(
        "takahashi",
        "メールのアカウントに関する問題",
        [
            (
                1.8,
                "customer",
                "チャットで失礼します。携帯電話でメールのアカウントを追加できません。先ほどメールでもお送りしました。",
            ),
            (1.6, "kimura", "アカウントの種類は IMAP でしょうか。"),
        ],
        channel="Chat",
        assignee="kimura",
        status="In Progress",
        priority="High",
        due=-6,
        product="MD-1100",
        category="不具合",
    ),
    Story(
        "takahashi",
        "新しいデバイスでメールを同期できない",
        [
            (
                1.1,
                "customer",
                "ヘルプセンターから送信します。新しい携帯電話でメールの同期ができず困っています。至急ご対応ください。",
            )
        ],
        channel="Web",
        due=-7,
        product="MD-2041",
        tags=["同期", "新しいデバイス"],
    ),
    Story(
        "sato_k",
        "注文に失敗したのにカードに未決済の請求があります",
        [
            (
                27,
                "customer",
                "先日の注文が「決済エラー」で失敗しましたが、クレジットカードの明細に 48,400 円の未決済の請求が残っています。二重に請求されないか心配です。",
            ),
            (25, "sato", "ご心配をおかけして申し訳ございません。経理に決済の状況を確認いたします。"),
            (24.6, "sato:share", "経理 FULL"),
            (24.5, "sato:note", "経理への確認事項：与信の取り消しが済んでいるか、明細から消える時期。"),
            (
                23.4,
                "suzuki:note",
                "決済代行の管理画面で確認しました。与信は昨日 10:12 に取り消し済みで、請求は確定しません。明細から消えるのは 3〜5 営業日後です。そのままお客さまにご案内いただいて問題ありません。",
            ),
        ],
        assignee="sato",
        status="In Progress",
        priority="High",
        due=-4,
        category="請求",
        tags=["カード", "請求"],
        order="20418",
    ),
    Story(
        "yamada",
        "注文番号12345の注文のステータスを教えてください",
        [
            (96, "customer", "注文番号12345の注文のステータスを教えてください。"),
            (
                93,
                "sato",
                "注文の詳細は以下のとおりです。\n\n・注文番号：12345\n・ステータス：配送待ち\n・到着予定日：2月12日\n・決済ステータス：決済完了",
            ),
        ],
        assignee="sato",
        status="In Progress",
        order="12345",
        category="配送",
        due=-72,
        product="ST-310",
    ),
    Story(
        "yamada",
        "注文番号12345の配送が遅れている理由を教えてください",
        [
            (
                48,
                "customer",
                "注文番号12345の注文について、配送が遅れている連絡がありましたが、遅れている理由を教えてください。",
            ),
            (47, "kimura:share", "配送 READ 72 到着予定の確認"),
            (46, "ito:note", "中部の集荷場で滞留しています。到着は明後日の見込みです。"),
        ],
        assignee="kimura",
        order="12345",
        category="配送",
        due=-2,
        product="ST-310",
    ),
    Story(
        "yamada",
        "注文番号12345の注文をキャンセルさせてください",
        [
            (
                20,
                "customer",
                "商品がまだ届きません。お届け予定日は昨日でした。到着の目途が立たないようであれば、こちらの注文をキャンセルさせてください。",
            )
        ],
        channel="Phone",
        assignee="nakamura",
        priority="High",
        order="12345",
        category="返金・キャンセル",
        due=0.8,
        product="ST-310",
        tags=["返金"],
    ),
    Story(
        "yamada",
        "注文番号 12345 の返金状況を教えてください",
        [
            (
                15,
                "customer",
                "お世話になっております。みどり商事の山田です。\n\n先週キャンセルした注文（注文番号 12345）の返金について、カード会社の明細でまだ確認ができておりません。いつ頃反映される予定でしょうか。",
            ),
            (
                14.6,
                "tanaka:note",
                "返金処理は 11/18 に完了しています。決済代行の締めの関係で、明細への反映は 3〜5 営業日後です。",
            ),
            (
                0.14,
                "customer",
                "度々失礼いたします。月末の締め処理があるため、本日中にご回答いただけますと助かります。",
            ),
        ],
        assignee="sato",
        priority="High",
        due=-0.9,
        order="12345",
        category="返金・キャンセル",
        tags=["返金", "月末締め"],
        files=[("明細_11月.txt", "2026/11/14  MADOGUCHI STORE  48,400\n2026/11/18  返金  処理中\n")],
    ),
    Story(
        "yamada",
        "返金はいつになりますか",
        [(0.05, "customer", "チャットでも伺います。注文 12345 の返金はいつになりますか。")],
        channel="Chat",
        due=-7,
        order="12345",
    ),
    Story(
        "sato_k",
        "【至急】管理画面にログインできない",
        [
            (
                0.25,
                "customer",
                "今朝から管理画面にログインできません。「アカウントがロックされています」と出ます。出荷が止まっています。至急お願いします。",
            )
        ],
        channel="Chat",
        assignee="kimura",
        status="In Progress",
        priority="Urgent",
        due=0.2,
    ),
    Story(
        "suzuki_m",
        "配送先住所の変更について",
        [
            (0.5, "customer", "引っ越しのため、次回の定期便の配送先を変更したいです。"),
            (0.4, "nakamura:share", "配送 FULL"),
        ],
        channel="Phone",
        assignee="nakamura",
        due=-3,
        product="ST-310",
    ),
    Story(
        "carter",
        "How do I exchange an item for another size?",
        [
            (
                5,
                "customer",
                "Hello,\n\nI ordered a jacket in M but I would need L. The tags are still on. How do I exchange it?\n\nBest,\nEmily",
            ),
            (
                3,
                "kimura",
                "Dear Emily,\n\nthank you for writing. Please use the return label in the parcel and note “L” on it; the new one ships the day yours arrives.",
            ),
            (2, "customer", "Great, thank you! Do I have to pay for shipping?"),
        ],
        assignee="kimura",
        status="In Progress",
        priority="Low",
        due=-6,
    ),
    Story(
        "ando",
        "導入前に確認したい点が 3 つあります",
        [(2.2, "customer", "1. 最小の契約期間\n2. 既存データの移行\n3. 請求書払いの可否\n以上を教えてください。")],
        channel="Phone",
        due=-6,
    ),
    Story(
        "ito_n",
        "API 連携でエラーコード E-4012 が返る",
        [
            (
                7,
                "customer",
                "連携 API の /orders を呼ぶと、今朝から E-4012 が返ります。リクエストは変えていません。ログを添付します。",
            ),
            (6, "nakamura:note", "E-4012 は署名の期限切れ。先方のサーバーの時計がずれている可能性。"),
            (5.5, "nakamura:share", "経理 RESTRICTED 120 同じ注文で請求が二重になっていないかの確認"),
            (
                5.4,
                "nakamura:note",
                "@鈴木 大輔 さん、今朝からの /orders の分で、請求の記録が二重になっていないか見ていただけますか。",
            ),
        ],
        assignee="nakamura",
        status="Escalated",
        priority="High",
        due=-1,
        product="API-9",
        tags=["API"],
        files=[
            (
                "request.log",
                "2026-11-21T00:01:12Z POST /orders 401 E-4012\n2026-11-21T00:01:44Z POST /orders 401 E-4012\n",
            )
        ],
    ),
    Story(
        "watanabe",
        "領収書の再発行依頼",
        [
            (26, "customer", "10月分の領収書を紛失しました。宛名は「医療法人さくら会」で再発行をお願いいたします。"),
            (25.5, "tanaka:share", "経理 READ"),
        ],
        priority="Low",
        due=-24,
        category="請求",
    ),
    Story(
        "kobayashi",
        "年末年始の営業日を教えてください",
        [(28, "customer", "年末年始の休業期間と、出荷の最終日を教えてください。")],
        channel="Web",
        priority="Low",
        due=-48,
    ),
    Story(
        "watanabe",
        "請求書の宛名を変更したい",
        [
            (30, "customer", "来月から請求書の宛名を「医療法人さくら会 事務局」に変更してください。"),
            (29, "suzuki", "承りました。12月発行分から変更いたします。"),
        ],
        department="経理",
        assignee="suzuki",
        status="On Hold",
        category="請求",
    ),
    Story(
        "nguyen",
        "Invoice 2210 shows the wrong tax rate",
        [
            (9, "customer", "Our invoice 2210 shows 8% instead of 10% tax. Could you send a corrected one?"),
            (8, "suzuki:share", "サポート FULL"),
        ],
        department="経理",
        assignee="suzuki",
        due=-20,
    ),
    Story(
        "sato_k",
        "倉庫への直送を依頼したい",
        [
            (52, "customer", "名古屋の倉庫へ直送できますか。"),
            (50, "ito", "可能です。倉庫の受入時間をお知らせください。"),
        ],
        department="配送",
        assignee="ito",
        status="On Hold",
    ),
    Story(
        "ito_n",
        "荷物の外装が破損していました",
        [(6, "customer", "本日届いた荷物の箱がつぶれていました。中身は無事でしたが、報告します。")],
        department="配送",
        due=-10,
        channel="Phone",
    ),
]

HISTORY = [
    ("定期便の一時停止", "定期便を 2 か月止めたいです。", "承りました。2 か月間停止いたします。"),
    ("見積書の有効期限を延長できますか", "見積書の有効期限を月末まで延長できますか。", "月末まで延長いたしました。"),
    ("納品書の送付先について", "納品書を購買部にも送ってください。", "次回から両方へお送りします。"),
    ("担当者の変更のお知らせ", "担当が山田に変わりました。", "承知いたしました。登録を変更しました。"),
    ("ログインの二段階認証", "二段階認証を全員に必須にできますか。", "管理画面の設定からできます。"),
    ("商品の在庫確認", "ST-310 の在庫はありますか。", "50 箱ございます。"),
]

# Parent → children, by subject: the seed's story of order 12345, three agents, one matter.
FAMILIES = {
    "注文番号12345の注文のステータスを教えてください": [
        "注文番号12345の配送が遅れている理由を教えてください",
        "注文番号12345の注文をキャンセルさせてください",
    ]
}
