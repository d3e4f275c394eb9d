"""Promotions, gift cards and delivery in the catalogue's file."""

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest
from sqlalchemy import select

from core.settings import ROOT
from models.catalogue import Channel, ReferenceEntry
from models.promotion import DeliveryMethod, GiftCardKind, Promotion
from services import catalogue
from tests.pricing.market import DAILY, Market, cart

FILE = ROOT / "data" / "catalogue.json"
type Content = dict[str, Any]
type Change = Callable[[Content], object]


def written(folder: Path, change: Change) -> Path:
    """Write a changed copy of the file."""
    content = copy.deepcopy(orjson.loads(FILE.read_bytes()))
    change(content)
    path = folder / "catalogue.json"
    path.write_bytes(orjson.dumps(content))
    return path


async def rows(market: Market, model: Any) -> dict[str, Any]:
    """All rows of a table by id."""
    async with market.db.read() as session:
        return {row.id: row for row in await session.scalars(select(model))}


async def test_everything_is_loaded_into_its_own_table(market: Market) -> None:
    shipped = orjson.loads(FILE.read_bytes())
    for model, section in (
        (Promotion, "promotions"),
        (GiftCardKind, "gift_cards"),
        (DeliveryMethod, "shipping"),
    ):
        assert set(await rows(market, model)) == {entry["id"] for entry in shipped[section]}
    left = {entry.section for entry in (await rows(market, ReferenceEntry)).values()}
    assert not left & {"promotions", "gift_cards", "shipping"}
    dawn = (await rows(market, DeliveryMethod))["kr-dawn"]
    assert (dawn.days, dawn.regions, dawn.adult_signature) == (
        [1, 1],
        ["seoul", "gyeonggi", "incheon"],
        True,
    )


async def test_loading_again_changes_nothing(market: Market) -> None:
    assert (await catalogue.load(market.begin, FILE)).total == 0


async def test_what_changes_is_changed_and_what_left_is_off(market: Market, tmp_path: Path) -> None:
    def change(content: Content) -> None:
        content["promotions"][1]["value"] = 20
        del content["promotions"][0]
        content["promotions"][0]["ends_at"] = "2099-01-01T00:00:00+09:00"
        content["channels"][1]["tax"]["rates"] = {"CA": 0.0725}
        content["channels"][0]["cutoff_hour"] = 11

    path = written(tmp_path, change)
    report = await catalogue.load(market.begin, path)
    # The two that follow moved up, which is a change of their place.
    assert (report.added, report.retired) == (0, 1)
    assert (await catalogue.load(market.begin, path)).total == 0
    assert (await market.quote(cart((DAILY, 3)))).discount == 3_900
    assert (await rows(market, Promotion))["promo-first-cup"].active is False
    assert await market.takes(cart((DAILY, 3)), "FIRSTCUP") == "unknown_code"
    channels = await rows(market, Channel)
    assert (channels["us"].tax_rates, channels["kr"].cutoff_hour) == ({"CA": 0.0725}, 11)
    await catalogue.load(market.begin, FILE)
    assert (await rows(market, Promotion))["promo-first-cup"].active is True


def promotion(**values: object) -> Change:
    return lambda content: content["promotions"][0].update(values)


