"""How often somebody may ask: who is counted with whom, and what counts how much."""

import pytest
from httpx2 import Response

from tests.graphql_transport.conftest import Door, Serve

FEW = {"address_operations_per_minute": 5, "viewer_operations_per_minute": 8}
ANN = {"authorization": "Bearer ann"}


def code_of(answer: Response) -> str | None:
    """The code of the one error, or None of a good answer."""
    errors = answer.json().get("errors", [])
    return errors[0]["extensions"]["code"] if errors else None


async def until_refused(door: Door, **headers: str) -> tuple[int, Response]:
    """Ask the same again and again: how often that went well, and the refusal."""
    for count in range(30):
        answer = await door.post("{ hello }", headers=headers)
        if answer.status_code != 200:
            return count, answer
    pytest.fail("nothing was refused")


async def test_strangers_are_counted_by_address_and_told_when_to_come_back(serve: Serve) -> None:
    door = await serve(**FEW)
    first = await door.post("{ hello }")
    assert first.headers["ratelimit-limit"] == "5"
    assert first.headers["ratelimit-remaining"] == "4"
    assert first.headers["ratelimit-policy"] == "5;w=60, 1000000;w=3600"
    assert 1 <= int(first.headers["ratelimit-reset"]) <= 12
    count, refused = await until_refused(door, **{"accept-language": "en"})
    assert count == 4
    assert refused.status_code == 429
    assert code_of(refused) == "RATE_LIMITED"
    assert refused.headers["ratelimit-remaining"] == "0"
    wait = int(refused.headers["retry-after"])
    assert 1 <= wait <= 12
    (error,) = refused.json()["errors"]
    assert error["extensions"]["retryAfterSeconds"] == wait
    assert f"{wait} seconds" in error["message"]
    korean = await door.post("{ hello }", headers={"accept-language": "ko"})
    assert "요청이 너무 많습니다" in korean.json()["errors"][0]["message"]


async def test_viewers_have_buckets_of_their_own(serve: Serve) -> None:
    door = await serve(**FEW)
    await until_refused(door)
    count, _ = await until_refused(door, **ANN)
    assert count == 8
    assert (await door.post("{ me }", headers={"authorization": "Bearer bob"})).status_code == 200


async def test_the_longer_window_is_kept_too(serve: Serve) -> None:
    door = await serve(address_operations_per_minute=100, address_operations_per_hour=3)
    count, refused = await until_refused(door)
    assert count == 3
    assert refused.headers["ratelimit-limit"] == "3"
    assert int(refused.headers["retry-after"]) > 60


async def test_a_believed_proxy_names_the_client_and_nobody_else_does(serve: Serve) -> None:
    door = await serve(**FEW)
    await until_refused(door, **{"x-forwarded-for": "203.0.113.7"})
    other = await door.post("{ hello }", headers={"x-forwarded-for": "203.0.113.8"})
    assert other.status_code == 200
    same = {"x-forwarded-for": "203.0.113.9, 203.0.113.7"}
    assert (await door.post("{ hello }", headers=same)).status_code == 429
    unbelieved = await serve({"forwarded_allow_ips": "198.51.100.1"}, **FEW)
    await until_refused(unbelieved, **{"x-forwarded-for": "203.0.113.7"})
    other = await unbelieved.post("{ hello }", headers={"x-forwarded-for": "203.0.113.8"})
    assert other.status_code == 429


async def test_a_household_of_ipv6_is_one_client(serve: Serve) -> None:
    door = await serve(**FEW)
    await until_refused(door, **{"x-forwarded-for": "2001:db8::1"})
    same = await door.post("{ hello }", headers={"x-forwarded-for": "2001:db8::ffff"})
    other = await door.post("{ hello }", headers={"x-forwarded-for": "2001:db8:0:1::1"})
    assert (same.status_code, other.status_code) == (429, 200)


async def test_a_document_that_has_to_be_understood_counts_by_its_length(serve: Serve) -> None:
    door = await serve(address_operations_per_hour=100)
    long = "{ hello # " + "x" * 5_000 + "\n}"
    first, again = await door.post(long), await door.post(long)
    assert first.headers["ratelimit-remaining"] == "89"
    assert again.headers["ratelimit-remaining"] == "88"
    broken = [await door.post(long + "}") for _ in range(2)]
    assert [int(answer.headers["ratelimit-remaining"]) for answer in broken] == [77, 66]


async def test_what_asks_for_many_objects_counts_more(serve: Serve) -> None:
    door = await serve(address_operations_per_hour=100)
    query = "query ($n: Int!) { items(first: $n) { edges { node { id } } } }"
    await door.post(query, variables={"n": 3_000})
    after = await door.post("{ hello }")
    assert int(after.headers["ratelimit-remaining"]) <= 100 - 2 - 6
    more = await door.post(query, variables={"n": 1})
    assert int(more.headers["ratelimit-remaining"]) == int(after.headers["ratelimit-remaining"]) - 1


async def test_one_operation_is_never_refused_for_its_own_size(serve: Serve) -> None:
    door = await serve(address_operations_per_minute=3)
    assert (await door.post("{ hello # " + "x" * 5_000 + "\n}")).status_code == 200
    assert (await door.post("{ hello }")).status_code == 429


async def test_bad_tokens_are_not_free(serve: Serve) -> None:
    door = await serve(**FEW)
    bad = {"authorization": "Bearer not-good"}
    codes = [code_of(await door.post("{ hello }", headers=bad)) for _ in range(7)]
    assert codes == ["TOKEN_INVALID"] * 5 + ["RATE_LIMITED"] * 2


async def test_streams_and_sockets_count_as_well(serve: Serve) -> None:
    door = await serve(**FEW)
    stream = {"accept": "text/event-stream"}
    counted = await door.post("subscription { count }", headers=stream)
    assert counted.headers["ratelimit-remaining"] == "4"
    async with door.wire() as wire:
        await wire.init()
        for n in range(4):
            await wire.subscribe("{ hello }", id=str(n))
            assert (await wire.read())["type"] == "next"
            assert (await wire.read())["type"] == "complete"
        await wire.subscribe("{ hello }", id="last")
        refused = await wire.read()
    assert refused["type"] == "error"
    assert refused["payload"][0]["extensions"]["code"] == "RATE_LIMITED"
    assert (await door.post("subscription { count }", headers=stream)).status_code == 429
