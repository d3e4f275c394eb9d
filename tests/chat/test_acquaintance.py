"""Who the customer is goes into every answer: what the world knows of them, and no name."""

import re

import pytest
from sqlalchemy import func, update

from app import App
from models.cameo import CameoJob, CameoStatus
from tests.catalogue.door import until
from tests.chat.conftest import Talk, talk
from tests.chat.test_memory import runs
from tests.chat.test_upkeep import sandbox
from tests.conftest import World
from tests.recommendation.asked import PREFER, rate
from tests.support.api import Api, key, person
from tests.support.cameo import make_portrait, request_cameo
from tests.support.shop import SMALL, buy
from tests.world.test_people import VIEW, WATCH

SIGNATURE, DAILY, CLOUD = "nerd12-signature", "nerd6-daily", "nerd9-cloud"


async def film_watched(app: App, api: Api) -> None:
    """Watch a film of a drink, finished by hand."""
    id = await request_cameo(api, await make_portrait(api), "neon-seoul-bar")
    done = {"status": CameoStatus.COMPLETED, "product_id": SIGNATURE, "finished_at": func.now()}
    async with app.begin() as uow:
        await uow.session.execute(update(CameoJob).where(CameoJob.id == id).values(**done))
    assert (await api.one(WATCH, id=id, key=key()))["id"] == id


async def instructed(world: World, chat: Talk, words: str) -> str:
    """Ask something, and return what the provider was told for it beside the turns.

    It forgets as soon as it has answered: it is looked at while it still speaks.
    """
    await sandbox(world, tokens_per_second=4)
    reply = (await chat.send(words))["reply"]["id"]
    told: list[str] = []

    async def asked() -> bool:
        mine = [run for run in await runs(world) if run["metadata"].get("reply") == reply]
        told.extend(str(run["instructions"]) for run in mine if run["instructions"])
        return bool(told)

    await until(asked, 30)
    await sandbox(world, tokens_per_second=0)
    assert (await chat.hear(reply)).message["status"] == "FINISHED"
    return told[0]


def section(instructions: str, name: str) -> str:
    """Return what stands under a heading."""
    return instructions.partition(f"# {name}\n")[2].partition("\n\n# ")[0]


async def told_of(world: World, chat: Talk, words: str) -> str:
    """Ask something, and return what the provider was told of the customer for it."""
    return section(await instructed(world, chat, words), "Customer")


async def history(app: App, api: Api) -> None:
    """Buy, say what one likes and does not, look at something, watch a film."""
    await buy(app, api.customer_id, {SMALL: 2})
    await rate(api, nerd6_daily="LIKES", nerd9_cloud="DISLIKES")
    await api.one(VIEW, id="nerd5-sparkle", key=key())
    await film_watched(app, api)


@pytest.mark.usefixtures("workers")
async def test_what_the_world_knows_of_a_customer_is_told(
    minsu: Api, world: World, app: App
) -> None:
    await history(app, minsu)
    chat = await talk(minsu)
    first = await told_of(world, chat, "누룩이 뭐예요?")
    lines = {line.partition(": ")[0]: line for line in first.splitlines()}
    assert "2병" in lines["산 것"]
    assert f"[{SIGNATURE}]" in lines["산 것"]
    assert f"[{DAILY}]" in lines["좋다고 한 것"]
    assert f"[{CLOUD}]" in lines["싫다고 한 것"]
    assert f"[{SIGNATURE}]" in lines["본 영상"]
    assert "매주 2번" in (await told_of(world, chat, "막걸리는 어떻게 빚나요?"))
    for private in ("demo-minsu", "김민수", "@example.com"):
        assert private not in first
    assert "장바구니" not in first, "a cart is for who sells"


@pytest.mark.usefixtures("workers")
async def test_five_pieces_of_the_world_go_with_a_question(minsu: Api, world: World) -> None:
    chat = await talk(minsu)
    asked = "너드12 시그니처와 너드6 데일리, 이천 쌀과 누룩, 왜 열두 도인지 들려주세요"
    known = section(await instructed(world, chat, asked), "Knowledge")
    pieces = re.findall(r"^\[([\w-]+)\] \((?:Product|Lore|Ingredient); ", known, re.MULTILINE)
    assert len(pieces) == len(set(pieces)) == 5, known


@pytest.mark.usefixtures("workers")
async def test_who_asks_is_told_what_they_bought(minsu: Api, app: App) -> None:
    await buy(app, minsu.customer_id, {SMALL: 2})
    heard = await (await talk(minsu)).ask("제가 지난번에 뭘 샀죠?")
    assert "2병" in heard.text
    assert SIGNATURE in heard.cited
    english = await (await talk(minsu, locale="en")).ask("What have I bought until now?")
    assert "2 of " in english.text, english.text
    assert SIGNATURE in english.cited


@pytest.mark.usefixtures("workers")
async def test_the_concierge_knows_cart_and_last_order(minsu: Api, world: World, app: App) -> None:
    bought = await buy(app, minsu.customer_id, {SMALL: 1})
    chat = await talk(minsu, "joon-ai")
    ordered = await chat.ask("너드12 시그니처 두 병 주세요")
    assert ordered.of("CardAdded")
    told = await told_of(world, chat, "장바구니에 뭐가 있나요?")
    assert bought.number in told
    assert f"2병 [{SIGNATURE}]" in told
    heard = await chat.ask("장바구니에 뭐가 있나요?")
    assert "2병" in heard.text
    assert SIGNATURE in heard.cited


@pytest.mark.usefixtures("app", "workers")
async def test_a_stranger_is_not_known(world: World) -> None:
    async with person(world.url) as guest:
        await guest.guest()
        answer = await guest.one(PREFER, input={"birthDate": "1990-01-01"})
        assert "code" not in answer
        chat = await talk(guest, locale="en")
        told = await told_of(world, chat, "What is nuruk?")
        assert told.startswith("Talked with: Maeju (1×, last "), told
        assert len(told.splitlines()) == 1
        heard = await chat.ask("Which drink have I bought?")
        assert "I see nothing that you have bought yet." in heard.text, heard.text
