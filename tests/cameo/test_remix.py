"""A film out of a film: the same rules as for a first one, and a link that may break."""

import asyncio
from typing import Any

from app import App
from tests.cameo.crew import Crew
from tests.cameo.desk import DOUBLE, SHORT, Desk, ended, until
from tests.cameo.test_limits import CANCEL, DELETE, ERASE, cancel, hana
from tests.support.api import Api, key
from tests.support.cameo import make_portrait, request_cameo

__all__ = ["hana"]

REMIX = """mutation ($i: RemixCameoInput!) { remixCameo(input: $i) {
  __typename ... on CameoJob { id status userName aspectRatio template { id } product { id }
    portrait { id } remixOf { id } }
  ... on UserError { code field message } ... on CameoStateConflict { status allowedActions }
  ... on ProductNotAllowed { allowed { id } } ... on PortraitNotUsable { portraitStatus }
  ... on CameoLimitReached { limit } ... on ContentRefused { categories } } }"""
FAMILY = """query ($id: ID!) { cameo(id: $id) {
  id allowedActions remixOf { id } remixes { id remixOf { id } } } }"""


async def remix(api: Api, parent: str, **changes: Any) -> dict[str, Any]:
    """Ask for a remix and return the answer, whatever it is."""
    asked = {"cameoId": parent, "idempotencyKey": key(), **changes}
    return dict(await api.one(REMIX, i=asked))


async def canceled(api: Api, photo: str, template: str, **more: Any) -> str:
    """Ask for a cameo and stop it at once."""
    job = await request_cameo(api, photo, template, **more)
    await cancel(api, job)
    return job


async def test_a_remix_of_a_finished_film_is_filmed(
    minsu: Api, photo: str, crew: Crew, desk: Desk
) -> None:
    parent = await request_cameo(minsu, photo, SHORT, userName="First")
    assert (await ended(minsu, parent))["allowedActions"] == ["REMIX", "DELETE", "SHARE"]
    child = await remix(minsu, parent, userName="Second")
    assert (child["userName"], child["remixOf"]["id"]) == ("Second", parent)
    final = await ended(minsu, child["id"])
    assert final["status"] == "COMPLETED", final
    assert [str(order["prompt"])[:6] for order in await desk.paid(child["id"])] == ["Second"]
    assert (await minsu.one(DELETE, id=parent))["__typename"] == "ErasureReceipt"
    await desk.is_whole(child["id"])
    assert (await minsu.one(FAMILY, id=child["id"]))["remixOf"] is None


async def test_what_is_left_out_is_as_it_was(
    minsu: Api, photo: str, crew: Crew, desk: Desk
) -> None:
    crew.trap("POST", r"/videos$", hold=asyncio.Event(), times=-1)
    wide = {"preferredProductId": "nerd11-omija", "aspectRatio": "LANDSCAPE_16_9", "locale": "ko"}
    parent = await canceled(minsu, photo, "traditional-tavern", userName="Ada", **wide)
    same = await remix(minsu, parent)
    told = {
        "__typename": "CameoJob",
        "id": same["id"],
        "status": "QUEUED",
        "userName": "Ada",
        "aspectRatio": "LANDSCAPE_16_9",
        "template": {"id": "traditional-tavern"},
        "product": {"id": "nerd11-omija"},
        "portrait": {"id": photo},
        "remixOf": {"id": parent},
    }
    assert same == told
    assert (await desk.job(same["id"]))["locale"] == "ko"
    # This one shows the same drink, but in another shape; the next neither.
    other = await remix(minsu, parent, templateId="neon-seoul-bar", userName="Ben")
    assert (other["userName"], other["aspectRatio"]) == ("Ben", "PORTRAIT_9_16")
    assert other["product"]["id"] == "nerd11-omija"
    third = await remix(minsu, other["id"], templateId="harvest-icheon")
    assert third["code"] == "CAMEO_STATE_CONFLICT"
    await cancel(minsu, other["id"])
    third = await remix(minsu, other["id"], templateId="harvest-icheon")
    assert (third["product"]["id"], third["aspectRatio"]) == ("nerd12-signature", "LANDSCAPE_16_9")
    drink = await remix(minsu, parent, preferredProductId="nerd7-yuja")
    assert drink["product"]["id"] == "nerd7-yuja", drink


