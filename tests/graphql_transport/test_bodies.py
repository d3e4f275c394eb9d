"""What is sent over HTTP and is not, or not yet, an operation."""

import asyncio

import pytest

from tests.graphql_transport.conftest import Door, Serve

MODERN = "application/graphql-response+json"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"1",
        b'"text"',
        b"[]",
        b'[{"query":"{ hello }"}]',
        b"\xff\xfe",
        b'{"query":"\xff"}',
        b'{"query":"\\ud800"}',
        b"[" * 20_000,
        b'{"query":"{ hello }","variables":{"n":' + b"1" * 5_000 + b"}}",
        b'{"query":"{ hello }"',
        b'{"query":1}',
        b'{"query":""}',
        b'{"query":null}',
        b'{"query":"{ hello }","variables":[]}',
        b'{"query":"{ hello }","operationName":7}',
        b'{"query":"{ hello }","extensions":"x"}',
        b'{"query":"{ hello }","variables":{"a":[{"b":"\\u0000"}]}}',
    ],
)
async def test_bad_bodies_are_refused_with_a_code(door: Door, body: bytes) -> None:
    headers = {"content-type": "application/json", "accept": MODERN}
    response = await door.http.post(door.url, content=body, headers=headers)
    assert response.status_code == 400
    assert set(response.json()) == {"errors"}
    assert response.json()["errors"][0]["extensions"]["code"] in ("BAD_REQUEST", "BAD_USER_INPUT")


@pytest.mark.parametrize(
    "query_string",
    [
        b"",
        b"query=%ff",
        b"query=\xff",
        b"query=%00",
        b"query={hello}&variables=[",
        b"query={hello}&variables=[]",
        b"query={hello}&extensions=1",
        b"&".join([b"a=b"] * 30),
    ],
)
async def test_bad_query_strings_are_refused(door: Door, query_string: bytes) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", door.port)
    writer.write(b"GET /graphql?%s HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n" % query_string)
    async with asyncio.timeout(3):
        head, _, body = (await reader.read()).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 400")
    assert b'"code":"BAD_' in body or b"Invalid HTTP request" in body
    writer.close()


@pytest.mark.parametrize(
    "content_type",
    [
        None,
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/json; charset=utf-16",
        "application/graphql",
    ],
)
async def test_what_a_foreign_form_can_send_runs_nothing(
    door: Door, content_type: str | None
) -> None:
    headers = {"content-type": content_type} if content_type else {}
    body = b'{"query":"mutation { bump }"}'
    response = await door.http.post(door.url, content=body, headers=headers)
    assert response.status_code == 415
    assert door.world.runs["bump"] == 0


async def test_compressed_bodies_are_refused(door: Door) -> None:
    headers = {"content-encoding": "gzip"}
    assert (await door.post("{ hello }", headers=headers)).status_code == 415


async def test_bodies_are_bounded_while_they_are_read(serve: Serve) -> None:
    door = await serve(max_body_bytes=1_000)
    told = await door.post("{ hello }" + " " * 1_000)
    assert told.status_code == 413
    assert told.json()["errors"][0]["extensions"]["code"] == "BODY_TOO_LARGE"

    async def endless() -> object:
        for _ in range(50):
            yield b" " * 100

    headers = {"content-type": "application/json"}
    untold = await door.http.post(door.url, content=endless(), headers=headers)
    assert untold.status_code == 413


async def test_deep_variables_are_refused(door: Door) -> None:
    body = b'{"query":"query($n: String!) { hello(name: $n) }","variables":{"n":%s}}'
    deep = body % (b"[" * 900 + b"]" * 900)
    headers = {"content-type": "application/json"}
    answer = (await door.http.post(door.url, content=deep, headers=headers)).json()
    assert answer["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"


async def test_a_slow_head_and_a_slow_body_are_dropped(door: Door) -> None:
    for start in (b"POST /graphql HTTP/1.1\r\nhost: x\r\n", b"", HEAD_WITHOUT_BODY):
        reader, writer = await asyncio.open_connection("127.0.0.1", door.port)
        writer.write(start)
        async with asyncio.timeout(3):
            answer = await reader.read()
        assert answer == b"" or b"408" in answer.split(b"\r\n")[0]
        writer.close()


HEAD_WITHOUT_BODY = (
    b"POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n"
    b'content-length: 50\r\n\r\n{"query":'
)


async def test_a_huge_head_is_refused(door: Door) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", door.port)
    writer.write(b"GET /graphql HTTP/1.1\r\nx: " + b"y" * 200_000)
    async with asyncio.timeout(3):
        assert b"431" in await reader.readline()
    writer.close()
