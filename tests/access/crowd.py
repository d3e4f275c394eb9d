"""An owner with one of everything that has an id, and everybody else who would like to see it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import text

from app import App
from core.db import Base
from core.ids import new_id
from models.cameo import CameoJob, CameoStage, CameoStatus, Portrait, PortraitStatus
from models.catalogue import AspectRatio
from models.notification import NotificationKind
from models.partner import WebhookDelivery
from services import ar, notification
from services.cameo import objects
from services.cameo.vault import Vault
from tests.ar.bar import CODES, UNLOCK
from tests.checkout.test_age import START as PROVE
from tests.checkout.till import start
from tests.conftest import World
from tests.order.desk import SMALL, Desk
from tests.support.api import Api, key
from tests.support.cameo import CREATE
from tests.world.said import learn
from tests.world.test_ingest import ingest

ERASE = "mutation ($id: ID!) { erasePortrait(id: $id) { ... on ErasureReceipt { id } } }"
SHARE = """mutation ($i: ShareCameoInput!) { shareCameo(input: $i) { ... on CameoShare { id } } }"""
WAIT = """mutation ($i: RestockNoticeInput!) { restockNotice(input: $i) {
  ... on RestockSubscription { id } } }"""
CARD = """mutation ($i: IssueGiftCardInput!) { issueGiftCard(input: $i) {
  ... on IssuedGiftCard { card { id } } } }"""
TOKEN = """mutation ($i: CreatePartnerTokenInput!) { createPartnerToken(input: $i) {
  ... on CreatedPartnerToken { secret token { id } } } }"""
RECEIVE = """mutation ($i: ReceiveStockInput!) { receiveStock(input: $i) {
  ... on Stock { id lots { id } moves { edges { node { id } } } } } }"""

TALK = """mutation ($i: StartChatInput!) { startChat(input: $i) { ... on Chat { id } } }"""
SAY = """mutation ($i: SendMessageInput!) { sendMessage(input: $i) {
  ... on SentMessage { reply { id } } } }"""

# What everybody sees, by type.
PUBLIC: Mapping[str, str] = {
    "ArExperience": "ar-nerd12-signature",
    "CameoTemplate": "neon-seoul-bar",
    "Channel": "kr",
    "Character": "maeju-ai",
    "Ingredient": "icheon-rice",
    "Likeness": "host-sam",
    "Lore": "founder-story",
    "Pairing": "bossam",
    "Place": "place-icheon-gyeonggi-do",
    "Farm": "farm-mo",
    "Batch": "lot-nerd12-signature-2611",
    "Product": "nerd12-signature",
    "Recipe": "pear-moon",
    "Variant": "nerd12-signature-180",
}
# What staff see of a customer's, beside what is theirs.
SHOWN_TO_STAFF = {"Order", "OrderLine", "Payment", "Refund", "Shipment"}

# What every request may move: sessions, and what is on its way to the workers.
MOVING = {"account_sessions", "refresh_tokens", "outbox", "idempotency_records", "tallies"}


@dataclass
class Crowd:
    """One API, and everybody at its door; `others` are those to whom nothing belongs."""

    world: World
    host: App
    owner: Api
    staff: Api
    others: Mapping[str, Api]

    @property
    def desk(self) -> Desk:
        """The owner and staff, as those who deal with orders."""
        return Desk(self.world, self.host, self.owner, self.staff)

    async def own(self) -> dict[str, str]:
        """Have the owner make one of everything, and return the ids by type."""
        cart = await start(self.owner)
        proof = await self.owner.one(PROVE, i={"idempotencyKey": key()})
        waits = {"variantId": PUBLIC["Variant"], "idempotencyKey": key()}
        return {
            "Customer": str(self.owner.customer_id),
            "Checkout": cart["id"],
            "CheckoutLine": cart["lines"][0]["id"],
            "AgeVerification": proof["id"],
            "RestockSubscription": (await self.owner.one(WAIT, i=waits))["id"],
            "Notification": await self.told(self.owner),
            "ErasureReceipt": await _erased(self.owner),
            **await self._ordered(),
            **await self.filmed(self.owner),
            **await _talked(self.owner),
        }

    async def kept(self) -> dict[str, str]:
        """Have staff make one of everything that is theirs, and return the ids by type."""
        lot = {"variantId": SMALL, "lot": "ACCESS", "expiresOn": "2099-01-01", "quantity": 1}
        stock = await self.staff.one(RECEIVE, i={**lot, "idempotencyKey": key()})
        card = {"kindId": "gift-30k", "idempotencyKey": key()}
        _, token = await self.token("Bar")
        return {
            **await self._learned(),
            "ExperimentResults": "exp_recommender-weights",
            "Stock": stock["id"],
            "StockLot": stock["lots"][-1]["id"],
            "StockMove": stock["moves"]["edges"][0]["node"]["id"],
            "GiftCard": (await self.staff.one(CARD, i=card))["card"]["id"],
            "PartnerToken": token,
            "WebhookDelivery": await self._owed(token),
        }

    async def _learned(self) -> dict[str, str]:
        fact = await learn(self.staff, "seventy of a hundred")
        rows = "subject,predicate,value\nnaju-pear,harvest,October\n"
        document = await ingest(self.staff, rows)
        proposal = document["proposals"]["edges"][0]["node"]["id"]
        return {"Fact": fact["id"], "WorldDocument": document["id"], "FactProposal": proposal}

    async def token(self, name: str) -> tuple[str, str]:
        """Have staff make a token for a partner; its secret and its id."""
        asked = {"name": name, "scopes": ["checkout", "carts"], "idempotencyKey": key()}
        made = await self.staff.one(TOKEN, i=asked)
        return made["secret"], made["token"]["id"]

    async def told(self, api: Api) -> str:
        """Tell somebody something, and return its id."""
        async with self.host.begin() as uow:
            kind = NotificationKind.CAMEO_COMPLETED
            row = await notification.notify(uow, str(api.customer_id), kind, None)
            assert row
            return row.id

    async def filmed(self, api: Api) -> dict[str, str]:
        """Put somebody's photo and finished film into the stores, and share the film."""
        portrait, job = _portrait(self.host, api), _film(self.host, api)
        job.portrait_id = portrait.id
        vault, storage = Vault(self.world.settings), self.host.gateways.storage
        portrait.sealed_key = vault.new_key()
        crop = vault.seal(portrait.sealed_key, b"a face")
        await storage.put(portrait.crop_keys["1280x720"], crop, "application/octet-stream")
        for key_ in (job.video_key, job.poster_key, job.strip_key, job.previews[0]["key"]):
            await storage.put(str(key_), f"{job.id} {key_}".encode(), "application/octet-stream")
        async with self.host.begin() as uow:
            uow.session.add(portrait)
            await uow.session.flush()
            uow.session.add(job)
        asked = {"cameoId": job.id, "expiresInHours": 24, "idempotencyKey": key()}
        share = (await api.one(SHARE, i=asked))["id"]
        return {"Portrait": portrait.id, "CameoJob": job.id, "CameoShare": share}

    async def rows(self) -> dict[str, list[str]]:
        """Every row of ours, by table."""
        async with self.host.db.read() as session:
            return {
                table: sorted(
                    await session.scalars(text(f"select to_jsonb(t)::text from {table} t"))
                )
                for table in sorted(set(Base.metadata.tables) - MOVING)
            }

    async def _owed(self, token: str) -> str:
        bought = await self.desk.bought(1)
        news = {"order_id": bought.id, "sequence": 99, "kind": "order_update", "body": {}}
        async with self.host.begin() as uow:
            row = WebhookDelivery(partner_id=token, **news)
            uow.session.add(row)
            await uow.session.flush()
            return row.id

    async def _ordered(self) -> dict[str, str]:
        desk = self.desk
        bought = await desk.bought(3)
        sent = await desk.send(bought, 1)
        refunded = await desk.refund(bought, goodwill=1)
        async with self.host.begin() as uow:
            await ar.make(uow, self.world.settings, bought.id)
        code = (await self.owner.one(CODES, id=bought.id))["unlockCodes"][0]
        given = {"code": code["code"], "deviceId": "phone"}
        return {
            "Order": bought.id,
            "OrderLine": bought.lines[SMALL],
            "Payment": bought.payment_id,
            "Shipment": sent["shipments"][0]["id"],
            "Refund": refunded["refunds"][0]["id"],
            "UnlockCode": code["id"],
            "ArUnlock": (await self.owner.one(UNLOCK, i=given))["id"],
        }


