"""What the built-in CRM of the demo desk knows of its customers: every column of the classification mode has its people.

買った人は「顧客」、話の進んでいる人は「商談」、まだの人は「連絡先/見込み客」、知らない人は「新規」 (seed 003).
"""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Known:
    """`who`: a contact of the desk, or '' for somebody who has not written yet. `deals`: (name, stage, amount, days ago)."""

    kind: str
    last: str
    first: str
    account: str
    email: str = ""
    phone: str = ""
    mobile: str = ""
    title: str = ""
    owner: str = "sato"
    since: int = 300
    deals: list[tuple[str, str, int, int]] = field(default_factory=list)


# 山田 and 佐藤 have bought; 佐藤 is known by the telephone alone. 高橋, 安藤 and 伊藤 are about to. Emily Carter and 小林 are strangers.
KNOWN = [
    Known(
        "contact",
        "山田",
        "花子",
        "株式会社みどり商事",
        "Hanako.Yamada@midori.example",
        "03-1234-5678",
        title="購買部",
        owner="tanaka",
        deals=[
            ("定期便ボックス 年間契約", "受注", 1_164_000, 210),
            ("定期便ボックス 追加 20 箱", "受注", 388_000, 40),
            ("モバイル同期 Pro 20 席", "失注", 240_000, 90),
        ],
    ),
    Known(
        "contact",
        "佐藤",
        "健一",
        "ひばり物流株式会社",
        "kenichi.sato@hibari-logi.example",
        phone="(052) 300-4401",
        title="管理課",
        deals=[("クラウドメール 50 席", "受注", 900_000, 150)],
    ),
    Known(
        "contact",
        "高橋",
        "誠",
        "株式会社北浜システム",
        "makoto@kitahama.example",
        mobile="+81 90-1234-0001",
        title="情報システム部",
        owner="tanaka",
        since=60,
        deals=[("モバイル同期 Pro 全社導入", "見積提示", 2_400_000, 12)],
    ),
    Known(
        "contact",
        "伊藤",
        "直樹",
        "合同会社あおば工房",
        "naoki@aoba.example",
        "022-700-1201",
        since=200,
        deals=[("連携 API スタンダード", "受注", 360_000, 120), ("連携 API プレミアムへの変更", "提案中", 720_000, 9)],
    ),
    Known(
        "contact",
        "安藤",
        "純",
        "",
        "jun.ando@mail.example",
        "070-1000-2000",
        since=14,
        deals=[("クラウドメール 10 席", "初回面談", 180_000, 3)],
    ),
    Known(
        "contact",
        "渡辺",
        "由紀",
        "医療法人さくら会",
        "yuki@sakura-med.example",
        title="事務局",
        since=100,
        deals=[("クラウドメール 30 席", "失注", 540_000, 45)],
    ),
    Known("lead", "鈴木", "美咲", "", "misaki@mail.example", mobile="080-2222-3333", since=20),
    Known("lead", "Nguyen", "Linh", "Harbor Trading", "linh@harbor.example", owner="tanaka", since=30),
    Known("lead", "松本", "恵", "松本設計事務所", "matsumoto@design.example", "06-6211-0099", owner="tanaka", since=6),
    Known("lead", "吉田", "修", "吉田製作所", "yoshida@works.example", "0565-22-1188", since=2),
]
