"""The views and canned responses of the demo desk."""


def _one_of(*conditions: tuple[str, str, object]) -> dict[str, object]:
    return {"match": "any", "conditions": [{"field": f, "operator": o, "value": v} for f, o, v in conditions]}


VIEWS: list[dict[str, object]] = [
    {
        "name": "返金・キャンセル",
        "audience": "department",
        "criteria": {
            "match": "all",
            "groups": [
                _one_of(("state", "is", "Open"), ("state", "is", "On Hold")),
                _one_of(("tags", "is", "返金"), ("subject", "contains", "返金"), ("subject", "contains", "キャンセル")),
            ],
        },
        "columns": ["contact", "status", "assignee", "due", "updated"],
        "sort": "-modified_at",
    },
    {
        "name": "担当者待ち（優先度 中以上）",
        "audience": "department",
        "criteria": {
            "match": "all",
            "groups": [
                _one_of(("priority", "is_one_of", ["High", "Urgent", "Medium"])),
                {
                    "match": "all",
                    "conditions": [
                        {"field": "state", "operator": "is", "value": "Open"},
                        {"field": "assignee", "operator": "is_empty"},
                    ],
                },
            ],
        },
        "columns": ["contact", "priority", "due", "created"],
        "sort": "due_at",
    },
]
RESPONSES = [
    (
        "受付のお礼",
        "thanks",
        "{{contact.name}} 様\n\nお問い合わせありがとうございます。サポートの{{agent.lastName}}です。\n"
        "内容を確認し、本日中にあらためてご連絡いたします。",
    ),
    (
        "返金の時期",
        "refund",
        "{{contact.name}} 様\n\n返金の手続きは完了しております。カード会社の明細への反映まで 3〜5 営業日ほど"
        "お時間をいただきます。\nお問い合わせ番号：{{ticket.number}}",
    ),
    (
        "追加情報のお願い",
        "moreinfo",
        "{{contact.name}} 様\n\n恐れ入りますが、次の点をお知らせいただけますでしょうか。\n・ご利用の端末と OS\n"
        "・発生した日時\n・表示されたメッセージ",
    ),
]
RULES: list[dict[str, object]] = [
    {
        "name": "緊急で担当者のいない問い合わせ",
        "when": ["ticket.opened", "ticket.edited"],
        "criteria": {
            "match": "all",
            "groups": [
                {
                    "match": "all",
                    "conditions": [
                        {"field": "priority", "operator": "is", "value": "Urgent"},
                        {"field": "assignee", "operator": "is_empty"},
                        {"field": "tags", "operator": "is_not", "value": "至急"},
                    ],
                }
            ],
        },
        "actions": [
            {"verb": "tag", "tags": ["至急"]},
            {"verb": "comment", "text": "緊急の問い合わせです。担当者を決めてください。"},
        ],
    },
]
