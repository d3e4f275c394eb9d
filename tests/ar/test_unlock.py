"""A code lets in so many devices, and guesses let in nobody."""

import asyncio
import random
import secrets
import statistics
import time
from collections import Counter
from datetime import UTC, datetime, timedelta

import httpx2
import pytest
from sqlalchemy import select

from core.codes import ALPHABET, BITS
from core.outbox import Tally
from models.ar import ArDevice
from services.ar import code_of
from tests.ar.bar import EXPERIENCE, MINI, SIGNATURE, UNLOCK, Bar
from tests.support.api import Api, Refused, person

# Of a client, on a machine that has other things to do.
PATIENCE = httpx2.Timeout(240)
NODE = "query ($id: ID!) { node(id: $id) { id ... on ArUnlock { devicesLeft } } }"


async def test_a_code_opens_the_experience(bar: Bar) -> None:
    before = await bar.seen()
    assert (before["unlocked"], before["unlockedUntil"], before["animations"]) == (False, None, [])
    assert before["teaser"] == "Nuri waves and lifts the lid of a jar"
    code = await bar.code()
    opened = await bar.unlock(code)
    assert opened["__typename"] == "ArUnlock", opened
    assert opened["devicesLeft"] == 2
    assert opened["experience"] == {"id": EXPERIENCE, "unlocked": True}
    until = datetime.fromisoformat(opened["expiresAt"])
    assert timedelta(days=364) < until - datetime.now(UTC) <= timedelta(days=365)
    after = await bar.seen()
    assert after["unlocked"]
    assert after["unlockedUntil"] == opened["expiresAt"]
    kinds = [(one["trigger"], one["__typename"]) for one in after["animations"]]
    assert kinds == [
        ("SCAN", "ArModelAnimation"),
        ("TAP", "ArVideoAnimation"),
        ("HOLD", "ArRecipeAnimation"),
        ("LISTEN", "ArAudioAnimation"),
    ]
    scan, tap, hold, listen = after["animations"]
    assert (scan["animationName"], scan["durationSeconds"]) == ("wave_greeting", 5)
    assert tap["overlay"] == "product_info_ui"
    assert [one["id"] for one in hold["recipes"]] == [
        *("pear-moon", "nerd-alexander", "twelve-oclock-soda"),
    ]
    assert listen["lore"]["id"] == "the-jar-that-sings"
    assert await bar.customer.one(NODE, id=opened["id"]) == {"id": opened["id"], "devicesLeft": 2}


async def test_codes_may_be_typed_as_people_type(bar: Bar) -> None:
    code = await bar.code()
    for typed in (code.lower(), code.replace("-", " "), f" {code} ", lookalikes(code)):
        assert (await bar.unlock(typed))["__typename"] == "ArUnlock"


def lookalikes(code: str) -> str:
    return code.replace("0", "o").replace("1", "I")


async def test_the_same_device_takes_one_place_and_a_fourth_gets_none(bar: Bar, hana: Api) -> None:
    code = await bar.code()
    first = await bar.unlock(code, "a")
    assert (await bar.unlock(code, "a"))["id"] == first["id"]
    assert (await bar.unlock(code, "b"))["devicesLeft"] == 1
    assert (await bar.unlock(code, "a", hana))["devicesLeft"] == 0, "an account is its own device"
    refused = await bar.unlock(code, "c")
    assert (refused["code"], refused["maximum"]) == ("TOO_MANY_DEVICES", 3)
    assert (await bar.unlock(code, "b"))["__typename"] == "ArUnlock"
    text = (await bar.customer.http.get("/metrics")).text
    assert f'ar_experiences_activated_total{{product="{SIGNATURE}"}} 3' in text


async def test_expired_and_revoked_codes_look_like_unknown_ones(bar: Bar, hana: Api) -> None:
    bought = await bar.bought({MINI: 2})
    old, gone = await bar.codes(bought)
    now = datetime.now(UTC)
    await bar.unlock(old["code"])
    await bar.change(old["id"], expires_at=now - timedelta(seconds=1))
    await bar.change(gone["id"], revoked_at=now)
    answers = []
    for code in (old["code"], gone["code"], "0000-0000-0000-0000-0000"):
        answer = await bar.unlock(code, "other", hana)
        answers.append({**answer, "triesLeft": None})
    assert answers[0] == answers[1] == answers[2]
    assert answers[0]["code"] == "UNLOCK_REFUSED"
    seen = await bar.seen()
    assert (seen["unlocked"], seen["animations"]) == (False, [])
    assert [one["status"] for one in await bar.codes(bought)] == ["EXPIRED", "REVOKED"]


