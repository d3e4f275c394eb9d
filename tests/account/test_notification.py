"""Notifications: shown in the reader's language, followed without loss, mailed once."""

import asyncio

import orjson
import pytest
from sqlalchemy import func, select

from core.ids import new_id
from gateways.mail import MailUnavailable
from models.cameo import PortraitRejectionReason
from models.notification import Notification, NotificationKind
from services import notification
from services.cameo.rejections import REJECTIONS
from services.notification import SendMail
from tests.account.door import DELETE, GUEST, PASSWORD, Door, Live, member
from tests.support.serve import free_port
from tests.support.sse import lines
from workers.base import Work
from workers.notification import send_mail

LIST = (
    "query($first: Int = 20, $after: String, $unreadOnly: Boolean = false) { me { "
    "notifications(first: $first, after: $after, unreadOnly: $unreadOnly) { unreadCount "
    "pageInfo { hasNextPage endCursor } "
    "edges { cursor node { id kind title body readAt subject { id } } } } } }"
)
WATCH = "subscription($after: ID) { notifications(after: $after) { id kind title } }"
READ = "mutation($ids: [ID!]!) { markNotificationsRead(ids: $ids) }"
DONE = NotificationKind.CAMEO_COMPLETED


async def told(door: Door, customer: dict, kind: str = DONE, **parameters: object) -> str:
    async with door.begin() as uow:
        row = await notification.notify(
            uow, customer["customer"]["id"], kind, customer["customer"]["id"], **parameters
        )
    return row.id


async def listed(door: Door, customer: dict, **options: object) -> dict:
    return (await door.did(LIST, customer["accessToken"], **options))["notifications"]


async def test_pages_newest_first(door: Door) -> None:
    kim, lee = await member(door, "kim@example.com"), await member(door, "lee@example.com")
    ids = [await told(door, kim) for _ in range(5)]
    await told(door, lee)
    first = await listed(door, kim, first=2)
    assert [edge["node"]["id"] for edge in first["edges"]] == [ids[4], ids[3]]
    assert first["unreadCount"] == 5
    rest = await listed(door, kim, after=first["pageInfo"]["endCursor"])
    assert [edge["node"]["id"] for edge in rest["edges"]] == [ids[2], ids[1], ids[0]]
    assert rest["pageInfo"]["hasNextPage"] is False
    assert first["edges"][0]["node"]["subject"] == {"id": kim["customer"]["id"]}
    node = "query($id: ID!) { node(id: $id) { id } }"
    assert await door.did(node, kim["accessToken"], id=ids[0]) == {"id": ids[0]}
    assert await door.did(node, lee["accessToken"], id=ids[0]) is None


async def test_cursors_that_are_not_ours(door: Door) -> None:
    kim = await member(door, "kim@example.com")
    await told(door, kim)
    for cursor in ("", "x", "WyJ4Il0", "Wy0xXQ", "WzFlMzBd", "W3RydWUsMV0", "한"):
        assert await door.errors(LIST, kim["accessToken"], after=cursor) == ["BAD_USER_INPUT"]


async def test_marked_as_read_once_and_by_the_owner(door: Door) -> None:
    kim, lee = await member(door, "kim@example.com"), await member(door, "lee@example.com")
    ids = [await told(door, kim) for _ in range(3)]
    asked = [*ids[:2], "ntf_nobody", "", "'; --"]
    assert await door.did(READ, lee["accessToken"], ids=asked) == 0
    assert await door.did(READ, kim["accessToken"], ids=asked) == 2
    assert await door.did(READ, kim["accessToken"], ids=asked) == 0
    unread = await listed(door, kim, unreadOnly=True)
    assert [edge["node"]["id"] for edge in unread["edges"]] == [ids[2]]
    assert unread["unreadCount"] == 1
    assert await door.errors(READ, kim["accessToken"], ids=["x"] * 101) == ["BAD_USER_INPUT"]
    assert await door.errors(READ, ids=ids) == ["UNAUTHENTICATED"]


async def test_every_kind_has_words_in_both_languages(door: Door) -> None:
    kim = await member(door, "kim@example.com")
    for kind in NotificationKind:
        await told(door, kim, kind)
        await told(
            door,
            kim,
            kind,
            template={"ko": "밤", "en": "Night {0}"},
            reason=REJECTIONS[PortraitRejectionReason.NO_FACE],
            day="9/1",
            variant={"ko": "막걸리", "en": "Rice wine"},
            number="2026-1",
            total="₩1",
            amount="₩2",
            tracking="1234",
            name="한잔",
        )
    for locale, sample in (("ko", "얼굴을 찾지 못했어요."), ("en", "No face was found.")):
        headers = {"accept-language": locale, "authorization": f"Bearer {kim['accessToken']}"}
        body = {"query": LIST, "variables": {"first": 100}}
        answer = await door.http.post(f"{door.url}/graphql", json=body, headers=headers)
        nodes = [edge["node"] for edge in answer.json()["data"]["me"]["notifications"]["edges"]]
        assert all(node["title"] and node["body"] for node in nodes)
        assert len({node["body"] for node in nodes}) == 2 * len(NotificationKind)
        assert any(sample in node["body"] for node in nodes)


async def test_followed_live_without_loss_or_doubles(door: Door) -> None:
    kim, lee = await member(door, "kim@example.com"), await member(door, "lee@example.com")
    before = await told(door, kim)
    async with door.follow(WATCH, kim["accessToken"]) as live:
        await subscribed(door, kim, live)
        sent, _ = await asyncio.gather(
            asyncio.gather(*(told(door, kim) for _ in range(25))),
            asyncio.gather(*(told(door, lee) for _ in range(5))),
        )
        got = [(await live.next())["id"] for _ in range(25)]
    assert sorted(got) == sorted(sent)
    assert before not in got

    missed = [await told(door, kim) for _ in range(3)]
    async with door.follow(WATCH, kim["accessToken"], after=got[-1]) as live:
        assert [(await live.next())["id"] for _ in range(3)] == missed
        last = await told(door, kim)
        assert (await live.next())["id"] == last


