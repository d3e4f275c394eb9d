"""What is UCP's alone: the profile, what is agreed on, and its shapes."""

import asyncio
import json
from typing import Any

from sqlalchemy import select

from app import App
from models.payment import Payment
from sandbox.agents import UCP_VERSION, profile
from sandbox.stripe.server import StripeControl
from services.account import SANDBOX_PASSWORD
from services.ucp.document import BUSINESS, CHECKOUT, PLATFORM, VERSION, validator
from services.ucp.messages import DESTINATION, METHOD
from tests.acp.test_examples import commands, run
from tests.acp.test_sessions import granted
from tests.agents import shopper
from tests.agents.conftest import Speakers
from tests.agents.shopper import new_key
from tests.agents.test_both import BOTTLE, PRICE, SMALL, ready
from tests.agents.ucp import BUYER, SEOUL, UcpShopper, amount, seen_of
from tests.checkout.till import change
from tests.conftest import World
from tests.support.api import Api

BANK_ASKS = "spt_card_authenticationRequired"
BODY: dict[str, Any] = {"line_items": [{"item": {"id": BOTTLE}, "quantity": 1}]}


async def agent_of(speakers: Speakers, path: str = "/profile") -> UcpShopper:
    """A shopper on a platform with this profile."""
    return await speakers.ucp(f'profile="{speakers.home.url}{path}"')


async def test_the_profile_says_what_there_is(api: Api, world: World) -> None:
    found = await api.http.get("/.well-known/ucp")
    assert found.headers["cache-control"] == "public, max-age=3600"
    assert list(validator(BUSINESS).iter_errors(found.json())) == []
    told = found.json()["ucp"]
    (service,) = told["services"]["dev.ucp.shopping"]
    assert (service["transport"], service["endpoint"]) == ("rest", f"{world.url}/ucp")
    assert set(told["capabilities"]) == {
        f"dev.ucp.shopping.{name}" for name in ("checkout", "fulfillment", "discount")
    }
    for name in ("/ucp/nothing", "/ucp/checkout-sessions"):
        nothing = await api.http.get(name)
        assert (nothing.status_code, set(nothing.json())) in (
            (404, {"code", "content"}),
            (405, {"code", "content"}),
        )


async def test_a_platform_sees_what_it_knows_of(speakers: Speakers) -> None:
    home = speakers.home
    assert list(validator(PLATFORM).iter_errors(profile("checkout"))) == []
    assert UCP_VERSION == VERSION
    home.tell("/plain", profile("checkout", "cart"))
    agent = await agent_of(speakers, "/plain")
    seen = await agent.create({BOTTLE: 1}, placed=True, discounts={"codes": ["NOSUCH"]})
    assert list(seen.raw["ucp"]["capabilities"]) == ["dev.ucp.shopping.checkout"]
    assert not {"fulfillment", "discounts"} & set(seen.raw)
    # It cannot say where to send it, so the buyer has to, on our page.
    assert (seen.status, "discount_code_invalid" in seen.codes) == (shopper.BUYER, False)
    assert "missing" in seen.codes
    await agent.get(seen.id)
    assert home.asked.count("/plain") == 1


PROFILES: dict[str, tuple[int, Any, int, str]] = {
    "/none": (404, b"", 424, "profile_unreachable"),
    "/moved": (302, b"", 424, "profile_unreachable"),
    "/text": (200, b"no JSON", 422, "profile_malformed"),
    "/long": (200, b" " * 70_000, 424, "profile_unreachable"),
    "/empty": (200, {"ucp": {"version": VERSION}}, 422, "profile_malformed"),
    "/old": (200, profile("checkout", version="2026-01-11"), 422, "version_unsupported"),
    "/other": (200, profile("cart", "discount"), 200, "capabilities_incompatible"),
}


async def test_profiles_that_do_not_do(speakers: Speakers) -> None:
    for path, (answer, document, status, code) in PROFILES.items():
        agent = await speakers.ucp(speakers.home.tell(path, document, answer))
        refused = await agent.ask("POST", "/checkout-sessions", BODY)
        assert (refused.status_code, seen_of(refused).codes) == (status, {code}), path
    # One partner has so many fetched a minute and no more.
    agents = [await speakers.ucp(f'profile="{speakers.home.url}/{n}"') for n in range(20)]
    answers = await asyncio.gather(*(one.ask("GET", "/checkout-sessions/x") for one in agents))
    late = [one for one in answers if one.status_code == 429]
    assert late
    assert all(int(one.headers["retry-after"]) >= 1 for one in late)
    asked = [path for path in speakers.home.asked if path[1:].isdigit()]
    assert len(asked) == len(answers) - len(late)


