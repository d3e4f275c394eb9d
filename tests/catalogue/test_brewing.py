"""What bottles were brewed in, and whose harvest is in them."""

from datetime import UTC, datetime, timedelta

from services.account import SANDBOX_PASSWORD
from services.stock.day import today
from tests.access.crowd import RECEIVE
from tests.catalogue.door import Door, ask
from tests.conftest import World
from tests.support.api import Api, key
from tests.support.shop import SMALL, buy

NODES = """query($ids: [ID!]!) { nodes(ids: $ids) { id __typename
  ... on Farm { name ingredient { name } }
  ... on Batch { code brewedOn bottledOn jars abv ph acidityPercent gtin digitalLink
    product { id } farm { id name } } } }"""
LOTS = """query($id: ID!) { order(id: $id) { lines { lots { lot quantity
  batch { code farm { name } } } } } }"""
CODE = "LOT-NERD12-SIGNATURE-2611"


async def test_a_batch_leads_to_its_farm_in_both_languages(door: Door) -> None:
    ids = ["farm-mo", "lot-nerd12-signature-2611", "farm-none"]
    for locale, name, rice in (("ko", "모 농가", "이천 쌀"), ("en", "Mo Farm", "Icheon Rice")):
        found = (await ask(door, NODES, locale=locale, ids=ids))["data"]["nodes"]
        assert found == [
            {"id": ids[0], "__typename": "Farm", "name": name, "ingredient": {"name": rice}},
            {
                "id": ids[1],
                "__typename": "Batch",
                "code": CODE,
                "brewedOn": "2026-09-03",
                "bottledOn": "2026-11-02",
                "jars": ["jar-01", "jar-02"],
                "abv": 11.8,
                "ph": 3.6,
                "acidityPercent": 0.42,
                "gtin": "09520004100007",
                "digitalLink": f"https://nerdx.com/01/09520004100007/10/{CODE}",
                "product": {"id": "nerd12-signature"},
                "farm": {"id": "farm-mo", "name": name},
            },
            None,
        ]


async def test_a_lot_of_no_batch_says_so(door: Door, world: World) -> None:
    async with Api(world.url) as staff, Api(world.url) as buyer:
        await staff.sign_in("demo-staff@example.com", SANDBOX_PASSWORD)
        await buyer.sign_in("demo-minsu@example.com", SANDBOX_PASSWORD)
        soon = today(datetime.now(UTC)) + timedelta(days=30)
        # Expires before what there is, so that it is sold first; of another drink's code.
        more = {"lot": "LOT-NERD6-DAILY-2611", "expiresOn": soon.isoformat(), "quantity": 1}
        await staff.one(RECEIVE, i={"variantId": SMALL, **more, "idempotencyKey": key()})
        bought = await buy(door.host, buyer.customer_id, {SMALL: 2})
        (line,) = (await buyer.ask(LOTS, id=bought.id))["order"]["lines"]
    assert line["lots"] == [
        {"lot": "LOT-NERD6-DAILY-2611", "quantity": 1, "batch": None},
        {"lot": CODE, "quantity": 1, "batch": {"code": CODE, "farm": {"name": "Mo Farm"}}},
    ]
