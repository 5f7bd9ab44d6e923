"""How single values look on the wire: ids and counts are strings, times ISO 8601 UTC with milliseconds."""

from datetime import UTC, datetime
from typing import Any

from django.conf import settings

from madoguchi.models import Permission

LAYOUT = "1"


def time(moment: datetime | None) -> str | None:
    return (
        moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z" if moment else None
    )


def ref(row_id: int | None) -> str | None:
    return None if row_id is None else str(row_id)


def api(path: str) -> str:
    """The address of something in this API."""
    return f"{settings.URL}/api/v1{path}"


def page(path: str) -> str:
    """The address of a page for people."""
    return f"{settings.URL}{path}"


def source(**more: Any) -> dict[str, Any]:
    return {"appName": None, "extId": None, "permalink": None, "type": "SYSTEM", "appPhotoURL": None, **more}


def layout_details() -> dict[str, str]:
    return {"id": LAYOUT, "layoutName": "Default"}


def clock(seconds: int | None) -> str | None:
    """01:50:07"""
    if seconds is None:
        return None
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"


def hours(seconds: int | None) -> str | None:
    """01:50 hrs"""
    return None if seconds is None else f"{seconds // 3600:02d}:{seconds // 60 % 60:02d} hrs"


THREAD_CHANNEL = {"Email": "EMAIL", "Web": "WEB", "Chat": "ONLINE_CHAT", "Phone": "PHONE"}
TYPES = {Permission.READ: "READ_ONLY", Permission.RESTRICTED: "RESTRICTED_ACCESS", Permission.FULL: "READ_WRITE"}