async def test_what_is_never_fetched(speakers: Speakers) -> None:
    for header in (
        "",
        "profile",
        'profile="',
        "profile=1",
        'name="x", other="profile=1"',
        'profile="https://10.0.0.1/p"',
        'profile="http://platform.example/p"',
        'profile="file:///etc/passwd"',
        'profile="https://metadata.google.internal/"',
        'profile="' + "x" * 2_000 + '"',
    ):
        agent = await speakers.ucp(header)
        refused = seen_of(await agent.ask("GET", "/checkout-sessions/chk_x"))
        assert refused.codes == {"invalid_profile_url"}, header
    told = f'v=2;a="x,y", profile="{speakers.home.url}/profile";q=1, last'
    agent = await speakers.ucp(told)
    assert (await agent.get("chk_x")).status == shopper.ABSENT
    # A stranger has nothing fetched at all.
    header = speakers.home.tell("/never", profile("checkout"))
    agent = await speakers.ucp(header, "nxp_0000-0000-0000-0000-0000")
    refused = await agent.ask("POST", "/checkout-sessions", BODY)
    assert (refused.status_code, refused.json()["code"]) == (401, "unauthorized")
    assert "/never" not in speakers.home.asked


MAKE = """mutation ($i: CreatePartnerTokenInput!) { createPartnerToken(input: $i) { __typename
  ... on CreatedPartnerToken { secret token { agentProfileUrl } }
  ... on UserError { code message field } } }"""


async def test_a_token_may_be_one_platforms(speakers: Speakers, world: World) -> None:
    home, url = speakers.home, f"{speakers.home.url}/mine"
    header = home.tell("/mine", profile("checkout"))
    given = {"name": "mine", "scopes": ["checkout"], "idempotencyKey": new_key()}
    async with Api(world.url) as client:
        staff = await client.sign_in("demo-staff@example.com", SANDBOX_PASSWORD)
        made = await staff.one(MAKE, i={**given, "agentProfileUrl": url})
        odd = {**given, "agentProfileUrl": "https://10.0.0.1/p", "idempotencyKey": new_key()}
        assert (await staff.one(MAKE, i=odd))["field"] == "input.agentProfileUrl"
    assert made["token"] == {"agentProfileUrl": url}
    mine = await speakers.ucp(header, made["secret"])
    assert (await mine.create({BOTTLE: 1})).status == shopper.OPEN
    other = await speakers.ucp(home.tell("/theirs", profile("checkout")), made["secret"])
    refused = await other.ask("POST", "/checkout-sessions", BODY)
    assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
    assert "/theirs" not in home.asked


async def test_codes_and_automatic_discounts(speakers: Speakers) -> None:
    agent = await agent_of(speakers)
    units = {"nerd12-signature-500": 3, "nerd6-daily-180": 3}
    seen = await agent.create(units, placed=True, discounts={"codes": ["NOSUCH"]})
    (warning,) = [one for one in seen.raw["messages"] if one.get("code") == "discount_code_invalid"]
    assert (warning["type"], warning["path"]) == ("warning", "$.discounts.codes")
    applied = seen.raw["discounts"]["applied"]
    assert applied
    assert all(one["automatic"] for one in applied)
    assert amount(seen.raw["totals"], "items_discount") < 0
    # What is left out stays, what is told is all there is.
    kept = await agent.put(seen)
    assert kept.raw["fulfillment"] == seen.raw["fulfillment"]
    assert kept.raw["buyer"] == BUYER
    cleared = await agent.put(kept, discounts={"codes": []})
    assert cleared.raw["discounts"]["codes"] == []


