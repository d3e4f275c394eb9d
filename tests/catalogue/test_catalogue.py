"""A product and what stands beside it, through the door."""

from sqlalchemy import update

from models.catalogue import (
    CameoTemplate,
    Likeness,
    LikenessStatus,
    Pairing,
    Product,
    TemplateStatus,
)
from services.account import SANDBOX_PASSWORD
from tests.catalogue.door import REFUSALS, Door, refused, told
from tests.catalogue.rows import change
from tests.support.api import Api


async def test_a_product_with_everything(door: Door) -> None:
    query = """{ product(id: "nerd7-yuja") { id slug name description category abv releasedOn
      storyTags tasting { dimension name score } serve { minCelsius maxCelsius vessel shake }
      allergens { code name } warnings { code text } images { url }
      recipes { id name minutes glass steps items { name amount unit } alcoholGrams }
      arExperience { id labelMarker requiresUnlock product { id } }
      variants { id name kind volumeMl availability available price { amount currency formatted }
                 product { id } parts { quantity } }
      priceRange { min { formatted } max { formatted } } } }"""
    english = (await told(door, query, locale="en", channel="us"))["product"]
    korean = (await told(door, query, locale="ko-KR,ko;q=0.9", channel="kr"))["product"]
    assert (english["name"], korean["name"]) == ("NERD7 Yuja", "너드7 유자")
    assert english["slug"] == english["id"] == "nerd7-yuja"
    assert (english["releasedOn"], english["abv"]) == ("2024-02-01", 7.0)
    assert english["tasting"][0] == {"dimension": "sweet", "name": "Sweet", "score": 3.1}
    assert korean["tasting"][0]["name"] == "단맛"
    assert len(english["tasting"]) == 8
    assert korean["serve"] == {
        "minCelsius": 4,
        "maxCelsius": 7,
        "vessel": "화이트 와인 잔",
        "shake": "살살 기울여 섞으세요",
    }
    assert english["allergens"] == [
        {"code": "wheat", "name": "Wheat"},
        {"code": "honey", "name": "Honey"},
    ]
    assert [warning["code"] for warning in korean["warnings"]] == [
        "pregnancy",
        "over-drinking",
        "minors",
    ]
    assert "임신" in korean["warnings"][0]["text"]
    (recipe,) = korean["recipes"]
    assert (recipe["id"], len(recipe["steps"]) > 0) == ("yuja-cloud", True)
    assert english["arExperience"]["product"]["id"] == "nerd7-yuja"
    bottle, mini = english["variants"]
    assert bottle["price"] == {"amount": 1500, "currency": "USD", "formatted": "$15.00"}
    assert (bottle["kind"], mini["kind"], mini["parts"]) == ("BOTTLE", "UNIT", [])
    assert (bottle["name"], mini["volumeMl"]) == ("NERD7 Yuja 375 ml", 180)
    assert english["priceRange"]["min"]["formatted"] == "$9.70"
    assert korean["priceRange"]["max"]["formatted"] == "₩9,500"


async def test_what_is_not_there_is_null(door: Door) -> None:
    query = "query($id: ID!) { product(id: $id) { id } node(id: $id) { id } lore(id: $id) { id } }"
    for id in ("nothing", "host-sam'--", "x" * 5_000, "../kr", "KR", "이천"):
        assert await told(door, query, id=id) == {"product": None, "node": None, "lore": None}
    for id in ("\0", "\ud800"):
        assert set(await refused(door, query, id=id)) <= REFUSALS
    await change(door, update(Product).where(Product.id == "nerd6-daily").values(active=False))
    found = await told(door, query, id="nerd6-daily")
    assert (found["product"], found["node"]) == (None, None)


async def test_a_bundle_has_parts(door: Door) -> None:
    query = """{ node(id: "nerd-trio-box") { ... on Variant { name kind
      parts { quantity variant { id product { name } } } } } }"""
    found = (await told(door, query))["node"]
    assert found["kind"] == "BUNDLE"
    parts = [(part["quantity"], part["variant"]["id"]) for part in found["parts"]]
    assert parts == [(1, "nerd6-daily-180"), (1, "nerd9-cloud-180"), (1, "nerd12-signature-180")]


async def test_channels(door: Door) -> None:
    query = """{ channel { id name currency defaultLocale locales taxIncluded
      legalAge { years rule } freeShippingFrom { formatted } maxBottlesPerOrder }
      channels { id } }"""
    kr, us = await told(door, query), await told(door, query, channel="us", locale="ko")
    assert kr["channel"]["legalAge"] == {"years": 19, "rule": "CALENDAR_YEAR"}
    assert us["channel"] == {
        "id": "us",
        "name": "미국",
        "currency": "USD",
        "defaultLocale": "en",
        "locales": ["en", "ko"],
        "taxIncluded": False,
        "legalAge": {"years": 21, "rule": "BIRTHDAY"},
        "freeShippingFrom": {"formatted": "$120.00"},
        "maxBottlesPerOrder": 12,
    }
    assert [channel["id"] for channel in kr["channels"]] == ["kr", "us", "apec"]
    apec = await told(door, query, channel="apec")
    assert apec["channel"]["freeShippingFrom"] is None


