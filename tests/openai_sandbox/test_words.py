"""Moderation, embeddings and responses."""

from collections.abc import Iterator

import numpy as np
import orjson
import pytest

from core.settings import ROOT
from tests.openai_sandbox.conftest import ended


async def test_words_decide(client) -> None:
    cases = {
        "민수": set(),
        "One cup for Mina": set(),
        "음주운전 하는 장면": {"illicit"},
        "a drunk driving scene": {"illicit"},
        "미성년자가 술을 마시는 장면": {"illicit"},
        "teenagers drinking soju": {"illicit"},
        "다 죽여 버리겠다": {"violence", "harassment/threatening"},
        "씨발": {"harassment"},
        "자살하고 싶다": {"self-harm", "self-harm/intent"},
        "nude dancers": {"sexual"},
    }
    answer = await client.moderations.create(model="omni-moderation-latest", input=list(cases))
    for (text, expected), result in zip(cases.items(), answer.results, strict=True):
        hits = {name for name, hit in result.categories.model_dump(by_alias=True).items() if hit}
        assert hits == expected, text
        assert result.flagged is bool(expected)
    parts = [
        {"type": "text", "text": "민수"},
        {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}},
    ]
    (mixed,) = (await client.moderations.create(input=parts)).results
    assert not mixed.flagged


def leaves(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for part in value.values() if isinstance(value, dict) else value:
            yield from leaves(part)


async def test_the_catalogue_s_own_words_pass(client) -> None:
    catalogue = orjson.loads((ROOT / "data" / "catalogue.json").read_bytes())
    catalogue.pop("legal")
    texts = list(leaves(catalogue)) + [
        orjson.dumps(template).decode() for template in catalogue["templates"]
    ]
    for result in (await client.moderations.create(input=texts)).results:
        assert not result.flagged, result.categories


async def test_a_prompt_that_does_not_pass_fails_after_acceptance(client) -> None:
    video, _ = await ended(client, (await client.videos.create(prompt="음주운전")).id)
    assert (video.status, video.error.code) == ("failed", "moderation_blocked")


async def test_embeddings(client) -> None:
    texts = ["단양쑥 막걸리", "단양쑥 막걸리", "쑥 향이 나는 막걸리", "space shuttle"]
    answer = await client.embeddings.create(
        model="text-embedding-3-small", input=texts, dimensions=384
    )
    same, copy, near, far = (np.array(found.embedding) for found in answer.data)
    assert same.shape == (384,)
    assert np.linalg.norm(same) == pytest.approx(1.0, abs=1e-5)
    assert (same == copy).all()
    assert same @ near > same @ far + 0.2
    floats = await client.embeddings.create(
        model="text-embedding-3-small", input=texts[0], encoding_format="float"
    )
    assert len(floats.data[0].embedding) == 1536


async def test_responses_at_once_and_streamed(client) -> None:
    whole = await client.responses.create(model="gpt-6-luna", input="막걸리 추천해 줘")
    assert "막걸리" in whole.output_text
    async with client.responses.stream(model="gpt-6-luna", input="막걸리 추천해 줘") as stream:
        kinds = [event.type async for event in stream]
        final = await stream.get_final_response()
    assert final.output_text == whole.output_text
    assert kinds[0] == "response.created"
    assert kinds[-1] == "response.completed"
    assert kinds.count("response.output_text.delta") > 2
    assert {model.id async for model in client.models.list()} >= {"sora-2", "gpt-6-luna"}
