"""The catalogue's file: loaded whole or not at all, as often as one likes."""

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest
from sqlalchemy import select, update

from core.outbox import Lane, Outbox
from core.settings import ROOT
from models.catalogue import (
    Batch,
    Farm,
    Persona,
    Product,
    ProductIngredient,
    Recipe,
    ReferenceEntry,
    Stock,
    VariantPrice,
)
from models.stock import StockLot
from models.world import Lore, LoreFeature, LoreKnower
from services import catalogue
from tests.catalogue.door import Door

FILE = ROOT / "data" / "catalogue.json"
type Content = dict[str, Any]


@pytest.fixture(scope="module")
def shipped() -> Content:
    """The file as it is shipped."""
    content: Content = orjson.loads(FILE.read_bytes())
    return content


@pytest.fixture
def written(tmp_path: Path, shipped: Content) -> Callable[[Callable[[Content], object]], Path]:
    """Write a changed copy of the file."""

    def write(change: Callable[[Content], object]) -> Path:
        content = copy.deepcopy(shipped)
        change(content)
        path = tmp_path / "catalogue.json"
        path.write_bytes(orjson.dumps(content))
        return path

    return write


type Written = Callable[[Callable[[Content], object]], Path]


async def rows(door: Door, model: Any, *conditions: Any) -> list[Any]:
    async with door.db.read() as session:
        return list(await session.scalars(select(model).where(*conditions)))


async def owed(door: Door) -> set[tuple[str, str]]:
    """What the graph has not seen yet."""
    async with door.db.read() as session:
        changes = await session.scalars(select(Outbox).where(Outbox.lane == Lane.GRAPH))
        return {(change.payload["kind"], change.payload["key"]) for change in changes}


async def forget_changes(door: Door) -> None:
    async with door.db.write.begin() as session:
        await session.execute(Outbox.__table__.delete())


async def test_everything_in_the_file_is_loaded(door: Door, shipped: Content) -> None:
    for model, section in ((Product, "products"), (Lore, "lore"), (Recipe, "recipes")):
        assert len(await rows(door, model)) == len(shipped[section])
    assert len(await rows(door, Farm)) == len(shipped["farms"])
    assert len(await rows(door, Batch)) == len(shipped["lots"])
    assert len(await rows(door, Persona)) == len(shipped["personas"])
    variants = [variant for product in shipped["products"] for variant in product["variants"]]
    assert len(await rows(door, VariantPrice)) == sum(len(v["price"]) for v in variants)
    sections = {entry.section for entry in await rows(door, ReferenceEntry)}
    assert sections == {
        "club_plans",
        "curations",
        "chat_eval",
        "glossary",
        "synonyms",
    }


async def test_a_likeness_may_know_a_story(door: Door) -> None:
    (knower,) = await rows(door, LoreKnower, LoreKnower.knower_id == "host-sam")
    assert (knower.lore_id, knower.knower_kind.value) == ("tavern-night", "likeness")


async def test_loading_again_changes_nothing(door: Door) -> None:
    await forget_changes(door)
    report = await catalogue.load(door.begin, FILE)
    assert (report.total, report.nodes) == (0, set())
    assert await owed(door) == set()


async def test_loading_again_does_not_undo_sales(door: Door) -> None:
    async with door.db.write.begin() as session:
        of_variant = StockLot.variant_id == "nerd6-daily-750"
        await session.execute(update(StockLot).where(of_variant).values(on_hand=0))
        await session.execute(update(Stock).where(Stock.id == "nerd6-daily-750").values(on_hand=0))
    assert (await catalogue.load(door.begin, FILE)).total == 0
    (stock,) = await rows(door, Stock, Stock.id == "nerd6-daily-750")
    (lot,) = await rows(door, StockLot, StockLot.variant_id == "nerd6-daily-750")
    assert (stock.on_hand, lot.on_hand, lot.lot) == (0, 0, "LOT-NERD6-DAILY-2611")


