"""Photos that strangers send, through the door: refused, kept sealed, or gone (row 44, V10)."""

import asyncio
import hashlib
import io
import json
from datetime import datetime
from typing import Any

import httpx2
import jwt
import pytest
from PIL import Image

from services.account import SANDBOX_PASSWORD
from tests.cameo.crew import Crew
from tests.cameo.desk import Desk, until
from tests.conftest import World
from tests.support.api import TLS, Api, key, person
from tests.support.cameo import CONSENT, CREATE, PHOTO, PORTRAIT, SUBMIT, make_portrait, upload
from tests.test_portrait_check import huge_png

DAY = 86_400
CANARY = b"37.5665N126.9780E"
PREVIEW = "query ($id: ID!) { node(id: $id) { ... on Portrait { status previewUrl } } }"
RECEIPT = """mutation ($id: ID!) { erasePortrait(id: $id) {
  ... on ErasureReceipt { id subject stores { name objects } signature } } }"""
ASK_WORDING = {"query": "{ faceConsent { version text purposes } }"}
GIVEN = """query ($id: ID!) { node(id: $id) {
  ... on Portrait { consent { version givenAt withdrawnAt } } } }"""
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" width="900" height="900"><rect/></svg>'
HTML = b"<!doctype html><script>fetch('//evil.example')</script>"


def picture(format: str, **options: Any) -> bytes:
    """The portrait in another format."""
    out = io.BytesIO()
    with Image.open(PHOTO) as image:
        image.save(out, format, **options)
    return out.getvalue()


def located() -> bytes:
    """The portrait with the place where it was taken."""
    exif = Image.Exif()
    exif.get_ifd(0x8825).update({1: "N", 2: (37.0, 33.0, 59.0), 27: CANARY})
    return picture("JPEG", exif=exif)


async def form_of(api: Api, **asked: Any) -> dict[str, Any]:
    """Ask for an upload form."""
    return dict(await api.one(CREATE, i={"idempotencyKey": key(), **asked}))


async def post(form: dict[str, Any], body: bytes) -> httpx2.Response:
    """Send a file with a form, as a browser would."""
    fields = {field["name"]: field["value"] for field in form["fields"]}
    async with httpx2.AsyncClient(verify=TLS) as http:
        return await http.post(form["url"], data=fields, files={"file": ("photo.jpg", body)})


async def verdict(api: Api, photo: bytes | None) -> dict[str, Any]:
    """Send a photo, or none, and return what became of it."""
    if photo is None:
        form = await form_of(api, contentType="image/jpeg", byteSize=1000)
        id = form["portrait"]["id"]
    else:
        id = await upload(api, photo)
    asked = {"portraitId": id, "consentVersion": CONSENT, "idempotencyKey": key()}
    await api.one(SUBMIT, i=asked)
    async with asyncio.timeout(60):
        return [event["portraitChanged"] async for event in api.follow(PORTRAIT, id=id)][-1]


