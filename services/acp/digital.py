"""What opens bottles, as digital deliveries: one for each unlock code of a paid order."""

from collections.abc import Mapping
from typing import Any

from core.i18n import Text, pick
from core.settings import Settings
from models.ar import UnlockCode
from services import ar
from services.acp.view import instant

OPENS: Text = {
    "ko": "병 라벨을 비추면 열리는 AR 체험",
    "en": "The AR experience that the label of the bottle opens",
}


def fulfillment(code: UnlockCode, locale: str) -> dict[str, Any]:
    """Return the delivery of a code; of one that was revoked, that it is gone."""
    shown: dict[str, Any] = {
        "id": code.id,
        "type": "digital",
        "status": "canceled" if code.revoked_at else "delivered",
        "line_items": [{"id": code.order_line_id, "quantity": 1}],
        "description": pick(OPENS, locale),
        "events": [_event(code, "delivered", instant(code.created_at))],
    }
    if code.revoked_at:
        shown["events"].append(_event(code, "canceled", instant(code.revoked_at)))
        return shown
    return shown | {"digital_delivery": {"expires_at": instant(code.expires_at)}}


def opened_up(kept: Mapping[str, Any], settings: Settings) -> dict[str, Any]:
    """Return a fulfillment with the code that it stands for: codes are made anew, never kept."""
    if "digital_delivery" not in kept:
        return dict(kept)
    code = ar.code_of(settings, kept["id"])
    opens = {"access_url": ar.links.page(settings, code), "license_key": code}
    return {**kept, "digital_delivery": {**opens, **kept["digital_delivery"]}}


def _event(code: UnlockCode, kind: str, at: str) -> dict[str, Any]:
    return {"id": f"{code.id}-{kind}", "type": kind, "occurred_at": at}
