"""Gift cards: given out once, spent to the last unit and not beyond (row E8)."""

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import httpx2
import pytest
import pytest_asyncio
from sqlalchemy import select, update

from core.money import Money
from models.promotion import GiftCard, GiftCardKind
from sandbox.banner import block, told
from services import giftcard, pricing
from services.giftcard import errors
from services.pricing import GiftCardRefused
from tests.conftest import World
from tests.pricing.market import MONDAY, SIGNATURE, Market, cart
from tests.support.api import TLS, Api, Refused, key
from workers import seed

ISSUE = """mutation ($i: IssueGiftCardInput!) { issueGiftCard(input: $i) { __typename
  ... on IssuedGiftCard { cardCode card { id lastFour balance { amount currency } expiresAt } }
  ... on UserError { code field } } }"""
SEE = "query ($id: ID!) { node(id: $id) { ... on GiftCard { id balance { formatted } } } }"
POOL = pytest.mark.env(DATABASE_POOL="24")


@pytest_asyncio.fixture(loop_scope="session")
async def card(market: Market) -> AsyncIterator[str]:
    """A card with ₩30,000."""
    async with market.begin() as uow:
        kind = await uow.session.get_one(GiftCardKind, "gift-30k")
        row = await giftcard.give_out(uow, market.settings, kind, "gft_test")
    yield row.id


async def find(market: Market, code: str, currency: str = "KRW") -> GiftCard:
    async with market.db.read() as session:
        now = market.begin.now()
        return await pricing.find_card(session, market.settings, code, currency, now)


async def back(market: Market, reference: str, new: str, amount: int | None = None) -> int:
    async with market.begin() as uow:
        return await pricing.return_cards(uow, reference, new, amount)


async def test_staff_give_out_a_card_whose_code_works(market: Market, staff: Api) -> None:
    kinds = await staff.one("{ giftCardKinds { id name amount { amount } expiresDays } }")
    assert [kind["id"] for kind in kinds] == ["gift-30k", "gift-50"]
    again = {"kindId": "gift-50", "idempotencyKey": key()}
    first = await staff.one(ISSUE, i=again)
    assert re.fullmatch(r"([0-9A-HJKMNP-TV-Z]{4}-){4}[0-9A-HJKMNP-TV-Z]{4}", first["cardCode"])
    assert first["card"]["balance"] == {"amount": 5_000, "currency": "USD"}
    assert first["card"]["lastFour"] == first["cardCode"][-4:]
    # The same request gives the same card and code, another key another card.
    assert await staff.one(ISSUE, i=again) == first
    other = await staff.one(ISSUE, i={**again, "idempotencyKey": key()})
    assert other["cardCode"] != first["cardCode"]
    shy = first["cardCode"].lower().replace("-", " ").replace("0", "o").replace("1", "l")
    assert (await find(market, shy, "USD")).id == first["card"]["id"]


async def test_a_card_that_lasts_for_a_time(staff: Api) -> None:
    issued = await staff.one(ISSUE, i={"kindId": "gift-30k", "idempotencyKey": key()})
    assert issued["card"]["expiresAt"] is not None


async def test_a_kind_that_is_not_there(staff: Api) -> None:
    for id in ("gift-none", "No Such Kind", "💳"):
        answer = await staff.one(ISSUE, i={"kindId": id, "idempotencyKey": key()})
        assert (answer["code"], answer["field"]) == ("NOT_FOUND", "input.kindId")


async def test_only_staff_give_out_and_look_at_cards(
    api: Api, minsu: Api, staff: Api, card: str
) -> None:
    for who, refusal in ((api, "UNAUTHENTICATED"), (minsu, "FORBIDDEN")):
        with pytest.raises(Refused) as refused:
            await who.one(ISSUE, i={"kindId": "gift-50", "idempotencyKey": key()})
        assert refused.value.code == refusal
        assert await who.one(SEE, id=card) is None
    assert (await staff.one(SEE, id=card))["balance"] == {"formatted": "₩30,000"}


async def test_the_code_is_kept_nowhere(market: Market, staff: Api) -> None:
    issued = await staff.one(ISSUE, i={"kindId": "gift-30k", "idempotencyKey": key()})
    letters = issued["cardCode"].replace("-", "")
    async with market.db.read() as session:
        row = await session.get_one(GiftCard, issued["card"]["id"])
    kept = " ".join(str(getattr(row, column.key)) for column in GiftCard.__table__.columns)
    assert letters not in kept
    assert letters[:16] not in kept


@POOL
async def test_twenty_spend_at_once_and_never_pass_the_balance(market: Market, card: str) -> None:
    spends = (market.spend(f"spent:pay_{at}", (card, 4_000)) for at in range(20))
    got = await asyncio.gather(*spends)
    assert sum(got) == 7
    assert await market.balance(card) == 2_000


@POOL
async def test_two_cards_in_any_order_do_not_lock_up(market: Market, card: str) -> None:
    async with market.begin() as uow:
        kind = await uow.session.get_one(GiftCardKind, "gift-30k")
        await giftcard.give_out(uow, market.settings, kind, "gft_other")
    both = [(card, 1_000), ("gft_other", 2_000)]
    async with asyncio.timeout(30):
        got = await asyncio.gather(
            *(market.spend(f"spent:pay_{at}", *both[:: 1 if at % 2 else -1]) for at in range(20))
        )
    assert sum(got) == 15
    assert (await market.balance(card), await market.balance("gft_other")) == (15_000, 0)