async def test_bad_photos_are_refused_and_good_ones_lose_their_place(
    minsu: Api, crew: Crew, desk: Desk
) -> None:
    original = PHOTO.read_bytes()
    bad = {
        "UNREADABLE": original[: len(original) // 2],
        "TOO_LARGE": huge_png(),
        "NOT_AN_IMAGE": SVG,
        "UNSUPPORTED_FORMAT": picture("GIF"),
        "NOT_UPLOADED": None,
    }
    found = await asyncio.gather(
        *(verdict(minsu, photo) for photo in (*bad.values(), HTML, located()))
    )
    *refused, html, ready = found
    assert [one["rejection"]["reason"] for one in refused] == list(bad)
    assert html["rejection"]["reason"] == "NOT_AN_IMAGE"
    assert all(one["previewUrl"] is None for one in (*refused, html))
    assert ready["status"] == "READY", ready
    async with httpx2.AsyncClient(verify=TLS) as http:
        crop = (await http.get(ready["previewUrl"])).content
    with Image.open(io.BytesIO(crop)) as shown:
        assert not shown.getexif()
    sealed = [
        await desk.storage.get(one, 8_000_000)
        for one in await desk.storage.keys(f"portraits/{ready['id']}/")
    ]
    assert sealed
    assert not any(CANARY in one or one.startswith(b"\xff\xd8") for one in (*sealed, crop[2:]))
    for one in (*refused, html):
        assert await desk.storage.keys(f"portraits/{one['id']}/") == []
    await until(lambda: nothing_waits(desk))


async def nothing_waits(desk: Desk) -> bool:
    """Tell whether no photo of this world lies in quarantine."""
    owned = await desk.rows.fetch("select upload_key from portraits where upload_key is not null")
    return not owned and not await desk.storage.keys("quarantine/")


async def test_forms_take_what_was_agreed_and_nothing_stays_without_consent(
    minsu: Api, crew: Crew, desk: Desk
) -> None:
    big = {"contentType": "image/jpeg", "byteSize": 50_000_000}
    for wrong in (big, {"contentType": "image/svg+xml", "byteSize": 1000}):
        assert (await form_of(minsu, **wrong))["code"] == "UNSUPPORTED_IMAGE"
    form = await form_of(minsu, contentType="image/jpeg", byteSize=1000)
    assert (await post(form, b"")).status_code in (400, 403)
    assert (await post(form, bytes(50_000_000))).status_code in (400, 403, 413)
    assert (await post(form, PHOTO.read_bytes())).is_success
    id = form["portrait"]["id"]
    asked = {"portraitId": id, "consentVersion": "face-consent-0", "idempotencyKey": key()}
    outdated = await minsu.one(SUBMIT, i=asked)
    assert (outdated["code"], outdated["current"]["version"]) == ("CONSENT_OUTDATED", CONSENT)
    assert await desk.one("select count(*) from consents") == 0
    upload_key = await desk.one("select upload_key from portraits where id = $1", id)
    assert await desk.storage.head(upload_key)
    await crew.move_clock(1000)

    async def removed() -> bool:
        return await desk.storage.head(upload_key) is None

    await until(removed)
    shown = await minsu.one(PREVIEW, id=id)
    assert shown == {"status": "ERASED", "previewUrl": None}
    # The form still works, but what comes now is nobody's.
    assert (await post(form, PHOTO.read_bytes())).is_success
    await until(removed)


async def test_a_consent_is_kept_word_for_word_with_its_time(
    minsu: Api, crew: Crew, desk: Desk
) -> None:
    shown = [
        (await minsu.http.post("/graphql", json=ASK_WORDING, headers={"accept-language": locale}))
        for locale in ("ko", "en")
    ]
    korean, english = (answer.json()["data"]["faceConsent"] for answer in shown)
    assert korean["text"] != english["text"]
    before = await desk.one("select clock_timestamp()")
    photo = await make_portrait(minsu)
    after = await desk.one("select clock_timestamp()")
    (row,) = await desk.rows.fetch("select * from consents where portrait_id = $1", photo)
    assert row["customer_id"] == minsu.customer_id
    assert row["version"] == korean["version"] == english["version"] == CONSENT
    # What was agreed to, in both languages, as canonical JSON.
    wording = {"en": english["text"], "ko": korean["text"]}
    text = json.dumps(wording, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    assert row["text_sha256"] == hashlib.sha256(text.encode()).hexdigest()
    assert json.loads(row["purposes"]) == korean["purposes"]
    assert before < row["given_at"] < after
    assert row["withdrawn_at"] is None
    given = (await minsu.one(GIVEN, id=photo))["consent"]
    assert given["version"] == row["version"]
    assert datetime.fromisoformat(given["givenAt"]) == row["given_at"]
    erased = await minsu.one(RECEIPT, id=photo)
    taken_back = await desk.one("select withdrawn_at from consents where portrait_id = $1", photo)
    assert erased["subject"] == photo
    assert taken_back > row["given_at"]


async def test_photos_end_after_thirty_days_with_a_receipt(
    minsu: Api, crew: Crew, desk: Desk, world: World
) -> None:
    photo = await make_portrait(minsu)
    kind = "select kind from notifications where subject_id = $1"
    await crew.move_clock(27 * DAY + 60)
    assert (await until(lambda: desk.one(kind, photo))).upper() == "PORTRAIT_EXPIRING"
    assert await desk.one("select status from portraits where id = $1", photo) == "ready"
    await crew.move_clock(30 * DAY + 60)
    stores = "select stores from erasure_receipts where subject = $1"
    assert "objects" in await until(lambda: desk.one(stores, photo))

    async def no_objects() -> bool:
        return not await desk.storage.keys(f"portraits/{photo}/")

    await until(no_objects)
    # A relay that lives in the future ends sessions, too.
    await asyncio.to_thread(crew.relay.stop)
    async with person(world.url) as api:
        await api.sign_in("demo-minsu@example.com", SANDBOX_PASSWORD)
        shown = await api.one(PREVIEW, id=photo)
        receipt = await api.one(RECEIPT, id=photo)
        known = (await api.http.get("/.well-known/jwks.json")).json()
    assert shown == {"status": "ERASED", "previewUrl": None}
    signed = receipt["signature"]
    (jwk,) = (
        one for one in known["keys"] if one["kid"] == jwt.get_unverified_header(signed)["kid"]
    )
    said = jwt.decode(signed, jwt.PyJWK(jwk), ["EdDSA"], options={"verify_iat": False})
    assert (said["sub"], said["jti"]) == (photo, receipt["id"])
    with pytest.raises(jwt.InvalidSignatureError):
        jwt.decode(signed[:-8] + "AAAAAAAA", jwt.PyJWK(jwk), ["EdDSA"])