async def test_what_changed_is_changed_and_projected(door: Door, written: Written) -> None:
    def change(content: Content) -> None:
        content["products"][0]["variants"][0]["price"]["kr"] = 19_000
        content["products"][0]["ingredients"].pop()
        content["ingredients"][0]["name"]["en"] = "Rice of Icheon"

    await forget_changes(door)
    report = await catalogue.load(door.begin, written(change))
    assert (report.added, report.changed, report.retired) == (0, 2, 1)
    assert await owed(door) == {("product", "nerd12-signature"), ("ingredient", "icheon-rice")}
    price = VariantPrice.id == "nerd12-signature-500:kr"
    assert [row.amount for row in await rows(door, VariantPrice, price)] == [19_000]
    parts = ProductIngredient.product_id == "nerd12-signature"
    assert len(await rows(door, ProductIngredient, parts)) == 2


async def test_what_left_the_file_is_switched_off_and_comes_back(
    door: Door, written: Written
) -> None:
    def without_soda(content: Content) -> None:
        content["recipes"] = [r for r in content["recipes"] if r["id"] != "twelve-oclock-soda"]
        content["products"][0]["cocktails"].remove("twelve-oclock-soda")
        for animation in content["ar_experiences"][0]["animations"]:
            if "recipes" in animation:
                animation["recipes"].remove("twelve-oclock-soda")

    report = await catalogue.load(door.begin, written(without_soda))
    assert report.retired == 1
    (recipe,) = await rows(door, Recipe, Recipe.id == "twelve-oclock-soda")
    assert recipe.active is False
    assert (await catalogue.load(door.begin, written(without_soda))).total == 0
    await catalogue.load(door.begin, FILE)
    (recipe,) = await rows(door, Recipe, Recipe.id == "twelve-oclock-soda")
    assert recipe.active is True


FAULTS: list[tuple[Callable[[Content], object], str, str]] = [
    (
        lambda c: c["products"][2]["variants"][1]["price"].update(kr=0),
        "$.products[2].variants[1].price.kr",
        "greater than 0",
    ),
    (lambda c: c["products"][1]["name"].pop("ko"), "$.products[1].name.ko", "required"),
    (
        lambda c: c["lore"][0]["body"].update(en=" "),
        "$.lore[0].body.en",
        "match",
    ),
    (
        lambda c: c["products"][0]["ingredients"].append({"ingredient": "gold", "share": None}),
        "$.products[0].ingredients",
        "no ingredient 'gold'",
    ),
    (
        lambda c: c["products"][3]["ingredients"][0].update(share=0.99),
        "$.products[3].ingredients",
        "more than the whole",
    ),
    (
        lambda c: c["pairings"][0].update(id="host-sam"),
        "$.pairings[0].id",
        "already the id of $.likenesses[0]",
    ),
    (
        lambda c: c["templates"][0].update(duration=31),
        "$.templates[0].duration",
        "shots and outro last 30",
    ),
    (lambda c: c["templates"][1]["shots"][0].update(seconds=7), "$.templates[1].shots[0]", "4, 8"),
    (
        lambda c: c["templates"][0]["shots"][0]["outline"].update(en="{victim} enters"),
        "$.templates[0].shots",
        "{victim}",
    ),
    (lambda c: c["products"][5]["allergens"].remove("honey"), "$.products[5].allergens", "honey"),
    (lambda c: c["products"][0]["lore"].pop(), "$.lore[10].features.products", "each other"),
    (
        lambda c: c["likenesses"][1].update(status="approved"),
        "$.likenesses[1].license",
        "needs a licence",
    ),
    (lambda c: c["channels"][0].update(currency="EUR"), "$.channels[0].currency", "known are KRW"),
    (lambda c: c["products"][0].update(colour="white"), "$.products[0].colour", "not permitted"),
    (
        lambda c: c["products"][0]["serve"].update(temp_c=[10, 6]),
        "$.products[0].serve.temp_c",
        "lower",
    ),
    (
        lambda c: c["products"][11]["bundle"][0].update(variant="nerd-trio-box"),
        "$.products[11].bundle",
        "cannot hold a bundle",
    ),
    (lambda c: c.update(schema="nerdx.catalogue/2"), "$.schema", "nerdx.catalogue/1"),
    (lambda c: c.pop("legal"), "$.legal", "required"),
    (
        lambda c: c["personas"][0].update(channel="mars"),
        "$.personas[0].channel",
        "no channel 'mars'",
    ),
    (lambda c: c["farms"][0].update(ingredient="hops"), "$.farms[0].ingredient", "no ingredient"),
    (
        lambda c: c["farms"].append({**c["farms"][0], "id": "icheon-rice"}),
        "$.farms[3].id",
        "already",
    ),
    (lambda c: c["lots"][0].update(farm="farm-moon"), "$.lots[0].farm", "no farm 'farm-moon'"),
    (lambda c: c["lots"][0].update(product="nerd0"), "$.lots[0].product", "no product 'nerd0'"),
    (lambda c: c["lots"][1].update(bottled="2026-10-21"), "$.lots[1].bottled", "before"),
    (lambda c: c["lots"][1].update(gtin="09520004100374"), "$.lots[1].gtin", "check the others"),
    (
        lambda c: c["lots"][2].update(digital_link="https://nerdx.com/01/1"),
        "$.lots[2].digital_link",
        "LOT-NERD9-CLOUD-2611",
    ),
    (
        lambda c: c["ar_experiences"][0].update(label_marker="nerd6_marker_001"),
        "$.products[0].ar_experience",
        "marker",
    ),
]


