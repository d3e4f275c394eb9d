"""Sessions through the door: refreshed, copied, ended, and what is open when they end."""

import asyncio
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import func, select, update

from core.settings import Settings
from core.viewer import AgeState
from models.account import AccountSession, Customer, CustomerInterest, RefreshToken
from models.catalogue import LegalAgeRule
from services import account
from services.account import LegalAge, age_state, today_in
from tests.account.door import (
    ME,
    PASSWORD,
    REFRESH,
    SIGN_IN,
    SIGN_OUT,
    SIGN_OUT_EVERYWHERE,
    UPDATE,
    Door,
    member,
)

KIM = Customer.email == "kim@example.com"
WATCH = "subscription { notifications { id } }"


async def test_refresh_gives_new_tokens(door: Door) -> None:
    made = await member(door, "kim@example.com")
    new = await refreshed(door, made["refreshToken"])
    assert new["refreshToken"] != made["refreshToken"]
    assert (await door.did(ME, new["accessToken"]))["id"] == made["customer"]["id"]
    assert (await door.did(ME, made["accessToken"]))["id"] == made["customer"]["id"]
    expires = datetime.fromisoformat(new["refreshTokenExpiresAt"])
    assert timedelta(days=6, hours=23) < expires - door.begin.now() <= timedelta(days=7)


async def test_two_tabs_that_refresh_at_once_stay_signed_in(door: Door) -> None:
    made = await member(door, "kim@example.com")
    new = await asyncio.gather(*(refreshed(door, made["refreshToken"]) for _ in range(20)))
    assert len({one["refreshToken"] for one in new}) == 20
    for one in (new[0], new[-1]):
        assert await door.did(ME, one["accessToken"])
    door.later(seconds=60)
    assert await door.did(ME, (await refreshed(door, new[7]["refreshToken"]))["accessToken"])
    async with door.db.read() as session:
        assert await session.scalar(select(func.count()).select_from(AccountSession)) == 1


async def test_a_copied_refresh_token_ends_the_session(door: Door) -> None:
    made = await member(door, "kim@example.com")
    other = await door.did(SIGN_IN, email="kim@example.com", password=PASSWORD)
    new = await refreshed(door, made["refreshToken"])
    door.later(seconds=11)
    assert (await refreshed(door, made["refreshToken"]))["code"] == "REFRESH_TOKEN_INVALID"
    assert (await refreshed(door, new["refreshToken"]))["code"] == "REFRESH_TOKEN_INVALID"
    assert await door.errors(ME, new["accessToken"]) == ["TOKEN_INVALID"]
    assert await door.did(ME, other["accessToken"]), "other sessions go on"


async def test_another_client_has_no_grace(door: Door) -> None:
    made = await member(door, "kim@example.com")
    await refreshed(door, made["refreshToken"])
    async with door.begin() as uow:
        tokens = door.host.tokens
        assert await account.refresh(uow, tokens, made["refreshToken"], "203.0.113.7") is None
    assert await door.errors(ME, made["accessToken"]) == ["TOKEN_INVALID"]


async def test_refresh_tokens_run_out(door: Door) -> None:
    made = await member(door, "kim@example.com")
    door.later(days=7)
    assert (await refreshed(door, made["refreshToken"]))["code"] == "REFRESH_TOKEN_INVALID"
    assert await door.errors(ME, made["accessToken"]) == ["TOKEN_EXPIRED"]
    door.later(days=2)
    async with door.begin() as uow:
        await account.forget_old(uow)
    async with door.db.read() as session:
        for table in (RefreshToken, AccountSession):
            assert await session.scalar(select(func.count()).select_from(table)) == 0


async def test_refresh_tokens_that_never_were(door: Door) -> None:
    for token in ("", "x", "x" * 100_000, "' OR 1=1 --", "한글"):
        assert (await refreshed(door, token))["code"] == "REFRESH_TOKEN_INVALID"