FAULTS: list[tuple[Change, str, str]] = [
    (promotion(kind="half_price"), "$.promotions[0].kind", "order_percent"),
    (promotion(value=0), "$.promotions[0].value", "1 to 100"),
    (promotion(value=101), "$.promotions[0].value", "1 to 100"),
    (promotion(kind="gift"), "$.promotions[0].gift_sku", "a gift has one"),
    (promotion(gift_sku="CUP"), "$.promotions[0].gift_sku", "a gift has one"),
    *(
        (promotion(kind="gift", value=0, gift_sku=sku), "$.promotions[0].gift_sku", "is a drink")
        for sku in ("nerd12-signature-180", "nerd12-signature", "nerd12_signature")
    ),
    (promotion(code="first cup"), "$.promotions[0].code", "pattern"),
    (promotion(channels=["mars"]), "$.promotions[0].channels", "no channel 'mars'"),
    (promotion(channels=[]), "$.promotions[0].channels", "at least 1"),
    (promotion(min_subtotal={"apec": 5}), "$.promotions[0].min_subtotal", "'apec'"),
    (promotion(min_subtotal={"kr": -5}), "$.promotions[0].min_subtotal.kr", "greater than 0"),
    (promotion(kind="order_amount", value=0), "$.promotions[0].amounts.kr", "each channel"),
    (promotion(kind="bundle", value=0), "$.promotions[0].when.variants", "needs its variants"),
    (promotion(when={"product": "ale"}), "$.promotions[0].when.product", "no product 'ale'"),
    (promotion(when={"variants": {"x": 1}}), "$.promotions[0].when.variants", "no variant 'x'"),
    (promotion(when={"moon": "full"}), "$.promotions[0].when.moon", "not permitted"),
    (promotion(when={"graph": "(u)-[:LIKES]->(x)"}), "$.promotions[0].when.graph", "pattern"),
    (promotion(when={"quantity_at_least": 2}), "$.promotions[0].when.quantity_at_least", "which"),
    (promotion(id="free-delivery"), "$.promotions[0].id", "own free delivery"),
    (promotion(limit_total=0), "$.promotions[0].limit_total", "greater than 0"),
    (promotion(starts_at="2026-03-02T10:00"), "$.promotions[0].starts_at", "timezone"),
    (
        promotion(starts_at="2026-03-02T10:00Z", ends_at="2026-03-01T10:00Z"),
        "$.promotions[0].ends_at",
        "before it starts",
    ),
    (promotion(name={"ko": "첫 잔"}), "$.promotions[0].name.en", "required"),
    (promotion(colour="red"), "$.promotions[0].colour", "not permitted"),
    (lambda c: c["promotions"][1].update(code="FIRSTCUP"), "$.promotions", "2 times"),
    (lambda c: c["promotions"][0].pop("stackable"), "$.promotions[0].stackable", "required"),
    (lambda c: c["gift_cards"][0].update(currency="EUR"), "$.gift_cards[0].currency", "KRW"),
    (lambda c: c["gift_cards"][0].update(amount=0), "$.gift_cards[0].amount", "greater than 0"),
    (lambda c: c["gift_cards"][0].update(expires_days=-1), "$.gift_cards[0].expires_days", "than"),
    (lambda c: c["shipping"][0].update(price=-1), "$.shipping[0].price", "greater"),
    (lambda c: c["shipping"][0].update(days=[3, 1]), "$.shipping[0].days", "lower number first"),
    (lambda c: c["shipping"][0].update(days=[1]), "$.shipping[0].days", "at least 2"),
    (lambda c: c["shipping"][0].update(channel="mars"), "$.shipping[0]", "no channel 'mars'"),
    (lambda c: c["shipping"][1].update(regions=["soul"]), "$.shipping[1].regions", "'soul'"),
    (lambda c: c["shipping"][2].update(regions=["seoul"]), "$.shipping[2].regions", "'seoul'"),
    (lambda c: c["shipping"][0].update(adult_signature=False), "$.shipping[0].adult", "True"),
    (
        lambda c: c["channels"][1]["tax"].update(rates={"California": 0.07}),
        "$.channels[1].tax.rates",
        "pattern",
    ),
    (lambda c: c["channels"][0].update(cutoff_hour=25), "$.channels[0].cutoff_hour", "24"),
]


@pytest.mark.parametrize(("fault", "path", "reason"), FAULTS, ids=range(len(FAULTS)))
def test_a_fault_is_refused_with_file_path_and_reason(
    tmp_path: Path, fault: Change, path: str, reason: str
) -> None:
    file = written(tmp_path, fault)
    with pytest.raises(catalogue.CatalogueInvalid) as refused:
        catalogue.read(file)
    assert str(file) in str(refused.value)
    told = [why for where, why in refused.value.problems if where.startswith(path)]
    assert any(reason in why for why in told), refused.value.problems
