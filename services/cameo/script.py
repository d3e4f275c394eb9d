"""What a cameo shows: the template, the product and the customer's tastes become prompts."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from core.graph import Graph, GraphDown
from core.i18n import pick, with_particles
from models.account import Customer
from models.cameo import CameoJob
from models.catalogue import CameoTemplate, Likeness, Product
from services import catalogue, world

MAX_TASTES = 3
TASTES = """
MATCH (c:Customer {id: $customer})
OPTIONAL MATCH (c)-[i:INTERESTED_IN]->(p:Product)
WITH c, i, p ORDER BY i.score DESC LIMIT 3
RETURN c.preferences AS preferences, collect(p.doc) AS liked
"""


@dataclass(frozen=True)
class Wishes:
    """Everything that a film is written from, read in one go."""

    template: CameoTemplate
    product: Product | None
    host: Likeness | None
    customer_id: str
    preferences: list[str]


@dataclass(frozen=True)
class Script:
    """The words of a film: a title card, and a prompt for each shot."""

    title: str
    subtitle: str
    shots: list[dict[str, Any]]


@dataclass(frozen=True)
class Ending:
    """The last seconds of a film, and the marks that stand on all of it."""

    text: str
    seconds: int
    ai_mark: str
    brand_mark: str


async def wishes(session: AsyncSession, job: CameoJob) -> Wishes:
    """Read what the job's film is written from."""
    customer = await session.get_one(Customer, job.customer_id)
    return Wishes(
        template=await session.get_one(CameoTemplate, job.template_id),
        product=await session.get(Product, job.product_id) if job.product_id else None,
        host=await session.get(Likeness, job.host_id) if job.host_id else None,
        customer_id=job.customer_id,
        preferences=list(customer.preferences or [])[:MAX_TASTES],
    )


async def still_offered(session: AsyncSession, job: CameoJob, today: date) -> bool:
    """Tell whether the film may still be made: its host's licence may have ended in the queue."""
    cast = (await catalogue.cast(session, today, [job.template_id])).get(job.template_id)
    return bool(cast and not cast.unusable and cast.host and cast.host.id == job.host_id)


async def tastes(graph: Graph, wishes: Wishes) -> list[str]:
    """Return what the customer likes, at most three words of their own and three products.

    The account answers, without products, for a graph that is down or does not know them yet.
    """
    try:
        rows = await graph.read(TASTES, customer=wishes.customer_id)
    except GraphDown:
        return wishes.preferences
    if not rows:
        return wishes.preferences
    liked = [pick(world.from_doc(Product, doc).name, "en") for doc in rows[0]["liked"]]
    return [*(rows[0]["preferences"] or [])[:MAX_TASTES], *liked]


def script(job: CameoJob, wishes: Wishes, tastes: list[str]) -> Script:
    """Write the film."""
    template, locale = wishes.template, job.locale
    title = pick(template.name, locale)
    product = pick(wishes.product.name, locale) if wishes.product else "NERD"
    shots = [
        {
            "number": int(shot["n"]),
            "seconds": int(shot["seconds"]),
            "shows_customer": bool(shot["needs_user_face"]),
            "prompt": _prompt(job, wishes, shot, product, tastes),
        }
        for shot in template.shots
    ]
    return Script(title, f"{job.user_name} · {product}", shots)


def _prompt(
    job: CameoJob, wishes: Wishes, shot: dict[str, Any], product: str, tastes: list[str]
) -> str:
    template, locale = wishes.template, job.locale
    outline = fill(pick(shot["outline"], locale), job.user_name, product)
    lines = [
        outline,
        f"Camera: {shot['camera']}. Mood: {template.mood}. Music: {template.music.get('mood')}.",
        f"{template.fps} fps, {job.aspect_ratio.value}, quality {template.quality}.",
    ]
    if shot["needs_user_face"]:
        blend = template.blend_strength
        lines.append(f"The guest is the person in the reference picture (blend {blend}).")
    if wishes.host:
        lines.append(f"The host is {pick(wishes.host.name, 'en')}.")
    if tastes:
        lines.append(f"The guest likes {', '.join(tastes)}: let props and light hint at it.")
    lines.append("Rules: " + "; ".join(template.safety) + ".")
    return "\n".join(lines)


def fill(text: str, user_name: str, product: str) -> str:
    """Put names into a text; braces inside a name stay what they are."""
    parts = {"{user_name}": user_name, "{user_face}": user_name, "{product}": product}
    for slot in parts:
        text = text.replace(slot, f"\0{slot[1:-1]}\0")
    for slot, value in parts.items():
        text = text.replace(f"\0{slot[1:-1]}\0", value)
    return with_particles(text)


def ending(job: CameoJob, wishes: Wishes) -> Ending:
    """Write the outro and the marks."""
    product = pick(wishes.product.name, job.locale) if wishes.product else "NERD"
    return Ending(
        text=fill(pick(wishes.template.outro["text"], job.locale), job.user_name, product),
        seconds=int(wishes.template.outro["seconds"]),
        ai_mark=pick(wishes.template.watermark, job.locale),
        brand_mark="NERDX",
    )