@POOL
async def test_one_payment_spends_once(market: Market, card: str) -> None:
    got = await asyncio.gather(*(market.spend("spent:pay_1", (card, 9_000)) for _ in range(8)))
    assert all(got)
    assert await market.balance(card) == 21_000


async def test_all_cards_pay_or_none(market: Market, card: str) -> None:
    assert not await market.spend("spent:pay_1", (card, 1_000), ("gft_nowhere", 1_000))
    assert not await market.spend("spent:pay_2", (card, 30_001))
    assert not await market.spend("spent:pay_3", (card, -5))
    assert await market.balance(card) == 30_000


@POOL
async def test_what_was_spent_comes_back_once(market: Market, card: str) -> None:
    assert await market.spend("spent:pay_1", (card, 12_000))
    got = await asyncio.gather(
        *(back(market, "spent:pay_1", "refund:rfd_1", 5_000) for _ in range(5))
    )
    assert got == [5_000] * 5
    assert await market.balance(card) == 23_000
    assert await back(market, "spent:pay_1", "refund:rfd_2", 50_000) == 7_000
    assert await back(market, "spent:pay_1", "returned:pay_1") == 0
    assert await back(market, "spent:pay_none", "returned:pay_none") == 0
    assert await market.balance(card) == 30_000


@POOL
async def test_refunds_at_once_never_return_more_than_was_spent(market: Market, card: str) -> None:
    assert await market.spend("spent:pay_1", (card, 10_000))
    refunds = (back(market, "spent:pay_1", f"refund:rfd_{at}", 3_000) for at in range(10))
    assert sum(await asyncio.gather(*refunds)) == 10_000
    assert await market.balance(card) == 30_000


async def test_a_card_that_gets_money_back_can_be_used(market: Market, card: str) -> None:
    assert await market.spend("spent:pay_1", (card, 10_000))
    over = market.begin.now() - timedelta(days=1)
    await market.change(update(GiftCard).where(GiftCard.id == card).values(expires_at=over))
    assert not await market.spend("spent:pay_2", (card, 1))
    assert await back(market, "spent:pay_1", "returned:pay_1") == 10_000
    assert await market.spend("spent:pay_3", (card, 30_000))


async def test_why_a_code_is_refused(market: Market, card: str) -> None:
    code = giftcard.code_of(market.settings, card)

    async def why(entered: str, currency: str = "KRW") -> object:
        with pytest.raises(GiftCardRefused) as refused:
            await find(market, entered, currency)
        return refused.value.reason

    assert await why("AAAA-AAAA-AAAA-AAAA-AAAA") is errors.UNKNOWN
    assert await why("no code at all") is errors.UNKNOWN
    assert await why(code, "USD") is errors.OTHER_CURRENCY
    assert await market.spend("spent:pay_1", (card, 30_000))
    assert await why(code) is errors.EMPTY
    over = update(GiftCard).where(GiftCard.id == card).values(expires_at=market.begin.now())
    await market.change(over)
    assert await why(code) is errors.EXPIRED


async def test_cards_pay_in_their_order_and_the_rest_is_due(market: Market, card: str) -> None:
    async with market.db.read() as session:
        sandbox = await session.scalar(select(GiftCard.id).where(GiftCard.currency == "KRW"))
    three = cart((SIGNATURE, 2), gift_card_ids=[card, sandbox, "gft_nowhere"])
    quote = await market.quote(three)
    told = [(one.id, one.amount, one.remaining) for one in quote.cards]
    assert told == [(card, 30_000, 0), (sandbox, 9_500, 20_500)]
    assert (quote.total, quote.gift_cards, quote.due) == (39_500, 39_500, 0)
    more = await market.quote(cart((SIGNATURE, 4), gift_card_ids=[card]))
    assert (more.gift_cards, more.due) == (30_000, more.total - 30_000)
    abroad = cart((SIGNATURE, 1), channel="us", gift_card_ids=[card])
    assert (await market.quote(abroad)).cards == ()
    over = update(GiftCard).where(GiftCard.id == card).values(expires_at=MONDAY)
    await market.change(over)
    assert (await market.quote(cart((SIGNATURE, 1), gift_card_ids=[card]))).due == 21_500


async def test_the_sandbox_says_which_codes_to_try(world: World, market: Market) -> None:
    async with httpx2.AsyncClient(verify=TLS) as client:
        config = (await client.get(f"{world.url}/explorer/config.json")).json()
    cards = config["giftCards"]
    assert [one["balance"] for one in cards] == ["₩30,000", "$50.00"]
    for one, currency in zip(cards, ("KRW", "USD"), strict=True):
        row = await find(market, one["code"], currency)
        assert Money(row.balance, row.currency).formatted() == one["balance"]
    shown = await asyncio.to_thread(told, world.settings.port)
    printed = block(1.0, {}, shown, Path("logs"))
    assert all(f"{one['code']}  ({one['balance']})" in printed for one in cards)


async def test_another_seed_fills_no_card(world: World, market: Market) -> None:
    id = "gft_sandbox-krw"
    assert await market.spend("spent:pay_1", (id, 10_000))
    assert await seed.run(world.settings) == 0
    assert await market.balance(id) == 20_000


async def test_nobody_gets_codes_outside_a_sandbox(market: Market) -> None:
    closed = market.settings.model_copy(update={"sandbox_sign_in": False})
    async with market.begin() as uow:
        assert await giftcard.sandbox_cards(uow.session, closed) == []
        with pytest.raises(PermissionError):
            await giftcard.seed_cards(uow, closed)
