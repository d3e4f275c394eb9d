"""Row 30: every field that is told an id, told somebody else's by everybody else."""

from typing import Any

from tests.access import ways
from tests.access.crowd import Crowd, absent, told_of
from tests.order.desk import ASK_BACK, Desk
from tests.support.api import Api, key
from tests.support.cameo import ask_cameo


def test_every_field_that_is_told_an_id_has_a_case() -> None:
    for name, (_, field) in ways.fields().items():
        own = set(ways.ids_of(field)) - ways.OPEN
        assert own == ways.names(ways.CASES.get(name, {})), f"{name} needs a case in ways.CASES"
    assert set(ways.CASES) <= set(ways.fields())


async def test_things_of_others_look_like_things_that_are_not_there(crowd: Crowd) -> None:
    ids = {**await crowd.own(), **await crowd.kept()}
    before = await crowd.rows()
    for who, api in crowd.others.items():
        for name in ways.CASES:
            real = told_of(await asked(api, name, ids))
            made_up = told_of(await asked(api, name, absent(ids)))
            assert real == made_up, f"{who}: {name}"
            assert is_refused(name, *real), f"{who}: {name}: {real}"
    after = await crowd.rows()
    assert [name for name in before if before[name] != after[name]] == []


async def asked(api: Api, name: str, ids: dict[str, str]) -> dict[str, Any]:
    return await api.answer(ways.document(name), **ways.variables(name, ids))


def is_refused(name: str, data: Any, faults: list[Any]) -> bool:
    """Whether an answer shows nothing, and is no fault of ours."""
    if faults:
        codes = {code for _, _, code in faults}
        return codes <= {"UNAUTHENTICATED", "ACCOUNT_REQUIRED", "FORBIDDEN"}
    found = data[name]
    return not found or found["code"] == "NOT_FOUND"


async def test_ones_own_things_do_not_lend_a_hand_to_those_of_others(crowd: Crowd) -> None:
    """Two ids in one request: the first is the asker's, and the second is not."""
    own, hana = await crowd.own(), crowd.others["another customer"]
    unknown, films = absent(own), await crowd.filmed(hana)
    theirs = Desk(crowd.world, crowd.host, hana, crowd.staff)
    bought = await theirs.bought(1)
    await theirs.send(bought, 1)
    lines = [[{"lineId": id, "quantity": 1}] for id in (own["OrderLine"], unknown["OrderLine"])]
    returns = [await ask_back(hana, bought.id, wanted) for wanted in lines]
    assert returns[0] == returns[1]
    assert returns[0]["code"] in ("NOT_FOUND", "INVALID_INPUT")
    remixed = [
        await hana.one(REMIX, i=remix(films["CameoJob"], ids["Portrait"])) for ids in (own, unknown)
    ]
    assert remixed[0] == remixed[1]
    assert remixed[0]["code"] == "NOT_FOUND"
    for ids in (own, unknown):
        answer = await ask_cameo(hana, ids["Portrait"], "neon-seoul-bar")
        assert (answer["code"], answer["field"]) == ("NOT_FOUND", "input.portraitId")
    order = await theirs.read(bought.id)
    assert [line["returnRequested"] for line in order["lines"]] == [0]
    assert (await theirs.read(own["Order"]))["lines"][0]["returnRequested"] == 0


REMIX = """mutation ($i: RemixCameoInput!) { remixCameo(input: $i) {
  __typename ... on UserError { code message field } } }"""


def remix(cameo: str, portrait: str) -> dict[str, str]:
    return {"cameoId": cameo, "portraitId": portrait, "idempotencyKey": key()}


async def ask_back(api: Api, order: str, lines: list[dict[str, Any]]) -> Any:
    given = {"orderId": order, "reason": "broken", "idempotencyKey": key()}
    return await api.one(ASK_BACK, i={**given, "lines": lines})
