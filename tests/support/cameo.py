"""Steps of a cameo's journey, as an app takes them."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx2

from tests.support.api import TLS, Api, key

PHOTO = Path(__file__).resolve().parents[2] / "data" / "photos" / "portrait.jpg"
CREATE = """mutation ($i: CreatePortraitUploadInput!) { createPortraitUpload(input: $i) {
  __typename ... on PortraitUpload { url maxBytes fields { name value } portrait { id status } }
  ... on UserError { code message } ... on UnsupportedImage { accepted maxBytes } } }"""
SUBMIT = """mutation ($i: SubmitPortraitInput!) { submitPortrait(input: $i) {
  __typename ... on Portrait { id status } ... on UserError { code message }
  ... on ConsentOutdated { current { version } } } }"""
PORTRAIT = """subscription ($id: ID!) { portraitChanged(id: $id) {
  id status rejection { reason message facesFound } previewUrl } }"""
REQUEST = """mutation ($i: RequestCameoInput!) { requestCameo(input: $i) {
  __typename ... on CameoJob { id status } ... on UserError { code message field retryable }
  ... on CameoLimitReached { limit running } ... on ContentRefused { categories }
  ... on PortraitNotUsable { portraitStatus } ... on ProductNotAllowed { allowed { id } } } }"""
CAMEO = """id status stage percent queuePosition allowedActions failure { code message retryable }
  shots { number status percent attempts } previews { stage blurhash url }
  video { url posterUrl durationSeconds byteSize sha256 width height }"""
WATCH = f"subscription ($id: ID!) {{ cameoChanged(id: $id) {{ {CAMEO} }} }}"
CONSENT = "face-consent-1"


async def upload(api: Api, photo: bytes, content_type: str = "image/jpeg") -> str:
    """Upload a photo and return its portrait's id."""
    asked = {"contentType": content_type, "byteSize": len(photo), "idempotencyKey": key()}
    form = await api.one(CREATE, i=asked)
    assert form["__typename"] == "PortraitUpload", form
    fields = {field["name"]: field["value"] for field in form["fields"]}
    async with httpx2.AsyncClient(verify=TLS) as http:
        sent = await http.post(form["url"], data=fields, files={"file": ("photo.jpg", photo)})
    assert sent.is_success, sent.text
    return str(form["portrait"]["id"])


async def make_portrait(api: Api, photo: bytes | None = None, ends: str = "READY") -> str:
    """Upload, consent, and wait for the verdict; return the portrait's id."""
    id = await upload(api, photo or PHOTO.read_bytes())
    asked = {"portraitId": id, "consentVersion": CONSENT, "idempotencyKey": key()}
    submitted = await api.one(SUBMIT, i=asked)
    assert submitted["__typename"] == "Portrait", submitted
    async with asyncio.timeout(60):
        states = [event["portraitChanged"]["status"] async for event in api.follow(PORTRAIT, id=id)]
    assert states[-1] == ends, states
    return id


async def ask_cameo(api: Api, portrait: str, template: str, **more: Any) -> dict[str, Any]:
    """Ask for a cameo and return the answer, whatever it is."""
    asked = {"portraitId": portrait, "templateId": template, "userName": "민수"}
    return dict(await api.one(REQUEST, i={**asked, "idempotencyKey": key(), **more}))


async def request_cameo(api: Api, portrait: str, template: str, **more: Any) -> str:
    """Ask for a cameo and return its id."""
    answer = await ask_cameo(api, portrait, template, **more)
    assert answer["__typename"] == "CameoJob", answer
    return str(answer["id"])


async def watch(api: Api, id: str) -> AsyncIterator[dict[str, Any]]:
    """Follow a cameo to its end, within five minutes, for machines that are busy."""
    async with asyncio.timeout(300):
        async for event in api.follow(WATCH, id=id):
            yield event["cameoChanged"]