async def test_the_place_comes_back_as_it_was_told(speakers: Speakers) -> None:
    agent = await agent_of(speakers)
    seen = await agent.create({BOTTLE: 1}, placed=True)
    (method,) = seen.raw["fulfillment"]["methods"]
    (place,) = method["destinations"]
    assert {name: place[name] for name in SEOUL} == SEOUL
    assert method["selected_destination_id"] == place["id"]
    moved = {**SEOUL, "id": "home", "street_address": "을지로 1", "address_country": "KOR"}
    told = {"methods": [{**method, "destinations": [place, moved]}]}
    told["methods"][0] |= {"selected_destination_id": "home", "groups": []}
    seen = await agent.put(seen, fulfillment=told)
    (place,) = seen.raw["fulfillment"]["methods"][0]["destinations"]
    assert (place["id"], place["street_address"]) == ("home", "을지로 1")
    assert place["address_country"] == "KR"
    nowhere = {"methods": [{**method, "destinations": [{"address_country": "JP"}], "groups": []}]}
    assert "address_undeliverable" in (await agent.put(seen, fulfillment=nowhere)).codes


async def test_where_it_goes_chooses_the_market(speakers: Speakers) -> None:
    agent = await agent_of(speakers)
    for told, currency in (
        ({"context": {"address_country": "United States"}}, "USD"),
        ({"context": {"currency": "USD"}}, "USD"),
        ({"context": {"currency": "EUR", "language": "en-US"}}, "USD"),
        ({"context": {"language": "ko-KR"}}, "KRW"),
    ):
        answer = await agent.ask("POST", "/checkout-sessions", {**BODY, **told})
        assert answer.json()["currency"] == currency, told


async def test_totals_add_up_where_tax_is_added_and_delivery_is_free(speakers: Speakers) -> None:
    agent = await agent_of(speakers)
    home = {**SEOUL, "address_country": "US", "address_region": "NY", "postal_code": "10001"}
    for place, units in ((home, {BOTTLE: 1}), (home, {BOTTLE: 8}), (SEOUL, {BOTTLE: 4})):
        method = {"type": "shipping", "destinations": [place]}
        begun = await agent.create(units, buyer=BUYER, fulfillment={"methods": [method]})
        seen = await agent.choose(begun, begun.options[0])
        kinds = [one["type"] for one in seen.raw["totals"]]
        assert ("tax" in kinds) is (place is home)
        assert ("discount" in kinds) is (sum(units.values()) > 1)
        option = seen.raw["fulfillment"]["methods"][0]["groups"][0]["options"][0]
        assert amount(seen.raw["totals"], "fulfillment") == amount(option["totals"])


async def test_prices_and_warnings_are_ours(speakers: Speakers) -> None:
    agent = await agent_of(speakers)
    seen = await agent.create({SMALL: 1})
    told = [one for one in seen.raw["messages"] if one.get("presentation") == "disclosure"]
    assert told
    assert {one["path"] for one in told} == {"$.line_items[0]"}
    (total,) = [one for one in seen.raw["totals"] if one["type"] == "total"]
    assert [line["display_text"] for line in total["lines"]] == ["공급가액", "포함된 부가세"]

    cheap = {"item": {"id": BOTTLE, "price": 1, "title": "x"}, "quantity": 1, "totals": []}
    body = {"line_items": [cheap, cheap], "totals": [], "currency": "USD", "status": "completed"}
    seen = seen_of(await agent.ask("POST", "/checkout-sessions", body))
    assert (seen.total, list(seen.prices.values())) == (2 * PRICE, [PRICE])


def sent_to(option: str | None = None, **place: str) -> dict[str, Any]:
    """A request to begin, with where it goes and how."""
    groups = [{"selected_option_id": option}] if option else []
    method = {"type": "shipping", "destinations": [place] if place else [], "groups": groups}
    return {**BODY, "fulfillment": {"methods": [method]}}


