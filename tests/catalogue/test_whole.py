"""Row W1: what somebody bought and everything around it, in one question."""

from typing import Any

from services import ar
from services.account import SANDBOX_PASSWORD
from tests.access.crowd import Crowd
from tests.catalogue.door import Door, trips
from tests.conftest import World
from tests.support.api import Api
from tests.support.shop import BOTTLE, SMALL, buy

ALL = """query Everything($order: ID!, $film: ID!) {
  order(id: $order) {
    number status totals { total { formatted } }
    lines { name quantity lots { lot expiresOn quantity batch { code brewedOn farm { id name } } }
      variant { id price { amount } product { id name abv
        ingredients { share ingredient { id name origin } }
        lore { id title knownBy { id name } } } } }
    unlockCodes { code status maxDevices expiresAt } }
  cameo(id: $film) { status percent template { id name host { id } } video { url } } }"""
FEW, MANY = {SMALL: 1}, {SMALL: 2, BOTTLE: 1, "nerd6-daily-180": 3, "nerd11-omija-180": 1}


async def test_a_bottle_and_its_world_take_six_trips(world_door: Door, world: World) -> None:
    host = world_door.host
    async with Api(world.url) as api:
        await api.sign_in("demo-minsu@example.com", SANDBOX_PASSWORD)
        film = (await Crowd(world, host, api, api, {}).filmed(api))["CameoJob"]
        taken = []
        for units in (FEW, FEW, MANY):
            bought = await buy(host, api.customer_id, units)
            async with host.begin() as uow:
                await ar.make(uow, world.settings, bought.id)
            with trips(world_door.db) as seen:
                found = await api.ask(ALL, order=bought.id, film=film)
            is_whole(found, units)
            taken.append((len(seen.sql), seen.cypher))
    # Who asks; the order with its lines, lots, farms and codes; their variants with the products;
    # the film with its template. In the graph: what they are made of with their stories, and who
    # knows those.
    assert taken[1:] == [(4, 2)] * 2, taken


def is_whole(found: dict[str, Any], units: dict[str, int]) -> None:
    """Everything is there: nothing was saved by leaving it out."""
    order, film = found["order"], found["cameo"]
    bought = {line["variant"]["id"]: line for line in order["lines"]}
    assert {id: line["quantity"] for id, line in bought.items()} == units
    for id, line in bought.items():
        product = line["variant"]["product"]
        assert id.startswith(product["id"])
        assert all(part["ingredient"]["origin"] for part in product["ingredients"][:1])
        assert product["lore"]
        for lot in line["lots"]:
            assert lot["batch"]["code"] == lot["lot"] == f"LOT-{product['id'].upper()}-2611"
            assert lot["batch"]["farm"]["id"].removeprefix("farm-") in ("mo", "yul", "dae")
        assert sum(lot["quantity"] for lot in line["lots"]) == line["quantity"]
        assert [one for story in product["lore"] for one in story["knownBy"]]
    assert sum(units.values()) == len(order["unlockCodes"])
    assert {code["status"] for code in order["unlockCodes"]} == {"ACTIVE"}
    assert film["template"]["host"]["id"]
    assert film["video"]["url"]
