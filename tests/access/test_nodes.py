"""Row 30: every kind of thing with an id, asked for by everybody it does not belong to."""

from typing import Any

from graphql import GraphQLObjectType, build_schema

from resolvers.export import sdl
from tests.access.crowd import PUBLIC, SHOWN_TO_STAFF, Crowd, absent, told_of
from tests.support.api import Api

NODE = "query ($id: ID!) { node(id: $id) { __typename id } }"
NODES = "query ($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }"
MINE = """{ me { id checkout { id lines { id } }
  portraits(first: 50) { totalCount edges { node { id } } }
  cameos(first: 50) { totalCount edges { node { id } } }
  orders(first: 50) { totalCount edges { node { id lines { id } unlockCodes { id } } } }
  notifications(first: 50) { unreadCount edges { node { id } } } } }"""


def kinds() -> set[str]:
    """The types of the schema whose things have ids of their own."""
    schema = build_schema(sdl())
    return {
        kind.name
        for kind in schema.type_map.values()
        if isinstance(kind, GraphQLObjectType) and any(i.name == "Node" for i in kind.interfaces)
    }


async def test_every_kind_of_node_is_seen_by_those_it_belongs_to_alone(crowd: Crowd) -> None:
    own, kept = await crowd.own(), await crowd.kept()
    assert kinds() == {*own, *kept, *PUBLIC}, "each kind of node needs a case here"
    assert await seen(crowd.owner, {**own, **kept}) == set(own)
    assert await seen(crowd.staff, {**own, **kept}) == SHOWN_TO_STAFF | set(kept)
    unknown = absent({**own, **kept})
    for who, api in crowd.others.items():
        assert await seen(api, {**own, **kept}) == set(), who
        for kind, id in {**own, **kept}.items():
            real = await api.answer(NODE, id=id)
            made_up = await api.answer(NODE, id=unknown[kind])
            assert told_of(real) == told_of(made_up) == ({"node": None}, []), f"{who}: {kind}"


async def seen(api: Api, ids: dict[str, str]) -> set[str]:
    """Which of these kinds `nodes` shows to somebody, whichever else is asked for beside them."""
    found = (await api.ask(NODES, ids=[*ids.values(), PUBLIC["Product"]]))["nodes"]
    assert found.pop() == {"__typename": "Product", "id": PUBLIC["Product"]}
    shown = {one["__typename"]: one["id"] for one in found if one}
    assert shown.items() <= ids.items()
    return set(shown)


async def test_what_is_public_is_the_same_for_all(crowd: Crowd) -> None:
    everybody = [crowd.owner, crowd.staff, *crowd.others.values()]
    for api in everybody:
        assert await seen(api, dict(PUBLIC)) == set(PUBLIC)


async def test_a_partners_token_opens_nothing_in_the_graph(crowd: Crowd) -> None:
    own = await crowd.own()
    secret, _ = await crowd.token("Bar")
    async with Api(crowd.world.url) as agent:
        agent.token = secret
        for id in (*own.values(), *absent(own).values()):
            answer = await agent.answer(NODE, id=id)
            assert [fault["extensions"]["code"] for fault in answer["errors"]] == ["TOKEN_INVALID"]


async def test_lists_hold_ones_own_alone(crowd: Crowd) -> None:
    own = await crowd.own()
    mine = str(await crowd.owner.one(MINE))
    listed = {"Customer", "Checkout", "CheckoutLine", "Portrait", "CameoJob", "Order", "OrderLine"}
    listed |= {"UnlockCode", "Notification"}
    assert {kind for kind, id in own.items() if id in mine} == listed
    for who, api in crowd.others.items():
        answer: Any = await api.answer(MINE)
        assert "errors" not in answer, who
        assert not [kind for kind, id in own.items() if id in str(answer)], who