ODD: list[tuple[str, str, dict[str, Any], str]] = [
    ("POST", "", {}, "$"),
    ("POST", "", {"line_items": []}, "$.line_items"),
    ("POST", "", {"line_items": [{"quantity": 1}]}, "$.line_items[0]"),
    (
        "POST",
        "",
        {"line_items": [{"item": {"id": "x"}, "quantity": 0}]},
        "$.line_items[0].quantity",
    ),
    ("POST", "", {**BODY, "buyer": {"email": "none"}}, "$.buyer.email"),
    ("POST", "", sent_to(address_country="Atlantis"), f"{DESTINATION}.address_country"),
    ("POST", "", sent_to(address_country="KR", postal_code="1"), f"{DESTINATION}.postal_code"),
    ("POST", "", sent_to(first_name="x" * 999), f"{DESTINATION}.first_name"),
    ("POST", "", sent_to("teleport"), f"{METHOD}.groups[0].selected_option_id"),
    ("PUT", "/chk_x", {"buyer": {}}, "$"),
    ("POST", "/chk_x/complete", {}, "$"),
    ("POST", "/chk_x/complete", {"payment": {}}, "$.payment.instruments"),
]


async def test_odd_bodies(speakers: Speakers) -> None:
    agent = await agent_of(speakers)
    for method, path, body, where in ODD:
        refused = await agent.ask(method, f"/checkout-sessions{path}", body)
        assert (refused.status_code, refused.json()["path"]) == (400, where), body


async def test_the_bank_asks_the_buyer(
    speakers: Speakers, minsu: Api, world: World, app: App
) -> None:
    agent = await agent_of(speakers)
    seen = await ready(agent, minsu)
    asked = await agent.pay(seen.id, BANK_ASKS)
    assert (asked.status, asked.codes & {"requires_3ds"}) == (shopper.BUYER, {"requires_3ds"})
    assert not asked.continue_url.startswith(world.url)
    # While the bank asks, another try takes no money and asks for nothing new.
    again = await agent.pay(seen.id, BANK_ASKS)
    assert (again.status, again.continue_url) == (shopper.BUYER, asked.continue_url)
    async with app.db.read() as session:
        query = select(Payment.provider_id).where(Payment.checkout_id == seen.id)
        (payment,) = await session.scalars(query)
    StripeControl(world.env["STRIPE_BASE_URL"]).authenticate(str(payment))
    done = await agent.pay(seen.id, BANK_ASKS)
    assert (done.status, (await agent.get(seen.id)).order_id) == (shopper.DONE, done.order_id)


async def test_only_what_stripe_granted_pays(speakers: Speakers, minsu: Api, world: World) -> None:
    agent = await agent_of(speakers)
    seen = await ready(agent, minsu)
    good = {"id": "1", "handler_id": "stripe_payments", "type": "card"}
    token = {"type": "stripe_payment_token", "token": await granted(world)}
    path = f"/checkout-sessions/{seen.id}/complete"
    for odd in (
        [good],
        [{**good, "credential": {"type": "card", "number": "4242"}}],
        [{**good, "handler_id": "gpay", "credential": token}],
        [{**good, "credential": token}] * 2,
    ):
        refused = await agent.ask("POST", path, {"payment": {"instruments": odd}}, new_key())
        assert (refused.status_code, refused.json()["code"]) == (400, "unsupported")
    bill = {"first_name": "민수", "address_country": "KR", "postal_code": "04524"}
    whole = {**good, "credential": token, "billing_address": bill}
    done = seen_of(await agent.ask("POST", path, {"payment": {"instruments": [whole]}}))
    assert done.status == shopper.DONE
    assert done.raw["order"]["permalink_url"].endswith(done.raw["order"]["label"])


async def test_the_purchase_of_the_page(
    speakers: Speakers, world: World, app: App, minsu: Api
) -> None:
    create, choose, finish = commands("A purchase", "ucp.md")
    known = {"API": f"{world.url}/ucp", "AGENT": f"{speakers.home.url}/profile"}
    ask = create[: create.index("ask $API")]
    begun = json.loads(await run(world, app, create, **known))
    known["SESSION"] = begun["id"]
    chosen = json.loads(await run(world, app, ask + choose, **known))
    assert chosen["status"] == "requires_escalation"
    await change(minsu, "claimCheckout", "ClaimCheckoutInput", chosen)
    pay, look = (f"ask {part}" for part in finish.removeprefix("ask ").split("\nask "))
    paid, seen = [json.loads(await run(world, app, ask + one, **known)) for one in (pay, look)]
    assert (paid["status"], seen["status"]) == ("completed", "completed")
    assert paid["order"] == seen["order"]
    for answer in (begun, chosen, paid, seen):
        assert list(validator(CHECKOUT).iter_errors(answer)) == []