async def subscribed(door: Door, customer: dict, live: Live) -> None:
    """Wait until a follower hears what happens from now on."""
    topic = notification.topic(customer["customer"]["id"])
    await live.settled()
    async with asyncio.timeout(5):
        while topic not in door.host.bus._watches:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    await live.settled()


async def test_more_missed_than_one_page(door: Door) -> None:
    kim = await member(door, "kim@example.com")
    first = await told(door, kim)
    async with door.begin() as uow:
        for _ in range(230):
            await notification.notify(uow, kim["customer"]["id"], DONE, None)
    async with door.follow(WATCH, kim["accessToken"], after=first) as live:
        got = [(await live.next())["id"] for _ in range(230)]
    assert len(set(got)) == 230


async def test_after_must_be_ones_own(door: Door) -> None:
    kim, lee = await member(door, "kim@example.com"), await member(door, "lee@example.com")
    others = await told(door, lee)
    for after in (others, "ntf_nothing", "", "한글"):
        async with door.follow(WATCH, kim["accessToken"], after=after) as live:
            message = await live.receive()
        errors = message["payload"]
        errors = errors if message["type"] == "error" else errors["errors"]
        assert errors[0]["extensions"]["code"] == "BAD_USER_INPUT"


async def test_server_sent_events_resume_at_the_last_id(door: Door) -> None:
    kim = await member(door, "kim@example.com")
    ids = [await told(door, kim) for _ in range(4)]
    headers = {
        "accept": "text/event-stream",
        "authorization": f"Bearer {kim['accessToken']}",
        "last-event-id": ids[1],
    }
    body = {"query": "subscription { notifications { id } }"}
    url = f"{door.url}/graphql"
    async with (
        asyncio.timeout(8),
        door.http.stream("POST", url, json=body, headers=headers) as sse,
        lines(sse) as heard,
    ):
        assert sse.status_code == 200
        seen: list[tuple[str, str]] = []
        event_id = ""
        async for line in heard:
            if line.startswith("id:"):
                event_id = line.removeprefix("id:").strip()
            if line.startswith("data:") and "notifications" in line:
                data = orjson.loads(line.removeprefix("data:"))
                seen.append((event_id, data["data"]["notifications"]["id"]))
            if len(seen) == 2:
                break
    assert seen == [(ids[2], ids[2]), (ids[3], ids[3])]


class Mailbox:
    """The worker's handler against the mail sandbox, or against a gateway that is away."""

    def __init__(self, door: Door) -> None:
        self.door, self.url = door, door.settings.mail_url or ""

    async def send(self, id: str, mail_url: str | None = None) -> None:
        settings = self.door.settings.model_copy(update={"mail_url": mail_url or self.url})
        work = Work.of(settings)
        try:
            await send_mail(SendMail(id), work)
        finally:
            await work.close()

    async def to(self, address: str) -> list[dict[str, str]]:
        kept = (await self.door.http.get(self.url)).json()
        kept = kept["messages"] if isinstance(kept, dict) else kept
        messages = [one.get("message", one) for one in kept]
        return [one for one in messages if one["to"] == address]


@pytest.fixture
def mailbox(door: Door) -> Mailbox:
    return Mailbox(door)


def address() -> str:
    return f"{new_id('kim')}@example.com"


async def test_mailed_once_in_the_customers_language(door: Door, mailbox: Mailbox) -> None:
    kim = await member(door, to := address(), locale="ko")
    id = await told(door, kim, template={"ko": "한밤의 초대", "en": "Midnight"})
    with pytest.raises(MailUnavailable):
        await mailbox.send(id, f"http://127.0.0.1:{free_port()}/messages")
    for _ in range(3):
        await mailbox.send(id)
    (mail,) = await mailbox.to(to)
    assert mail["subject"] == "카메오 영상이 완성됐어요"
    assert "한밤의 초대" in mail["text"]
    async with door.db.read() as session:
        row = await session.get(Notification, id)
    assert row.mailed_at is not None


async def test_sent_twice_at_once_it_arrives_once(door: Door, mailbox: Mailbox) -> None:
    id = await told(door, await member(door, to := address()))
    await asyncio.gather(*(mailbox.send(id) for _ in range(4)))
    assert len(await mailbox.to(to)) == 1


async def test_mail_that_is_refused_is_not_tried_again(door: Door, mailbox: Mailbox) -> None:
    id = await told(door, await member(door, to := address()))
    await mailbox.send(id, mailbox.url.replace("messages", "nothing-here"))
    await mailbox.send(id)
    assert await mailbox.to(to) == []


async def test_no_mail_to_guests_and_to_who_is_gone(door: Door, mailbox: Mailbox) -> None:
    guest, kim = await door.did(GUEST), await member(door, to := address())
    ids = [await told(door, guest), await told(door, kim)]
    await door.did(DELETE, kim["accessToken"], password=PASSWORD)
    for id in [*ids, "ntf_nothing"]:
        await mailbox.send(id)
    assert await mailbox.to(to) == []
    async with door.begin() as uow:
        assert await notification.notify(uow, kim["customer"]["id"], DONE, None) is None
    async with door.db.read() as session:
        assert await session.scalar(select(func.count()).select_from(Notification)) == 1
