"""Accounts through the door: coming in, what is refused, and leaving for good."""

import asyncio

import pytest
from sqlalchemy import func, select, text

from core.errors import InvalidInput
from core.outbox import Outbox, Tally
from models.account import Customer
from services import account
from services.account import fields, passwords
from services.account.enter import network
from tests.account.door import (
    CHANGE_PASSWORD,
    DELETE,
    GUEST,
    ME,
    PASSWORD,
    REGISTER,
    SIGN_IN,
    UPDATE,
    Door,
    code,
    member,
)

KIM = Customer.email == "kim@example.com"


async def test_register_and_sign_in(door: Door) -> None:
    made = await door.did(REGISTER, email=" Kim@Example.COM ", password=PASSWORD, name=" 김 ")
    assert made["customer"] | {"id": "", "createdAt": ""} == {
        "id": "",
        "email": "kim@example.com",
        "name": "김",
        "locale": "en",
        "roles": ["CUSTOMER"],
        "isGuest": False,
        "birthDate": None,
        "age": "UNKNOWN",
        "preferences": [],
        "createdAt": "",
    }
    again = await door.did(SIGN_IN, email="KIM@example.com", password=PASSWORD)
    assert again["customer"] == made["customer"]
    me = await door.did(ME, token=again["accessToken"])
    assert me["id"] == made["customer"]["id"]
    assert await door.did(ME) is None
    node = "query($id: ID!) { node(id: $id) { __typename id } }"
    assert (await door.did(node, token=again["accessToken"], id=me["id"]))["id"] == me["id"]
    assert await door.did(node, id=me["id"]) is None


async def test_wrong_password_and_unknown_address_look_alike(door: Door) -> None:
    await member(door, "kim@example.com")
    wrong = await door.did(SIGN_IN, email="kim@example.com", password="not this one")
    unknown = await door.did(SIGN_IN, email="nobody@example.com", password="not this one")
    silly = await door.did(SIGN_IN, email="@", password="x" * 100_000)
    assert wrong == unknown == silly
    assert wrong["code"] == "BAD_CREDENTIALS"
    assert await passwords.matches(None, "anything") is False
    assert passwords._dummy().startswith("$argon2id$v=19$m=19456,t=2,p=1$")


@pytest.mark.usefixtures("still")
async def test_password_tries_of_an_address_are_limited(door: Door) -> None:
    await member(door, "kim@example.com")
    for _ in range(12):
        await door.did(SIGN_IN, email="kim@example.com", password=PASSWORD)
    tries = [
        await door.did(SIGN_IN, email="kim@example.com", password=f"guess number {n}")
        for n in range(11)
    ]
    assert [code(one) for one in tries] == ["BAD_CREDENTIALS"] * 10 + ["RATE_LIMITED"]
    assert 0 < tries[-1]["retryAfterSeconds"] <= 900
    locked = await door.did(SIGN_IN, email="KIM@example.com", password=PASSWORD)
    assert code(locked) == "RATE_LIMITED"


@pytest.mark.usefixtures("still")
async def test_password_tries_of_a_client_are_limited(door: Door) -> None:
    tries = [
        code(await door.did(SIGN_IN, email=f"someone{n}@example.com", password="any password"))
        for n in range(32)
    ]
    assert tries == ["BAD_CREDENTIALS"] * 30 + ["RATE_LIMITED"] * 2


@pytest.mark.usefixtures("still")
async def test_taken_addresses_are_told_to_a_client_a_few_times_only(door: Door) -> None:
    await member(door, "kim@example.com")
    told = [
        code(await door.did(REGISTER, email="kim@example.com", password=f"some password {n}"))
        for n in range(21)
    ]
    assert told == ["EMAIL_TAKEN"] * 20 + ["RATE_LIMITED"]


async def test_twenty_at_once_make_one_account(door: Door) -> None:
    made = await asyncio.gather(
        *(
            door.did(REGISTER, email="kim@example.com", password=f"a password of {n}")
            for n in range(20)
        )
    )
    codes = [code(one) for one in made]
    assert codes.count(None) == 1
    assert codes.count("EMAIL_TAKEN") == 19
    async with door.db.read() as session:
        assert await session.scalar(select(func.count()).where(KIM)) == 1
        signups = select(Tally.value).where(Tally.id == "user_signups_total|channel=kr")
        assert await session.scalar(signups) == 1


