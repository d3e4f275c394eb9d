"""One reply over three wires: GraphQL, the AI SDK's UI message stream, AG-UI (row C1)."""

import json
from typing import Any

from tests.chat.conftest import Talk
from tests.support.api import key
from tests.support.sse import lines


async def _parts(talk: Talk, method: str, path: str, body: Any = None, **headers: str) -> list[Any]:
    async with talk.api.http.stream(
        method, path, json=body, headers={**talk.api.auth(), **headers}, timeout=60
    ) as response:
        assert response.status_code == 200, await response.aread()
        async with lines(response) as told:
            return [json.loads(line[6:]) async for line in told if line.startswith("data: {")]


def _ui_text(parts: list[Any]) -> str:
    return "".join(part["delta"] for part in parts if part["type"] == "text-delta")


async def test_use_chat_gets_what_graphql_tells(maeju: Talk) -> None:
    said = {"id": key(), "role": "user", "parts": [{"type": "text", "text": "누룩이 뭐예요?"}]}
    parts = await _parts(maeju, "POST", "/chat", {"id": maeju.id, "messages": [said]})
    reply_id = parts[0]["messageId"]
    heard = await maeju.hear(reply_id)
    assert heard.message["status"] == "FINISHED"
    assert _ui_text(parts) == heard.text
    assert {part["sourceId"] for part in parts if part["type"] == "source-document"} == heard.cited
    kinds = [part["type"] for part in parts]
    assert kinds[0] == "start"
    assert kinds[-1] == "finish"
    assert kinds.count("text-start") == kinds.count("text-end")

    again = await _parts(maeju, "POST", "/chat", {"id": maeju.id, "messages": [said]})
    assert again == parts, "the same message again is the same reply"


async def test_ag_ui_gets_the_same(maeju: Talk) -> None:
    said = {"id": key(), "role": "user", "content": "이천 쌀 이야기를 들려주세요"}
    run = {"threadId": maeju.id, "runId": "r1", "messages": [said], "tools": [], "context": []}
    events = await _parts(maeju, "POST", "/agui", run)
    heard = await maeju.hear(events[0]["runId"])
    assert events[0]["threadId"] == maeju.id
    text = "".join(e["delta"] for e in events if e["type"] == "TEXT_MESSAGE_CONTENT")
    assert text == heard.text
    cited = {e["value"]["id"] for e in events if e.get("name") == "citation"}
    assert cited == heard.cited
    assert events[-1]["type"] == "RUN_FINISHED"


async def test_nothing_to_resume_is_said(maeju: Talk) -> None:
    answer = await maeju.api.http.get(f"/chat/{maeju.id}/stream", headers=maeju.api.auth())
    assert answer.status_code == 204


async def test_strangers_and_nonsense_are_refused(maeju: Talk) -> None:
    http, auth = maeju.api.http, maeju.api.auth()
    said = {"id": key(), "role": "user", "parts": [{"type": "text", "text": "안녕"}]}
    body = {"id": maeju.id, "messages": [said]}
    assert (await http.post("/chat", json=body)).status_code == 401
    for wrong in ({}, {"id": maeju.id}, {"id": maeju.id, "messages": [{"role": "assistant"}]}, []):
        answer = await http.post("/chat", json=wrong, headers=auth)
        assert answer.status_code == 400, wrong
        assert answer.json()["code"] == "BAD_REQUEST"
    answer = await http.post("/chat", json={**body, "id": "cht_none"}, headers=auth)
    assert answer.status_code == 422
    assert answer.json()["code"] == "NOT_FOUND"


LINE = {"id": "k-1", "role": "user", "parts": [{"type": "text", "text": "안녕"}]}
MESSAGES = (
    {**LINE, "parts": [{"type": "text"}]},
    {**LINE, "parts": [{"type": "text", "text": 7}]},
    {**LINE, "parts": [{"type": "text", "text": None}, "text", None]},
    {**LINE, "parts": {"type": "text"}, "content": {"text": "안녕"}},
    {**LINE, "parts": [], "content": ""},
    {**LINE, "id": 7},
    {**LINE, "id": ""},
    {**LINE, "id": "k" * 256, "content": "안녕"},
    {**LINE, "parts": [{"type": "text", "text": "가" * 4_001}], "content": "가" * 4_001},
    {**LINE, "parts": [{"type": "text", "text": "\0"}], "content": "\0"},
    "안녕",
    None,
)
IDS = (7, None, [], {"id": "x"}, "", "\0", "cht_\0", "cht_none", "가", "x" * 100_000)
RAW = (
    b"",
    b"{",
    b"null",
    b"\xff\xfe",
    b"[" * 100_000,
    b'{"id": "\\ud800"}',
    b"{" + b" " * 3_000_000,
)


async def test_no_body_breaks_the_door(maeju: Talk) -> None:
    http, auth = maeju.api.http, maeju.api.auth()
    whole = [{"id": maeju.id, "threadId": maeju.id, "messages": [one]} for one in MESSAGES]
    whole += [{"id": id, "threadId": id, "messages": [{**LINE, "content": "안녕"}]} for id in IDS]
    whole += [{"id": maeju.id, "threadId": maeju.id, "messages": one} for one in (None, 7, {}, "a")]
    bodies = [*RAW, *(json.dumps(one).encode() for one in whole)]
    for path in ("/chat", "/agui"):
        for body in bodies:
            stranger = await http.post(path, content=body)
            assert (stranger.status_code, stranger.json()["code"]) == (401, "UNAUTHENTICATED")
            answer = await http.post(path, content=body, headers=auth)
            assert answer.status_code in (400, 422), (path, body[:200], answer.status_code)
            assert answer.json()["code"] in ("BAD_REQUEST", "NOT_FOUND", "INVALID_INPUT")
    for id in ("%00", "cht_%00", "%FF", "x" * 5_000, maeju.id[:-1]):
        assert (await http.get(f"/chat/{id}/stream", headers=auth)).status_code == 204
        assert (await http.get(f"/chat/{id}/stream")).status_code == 401
        assert (await http.get(f"/export/chats/{id}.json")).status_code == 403
    for seen in (":", "a:b", "msg_none:1", "x" * 5_000 + ":1", f"{maeju.id}:99999999"):
        headers = {**auth, "last-event-id": seen}
        assert (await http.get(f"/chat/{maeju.id}/stream", headers=headers)).status_code == 204