async def test_the_language_falls_back_to_the_channels(door: Door) -> None:
    query = '{ product(id: "nerd6-daily") { name } }'
    assert (await told(door, query, locale="fr", channel="us"))["product"]["name"] == "NERD6 Daily"
    assert (await told(door, query, locale="fr"))["product"]["name"] == "너드6 데일리"


async def test_templates_say_whether_they_can_be_made(door: Door) -> None:
    query = """query($available: Boolean = true) { cameoTemplates(available: $available) {
      id name description available unavailableReason host { id isFictional } thumbnailUrl
      durationSeconds typicalSeconds aspectRatios credits products { id } lore { id }
      shots { number seconds outline showsCustomer } } }"""
    templates = (await told(door, query))["cameoTemplates"]
    tavern = templates[0]
    assert tavern["host"] == {"id": "host-sam", "isFictional": True}
    assert sum(shot["seconds"] for shot in tavern["shots"]) == 24
    assert tavern["aspectRatios"] == ["LANDSCAPE_16_9", "PORTRAIT_9_16"]
    assert (tavern["lore"]["id"], len(tavern["products"])) == ("tavern-night", 11)
    texts = [t["description"] + s["outline"] for t in templates for s in t["shots"]]
    assert not any("{" in text for text in texts)
    assert tavern["thumbnailUrl"] is None
    await change(
        door,
        update(CameoTemplate)
        .where(CameoTemplate.id == tavern["id"])
        .values(guest_likeness_id="sam-altman-base"),
    )
    retired = CameoTemplate.id == "harvest-icheon"
    await change(door, update(CameoTemplate).where(retired).values(status=TemplateStatus.RETIRED))
    there = (await told(door, query))["cameoTemplates"]
    assert there[0]["host"]["id"] == "host-sam", "a face without a licence is never shown"
    assert "harvest-icheon" not in [template["id"] for template in there]
    everything = await told(door, query, available=None)
    assert len(everything["cameoTemplates"]) == 6


async def test_a_host_needs_a_live_licence(door: Door) -> None:
    query = """{ cameoTemplates { id } cameoTemplate(id: "traditional-tavern") {
      available unavailableReason host { id licensedUntil } } }"""
    today = door.begin.now().date()
    real = {"status": LikenessStatus.APPROVED, "licence": "signed", "licensed_until": today}
    await change(door, update(Likeness).where(Likeness.id == "sam-altman-base").values(**real))
    guest = {"guest_likeness_id": "sam-altman-base"}
    await change(
        door, update(CameoTemplate).where(CameoTemplate.id == "traditional-tavern").values(**guest)
    )
    host = (await told(door, query))["cameoTemplate"]["host"]
    assert host == {"id": "sam-altman-base", "licensedUntil": today.isoformat()}
    blocked = {"status": LikenessStatus.BLOCKED}
    await change(door, update(Likeness).where(Likeness.id == "host-sam").values(**blocked))
    door.later(days=1)
    found = await told(door, query, locale="ko")
    assert found["cameoTemplates"] == []
    assert found["cameoTemplate"]["available"] is False
    assert found["cameoTemplate"]["host"] is None
    assert "허가" in found["cameoTemplate"]["unavailableReason"]


async def test_nodes_of_every_kind(door: Door) -> None:
    query = "query($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }"
    kinds = {
        "kr": "Channel",
        "nerd6-daily": "Product",
        "nerd6-daily-180": "Variant",
        "icheon-rice": "Ingredient",
        "why-twelve": "Lore",
        "maeju-ai": "Character",
        "host-sam": "Likeness",
        "neon-seoul-bar": "CameoTemplate",
        "ar-nerd6-daily": "ArExperience",
        "bossam": "Pairing",
        "pear-moon": "Recipe",
        "nothing": None,
    }
    found = (await told(door, query, ids=[*kinds, "kr"]))["nodes"]
    assert [node and node["__typename"] for node in found] == [*kinds.values(), "Channel"]
    assert await refused(door, query, ids=["kr"] * 101) == ["BAD_USER_INPUT"]


async def test_staff_see_what_is_not_translated(door: Door) -> None:
    query = """{ translationStatus { locale total translated missing { entryId field } } }"""
    assert await refused(door, query) == ["UNAUTHENTICATED"]
    async with door.db.write.begin() as session:
        pairing = await session.get_one(Pairing, "bossam")
        pairing.name = {"ko": "보쌈", "en": " "}
        template = await session.get_one(CameoTemplate, "neon-seoul-bar")
        template.outro = {**template.outro, "text": {"ko": "한 잔"}}
    async with Api(door.url) as staff:
        await staff.sign_in("demo-staff@example.com", SANDBOX_PASSWORD)
        korean, english = await staff.one(query)
    assert (korean["locale"], korean["missing"]) == ("ko", [])
    assert korean["total"] == english["total"] == english["translated"] + 2 > 300
    assert sorted((gap["entryId"], gap["field"]) for gap in english["missing"]) == [
        ("bossam", "name"),
        ("neon-seoul-bar", "outro.text"),
    ]
    async with Api(door.url) as customer:
        await customer.sign_in("demo-minsu@example.com", SANDBOX_PASSWORD)
        answer = await customer.answer(query)
    assert answer["errors"][0]["extensions"]["code"] == "FORBIDDEN"
