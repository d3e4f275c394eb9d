"""Row E14: what nobody may do without being of age, tried by those who have all else in order."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import update

from models.cameo import CameoJob, CameoStatus
from models.chat import Chat
from schema.access import Adult
from services import ar, chat
from services.account.age import HAWAII, KOREA
from services.chat.card import prepare
from tests.access import ways
from tests.access.crowd import Crowd
from tests.access.minors import LETS_IN, REFUSES
from tests.ar.bar import CODES, EXPERIENCE, MANIFEST, MINI, SEEN, SIGNATURE, TRACK, event
from tests.checkout.till import BOTTLE, COMPLETE, addressed, proven, start
from tests.support.api import Api, Refused, key
from tests.support.shop import buy

TELL = "mutation ($i: UpdateAccountInput!) { updateAccount(input: $i) { __typename } }"
REGISTER = """mutation ($i: RegisterInput!) { register(input: $i) {
  ... on Session { accessToken customer { id } } ... on UserError { code } } }"""


def test_every_mutation_says_whether_it_asks_for_age() -> None:
    assert ways.SCHEMA.mutation_type
    assert set(ways.SCHEMA.mutation_type.fields) == REFUSES | set(LETS_IN), "add it to one list"
    assert not REFUSES & set(LETS_IN)
    assert all(LETS_IN.values())


def test_those_that_refuse_are_those_with_the_rule() -> None:
    from resolvers.root import Mutation, schema

    ruled = {
        schema.config.name_converter.from_field(field)
        for field in Mutation.__strawberry_definition__.fields
        if any(isinstance(one, Adult) for one in field.extensions)
    }
    assert ruled == REFUSES


def born(today: date, years: int, days: int = 0) -> str:
    """The birthday of somebody who turns so many years old in so many days."""
    day = today + timedelta(days=days)
    # Nobody turns a round age on 29 February in a year without one.
    return (
        (day if (day.month, day.day) != (2, 29) else day + timedelta(1))
        .replace(year=day.year - years)
        .isoformat()
    )


SAN_FRANCISCO = {
    "recipient": "Alice Kim",
    "phone": "+1 415 555 0100",
    "line1": "1 Ferry Building",
    "city": "San Francisco",
    "region": "CA",
    "postalCode": "94111",
    "country": "US",
}
KOREAN, AMERICAN = datetime.now(KOREA).date(), datetime.now(HAWAII).date()
EIGHTEEN = date(KOREAN.year - 18, 1, 1).isoformat()
NINETEEN = date(KOREAN.year - 19, 12, 31).isoformat()
MINORS = {
    "nobody knows": ("kr", "kr", None, "AGE_UNKNOWN"),
    "18 this year in kr": ("kr", "kr", EIGHTEEN, "AGE_RESTRICTED"),
    "21 tomorrow in us": ("us", "us", born(AMERICAN, 21, 1), "AGE_RESTRICTED"),
    "20 from us, looking at kr": ("us", "kr", born(AMERICAN, 20), "AGE_RESTRICTED"),
    "20 from kr, looking at us": ("kr", "us", born(AMERICAN, 20), "AGE_RESTRICTED"),
}
GROWN = {
    "19 this year in kr": ("kr", NINETEEN),
    "21 today in us": ("us", born(AMERICAN, 21)),
}


@dataclass
class Person:
    """Somebody with a photo, films, a basket and a bottle's code: all that is asked for."""

    api: Api
    given: dict[str, dict[str, Any]]

    async def tries(self, mutation: str) -> Any:
        """Do what this mutation does."""
        given = dict(self.given[mutation])
        inside = given.setdefault("input", {}) if "input" in given else given
        if mutation != "unlockAr":
            inside["idempotencyKey"] = key()
        if mutation == "completeCheckout":
            return await self.api.one(COMPLETE, i=inside)
        return await self.api.one(DOCUMENTS[mutation], **given)


DOCUMENTS = {
    **{name: ways.document(name) for name in ("requestCameo", "remixCameo", "retryCameo")},
    **{name: ways.document(name) for name in ("sendMessage", "confirmOrderCard")},
    "unlockAr": """mutation ($input: UnlockArInput!) { unlockAr(input: $input) {
      __typename ... on UserError { code message field retryable } } }""",
}


