"""Codes as people write them, and the key of a cancellation."""

from typing import Any

from tests.checkout.till import SEE, change, start
from tests.support.api import Api, key

CANCEL = """mutation ($i: CancelCheckoutInput!) { cancelCheckout(input: $i) { __typename
  ... on Checkout { id status } ... on UserError { code field } } }"""


async def cancel(api: Api, checkout: Any, same: str, **more: Any) -> Any:
    given = {"checkoutId": checkout["id"], "idempotencyKey": same, **more}
    return await api.one(CANCEL, i=given)


async def test_a_code_is_given_up_as_it_was_given(minsu: Api) -> None:
    seen = await start(minsu)
    for typed in ("first cup", " FIRSTCUP ", "ｆｉｒｓｔｃｕｐ"):
        kind = "ApplyPromotionInput"
        seen = await change(minsu, "applyPromotion", kind, seen, code=typed)
        assert [one["code"] for one in seen["promotions"]] == ["FIRSTCUP"], typed
        seen = await change(minsu, "removePromotion", kind, seen, code=typed)
        assert seen["promotions"] == [], typed


async def test_a_key_cancels_one_checkout(minsu: Api) -> None:
    one, other, same = await start(minsu), await start(minsu), key()
    for _ in range(2):
        done = await cancel(minsu, one, same)
        assert (done["id"], done["status"]) == (one["id"], "CANCELED")
    refused = await cancel(minsu, other, same)
    assert refused["code"] == "IDEMPOTENCY_CONFLICT"
    assert (await cancel(minsu, one, same, reason="else"))["code"] == "IDEMPOTENCY_CONFLICT"
    assert (await minsu.one(SEE, id=other["id"]))["status"] == "OPEN"
    absent = {"id": "chk_nothing"}
    assert (await cancel(minsu, absent, key()))["code"] == "NOT_FOUND"
    assert (await cancel(minsu, other, ""))["code"] == "INVALID_INPUT"


async def test_a_strangers_key_counts_for_its_checkout(api: Api) -> None:
    one, other, same = await start(api), await start(api), key()
    for checkout in (one, other):
        assert (await cancel(api, checkout, same))["status"] == "CANCELED"
