"""How tests ask for recommendations."""

from typing import Any

from tests.support.api import Api, key

ASK = """query($context: RecommendationContext, $first: Int = 12) {
  recommendations(context: $context, first: $first) {
    degraded withheld experiment
    items { score reason parts { content collaborative ai } product { id }
      paths { sentence steps { relation from { ... on Node { id } } to { ... on Node { id } } } } }
  }
}"""
RATE = """mutation($input: RateTasteInput!) { rateTaste(input: $input) {
  ... on Customer { id } ... on UserError { code message field } } }"""
RATED = "{ tasteRatings { liking product { id } } }"
PREFER = """mutation($input: UpdateAccountInput!) { updateAccount(input: $input) {
  ... on Customer { preferences } ... on UserError { code message } } }"""


async def asked(api: Api, first: int = 12, **context: Any) -> Any:
    """Ask for recommendations, for nothing in particular or in a context."""
    return await api.one(ASK, context=context or None, first=first)


async def recommended(api: Api, **context: Any) -> list[str]:
    """Return the products that are recommended, the best first."""
    return ids(await asked(api, **context))


def ids(found: Any) -> list[str]:
    """Return the products of a list."""
    return [item["product"]["id"] for item in found["items"]]


def item(found: Any, id: str) -> Any:
    """Return the recommendation of a product."""
    return next(one for one in found["items"] if one["product"]["id"] == id)


async def rate(api: Api, idempotency_key: str | None = None, **likings: str) -> Any:
    """Tap; names of products have _ for -."""
    ratings = [
        {"productId": id.replace("_", "-"), "liking": liking} for id, liking in likings.items()
    ]
    given = {"ratings": ratings, "idempotencyKey": idempotency_key or key()}
    return await api.one(RATE, input=given)
