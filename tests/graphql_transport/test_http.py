"""GraphQL over HTTP."""

import logging

import pytest

from tests.graphql_transport.conftest import ORIGIN, Door, Serve

MODERN = "application/graphql-response+json"


async def test_post_answers_in_the_asked_media_type(door: Door) -> None:
    plain = await door.post("{ hello }")
    assert plain.json() == {"data": {"hello": "Hello, you"}}
    assert plain.headers["content-type"] == "application/json; charset=utf-8"
    assert len(plain.headers["x-trace-id"]) == 32
    modern = await door.post("{ hello }", headers={"accept": MODERN})
    assert modern.headers["content-type"] == f"{MODERN}; charset=utf-8"


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        ("*/*", "application/json"),
        ("application/*", "application/json"),
        ("application/json", "application/json"),
        ("application/graphql-response+json, application/json;q=0.9", MODERN),
        ("application/json, application/graphql-response+json;q=0.5", "application/json"),
        ("application/graphql-response+json, application/json, text/event-stream", MODERN),
        ("text/html, */*;q=0.1", "application/json"),
        ("text/html", None),
        ("application/json;q=0", None),
        ("application/json; charset=iso-8859-1", None),
        ("garbage;;;q=x,", None),
    ],
)
async def test_accept_is_negotiated(door: Door, accept: str, expected: str | None) -> None:
    response = await door.post("{ hello }", headers={"accept": accept})
    if expected is None:
        assert response.status_code == 406
        assert response.json()["errors"][0]["extensions"]["code"] == "NOT_ACCEPTABLE"
    else:
        assert response.status_code == 200
        assert response.headers["content-type"].startswith(expected + ";")


async def test_get_runs_queries_but_never_mutations(door: Door) -> None:
    answer = await door.http.get(
        door.url,
        params={"query": "query($n: String!) { hello(name: $n) }", "variables": '{"n": "Ann"}'},
    )
    assert answer.json() == {"data": {"hello": "Hello, Ann"}}
    refused = await door.http.get(door.url, params={"query": "mutation { bump }"})
    assert refused.status_code == 405
    assert refused.headers["allow"] == "POST"
    assert door.world.runs["bump"] == 0


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "HEAD"])
async def test_other_methods_are_refused(door: Door, method: str) -> None:
    response = await door.http.request(method, door.url)
    assert response.status_code == 405
    assert response.headers["allow"] == "GET, POST, OPTIONS"


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("{", "GRAPHQL_PARSE_FAILED"),
        ("{ nothing }", "GRAPHQL_VALIDATION_FAILED"),
        ("{ ...Unknown }", "GRAPHQL_VALIDATION_FAILED"),
        (
            "{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }",
            "GRAPHQL_VALIDATION_FAILED",
        ),
        ("query($n: Int!) { items(first: $n) { edges { node { id } } } }", "BAD_USER_INPUT"),
        ("query A { hello } query B { hello }", "OPERATION_NOT_FOUND"),
        ("fragment F on Query { hello }", "GRAPHQL_VALIDATION_FAILED"),
    ],
)
async def test_faults_of_the_document(door: Door, query: str, code: str) -> None:
    modern = await door.post(query, headers={"accept": MODERN})
    assert modern.status_code == 400
    assert "data" not in modern.json()
    assert {e["extensions"]["code"] for e in modern.json()["errors"]} <= {
        code,
        "GRAPHQL_VALIDATION_FAILED",
    }
    plain = await door.post(query, headers={"accept": "application/json"})
    assert plain.status_code == 200
    assert plain.json() == modern.json()


