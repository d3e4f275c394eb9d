"""The page that a QR code leads to, in a real browser on a pretended phone."""

import json
import os
from collections import Counter
from pathlib import Path

import pytest
from sqlalchemy import select

from models.ar import ArEngagement, ArTrigger
from sandbox.ar import put_assets
from tests.ar.bar import MINI, Bar
from tests.support.api import Api
from tests.test_browser import Node, _run, browser

__all__ = ["browser"]

PHONES = {
    "ko": {"userAgent": "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X)"},
    "en": {"userAgent": "Mozilla/5.0 (Linux; Android 16; Pixel 10) Chrome/150 Mobile"},
}
SCENES = {
    "ko": ["비추기", "두드리기", "누르고 있기", "귀 기울이기"],
    "en": ["Scan", "Tap", "Hold", "Listen"],
}
LEFT = {"ko": "4번", "en": "4 more"}


@pytest.mark.parametrize(("locale", "persona"), [("ko", "민수"), ("en", "Alice")])
async def test_a_code_opens_the_page(
    bar: Bar, browser: Node, locale: str, persona: str, hana: Api
) -> None:
    put_assets(bar.world.settings)
    (code,) = await bar.codes(await bar.bought({MINI: 1}, hana), hana)
    device = {**PHONES[locale], "viewport": {"width": 390, "height": 844}}
    task = {"url": f"{bar.world.url}/ar/unlock#{code['code']}", "locale": locale}
    pictures = os.environ.get("BROWSER_PICTURES")
    task |= {"persona": persona, "device": device, **({"pictures": pictures} if pictures else {})}
    told = await _run([browser.node, "unlock.mjs", json.dumps(task)], browser.env, 150)
    seen = json.loads(told.splitlines()[-1])
    assert seen["faults"] == []
    assert seen["lang"] == locale
    assert seen["scenes"] == SCENES[locale]
    assert seen["film"] > 1
    assert seen["story"]
    assert seen["fits"]
    first = seen["links"][0]
    if locale == "ko":
        assert first["rel"] == "ar"
        assert Path(first["href"].partition("?")[0]).suffix == ".usdz"
    else:
        assert first["href"].startswith("intent://arvr.google.com/scene-viewer/1.0?file=http")
    assert LEFT[locale] in seen["trouble"]
    async with bar.host.db.read() as session:
        triggers = Counter((await session.scalars(select(ArEngagement.trigger))).all())
    assert triggers[ArTrigger.HOLD] == 1, "done without a network, and told with one"
    assert not [url for url in seen["pages"] if code["code"] in url.partition("#")[0]]
