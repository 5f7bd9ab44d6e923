"""Who is on the demo desk."""

PASSWORD = "madoguchi-demo"

DEPARTMENTS = [
    ("サポート", "support@demo.example", "--\nサポート窓口\nsupport@demo.example　平日 9:00–18:00"),
    ("経理", "billing@demo.example", "--\n経理部\nbilling@demo.example"),
    ("配送", "delivery@demo.example", "--\n配送センター\ndelivery@demo.example"),
]
AGENTS = [
    ("admin", "管理", "太郎", "administrator", []),
    ("sato", "佐藤", "健", "agent", ["サポート"]),
    ("tanaka", "田中", "美咲", "supervisor", ["サポート"]),
    ("nakamura", "中村", "葵", "agent", ["サポート"]),
    ("kimura", "木村", "翔", "agent", ["サポート"]),
    ("suzuki", "鈴木", "大輔", "agent", ["経理"]),
    ("ito", "伊藤", "玲", "agent", ["配送"]),
    ("mori", "森", "一", "light", ["サポート"]),
]
ACCOUNTS = [
    ("株式会社みどり商事", "midori.example", "03-1234-5678"),
    ("株式会社北浜システム", "kitahama.example", "06-6200-1111"),
    ("ひばり物流株式会社", "hibari.example", "052-300-4400"),
    ("合同会社あおば工房", "aoba.example", "022-700-1200"),
    ("医療法人さくら会", "sakura-med.example", "045-555-0101"),
]
CONTACTS = {
    "yamada": ("山田", "花子", "hanako.yamada@midori.example", "03-1234-5678", "購買部", "ja"),
    "takahashi": ("高橋", "誠", "makoto@kitahama.example", "090-1234-0001", "情報システム部", "ja"),
    "sato_k": ("佐藤", "健一", "k.sato@hibari.example", "052-300-4401", "管理課", "ja"),
    "suzuki_m": ("鈴木", "美咲", "misaki@mail.example", "080-2222-3333", "", "ja"),
    "carter": ("Carter", "Emily", "emily.carter@mail.example", "", "", "en"),
    "ito_n": ("伊藤", "直樹", "naoki@aoba.example", "022-700-1201", "開発", "ja"),
    "watanabe": ("渡辺", "由紀", "yuki@sakura-med.example", "045-555-0102", "事務局", "ja"),
    "kobayashi": ("小林", "大輔", "daisuke@mail.example", "", "", "ja"),
    "ando": ("安藤", "純", "jun.ando@mail.example", "070-1000-2000", "", "ja"),
    "nguyen": ("Nguyen", "Linh", "linh@harbor.example", "", "", "en"),
}
PRODUCTS = [
    ("MD-2041", "モバイル同期 Pro"),
    ("MD-1100", "クラウドメール"),
    ("ST-310", "定期便ボックス"),
    ("API-9", "連携 API"),
]
# About whom (a contact, or an account by its name), hours ago, by whom, what.
NOTES = [
    ("yamada", 24 * 60 + 5, "nakamura", "お電話は 10 時から 16 時の間がつながりやすいとのことです。"),
    (
        "yamada",
        24 * 9,
        "tanaka",
        "月末は締め処理のため、返金や請求の件はお急ぎです。見通しだけでも当日中にお伝えしてください。",
    ),
    (
        "株式会社みどり商事",
        24 * 40,
        "sato",
        "定期便は購買部の山田さまがまとめて発注されます。請求書の宛名は経理部です。",
    ),
    ("ito_n", 24 * 8, "nakamura", "API の技術的なご質問は、ログを添えていただくと解決が早いです。"),
]