async def test_refresh_tokens_are_not_kept(door: Door) -> None:
    made = await member(door, "kim@example.com")
    async with door.db.read() as session:
        kept = (await session.scalars(select(RefreshToken.id))).all()
    assert len(kept) == 1
    assert made["refreshToken"] not in kept
    assert len(made["refreshToken"]) == 43


async def test_sign_out(door: Door) -> None:
    mine = await member(door, "kim@example.com")
    other = await member(door, "lee@example.com")
    token = other["accessToken"]
    assert await signed_out(door, token, mine["refreshToken"]) is False
    assert await door.did(ME, mine["accessToken"])
    newer = await refreshed(door, mine["refreshToken"])
    assert await signed_out(door, newer["accessToken"], mine["refreshToken"]) is True
    for ended in (mine, newer):
        assert await door.errors(ME, ended["accessToken"]) == ["TOKEN_INVALID"]
    assert (await refreshed(door, newer["refreshToken"]))["code"] == "REFRESH_TOKEN_INVALID"


async def test_sign_out_everywhere_counts_and_closes_what_is_open(door: Door) -> None:
    made = await member(door, "kim@example.com")
    for _ in range(2):
        last = await door.did(SIGN_IN, email="kim@example.com", password=PASSWORD)
    stranger = await member(door, "lee@example.com")
    async with (
        door.follow(WATCH, made["accessToken"]) as live,
        door.follow(WATCH, stranger["accessToken"]) as other,
    ):
        await live.settled()
        await other.settled()
        assert await door.did(SIGN_OUT_EVERYWHERE, last["accessToken"]) == 3
        assert await live.closed() in (4401, 4403)
        assert await other.is_open()
    assert await door.errors(ME, last["accessToken"]) == ["TOKEN_INVALID"]


async def test_an_expired_token_says_so(door: Door) -> None:
    made = await member(door, "kim@example.com")
    door.later(seconds=906)
    assert await door.errors(ME, made["accessToken"]) == ["TOKEN_EXPIRED"]
    assert await door.did(ME, (await refreshed(door, made["refreshToken"]))["accessToken"])


KOREA, US = LegalAge(19, LegalAgeRule.CALENDAR_YEAR), LegalAge(21, LegalAgeRule.BIRTHDAY)


@pytest.mark.parametrize(
    ("law", "born", "first_day"),
    [
        (KOREA, "2007-01-01", "2026-01-01"),
        (KOREA, "2007-12-31", "2026-01-01"),
        (KOREA, "2008-01-01", "2027-01-01"),
        (KOREA, "2008-02-29", "2027-01-01"),
        (US, "2005-11-21", "2026-11-21"),
        (US, "2005-01-01", "2026-01-01"),
        (US, "2004-12-31", "2025-12-31"),
        (US, "2004-02-29", "2025-03-01"),
        (US, "2005-02-28", "2026-02-28"),
        (US, "2005-03-01", "2026-03-01"),
    ],
)
def test_legal_age_begins_on_a_day(law: LegalAge, born: str, first_day: str) -> None:
    birth, day = date.fromisoformat(born), date.fromisoformat(first_day)
    now = datetime.now(UTC)
    assert age_state(birth, None, law, day - timedelta(days=1)) is AgeState.MINOR
    assert age_state(birth, now, law, day - timedelta(days=1)) is AgeState.MINOR
    assert age_state(birth, None, law, day) is AgeState.DECLARED
    assert age_state(birth, now, law, day) is AgeState.VERIFIED
    assert age_state(None, now, law, day) is AgeState.UNKNOWN


