"""Home channel and birth date: a client that chooses its channel does not choose its age."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import update

from core.viewer import AgeState
from models.account import Customer
from models.catalogue import Channel, LegalAgeRule
from services.account import LegalAge, age_in, today_in
from services.account.personas import SANDBOX_PASSWORD
from tests.account.door import GUEST, PASSWORD, REGISTER, SIGN_IN, UPDATE, Door, code, member

ME = "{ me { id age birthDate isGuest homeChannel { id } } }"
FILM = """mutation($input: RequestCameoInput!) { requestCameo(input: $input) { __typename } }"""
FILMED = {"templateId": "neon-seoul-bar", "portraitId": "por_none", "userName": "Kim"}
FILMED["idempotencyKey"] = "home"
CORRECT = """mutation($input: CorrectBirthDateInput!) { correctBirthDate(input: $input) {
  ... on CorrectedBirthDate { customerId birthDate } ... on UserError { code field } } }"""
CALENDAR, BIRTHDAY = LegalAgeRule.CALENDAR_YEAR, LegalAgeRule.BIRTHDAY


def years_ago(door: Door, years: int) -> str:
    """A birth date whose owner has turned this old this year, in every channel."""
    return f"{today_in('us', door.begin.now()).year - years}-01-01"


async def told(door: Door, token: str, **given: object) -> str | None:
    return code(await door.did(UPDATE, token, input=given))


async def test_the_home_channel_is_where_one_registered(door: Door) -> None:
    guest = await door.did(GUEST, channel="us")
    assert (await door.did(ME, guest["accessToken"]))["homeChannel"] == {"id": "us"}
    for channel in ("kr", "us", "apec"):
        made = await member(door, f"kim@{channel}.example.com", channel=channel)
        for elsewhere in ("kr", "us"):
            me = await door.did(ME, made["accessToken"], channel=elsewhere)
            assert me["homeChannel"] == {"id": channel}
    asked = {"email": "demo-alice@example.com", "password": SANDBOX_PASSWORD}
    alice = await door.did(SIGN_IN, channel="kr", **asked)
    assert (await door.did(ME, alice["accessToken"]))["homeChannel"] == {"id": "us"}


async def test_nobody_is_older_in_another_channel(door: Door) -> None:
    born = {"birthDate": years_ago(door, 20)}
    american = (await member(door, "kim@example.com", channel="us", **born))["accessToken"]
    korean = (await member(door, "lee@example.com", channel="kr", **born))["accessToken"]
    ages = {
        (who, channel): (await door.did(ME, token, channel=channel))["age"]
        for who, token in (("american", american), ("korean", korean))
        for channel in ("us", "kr", "apec")
    }
    assert {key for key, age in ages.items() if age == "DECLARED"} == {
        ("korean", "kr"),
        ("korean", "apec"),
    }
    assert set(ages.values()) == {"DECLARED", "MINOR"}
    for channel in ("us", "kr"):
        refused = await door.errors(FILM, american, channel=channel, input=FILMED)
        assert refused == ["AGE_RESTRICTED"]
    assert await door.errors(FILM, korean, channel="kr", input=FILMED) == []


async def test_home_moves_only_where_it_lets_nobody_in_earlier(door: Door) -> None:
    minor = (await member(door, "kim@example.com", channel="us"))["accessToken"]
    assert await told(door, minor, homeChannel="kr") == "HOME_CHANNEL_FIXED"
    both = {"birthDate": years_ago(door, 20), "homeChannel": "kr"}
    assert await told(door, minor, **both) == "HOME_CHANNEL_FIXED"
    assert (await door.did(ME, minor))["birthDate"] is None, "refused as a whole"
    assert await told(door, minor, birthDate=both["birthDate"]) is None
    assert await told(door, minor, homeChannel="kr") == "HOME_CHANNEL_FIXED"
    grown = (await member(door, "lee@example.com", channel="us"))["accessToken"]
    assert await told(door, grown, birthDate=years_ago(door, 22), homeChannel="kr") is None
    assert (await door.did(ME, grown))["homeChannel"] == {"id": "kr"}
    assert await told(door, grown, homeChannel="us") is None
    assert await told(door, grown, homeChannel=None) is None
    for name in ("fr", "", "KR"):
        refused = await door.did(UPDATE, grown, input={"homeChannel": name or "x"})
        assert (refused["code"], refused["field"]) == ("INVALID_INPUT", "input.homeChannel")
    assert (await door.did(ME, grown))["homeChannel"] == {"id": "us"}


async def test_a_guest_takes_the_stricter_home_along(door: Door) -> None:
    guest = (await door.did(GUEST, channel="us"))["accessToken"]
    asked = {"email": "kim@example.com", "password": PASSWORD, "birthDate": years_ago(door, 20)}
    made = await door.did(REGISTER, guest, channel="kr", **asked)
    me = await door.did(ME, made["accessToken"], channel="kr")
    assert (me["homeChannel"], me["age"]) == ({"id": "us"}, "MINOR")
    other = (await door.did(GUEST, channel="kr"))["accessToken"]
    made = await door.did(REGISTER, other, channel="us", email="lee@example.com", password=PASSWORD)
    assert (await door.did(ME, made["accessToken"]))["homeChannel"] == {"id": "us"}


async def test_a_birth_date_moves_to_a_later_day_alone(door: Door) -> None:
    token = (await member(door, "kim@example.com"))["accessToken"]
    assert await told(door, token, birthDate="2001-05-05") is None
    for day in ("2001-05-04", "1980-01-01", None):
        refused = await door.did(UPDATE, token, input={"birthDate": day})
        assert (refused["code"], refused["field"]) == ("BIRTH_DATE_FIXED", "input.birthDate")
        assert refused["retryable"] is False
    assert await told(door, token, birthDate="2001-05-05") is None
    assert await told(door, token, birthDate="2001-05-06") is None
    assert await told(door, token, birthDate="2001-05-05") == "BIRTH_DATE_FIXED"
    assert (await door.did(ME, token))["birthDate"] == "2001-05-06"


async def test_a_minor_does_not_grow_by_registering(door: Door) -> None:
    guest = (await door.did(GUEST))["accessToken"]
    assert await told(door, guest, birthDate=years_ago(door, 16)) is None
    asked = {"email": "kim@example.com", "password": PASSWORD}
    older = await door.did(REGISTER, guest, birthDate="1990-01-01", **asked)
    assert (older["code"], older["field"]) == ("BIRTH_DATE_FIXED", "input.birthDate")
    assert (await door.did(ME, guest))["isGuest"] is True, "nothing has changed"
    made = await door.did(REGISTER, guest, **asked)
    assert made["customer"]["age"] == "MINOR"


async def test_staff_correct_a_birth_date(door: Door) -> None:
    kim = await member(door, "kim@example.com", birthDate=years_ago(door, 16))
    asked = {"customerId": kim["customer"]["id"], "birthDate": "1990-01-01"}
    assert await door.errors(CORRECT, kim["accessToken"], input=asked) == ["FORBIDDEN"]
    signed_in = {"email": "demo-staff@example.com", "password": SANDBOX_PASSWORD}
    staff = (await door.did(SIGN_IN, **signed_in))["accessToken"]
    async with door.begin() as uow:
        await uow.session.execute(
            update(Customer)
            .where(Customer.id == asked["customerId"])
            .values(age_verified_at=uow.now())
        )
    assert await door.did(CORRECT, staff, input=asked) == asked
    assert (await door.did(ME, kim["accessToken"]))["age"] == "DECLARED", "no proof of that day"
    nobody = await door.did(CORRECT, staff, input={**asked, "customerId": "cus_nobody"})
    assert (nobody["code"], nobody["field"]) == ("NOT_FOUND", "input.customerId")
    future = await door.did(CORRECT, staff, input={**asked, "birthDate": "2999-01-01"})
    assert future["code"] == "INVALID_INPUT"


def market(id: str, years: int, rule: LegalAgeRule) -> Channel:
    return Channel(id=id, legal_age_years=years, legal_age_rule=rule)


KOREA, US = market("kr", 19, CALENDAR), market("us", 21, BIRTHDAY)


def test_the_stricter_of_two_channels_wins_on_the_day() -> None:
    new_year = datetime(2026, 12, 31, 15, 0, tzinfo=UTC)  # in Seoul
    born = date(2008, 7, 1)
    second = timedelta(seconds=1)
    assert age_in(KOREA, None, born, None, new_year - second) is AgeState.MINOR
    assert age_in(KOREA, KOREA, born, None, new_year) is AgeState.DECLARED
    for pair in ((KOREA, US), (US, KOREA), (US, US)):
        assert age_in(*pair, born, None, new_year) is AgeState.MINOR
    birthday = datetime(2029, 7, 1, 10, 0, tzinfo=UTC)  # midnight in Honolulu
    for pair in ((KOREA, US), (US, KOREA), (US, None)):
        assert age_in(*pair, born, None, birthday - second) is AgeState.MINOR
        assert age_in(*pair, born, None, birthday) is AgeState.DECLARED
        assert age_in(*pair, born, birthday, birthday) is AgeState.VERIFIED
        assert age_in(*pair, None, None, birthday) is AgeState.UNKNOWN


@pytest.mark.parametrize(
    ("one", "other", "stricter"),
    [
        ((19, CALENDAR), (19, CALENDAR), True),
        ((19, BIRTHDAY), (19, CALENDAR), True),
        ((19, CALENDAR), (19, BIRTHDAY), False),
        ((20, CALENDAR), (19, BIRTHDAY), True),
        ((19, BIRTHDAY), (20, CALENDAR), False),
        ((21, BIRTHDAY), (19, CALENDAR), True),
    ],
)
def test_which_rule_is_stricter(
    one: tuple[int, LegalAgeRule], other: tuple[int, LegalAgeRule], stricter: bool
) -> None:
    this, that = LegalAge(*one), LegalAge(*other)
    assert this.is_as_strict_as(that) is stricter
    days = [date(2000, 1, 1), date(2000, 2, 29), date(2000, 7, 1), date(2000, 12, 31)]
    never_earlier = all(this.from_day(day) >= that.from_day(day) for day in days)
    assert never_earlier is stricter, "as the days themselves say"
