"""What people alike like: two tastes are told apart, by a worker, and of nobody who is gone."""

import asyncio
import random
import sys
from collections.abc import Iterable, Mapping
from datetime import timedelta

import pytest
from sqlalchemy import delete, select

from app import App
from core.ids import new_id
from models.account import Customer, CustomerInterest
from models.similarity import ProductSimilarity, SimilarityModel
from models.taste import Liking, TasteRating
from services.account import SANDBOX_PASSWORD
from services.recommendation import collaborative
from services.recommendation.collaborative import TrainTaste, scores
from services.recommendation.likings import BOUGHT, INTERESTED, SAID, Known, likings
from tests.catalogue.door import until
from tests.conftest import World
from tests.order.desk import Desk
from tests.support.api import Api, person
from tests.support.shop import buy
from workers import taste
from workers.base import Work
from workers.taste import trained

pytestmark = pytest.mark.just_seeded
DRY, SWEET = [f"dry-{n}" for n in range(8)], [f"sweet-{n}" for n in range(8)]
DELETE = """mutation($password: String!) { deleteAccount(password: $password)
  { ... on ErasureReceipt { id } } }"""


def crowd(people: int, seed: int = 5) -> Known:
    """People of two tastes: three of their own kind each, and now and then one of the other."""
    luck = random.Random(seed)
    known: Known = {}
    for number in range(people):
        own, other = (DRY, SWEET) if number % 2 else (SWEET, DRY)
        said = dict.fromkeys(luck.sample(own, 3), SAID)
        if luck.random() < 0.3:
            said[luck.choice(other)] = INTERESTED * 0.2
        known[f"cus_{number:03}"] = said
    return known


async def write(host: App, people: int) -> None:
    """Have people of two tastes say what they like."""
    async with host.begin() as uow:
        for number, said in enumerate(crowd(people).values()):
            customer = Customer(id=new_id("cus"), locale="ko", roles=["customer"])
            customer.preferences, customer.created_at = [], uow.now()
            uow.session.add(customer)
            await uow.session.flush()
            for product in said:
                rating = TasteRating(customer_id=customer.id, product_id=product)
                rating.liking, rating.rated_at = Liking.LIKES, uow.now() - timedelta(hours=number)
                uow.session.add(rating)


def kind(product: str) -> str:
    return product.partition("-")[0]


def tells_apart(neighbours: Mapping[str, Mapping[str, float]]) -> None:
    assert set(neighbours) == {*DRY, *SWEET}
    for product, near in neighbours.items():
        assert all(0 < score <= 1 for score in near.values())
        own = sorted((-score, id) for id, score in near.items())[:3]
        assert {kind(id) for _, id in own} == {kind(product)}, product


async def test_two_tastes_are_told_apart_the_same_way_each_time() -> None:
    known = crowd(120)
    mixed = {who: dict(reversed(said.items())) for who, said in reversed(known.items())}
    first, second = await asyncio.gather(trained(known), trained(mixed))
    tells_apart(first)
    assert first == second
    assert "implicit" not in sys.modules, "it is paid for where it is needed"


async def test_few_people_are_no_crowd() -> None:
    assert await trained({}) == {}
    both = {"dry-0": SAID, "dry-1": SAID}
    assert await trained({"cus_a": both, "cus_b": both}) == {}
    # Three who share one pair, and a fourth whose taste nobody shares.
    people = {name: dict(both) for name in ("cus_a", "cus_b", "cus_c")}
    people["cus_d"] = {"dry-0": SAID, "sweet-0": SAID, "sweet-1": -SAID}
    found = await trained(people)
    assert {id: set(near) for id, near in found.items()} == {"dry-0": {"dry-1"}, "dry-1": {"dry-0"}}
    assert found["dry-0"]["dry-1"] <= 0.5, "three people leave half to chance"


async def test_scores_are_what_seeds_say_together(app: App) -> None:
    async with app.db.read() as session:
        assert await scores(session, {"a": 1.0}, ["x", "y"]) == {}, "no model"
    near = {"a": {"x": 0.5, "y": 0.2}, "b": {"x": 0.4}, "c": {"y": 1.0}}
    async with app.begin() as uow:
        uow.session.add_all(ProductSimilarity(id=id, neighbours=n) for id, n in near.items())
    async with app.db.read() as session:
        assert await scores(session, {}, ["x"]) == {}
        assert await scores(session, {"z": 1.0}, ["x"]) == {}
        found = await scores(session, {"a": 1.0, "b": 0.5, "z": -1.0}, ["x", "y", "w"])
        assert {id: round(score, 6) for id, score in found.items()} == {"x": 0.6, "y": 0.2, "w": 0}
        less = await scores(session, {"a": 1.0, "c": -0.5}, ["x", "y"])
        assert {id: round(score, 6) for id, score in less.items()} == {"x": 0.5, "y": 0.1}
        many = {f"seed-{n}": 0.1 for n in range(500)}
        assert set(await scores(session, {**many, "a": 1.0}, ["x"])) == {"x"}


