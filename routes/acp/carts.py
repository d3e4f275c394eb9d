"""The endpoints of carts."""

from starlette.routing import BaseRoute, Route

from core.outbox import UnitOfWork
from routes.acp.door import Call, Shop, guarded
from routes.acp.items import added_up, strict
from routes.acp.once import once
from services import acp, checkout
from services.acp import Answer

CARTS = "/acp/carts"


def cart_routes(shop: Shop) -> list[BaseRoute]:
    """Return the routes."""
    table = (
        (("POST",), CARTS, create),
        (("GET",), f"{CARTS}/{{id}}", retrieve),
        # The protocol's paths say PUT, and its text POST.
        (("PUT", "POST"), f"{CARTS}/{{id}}", replace),
        (("POST",), f"{CARTS}/{{id}}/cancel", cancel),
    )
    return [
        Route(path, guarded(shop, "carts", endpoint), methods=methods)
        for methods, path, endpoint in table
    ]


async def create(call: Call) -> Answer:
    """POST /carts: 201, or 422 when nothing of it is there."""
    body = added_up(call.body)
    acp.check("CartCreateRequest", strict(body), "cart")

    async def effect(uow: UnitOfWork) -> Answer:
        settings = call.shop.settings
        row = await acp.begin_cart(uow, settings, call.buyer, body, call.languages)
        return Answer(201, await acp.shown_cart(uow.session, settings, row, uow.now()))

    return await once(call, effect)


async def replace(call: Call) -> Answer:
    """PUT /carts/{id}: 200 or 404; what is not told is gone."""
    body = added_up(call.body)
    acp.check("CartUpdateRequest", strict(body), "cart")

    async def effect(uow: UnitOfWork) -> Answer:
        settings = call.shop.settings
        row = await acp.replace_cart(uow, settings, call.buyer, call.id, body)
        return Answer(200, await acp.shown_cart(uow.session, settings, row, uow.now()))

    return await once(call, effect)


async def retrieve(call: Call) -> Answer:
    """GET /carts/{id}: 200 or 404."""
    async with call.shop.db.read() as session:
        row = await acp.cart_of(session, call.buyer, call.id)
        now = call.shop.begin.now()
        return Answer(200, await acp.shown_cart(session, call.shop.settings, row, now))


async def cancel(call: Call) -> Answer:
    """POST /carts/{id}/cancel: 200 with the cart as it was; 404 from then on."""

    async def effect(uow: UnitOfWork) -> Answer:
        row = await acp.opened_cart(uow, call.buyer, call.id)
        shown = await acp.shown_cart(uow.session, call.shop.settings, row, uow.now())
        await checkout.cancel(uow, call.buyer, call.id, None)
        return Answer(200, shown)

    return await once(call, effect)