async def test_a_remix_meets_every_rule_of_a_request(
    minsu: Api, hana: Api, photo: str, crew: Crew, desk: Desk
) -> None:
    crew.trap("POST", r"/videos$", hold=asyncio.Event(), times=-1)
    parent = await canceled(minsu, photo, "neon-seoul-bar")
    hers = await make_portrait(hana)
    for changes, code, field in (
        ({"userName": "kill all of them"}, "CONTENT_REFUSED", "input.userName"),
        ({"userName": " "}, "INVALID_INPUT", "input.userName"),
        ({"templateId": "no-such"}, "TEMPLATE_UNAVAILABLE", "input.templateId"),
        ({"preferredProductId": "nerd12-black"}, "PRODUCT_NOT_ALLOWED", "input.preferredProductId"),
        ({"aspectRatio": "LANDSCAPE_16_9"}, "INVALID_INPUT", "input.aspectRatio"),
        ({"portraitId": hers}, "NOT_FOUND", "input.portraitId"),
        ({"cameoId": "cam_none"}, "NOT_FOUND", "input.cameoId"),
        ({"idempotencyKey": ""}, "INVALID_INPUT", "input.idempotencyKey"),
    ):
        refused = await remix(minsu, parent, **changes)
        assert (refused["code"], refused["field"]) == (code, field)
        if code == "PRODUCT_NOT_ALLOWED":
            shown = {product["id"] for product in refused["allowed"]}
            assert shown == {"nerd5-sparkle", "nerd7-yuja", "nerd11-omija"}
    theirs = await remix(hana, parent, portraitId=hers)
    assert (theirs["code"], theirs["field"]) == ("NOT_FOUND", "input.cameoId")
    same = key()
    asked = [remix(minsu, parent, idempotencyKey=same) for _ in range(4)]
    answers = await asyncio.gather(*asked)
    (child,) = {answer["id"] for answer in answers}
    other = await remix(minsu, parent, idempotencyKey=same, userName="Other")
    assert other["code"] == "IDEMPOTENCY_CONFLICT"
    running = await remix(minsu, child)
    assert (running["code"], running["field"]) == ("CAMEO_STATE_CONFLICT", "input.cameoId")
    assert running["allowedActions"] == ["CANCEL"]
    answers = await asyncio.gather(*(remix(minsu, parent) for _ in range(12)))
    codes = sorted(answer["__typename"] for answer in answers)
    assert codes == ["CameoJob"] * 2 + ["CameoLimitReached"] * 10


async def test_a_remix_needs_a_photo_that_is_there(
    minsu: Api, photo: str, crew: Crew, desk: Desk
) -> None:
    crew.trap("POST", r"/videos$", hold=asyncio.Event(), times=-1)
    parent = await canceled(minsu, photo, "neon-seoul-bar")
    assert (await minsu.one(ERASE, id=photo))["__typename"] == "ErasureReceipt"
    refused = await remix(minsu, parent)
    assert (refused["code"], refused["portraitStatus"]) == ("PORTRAIT_NOT_USABLE", "ERASED")
    assert refused["field"] == "input.portraitId"
    again = await make_portrait(minsu)
    assert (await remix(minsu, parent, portraitId=again))["portrait"]["id"] == again


async def test_a_licence_that_ended_refuses_the_remix(
    minsu: Api, photo: str, crew: Crew, app: App, desk: Desk
) -> None:
    crew.trap("POST", r"/videos$", hold=asyncio.Event(), times=-1)
    parent = await canceled(minsu, photo, "neon-seoul-bar")
    await desk.rows.execute("update likenesses set status = 'blocked' where id = 'host-sam'")
    assert (await remix(minsu, parent))["code"] == "TEMPLATE_UNAVAILABLE"


async def test_a_family_outlives_its_members(
    minsu: Api, photo: str, crew: Crew, desk: Desk
) -> None:
    crew.trap("POST", r"/videos$", hold=asyncio.Event(), times=-1)
    parent = await canceled(minsu, photo, DOUBLE)
    children = []
    for _ in range(3):
        children.append((await remix(minsu, parent, templateId=SHORT))["id"])
        await minsu.one(CANCEL, id=children[-1])
    family = await minsu.one(FAMILY, id=parent)
    newest = [{"id": child, "remixOf": {"id": parent}} for child in reversed(children)]
    assert (family["remixOf"], family["remixes"]) == (None, newest)
    assert family["allowedActions"] == ["RETRY", "REMIX", "DELETE"]
    assert (await minsu.one(DELETE, id=children[1]))["__typename"] == "ErasureReceipt"
    assert (await minsu.one(FAMILY, id=parent))["remixes"] == [newest[0], newest[2]]
    asked = [minsu.one(DELETE, id=parent), remix(minsu, parent), remix(minsu, parent)]
    deleted, *raced = await asyncio.gather(*asked)
    assert deleted["__typename"] == "ErasureReceipt"
    assert {one["__typename"] for one in raced} <= {"CameoJob", "NotFound"}
    for child in (children[0], *(one["id"] for one in raced if "id" in one)):
        assert (await minsu.one(FAMILY, id=child))["remixOf"] is None

    async def nothing_held() -> bool:
        open_orders = "select count(*) from cameo_submissions where ended_at is null"
        return bool(await desk.one(open_orders) == 0)

    await until(nothing_held)