def absent(ids: Mapping[str, str]) -> dict[str, str]:
    """Ids of the same kinds that were never given out."""
    return {kind: new_id(id.partition("_")[0]) for kind, id in ids.items()}


def told_of(answer: Mapping[str, Any]) -> Any:
    """What an answer says, without what differs from one request to the next."""
    faults = [
        (fault["message"], fault.get("path"), fault["extensions"]["code"])
        for fault in answer.get("errors") or []
    ]
    return answer.get("data"), faults


async def _talked(owner: Api) -> dict[str, str]:
    chat = await owner.one(TALK, i={"characterId": "maeju-ai", "idempotencyKey": key()})
    said = {"chatId": chat["id"], "text": "안녕하세요", "idempotencyKey": key()}
    sent = await owner.one(SAY, i=said)
    return {"Chat": chat["id"], "ChatMessage": sent["reply"]["id"]}


async def _erased(api: Api) -> str:
    asked = {"contentType": "image/jpeg", "byteSize": 5_000, "idempotencyKey": key()}
    form = await api.one(CREATE, i=asked)
    return str((await api.one(ERASE, id=form["portrait"]["id"]))["id"])


def _portrait(host: App, api: Api) -> Portrait:
    id = new_id("por")
    return Portrait(
        id=id,
        customer_id=api.customer_id,
        status=PortraitStatus.READY,
        content_type="image/jpeg",
        crop_keys={"1280x720": objects.crop(id, "1280x720")},
        expires_at=host.begin.now() + timedelta(days=30),
    )


def _film(host: App, api: Api) -> CameoJob:
    id, now = new_id("cam"), host.begin.now()
    preview = objects.preview(id, CameoStage.PUBLISH, 1)
    return CameoJob(
        id=id,
        customer_id=api.customer_id,
        template_id=PUBLIC["CameoTemplate"],
        template_version=1,
        user_name="민수",
        locale="ko",
        aspect_ratio=AspectRatio.LANDSCAPE_16_9,
        status=CameoStatus.COMPLETED,
        stage=CameoStage.PUBLISH,
        percent=100,
        previews=[objects.preview_entry(CameoStage.PUBLISH, preview, "L00000fQfQfQ", now)],
        queued_at=now,
        finished_at=now,
        video_key=objects.film(id, 1, "film.mp4"),
        poster_key=objects.film(id, 1, "poster.jpg"),
        strip_key=objects.film(id, 1, "strip.jpg"),
    )