async def test_minors_and_strangers_get_the_teaser_only(bar: Bar) -> None:
    code = await bar.code()
    async with person(bar.world.url) as minor, person(bar.world.url) as stranger:
        await guest(minor, born="2012-01-01")
        for api, fault in ((minor, "AGE_RESTRICTED"), (stranger, "UNAUTHENTICATED")):
            seen = await bar.seen(api)
            assert (seen["unlocked"], seen["animations"]) == (False, [])
            assert seen["teaser"]
            with pytest.raises(Refused) as refused:
                await bar.unlock(code, api=api)
            assert refused.value.code == fault


async def test_a_device_needs_a_name(bar: Bar) -> None:
    code = await bar.code()
    for name in ("", "x" * 129, "a\x85b", "\x1b[2J"):
        assert (await bar.unlock(code, name))["code"] == "INVALID_INPUT"


async def test_after_five_wrong_codes_the_right_one_is_refused_too(bar: Bar, hana: Api) -> None:
    code = await bar.code()
    assert [(await bar.unlock(code, "a"))["__typename"] for _ in range(8)] == ["ArUnlock"] * 8
    left = [(await bar.unlock(wrong()))["triesLeft"] for _ in range(5)]
    assert left == [4, 3, 2, 1, 0]
    locked = await bar.unlock(code)
    assert locked["code"] == "RATE_LIMITED"
    assert 0 < locked["retryAfterSeconds"] <= 900
    assert (await bar.unlock(code, "hers", hana))["__typename"] == "ArUnlock"


async def test_fifteen_wrong_codes_from_one_address_lock_it_whoever_asks(bar: Bar) -> None:
    code = await bar.code()
    tried = 0
    for _ in range(4):
        async with person(bar.world.url) as somebody:
            await guest(somebody)
            for _ in range(5):
                answer = await bar.unlock(wrong(), api=somebody)
                tried += answer["code"] == "UNLOCK_REFUSED"
    assert tried == 15
    assert (await bar.unlock(code))["code"] == "RATE_LIMITED"
    answer = await scanned(bar.customer, code, "elsewhere", "203.0.113.9")
    assert answer["__typename"] == "ArUnlock"


def wrong() -> str:
    letters = "".join(secrets.choice(ALPHABET) for _ in range(20))
    return "-".join(letters[at : at + 4] for at in range(0, 20, 4))


async def guest(api: Api, born: str = "1990-01-01") -> None:
    """Begin a guest's session, and say when the guest was born."""
    await api.guest()
    tell = "mutation ($i: UpdateAccountInput!) { updateAccount(input: $i) { __typename } }"
    assert await api.one(tell, i={"birthDate": born}) == {"__typename": "Customer"}


async def scanned(api: Api, code: str, device: str, address: str) -> dict[str, object]:
    """Unlock as from another network address; what is told to come back later does."""
    body = {"query": UNLOCK, "variables": {"i": {"code": code, "deviceId": device}}}
    headers = {**api.auth(), "x-forwarded-for": address}
    async with asyncio.timeout(240):
        while True:
            answer = (await api.http.post("/graphql", json=body, headers=headers)).json()
            faults = [fault["extensions"]["code"] for fault in answer.get("errors") or []]
            if not faults:
                return dict(answer["data"]["unlockAr"])
            assert faults == ["SERVICE_UNAVAILABLE"], answer
            await asyncio.sleep(1)


