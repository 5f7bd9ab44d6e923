"""Which entities are the text, which the HTML, which the attachments (after RFC 8621 section 4.1.4)."""

from dataclasses import dataclass, field

from madoguchi.kit.html import from_text, text_from
from madoguchi.kit.letters import uu, words
from madoguchi.kit.letters.charsets import decode
from madoguchi.kit.letters.fields import first, ids
from madoguchi.kit.letters.flowed import unflowed
from madoguchi.kit.letters.mime import Entity, entity
from madoguchi.kit.letters.model import Part

LONGEST_TEXT = 2_000_000
_NO_TEXT = frozenset(
    ["text/calendar", "text/rfc822-headers", "text/vcard", "text/x-vcard", "text/csv", "text/directory"]
)


@dataclass(slots=True)
class Bodies:
    """The two bodies of a mail and its parts."""

    text: str = ""
    html: str = ""
    parts: list[Part] = field(default_factory=list)


@dataclass(slots=True)
class _Piece:
    is_html: bool
    words: str


@dataclass(slots=True)
class _Views:
    plain: list[_Piece]
    rich: list[_Piece]


def bodies(root: Entity) -> Bodies:
    """Text (made from the HTML where there is none), raw HTML ('' if none; 2 MB each at most) and all other parts."""
    result = Bodies()
    views = _views(root, result.parts)
    result.text = _cut("\n".join(text_from(p.words) if p.is_html else p.words for p in views.plain))
    if any(p.is_html for p in views.rich):
        result.html = _cut("\n".join(p.words if p.is_html else from_text(p.words) for p in views.rich))
        result.parts = [_seen_in(result.html, p) for p in result.parts]
    return result


def _cut(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")[:LONGEST_TEXT]


def _views(node: Entity, parts: list[Part]) -> _Views:
    if not node.children:
        return _leaf(node, parts)
    views = [_views(child, parts) for child in node.children]
    if node.content_type == "multipart/alternative":
        return _Views(
            _best(views), next((v.rich for v in reversed(views) if any(p.is_html for p in v.rich)), _best(views))
        )
    return _Views([p for v in views for p in v.plain], [p for v in views for p in v.rich])


def _best(views: list[_Views]) -> list[_Piece]:
    """The plain alternative that says something; else the HTML; else whatever there is."""
    for is_html in (False, True):
        for view in views:
            if any(p.is_html == is_html and p.words.strip() for p in view.plain):
                return view.plain
    return next((v.plain for v in views if v.plain), [])


def _leaf(node: Entity, parts: list[Part]) -> _Views:
    kind = node.content_type
    readable = kind.startswith("text/") and kind not in _NO_TEXT
    attached = not readable or node.disposition == "attachment" or bool(node.file_name)
    if attached and not kind.startswith("multipart/"):
        parts.append(_part(node))
        return _Views([], [])
    raw = node.payload()[: 2 * LONGEST_TEXT]
    charset = node.params.get("charset", "")
    if kind == "text/html":
        piece = _Piece(True, decode(raw[:LONGEST_TEXT], charset))
        return _Views([piece], [piece])
    raw, files = uu.taken_out(raw)
    parts += [Part(words.text(name), "application/octet-stream", "", False, content) for name, content in files]
    text = decode(raw[:LONGEST_TEXT], charset)
    if node.params.get("format", "").lower() == "flowed":
        text = unflowed(text, delsp=node.params.get("delsp", "").lower() == "yes")
    piece = _Piece(False, text)
    return _Views([piece], [piece])


def _part(node: Entity) -> Part:
    payload = node.payload()
    cid = next(iter(ids(first(node.fields, "content-id"))), "") or first(node.fields, "content-id").decode(
        "ascii", "ignore"
    )
    inline = node.disposition == "inline" and node.content_type.startswith("image/")
    return Part(node.file_name or _made_up_name(node, payload), node.content_type, cid.strip("<> \0"), inline, payload)


def _made_up_name(node: Entity, payload: bytes) -> str:
    if node.content_type in {"message/rfc822", "message/global"}:
        subject = words.text(first(entity(payload[:65_536]).fields, "subject"))
        return f"{subject[:100] or 'mail'}.eml"
    return {
        "text/calendar": "invite.ics",
        "application/ms-tnef": "winmail.dat",
        "message/delivery-status": "delivery-status.txt",
        "text/rfc822-headers": "headers.txt",
    }.get(node.content_type, "")


def _seen_in(html: str, part: Part) -> Part:
    if part.is_inline or not part.content_id or f"cid:{part.content_id}" not in html:
        return part
    return Part(part.name, part.content_type, part.content_id, True, part.payload)
