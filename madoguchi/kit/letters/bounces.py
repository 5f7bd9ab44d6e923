"""Bounces of every shape: RFC 3464 reports, and the letters mail systems write instead."""

import re

from madoguchi.kit.letters.fields import Fields, first, ids, short
from madoguchi.kit.letters.mime import Entity
from madoguchi.kit.letters.model import Bounce
from madoguchi.kit.letters.reports import Kind, original_ids, report

_DAEMON = re.compile(
    r"(?:mailer[-_]?daemon|mail[-_]daemon|postmaster|mmdf|mail-?delivery|bounces?|mdaemon|mail\.delivery|smtp-?gateway|double-bounce)\b",
    re.IGNORECASE,
)
_SURE_DAEMON = re.compile(r"(?:mailer[-_]?daemon|mail[-_]daemon)(?:@|\s|$)", re.IGNORECASE)
_SUBJECT = re.compile(
    r"undeliver|returned mail|delivery (?:status|failure|report|notification|has failed|error)|mail (?:delivery|error|system error)|"
    r"failure notice|delivery failed|could not (?:be )?(?:deliver|sent)|not delivered|non[- ]?delivery|message (?:delivery|you sent)|"
    r"mail could not|nondeliverable|warning: (?:message|could)|bounce|rejected|returned to sender|user unknown|"
    r"unzustellbar|配信(?:不能|エラー|できません|失敗)|配送(?:不能|失敗|エラー)|送信(?:エラー|できません|失敗)|"
    r"届きません|エラーメール|メールエラー|宛先不明|退信",
    re.IGNORECASE,
)
_DELAYED = re.compile(r"delay|still being retried|will (?:continue|keep) (?:to )?(?:try|retry)|遅延", re.IGNORECASE)
_STATUS = re.compile(r"(?<![\d.])([45]\.\d{1,3}\.\d{1,3})(?![\d.])")
_REPLY = re.compile(r"(?:^|[\s:(>])([45][0-5]\d[ -][^\n]{3,300})", re.MULTILINE)
_RECIPIENT = re.compile(
    r"(?:^|\n)[ \t]{0,8}(?:(?:Original|Final)-Recipient:[^\n;]{0,20};|To:|RCPT TO:|recipient:?|address:?|宛先[:：]?)?"
    r"[ \t]{0,8}<?([\w.+=/-]{1,64}@[\w.-]{1,255}\w)>?[ \t]{0,8}(?:[:(.,\r\n]|\Z)",
    re.IGNORECASE,
)
_ID_LINE = re.compile(r"^[> \t|]{0,10}Message-Id[ \t]?:\s?\s?\s?(<[^<>\s]{1,990}>)", re.IGNORECASE | re.MULTILINE)
_SEARCHED = 200_000


def bounce(root: Entity, *, sender: str, subject: str, return_path: str | None, text: str) -> Bounce | None:
    """What a bounce says; None if the mail is none. `sender` and `subject` decoded, `text` the plain body."""
    leaves = list(root.leaves())
    found = report(leaves)
    if found is None and not _looks_like_one(root.fields, sender=sender, subject=subject, return_path=return_path):
        return None
    text = text[:_SEARCHED]
    originals = original_ids(leaves) or _ids_in(text) or ids(first(root.fields, "in-reply-to"))
    if found is None:
        found = _from_words(root.fields, subject=subject, text=text)
    recipient = found.recipient or _failed_recipient(root.fields)
    return Bounce(found.kind, recipient, found.status, found.diagnostic, originals)


def _looks_like_one(found: Fields, *, sender: str, subject: str, return_path: str | None) -> bool:
    if "x-failed-recipients" in found:
        return True
    if _SURE_DAEMON.match(sender):
        return True
    reported = short(found, "content-type").startswith("multipart/report")
    return bool(_SUBJECT.search(subject[:300])) and (return_path == "" or reported or bool(_DAEMON.match(sender)))


def _from_words(found: Fields, *, subject: str, text: str) -> Bounce:
    status, reply, recipient = _STATUS.search(text), _REPLY.search(text), _RECIPIENT.search(text)
    code = status[1] if status else ""
    diagnostic = " ".join(reply[1].split()) if reply else ""
    temporary = code.startswith("4") or (not code and diagnostic.startswith("4"))
    kind: Kind = "delayed" if _DELAYED.search(subject[:300]) or (temporary and _DELAYED.search(text)) else "failed"
    return Bounce(kind, recipient[1] if recipient else "", code, diagnostic, ())


def _failed_recipient(found: Fields) -> str:
    return short(found, "x-failed-recipients").partition(",")[0].strip()[:320]


def _ids_in(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(x for found in _ID_LINE.findall(text) for x in ids(found.encode())))