async def test_five_hundred_scans_at_once_of_a_code_for_one_device_are_one_claim(bar: Bar) -> None:
    bought = await bar.bought({MINI: 1})
    (code,) = await bar.codes(bought)
    await bar.change(code["id"], max_devices=1)
    people = [bar.customer, *(Api(bar.world.url) for _ in range(19))]
    for api in people:
        api.http.timeout = PATIENCE
        if api is not bar.customer:
            await guest(api)
    random.seed(32)
    scans = [
        scanned(people[n % 20], code["code"], f"device-{n}", f"198.51.100.{n % 250}")
        for n in range(500)
    ]
    random.shuffle(scans)
    answers = await asyncio.gather(*scans)
    kinds = [answer["__typename"] for answer in answers]
    assert kinds.count("ArUnlock") == 1
    assert kinds.count("TooManyDevices") == 499, set(kinds)
    (winner,) = (answer for answer in answers if answer["__typename"] == "ArUnlock")
    async with bar.host.db.read() as session:
        (claim,) = await session.scalars(select(ArDevice))
    assert claim.id == winner["id"]
    owner = next(one for one in people if one.customer_id == claim.customer_id)
    for n in range(500):
        if people[n % 20] is owner:
            again = await bar.unlock(code["code"], f"device-{n}", owner)
            if again["__typename"] == "ArUnlock":
                break
    else:
        raise AssertionError("the device that got in was not let in again")
    assert again["id"] == claim.id
    later = await bar.unlock(code["code"], "yet another", people[0])
    assert later["__typename"] == "TooManyDevices"
    async with bar.host.db.read() as session:
        tally = await session.get(Tally, f"ar_experiences_activated_total|product={SIGNATURE}")
    assert tally
    assert tally.value == 1
    for api in people[1:]:
        await api.http.aclose()


GUESSES = (
    "mutation ("
    + ", ".join(f"$i{n}: UnlockArInput!" for n in range(10))
    + ") {"
    + " ".join(f"g{n}: unlockAr(input: $i{n}) {{ __typename }}" for n in range(10))
    + "}"
)


async def guessed(api: Api, address: str) -> list[str]:
    """Try ten codes with one request, as from a network address."""
    wanted = {f"i{n}": {"code": wrong(), "deviceId": "phone"} for n in range(10)}
    body = {"query": GUESSES, "variables": wanted}
    headers = {**api.auth(), "x-forwarded-for": address}
    answer = (await api.http.post("/graphql", json=body, headers=headers)).json()
    return [one["__typename"] for one in answer["data"].values()]


@pytest.mark.parametrize(("addresses", "guesses"), [(1, 2_000), (50, 10_000)])
async def test_thousands_of_guesses_open_nothing(bar: Bar, addresses: int, guesses: int) -> None:
    code = await bar.code()
    assert BITS >= 80
    attackers = [Api(bar.world.url) for _ in range(addresses)]
    for api in attackers:
        await guest(api)
        api.http.timeout = PATIENCE
    evaluated: Counter[int] = Counter()
    answers: Counter[str] = Counter()

    async def attack(number: int) -> None:
        for _ in range(guesses // 10 // addresses):
            kinds = await guessed(attackers[number], f"192.0.2.{number}")
            answers.update(kinds)
            evaluated[number] += kinds.count("UnlockRefused")

    await asyncio.gather(*(attack(number) for number in range(addresses)))
    assert set(answers) == {"UnlockRefused", "RateLimited"}
    assert answers.total() == guesses
    assert 0 < min(evaluated.values()) <= max(evaluated.values()) < 20
    assert (await bar.unlock(code))["__typename"] == "ArUnlock"
    for api in attackers:
        await api.http.aclose()


@pytest.mark.env(AR_TRIES="100000", AR_TRIES_PER_CLIENT="100000")
async def test_the_time_an_answer_takes_tells_nothing(bar: Bar) -> None:
    bought = await bar.bought({MINI: 1})
    (row,) = await bar.codes(bought)
    code = code_of(bar.world.settings, row["id"])
    await bar.change(row["id"], revoked_at=datetime.now(UTC))
    near = code[:-1] + ("0" if code[-1] != "0" else "1")
    taken: dict[str, list[float]] = {"revoked": [], "near": [], "far": []}
    for n in range(60):
        for name, tried in (("revoked", code), ("near", near), ("far", wrong())):
            begun = time.perf_counter()
            assert (await bar.unlock(tried, f"{name}-{n}"))["code"] == "UNLOCK_REFUSED"
            taken[name].append(time.perf_counter() - begun)
    middle = {name: statistics.median(times) for name, times in taken.items()}
    assert max(middle.values()) < 1.5 * min(middle.values()), middle