async def test_the_same_registration_again_is_the_same_account(door: Door) -> None:
    made = await asyncio.gather(
        *(door.did(REGISTER, email="kim@example.com", password=PASSWORD) for _ in range(12))
    )
    assert len({one["customer"]["id"] for one in made}) == 1
    door.later(minutes=11)
    late = await door.did(REGISTER, email="kim@example.com", password=PASSWORD)
    assert code(late) == "EMAIL_TAKEN"


async def test_a_guest_becomes_a_member_and_stays_the_same(door: Door) -> None:
    guest = await door.did(GUEST)
    assert guest["customer"]["isGuest"] is True
    token = guest["accessToken"]
    assert (await door.errors(CHANGE_PASSWORD, token=token, current="a", new="b")) == [
        "ACCOUNT_REQUIRED"
    ]
    await door.did(UPDATE, token=token, input={"preferences": ["dry"], "birthDate": "1990-02-03"})
    made = await door.did(REGISTER, token=token, email="kim@example.com", password=PASSWORD)
    assert made["customer"]["id"] == guest["customer"]["id"]
    assert made["customer"]["preferences"] == ["dry"]
    assert made["customer"]["birthDate"] == "1990-02-03"
    assert made["customer"]["isGuest"] is False
    assert await door.errors(ME, token=token) == ["TOKEN_INVALID"]


WEAK = [
    "",
    "too short",
    "password123",
    "P@ssword123",
    "ｐａｓｓｗｏｒｄ123",
    "1234567890",
    "aaaaaaaaaaaa",
    "kimchulsoo@example.com",
    "kimchulsoo99!",
    "Chulsoo Kim",
    "x" * 257,
    "a bell \a in the middle",
]


async def test_weak_passwords(door: Door) -> None:
    for password in WEAK:
        asked = {"email": "kimchulsoo@example.com", "name": "Chulsoo Kim", "password": password}
        refused = await door.did(REGISTER, **asked)
        assert (refused["code"], refused["field"]) == ("WEAK_PASSWORD", "input.password")
        assert refused["minimumLength"] == 10


BAD = [
    ("email", ""),
    ("email", "kim"),
    ("email", "kim@localhost"),
    ("email", "a@b@example.com"),
    ("email", "kim @example.com"),
    ("email", "k" * 65 + "@example.com"),
    ("email", "kim@" + "example." * 40 + "com"),
    ("email", "k" * 100_000),
    ("email", "kim@example.com\r\nBcc: all@example.com"),
    ("name", "k" * 101),
    ("name", "Kim\x1b[0m"),
    ("name", "Kim\u2028Lee"),
    ("locale", "fr"),
    ("birthDate", "1899-12-31"),
    ("birthDate", "2999-01-01"),
]


async def test_bad_input_is_typed(door: Door) -> None:
    for field, value in BAD:
        asked = {"email": "kim@example.com", "password": PASSWORD, field: value}
        refused = await door.did(REGISTER, **asked)
        assert (refused["code"], refused["field"]) == ("INVALID_INPUT", f"input.{field}")


@pytest.mark.parametrize("text", ["kim\0@example.com", "kim\ud800@example.com"])
async def test_what_no_store_can_keep_is_refused(door: Door, text: str) -> None:
    for asked in (
        {"email": text, "password": PASSWORD},
        {"email": "a@example.com", "password": text},
    ):
        for query in (REGISTER, SIGN_IN):
            assert await door.errors(query, **asked) in (["BAD_USER_INPUT"], ["BAD_REQUEST"])
    for check in (
        fields.email_of,
        fields.name_of,
        fields.locale_of,
        lambda tag: fields.tags_of([tag]),
    ):
        with pytest.raises(InvalidInput):
            check(text)
    with pytest.raises(account.WeakPassword):
        passwords.check_strength(text, "a@example.com", None, "input.password")
    assert not await passwords.matches(None, text)


async def test_unusual_names_come_back_as_they_are(door: Door) -> None:
    token = (await member(door, "kim@example.com"))["accessToken"]
    for name in ("שלום", "👩‍🚀 하나", "𝒦im", "O'Brien; DROP TABLE customers --", "{0} %s \\"):
        changed = await door.did(UPDATE, token=token, input={"name": name})
        assert changed["name"] == name


async def test_update_changes_what_is_given(door: Door) -> None:
    token = (await member(door, "kim@example.com", name="Kim"))["accessToken"]
    tags = [" Sweet ", "sweet", "과일 향", "ＤＲＹ"]
    changed = await door.did(UPDATE, token=token, input={"preferences": tags, "locale": "ko-KR"})
    assert changed["preferences"] == ["sweet", "과일 향", "dry"]
    assert (changed["name"], changed["locale"]) == ("Kim", "ko")
    changed = await door.did(UPDATE, token=token, input={"name": None, "preferences": None})
    assert (changed["name"], changed["preferences"]) == (None, [])
    for tags in (["x" * 41], [f"tag {n}" for n in range(51)], [""], ["-"]):
        refused = await door.did(UPDATE, token=token, input={"preferences": tags})
        assert refused["field"] == "input.preferences"