async def test_it_is_learned_from_what_people_bought_said_and_cared_for(
    world: World, app: App, minsu: Api
) -> None:
    async with person(world.url) as staff:
        await staff.sign_in("demo-staff@example.com", SANDBOX_PASSWORD)
        desk, me = Desk(world, app, minsu, staff), str(minsu.customer_id)
        async with app.begin() as uow:
            await uow.session.execute(delete(CustomerInterest))
            now = uow.now()
            for product, score, days in (
                ("looked", 0.8, 0),
                ("faded", 0.8, 30),
                ("gone", 0.1, 300),
            ):
                row = CustomerInterest(customer_id=me, product_id=product, score=score)
                row.changed_at = now - timedelta(days=days)
                uow.session.add(row)
            for product, liking in (("liked", "LIKES"), ("looked", "DISLIKES"), ("meh", "NEUTRAL")):
                rating = TasteRating(customer_id=me, product_id=product, rated_at=now)
                rating.liking = Liking[liking]
                uow.session.add(rating)
        bought = await desk.bought(2)
        await buy(app, me, {"nerd12-signature-180": 1}, paid=False)
        await buy(app, "cus_demo-hana", {"nerd12-signature-180": 1})
        await buy(app, None, {"nerd12-signature-180": 1})
        found = await learned(app)
        assert set(found) == {me}, "who showed one thing only says nothing of what goes together"
        faded = found[me].pop("faded")
        assert abs(faded - INTERESTED * 0.4) < 1e-3
        assert found[me] == {"nerd6-daily": BOUGHT, "liked": SAID, "looked": -SAID}
        await desk.refund(bought, 2)
        assert "nerd6-daily" not in (await learned(app))[me]
        await minsu.one(DELETE, password=SANDBOX_PASSWORD)
        assert await learned(app) == {}


async def learned(app: App) -> Known:
    async with app.begin() as uow:
        return await likings(uow.session, app.settings, uow.now())


async def model(app: App) -> SimilarityModel | None:
    async with app.db.read() as session:
        return await session.get(SimilarityModel, collaborative.PRODUCTS)


async def test_a_worker_learns_it_and_the_last_one_counts(
    world: World, app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    await write(app, 120)
    world.program("worker")
    world.program("relay")

    async def is_trained() -> bool:
        row = await model(app)
        return row is not None and row.trained_at is not None

    await until(is_trained, 240)
    row = await model(app)
    assert row is not None
    assert (row.customers >= 120, row.products) == (True, 16)
    assert row.due_at is not None
    assert timedelta(hours=23) < row.due_at - app.begin.now() <= timedelta(hours=24)
    async with app.db.read() as session:
        rows = (await session.scalars(select(ProductSimilarity))).all()
        tells_apart({one.id: one.neighbours for one in rows if kind(one.id) in ("dry", "sweet")})
        found = await scores(session, {"dry-0": 0.6, "dry-1": 0.6, "sweet-0": -1.0}, DRY + SWEET)
    assert least(found, DRY[2:]) > most(found, SWEET[1:])
    await only_one_at_a_time(app)
    await a_failure_keeps_what_was_there(world, app, monkeypatch)


def least(found: Mapping[str, float], ids: Iterable[str]) -> float:
    return min(found[id] for id in ids)


def most(found: Mapping[str, float], ids: Iterable[str]) -> float:
    return max(found[id] for id in ids)


async def only_one_at_a_time(app: App) -> None:
    begun = await asyncio.gather(
        *(collaborative.begin_training(app.begin, app.settings) for _ in range(5))
    )
    mine = [one for one in begun if one is not None]
    assert len(mine) == 1
    await collaborative.give_up(app.begin, mine[0])
    later = await collaborative.begin_training(app.begin, app.settings)
    assert later is not None
    assert not await collaborative.keep(app.begin, app.settings, mine[0], {"a": {"b": 1.0}})
    assert await collaborative.keep(app.begin, app.settings, later, {"a": {"b": 1.0}})
    async with app.db.read() as session:
        assert [row.id for row in await session.scalars(select(ProductSimilarity))] == ["a"]


async def a_failure_keeps_what_was_there(
    world: World, app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    work, task = Work.of(world.settings), TrainTaste(collaborative.PRODUCTS)
    with monkeypatch.context() as broken:
        broken.setattr(taste, "PROGRAM", world.folder / "nothing.py")
        with pytest.raises(taste.TrainingFailed, match="nothing"):
            await taste.train_taste(task, work)
    row = await model(app)
    assert row is not None
    assert row.leased_until is None, "another may begin at once"
    training = await collaborative.begin_training(app.begin, app.settings)
    assert training is not None
    await taste.train_taste(task, work)
    row = await model(app)
    assert row is not None
    assert row.fence == training.fence, "somebody is at it"
    async with app.db.read() as session:
        assert await scores(session, {"a": 1.0}, ["b"]) == {"b": 1.0}
    await work.close()