@pytest.mark.parametrize(("fault", "path", "reason"), FAULTS, ids=[path for _, path, _ in FAULTS])
def test_a_fault_is_refused_with_file_path_and_reason(
    written: Written, fault: Callable[[Content], object], path: str, reason: str
) -> None:
    file = written(fault)
    with pytest.raises(catalogue.CatalogueInvalid) as refused:
        catalogue.read(file)
    assert str(file) in str(refused.value)
    told = [why for where, why in refused.value.problems if where.startswith(path)]
    assert any(reason in why for why in told), refused.value.problems


def test_every_fault_is_told_at_once(written: Written) -> None:
    def spoil(content: Content) -> None:
        content["products"][0]["related"] = ["nothing"]
        content["templates"][0]["duration"] = 1
        content["personas"][0]["interested"] = [["nowhere", 0.5]]

    with pytest.raises(catalogue.CatalogueInvalid) as refused:
        catalogue.read(written(spoil))
    assert len(refused.value.problems) == 3


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff", b'{"schema": NaN}'])
def test_what_is_no_catalogue_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "catalogue.json"
    path.write_bytes(content)
    with pytest.raises(catalogue.CatalogueInvalid):
        catalogue.read(path)
    with pytest.raises(catalogue.CatalogueInvalid, match="No such file"):
        catalogue.read(tmp_path / "absent.json")


async def test_nothing_is_half_loaded(door: Door, written: Written) -> None:
    def spoil(content: Content) -> None:
        content["products"][0]["name"]["en"] = "Changed"
        content["chat_eval"][-1]["id"] = 5

    await forget_changes(door)
    with pytest.raises(catalogue.CatalogueInvalid):
        await catalogue.load(door.begin, written(spoil))
    (product,) = await rows(door, Product, Product.id == "nerd12-signature")
    assert product.name["en"] == "NERD12 Signature"
    assert await owed(door) == set()


async def test_a_failure_while_writing_leaves_nothing(door: Door, written: Written) -> None:
    def change(content: Content) -> None:
        content["products"][0]["name"]["en"] = "Changed"

    document = catalogue.read(written(change))

    async def cut_short() -> None:
        async with door.begin() as uow:
            assert (await catalogue.store(uow, document)).changed == 3
            raise RuntimeError("power cut")

    await forget_changes(door)
    with pytest.raises(RuntimeError, match="power cut"):
        await cut_short()
    (product,) = await rows(door, Product, Product.id == "nerd12-signature")
    assert product.name["en"] == "NERD12 Signature"
    assert await owed(door) == set()
    assert len(await rows(door, LoreFeature)) == 44