async def test_bugs_are_masked_and_logged(door: Door, caplog: pytest.LogCaptureFixture) -> None:
    query = "{ boom uncoded wrongNumber hello }"
    with caplog.at_level(logging.ERROR, "nerdx.graphql"):
        response = await door.post(query)
    assert "secret" not in response.text
    assert "5000000000" not in response.text
    answer = response.json()
    assert answer["data"]["hello"] == "Hello, you"
    for error in answer["errors"]:
        assert error["message"] == "Something went wrong on our side."
        assert error["extensions"] == {
            "code": "INTERNAL",
            "traceId": response.headers["x-trace-id"],
        }
    assert "RuntimeError: secret detail" in caplog.text
    korean = await door.ask("{ boom }", headers={"accept-language": "ko"})
    assert korean["errors"][0]["message"] == "저희 쪽에서 문제가 생겼습니다."


async def test_errors_with_a_code_pass(door: Door) -> None:
    answer = await door.ask("{ coded refused me buyPlainly }")
    codes = {e["path"][0]: e["extensions"]["code"] for e in answer["errors"]}
    assert codes == {
        "coded": "BAD_USER_INPUT",
        "refused": "UNAUTHENTICATED",
        "me": "UNAUTHENTICATED",
        "buyPlainly": "SOLD_OUT",
    }
    korean = await door.ask("{ refused }", headers={"accept-language": "ko"})
    assert korean["errors"][0]["message"] == "로그인이 필요합니다."


async def test_domain_errors_become_members_of_their_union(door: Door) -> None:
    answer = await door.ask("{ buy { ... on SoldOut { message } } }")
    assert answer == {"data": {"buy": {"message": "Sold out."}}}


async def test_a_bad_token_is_401(door: Door) -> None:
    for token, code in (("Basic x", "TOKEN_INVALID"), ("Bearer ann@1", "TOKEN_EXPIRED")):
        response = await door.post("{ hello }", headers={"authorization": token})
        assert response.status_code == 401
        assert response.headers["www-authenticate"].startswith("Bearer")
        assert response.json()["errors"][0]["extensions"]["code"] == code


async def test_an_outage_of_the_host_is_503(door: Door) -> None:
    response = await door.post("{ hello }", headers={"authorization": "Bearer outage"})
    assert response.status_code == 503
    assert response.headers["retry-after"]
    assert response.json()["errors"][0]["extensions"]["code"] == "SERVICE_UNAVAILABLE"
    assert response.headers["x-trace-id"] in response.text


async def test_the_caller_reaches_the_resolver(door: Door) -> None:
    headers = {"authorization": "Bearer ann", "accept-language": "ko", "x-channel": "us"}
    answer = await door.ask("{ me where degraded }", headers=headers)
    assert answer["data"] == {"me": "ann", "where": "ko/us", "degraded": "yes"}
    assert answer["extensions"] == {"degraded": ["graph"]}


async def test_operations_have_a_deadline(serve: Serve) -> None:
    door = await serve(operation_seconds=0.05)
    answer = await door.ask("{ slow }")
    assert answer["errors"][0]["extensions"]["code"] == "OPERATION_TIMEOUT"


async def test_a_trace_is_continued(door: Door) -> None:
    trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    headers = {"traceparent": f"00-{trace}-00f067aa0ba902b7-01"}
    assert (await door.post("{ hello }", headers=headers)).headers["x-trace-id"] == trace


async def test_listed_origins_pass_the_preflight(door: Door) -> None:
    asked = {
        "origin": ORIGIN,
        "access-control-request-method": "POST",
        "access-control-request-headers": "authorization,content-type,x-channel,last-event-id",
    }
    allowed = await door.http.options(door.url, headers=asked)
    assert allowed.status_code == 200
    assert allowed.headers["access-control-allow-origin"] == ORIGIN
    assert allowed.headers["access-control-allow-credentials"] == "true"
    foreign = await door.http.options(door.url, headers={**asked, "origin": "https://evil.example"})
    assert foreign.status_code == 400
    assert "access-control-allow-origin" not in foreign.headers
    answer = await door.post("{ hello }", headers={"origin": ORIGIN})
    shown = answer.headers["access-control-expose-headers"].split(", ")
    assert {"retry-after", "ratelimit-remaining", "x-trace-id"} <= set(shown)
