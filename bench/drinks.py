"""Ten thousand drinks that nobody brews, and what people would type to find them."""

import random
from datetime import date, timedelta
from typing import Any

from sqlalchemy import insert, select

from core.db import connect
from core.settings import Settings
from models.catalogue import (
    Pairing,
    Product,
    ProductIngredient,
    Stock,
    Variant,
    VariantKind,
    VariantPrice,
)
from models.world import Ingredient

PLACES = (
    *(("이천", "Icheon"), ("문경", "Mungyeong"), ("고흥", "Goheung"), ("공주", "Gongju")),
    *(("단양", "Danyang"), ("진도", "Jindo"), ("나주", "Naju"), ("완주", "Wanju")),
    *(("강화", "Ganghwa"), ("광양", "Gwangyang"), ("철원", "Cheorwon"), ("평창", "Pyeongchang")),
    *(("안동", "Andong"), ("전주", "Jeonju"), ("경주", "Gyeongju"), ("제주", "Jeju")),
)
FRUITS = (
    *(("유자", "yuja"), ("오미자", "omija"), ("밤", "chestnut"), ("배", "pear"), ("매실", "plum")),
    *(("솔잎", "pine needle"), ("쑥", "mugwort"), ("흑미", "black rice"), ("꿀", "honey")),
    *(("생강", "ginger"), ("사과", "apple"), ("복분자", "bokbunja"), ("감귤", "tangerine")),
    *(("국화", "chrysanthemum"), ("인삼", "ginseng"), ("대추", "jujube")),
)
KINDS = (
    *(("막걸리", "Makgeolli", "Makgeolli"), ("탁주", "Takju", "Takju")),
    *(("약주", "Yakju", "Yakju"), ("스파클링", "Sparkling", "Makgeolli")),
)
MOODS = (
    *(
        ("달빛", "Moonlit"),
        ("새벽", "Dawn"),
        ("구름", "Cloud"),
        ("노을", "Sunset"),
        ("첫눈", "Snow"),
    ),
    *(("봄비", "Spring Rain"), ("숲길", "Forest Path"), ("바람", "Breeze"), ("가을", "Autumn")),
    *(("고요", "Quiet"),),
)


async def fill(settings: Settings, number: int) -> None:
    """Put drinks beside those of the catalogue, each sold in Korea."""
    draw, db = random.Random(7), connect(settings)
    async with db.read() as session:
        parts = list(await session.scalars(select(Ingredient.id).order_by(Ingredient.id)))
        dishes = list(await session.scalars(select(Pairing.id).order_by(Pairing.id)))
    for start in range(0, number, 500):
        drinks = [_drink(draw, n, dishes) for n in range(start, min(start + 500, number))]
        ids = [drink["id"] for drink in drinks]
        async with db.write.begin() as session:
            await session.execute(insert(Product), drinks)
            await session.execute(
                insert(ProductIngredient),
                [
                    {"id": f"{id}:{part}", "product_id": id, "ingredient_id": part, "position": n}
                    for id in ids
                    for n, part in enumerate(draw.sample(parts, 3))
                ],
            )
            own = {"name": {"ko": "500ml"}, "kind": VariantKind.BOTTLE, "volume_ml": 500}
            await session.execute(
                insert(Variant), [{"id": f"{id}-v", "product_id": id, **own} for id in ids]
            )
            price = {"channel_id": "kr", "amount": 9_000, "currency": "KRW"}
            await session.execute(
                insert(VariantPrice),
                [{"id": f"{id}-v:kr", "variant_id": f"{id}-v", **price} for id in ids],
            )
            await session.execute(
                insert(Stock), [{"id": f"{id}-v", "on_hand": 9, "low_stock_at": 1} for id in ids]
            )
    await db.close()


def _drink(draw: random.Random, number: int, dishes: list[str]) -> dict[str, Any]:
    place, fruit = draw.choice(PLACES), draw.choice(FRUITS)
    kind, mood = draw.choice(KINDS), draw.choice(MOODS)
    ko = f"{mood[0]} {place[0]} {fruit[0]} {kind[0]} {number % 97}"
    en = f"{mood[1]} {place[1]} {fruit[1].title()} {kind[1]} {number % 97}"
    return {
        "id": f"bench-{number:05d}",
        "sku": f"BENCH_{number:05d}",
        "name": {"ko": ko, "en": en},
        "category": kind[2],
        "abv": draw.choice((5.0, 6.0, 8.0, 11.0, 13.0)),
        "description": {
            "ko": f"{place[0]}에서 난 {fruit[0]}를 넣어 빚은 {mood[0]} 같은 {kind[0]}입니다. "
            f"첫맛은 {draw.choice(FRUITS)[0]}처럼 달고 끝은 {draw.choice(MOODS)[0]}처럼 남습니다.",
            "en": f"A {kind[1].lower()} of {fruit[1]} from {place[1]}, for {mood[1].lower()} days. "
            f" It opens like {draw.choice(FRUITS)[1]} and ends like {draw.choice(MOODS)[1]}.",
        },
        "story_tags": draw.sample(["light", "gift", "nutty", "winter", "picnic", "slow"], 2),
        "released_on": date(2020, 1, 1) + timedelta(days=number % 2_000),
        "tasting": {},
        "allergen_codes": [],
        "warning_codes": [],
        "pairing_ids": draw.sample(dishes, 1),
        "related_ids": [],
        "channels": ["kr"],
        "brew": {},
        "images": [],
    }


def texts(number: int) -> list[str]:
    """Draw what people type: words, names, sentences, slips, first consonants, Latin letters."""
    draw, found = random.Random(11), []
    makers = (
        lambda p, f, k, m: f[0],
        lambda p, f, k, m: f"{f[0]} {k[0]}",
        lambda p, f, k, m: f"{p[0]} {f[0]} {k[0]}",
        lambda p, f, k, m: f"{f[0]}로 만든 {k[0]}",
        lambda p, f, k, m: f"{m[0]} {p[0]}",
        lambda p, f, k, m: f"{f[1]} {k[1]}",
        lambda p, f, k, m: f"{p[1]} {f[1]}",
        lambda p, f, k, m: f"{m[1]} {p[1]} {f[1]}",
        lambda p, f, k, m: "ㅁㄱㄹ",
        lambda p, f, k, m: f"막꺌리 {f[0]}",
        lambda p, f, k, m: "makkoli",
        lambda p, f, k, m: f"{p[0]}에서 난 달콤한 {f[0]} 술 추천해줘",
    )
    for n in range(number):
        make = makers[n % len(makers)]
        found.append(make(*(draw.choice(some) for some in (PLACES, FRUITS, KINDS, MOODS))))
    return found