async def test_change_password_ends_every_other_session(door: Door) -> None:
    first = await member(door, "kim@example.com")
    second = await door.did(SIGN_IN, email="kim@example.com", password=PASSWORD)
    token = second["accessToken"]
    wrong = await door.did(CHANGE_PASSWORD, token=token, current="wrong", new="another horse 7")
    assert wrong["code"] == "BAD_CREDENTIALS"
    weak = await door.did(CHANGE_PASSWORD, token=token, current=PASSWORD, new="password123")
    assert (weak["code"], weak["field"]) == ("WEAK_PASSWORD", "input.newPassword")
    new = await door.did(CHANGE_PASSWORD, token=token, current=PASSWORD, new="another horse 7")
    for ended in (first, second):
        assert await door.errors(ME, token=ended["accessToken"]) == ["TOKEN_INVALID"]
    assert (await door.did(ME, token=new["accessToken"]))["id"] == first["customer"]["id"]
    old = await door.did(SIGN_IN, email="kim@example.com", password=PASSWORD)
    assert old["code"] == "BAD_CREDENTIALS"


async def test_a_hash_is_renewed_when_its_parameters_are_old(door: Door) -> None:
    await member(door, "kim@example.com")
    weaker = passwords.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    async with door.begin() as uow:
        row = (await uow.session.scalars(select(Customer).where(KIM))).one()
        row.password_hash = weaker.hash(PASSWORD)
    assert await door.did(SIGN_IN, email="kim@example.com", password=PASSWORD)
    async with door.db.read() as session:
        row = (await session.scalars(select(Customer).where(KIM))).one()
    assert row.password_hash.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert PASSWORD not in row.password_hash


async def test_the_graph_knows_tastes_but_not_people(door: Door) -> None:
    alice = "cus_demo-alice"
    async with door.db.read() as session:
        (state,) = await account.customers(session, [alice, "cus_nobody"])
    assert (state.label, state.id) == ("Customer", alice)
    assert set(state.properties) == {"created_at", "preferences", "engagement_score"}
    assert state.properties["preferences"] == ["sweet", "fruity"]
    liked = {(r.type, r.label, r.id, r.properties["score"]) for r in state.relations}
    assert ("INTERESTED_IN", "Product", "nerd12-signature", 0.8) in liked
    made = await member(door, "kim@example.com")
    await door.did(DELETE, made["accessToken"], password=PASSWORD)
    async with door.db.read() as session:
        assert await account.customers(session, [made["customer"]["id"]]) == []


async def test_delete_leaves_nothing_personal(door: Door) -> None:
    made = await member(door, "kim@example.com", name="Canary Kim", birthDate="1990-02-03")
    token = made["accessToken"]
    await door.did(UPDATE, token=token, input={"preferences": ["canary taste"]})
    assert (await door.did(DELETE, token=token, password="wrong"))["code"] == "BAD_CREDENTIALS"
    receipt = await door.did(DELETE, token=token, password=PASSWORD)
    assert receipt["subject"] == made["customer"]["id"]
    assert {"name": "postgres", "objects": 2} in receipt["stores"]
    assert await door.errors(ME, token=token) == ["TOKEN_INVALID"]
    async with door.db.read() as session:
        tables = "customers, account_sessions, refresh_tokens, outbox, erasure_receipts"
        for table in tables.split(", "):
            kept = str((await session.execute(text(f"select t::text from {table} t"))).all())
            assert "canary" not in kept.lower()
            assert "kim@example.com" not in kept
        sent = (await session.scalars(select(Outbox.name))).all()
    assert "GraphChange" in sent
    again = (await member(door, "kim@example.com"))["customer"]
    assert (again["id"] != made["customer"]["id"], again["name"]) == (True, None)


def test_one_client_is_an_address_or_a_network() -> None:
    assert network("203.0.113.7") == "203.0.113.7"
    assert network("::ffff:203.0.113.7") == "203.0.113.7"
    assert network("2001:db8::1") == network("2001:db8::ffff:2")
    assert network("2001:db8::1") != network("2001:db8:0:1::1")
    assert network("a socket") == "a socket"