def test_today_is_the_day_in_the_market() -> None:
    new_year_in_seoul = datetime(2026, 12, 31, 15, 0, tzinfo=UTC)
    second = timedelta(seconds=1)
    for channel in ("kr", "apec"):
        assert today_in(channel, new_year_in_seoul) == date(2027, 1, 1)
        assert today_in(channel, new_year_in_seoul - second) == date(2026, 12, 31)
    new_year_in_hawaii = datetime(2027, 1, 1, 10, 0, tzinfo=UTC)
    for channel in ("us", "somewhere-new"):
        assert today_in(channel, new_year_in_hawaii) == date(2027, 1, 1)
        assert today_in(channel, new_year_in_hawaii - second) == date(2026, 12, 31)


async def test_age_is_told_in_the_channel_and_a_proof_fixes_the_birth_date(door: Door) -> None:
    token = (await member(door, "kim@example.com"))["accessToken"]
    year = today_in("kr", door.begin.now()).year
    changed = await door.did(UPDATE, token, input={"birthDate": f"{year - 20}-06-15"})
    assert changed["age"] == "DECLARED"
    assert (await door.did(ME, token, channel="us"))["age"] == "MINOR"
    async with door.begin() as uow:
        await uow.session.execute(update(Customer).where(KIM).values(age_verified_at=uow.now()))
    assert (await door.did(ME, token))["age"] == "VERIFIED"
    for day in (f"{year - 21}-06-15", f"{year - 19}-06-15", None):
        refused = await door.did(UPDATE, token, input={"birthDate": day})
        assert (refused["code"], refused["field"]) == ("BIRTH_DATE_FIXED", "input.birthDate")
    same = await door.did(UPDATE, token, input={"birthDate": f"{year - 20}-06-15"})
    assert same["age"] == "VERIFIED"


async def test_personas_sign_in_where_the_sandbox_allows_it(door: Door) -> None:
    for _ in range(2):
        async with door.begin() as uow:
            await account.seed_personas(uow, door.settings)
    async with door.db.read() as session:
        people = await account.sandbox_sign_ins(session, door.settings)
        interests = await session.scalar(select(func.count()).select_from(CustomerInterest))
    assert [one.name for one in people][:4] == ["Alice", "민수", "하나", "준호"]
    assert interests == 6
    ages, roles = {}, {}
    for one in people:
        found = await door.did(SIGN_IN, email=one.email, password=one.password)
        assert found["customer"]["id"] == one.id
        roles[one.name] = found["customer"]["roles"]
        token = found["accessToken"]
        ages[one.name] = {(await door.did(ME, token, channel=c))["age"] for c in ("kr", "us")}
    assert ages.pop("준호") == {"MINOR"}
    proven = {name for name, states in ages.items() if states == {"VERIFIED"}}
    assert proven == {"Alice", "민수", "Partner Bar Co."}
    assert set().union(*(ages[name] for name in ages.keys() - proven)) == {"DECLARED"}
    assert roles["Partner Bar Co."] == ["CUSTOMER", "PARTNER"]
    assert roles["NERDX Staff"] == ["CUSTOMER", "STAFF"]


async def test_personas_stay_out_where_there_is_no_sandbox(door: Door) -> None:
    async with door.begin() as uow:
        await account.seed_personas(uow, door.settings)
    closed = door.settings.model_copy(update={"sandbox_sign_in": False})
    live = Settings(environment="production", sandbox_sign_in=True)
    for settings in (closed, live):
        with pytest.raises(PermissionError):
            async with door.begin() as uow:
                await account.seed_personas(uow, settings)
    asked = {"email": "demo-alice@example.com", "password": account.SANDBOX_PASSWORD}
    for settings in (closed, live):
        door.host.settings = settings
        assert (await door.did(SIGN_IN, **asked))["code"] == "BAD_CREDENTIALS"


async def refreshed(door: Door, refresh_token: str) -> dict[str, object]:
    found: dict[str, object] = await door.did(REFRESH, refreshToken=refresh_token)
    return found


async def signed_out(door: Door, token: str, refresh_token: str) -> bool:
    found: bool = await door.did(SIGN_OUT, token, refreshToken=refresh_token)
    return found