async def somebody(crowd: Crowd, home: str, channel: str, birth_date: str | None) -> Person:
    """A new member of one market, who looks at a market, with everything but their age."""
    api = Api(crowd.world.url, channel=home)
    own = {"email": f"{key()}@example.com", "password": "a jar under the pine"}
    told = {"birthDate": birth_date} if birth_date else {}
    session = await api.one(REGISTER, i={**own, **told})
    api.token, api.customer_id = session["accessToken"], session["customer"]["id"]
    api.headers["x-channel"] = channel
    film = await crowd.filmed(api)
    failed = (await crowd.filmed(api))["CameoJob"]
    code = await a_code(crowd)
    async with crowd.host.begin() as uow:
        rows = update(CameoJob).where(CameoJob.id == failed)
        gone_wrong = {"status": CameoStatus.FAILED, "failure_retryable": True}
        await uow.session.execute(rows.values(**gone_wrong, failure_code="RENDER_FAILED"))
    where = {"shipping": SAN_FRANCISCO} if channel == "us" else {}
    cart = await addressed(api, await start(api, (BOTTLE, 1)), **where)
    wish = {"portraitId": film["Portrait"], "templateId": "neon-seoul-bar", "userName": "민수"}
    total = cart["totals"]["total"]["amount"]
    pays = {"checkoutId": cart["id"], "paymentMethod": "pm_card_visa", "expectedTotal": total}
    talk = await chat_with_card(crowd, api, cart["id"])
    given = {
        "sendMessage": {"input": {"chatId": talk["chatId"], "text": "안녕하세요"}},
        "confirmOrderCard": {"input": {**talk, "paymentMethod": "pm_card_visa"}},
        "requestCameo": {"input": wish},
        "remixCameo": {"input": {"cameoId": film["CameoJob"]}},
        "retryCameo": {"id": failed},
        "completeCheckout": {"input": pays},
        "unlockAr": {"input": {"code": code, "deviceId": "phone"}},
    }
    return Person(api, given)


async def chat_with_card(crowd: Crowd, api: Api, cart: str) -> dict[str, str]:
    """A chat that shows an order card of this basket, as Joon would have made it."""
    settings = crowd.world.settings
    async with crowd.host.begin() as uow:
        row = Chat(
            customer_id=api.customer_id or "",
            character_id="joon-ai",
            channel_id=api.headers["x-channel"],
            locale="ko",
            title="",
        )
        uow.session.add(row)
        await uow.session.flush()
        card = await prepare(uow, settings, row.id, cart)
    return {"chatId": row.id, "confirmation": chat.confirmation(settings, card)}


async def a_code(crowd: Crowd) -> str:
    """A code of a bottle that the owner bought, and might leave about."""
    bought = await buy(crowd.host, crowd.owner.customer_id, {MINI: 1})
    async with crowd.host.begin() as uow:
        await ar.make(uow, crowd.world.settings, bought.id)
    return str((await crowd.owner.one(CODES, id=bought.id))["unlockCodes"][0]["code"])


@pytest.mark.parametrize("minor", MINORS)
async def test_minors_are_refused_and_nothing_is_made(crowd: Crowd, minor: str) -> None:
    home, channel, birth_date, code = MINORS[minor]
    person = await somebody(crowd, home, channel, birth_date)
    before = await crowd.rows()
    for mutation in sorted(REFUSES):
        with pytest.raises(Refused) as refused:
            await person.tries(mutation)
        (fault,) = refused.value.errors
        assert refused.value.code == code, mutation
        assert fault["path"] == [mutation]
        assert fault["message"]
    after = await crowd.rows()
    assert [name for name in before if before[name] != after[name]] == []
    await person.api.http.aclose()


@pytest.mark.parametrize("adult", GROWN)
async def test_a_day_older_they_are_let_in(crowd: Crowd, adult: str) -> None:
    """The same requests, so that what is refused above is refused for the age alone."""
    channel, birth_date = GROWN[adult]
    person = await somebody(crowd, channel, channel, birth_date)
    answers = {name: await person.tries(name) for name in sorted(REFUSES)}
    assert answers.pop("unlockAr")["__typename"] == "ArUnlock"
    unproven = answers.pop("completeCheckout")
    assert unproven["__typename"] == "CheckoutIncomplete", "a birth date that was told is no proof"
    assert {"__typename": "AgeProofRequired"} in unproven["problems"]
    for name, answer in answers.items():
        assert answer.get("code") not in ("NOT_FOUND", "INVALID_INPUT"), (name, answer)
    await proven(crowd.host.begin, str(person.api.customer_id))
    paid = await person.tries("completeCheckout")
    assert paid["__typename"] == "CheckoutCompletion", paid
    await person.api.http.aclose()


async def test_who_turns_out_to_be_a_minor_is_shut_out_again(crowd: Crowd) -> None:
    """A proof may show a later birth date than was told: what was open closes, and stays quiet."""
    person = await somebody(crowd, "kr", "kr", NINETEEN)
    assert (await person.tries("unlockAr"))["__typename"] == "ArUnlock"
    assert (await person.api.one(SEEN, product=SIGNATURE))["unlocked"]
    assert await person.api.one(TELL, i={"birthDate": EIGHTEEN}) == {"__typename": "Customer"}
    seen = await person.api.one(SEEN, product=SIGNATURE)
    assert (seen["unlocked"], seen["animations"]) == (False, [])
    assert (await person.api.one(MANIFEST, id=EXPERIENCE, engine="ARKIT"))["code"] == "AR_LOCKED"
    before = await crowd.rows()
    told = await person.api.one(TRACK, i={"events": [event("LISTEN"), event("SCAN")]})
    assert (told["accepted"], told["unlockedLore"]) == (0, [])
    assert [one["fault"] for one in told["refused"]] == ["LOCKED"] * 2
    assert await crowd.rows() == before
    await person.api.http.aclose()
