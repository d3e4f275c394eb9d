"""Chats for tests: a customer who talks, over HTTP and SSE, with real workers."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import httpx2
import pytest_asyncio

from app import App
from sandbox.stack import Stack
from services.world import remake
from tests.catalogue.conftest import CLEAR
from tests.conftest import World
from tests.support.api import TLS, Api, key

START = """mutation ($input: StartChatInput!) { startChat(input: $input) {
  __typename ... on Chat { id title locale character { id } }
  ... on UserError { code message } } }"""
SEND = """mutation ($input: SendMessageInput!) {
  sendMessage(input: $input) {
  __typename ... on SentMessage { sent { id } reply { id status } }
  ... on ReplyInProgress { reply { id } } ... on ChatBudgetSpent { usage { cost { amount } } }
  ... on UserError { code message field retryable } } }"""
MESSAGE = """fragment Message on ChatMessage { id author status reason character { id }
  parts { __typename ... on TextPart { text } ... on ProductCard { product { id } reason }
    ... on OrderCard { confirmation expiresAt checkout { id status lines { quantity
      variant { id } } totals { total { amount } } } }
    ... on OrderStatusCard { status order { id status } }
    ... on HandoffNote { from { id } to { id } line } }
  citations { partIndex start end source { __typename ... on Lore { id } ... on Product { id }
    ... on Ingredient { id } } } }"""
FOLLOW = (
    """subscription ($id: ID!, $after: String) { chatReply(id: $id, after: $after) {
  __typename cursor
  ... on TextAdded { partIndex text }
  ... on CitationAdded { citation { start end source { __typename ... on Lore { id }
    ... on Product { id } ... on Ingredient { id } } } }
  ... on CardAdded { partIndex card { __typename ... on ProductCard { product { id } }
    ... on OrderCard { confirmation } ... on OrderStatusCard { status order { number } } } }
  ... on ToolStarted { tool label } ... on ToolEnded { tool succeeded }
  ... on HandedOff { handoff { line to { id } } } ... on ReplyBlocked { reason }
  ... on ReplyEnded { message { ...Message } } ... on Resync { message { ...Message } } } } """
    + MESSAGE
)


@dataclass
class Heard:
    """A reply as it was followed."""

    events: list[dict[str, Any]] = field(default_factory=list)

    @property
    def message(self) -> dict[str, Any]:
        """The reply, whole."""
        assert self.events[-1]["__typename"] == "ReplyEnded", self.events[-1]
        return dict(self.events[-1]["message"])

    @property
    def text(self) -> str:
        """The words that were streamed."""
        return "".join(e["text"] for e in self.events if e["__typename"] == "TextAdded")

    @property
    def cited(self) -> set[str]:
        """The ids that its sentences rest on."""
        return {one["source"]["id"] for one in self.message["citations"]}

    def of(self, kind: str) -> list[dict[str, Any]]:
        """The events of a kind."""
        return [event for event in self.events if event["__typename"] == kind]


@dataclass
class Talk:
    """One chat of one customer."""

    api: Api
    id: str

    async def send(self, text: str, idempotency_key: str | None = None) -> Any:
        """Say something."""
        given = {"chatId": self.id, "text": text, "idempotencyKey": idempotency_key or key()}
        return await self.api.one(SEND, input=given)

    async def hear(self, reply_id: str, after: str | None = None) -> Heard:
        """Follow a reply to its end."""
        heard = Heard()
        async for event in self.api.follow(FOLLOW, id=reply_id, after=after):
            heard.events.append(event["chatReply"])
        return heard

    async def ask(self, text: str) -> Heard:
        """Say something and hear the reply."""
        sent = await self.send(text)
        assert sent["__typename"] == "SentMessage", sent
        return await self.hear(sent["reply"]["id"])


async def talk(api: Api, character: str = "maeju-ai", locale: str = "ko") -> Talk:
    """Begin a chat."""
    given = {"characterId": character, "locale": locale, "idempotencyKey": key()}
    chat = await api.one(START, input=given)
    assert chat["__typename"] == "Chat", chat
    return Talk(api, chat["id"])


@pytest_asyncio.fixture(loop_scope="session")
async def told(engine: Stack, app: App) -> None:
    """The graph holds the catalogue, and nothing that another test left there."""
    async with app.db.write.begin() as session:
        await session.execute(CLEAR)
    await remake(app.db, app.graph)


@pytest_asyncio.fixture(loop_scope="session")
async def unheard(world: World) -> None:
    """The provider has heard nothing yet: a test may end while what it said is still there."""
    root = world.env["OPENAI_BASE_URL"].removesuffix("/v1")
    async with httpx2.AsyncClient(verify=TLS) as http:
        (await http.post(f"{root}/sandbox/reset")).raise_for_status()


@pytest_asyncio.fixture(loop_scope="session")
async def maeju(minsu: Api, workers: object) -> AsyncIterator[Talk]:
    """A Korean chat with Maeju."""
    yield await talk(minsu)
