"""What staff say in tests of facts."""

from typing import Any

from services.world.reading import CSV
from tests.support.api import Api, key

FACT = """... on Fact { id predicate value relation truth source author validFrom validTo revertedAt
    subject { ... on Node { id } } object { ... on Node { id } } supersedes { id } }
  ... on FactConflict { code field existing { id value } }
  ... on UserError { code field message }"""
LEARN = f"mutation($input: LearnFactInput!) {{ learnFact(input: $input) {{ {FACT} }} }}"
RELATE = f"mutation($input: RelateInput!) {{ relate(input: $input) {{ {FACT} }} }}"
REVERT = f"""mutation($id: ID!, $reason: String!) {{
  revertFact(id: $id, reason: $reason) {{ {FACT} }} }}"""
INGEST = """mutation($input: IngestDocumentInput!) { ingestDocument(input: $input) {
  ... on WorldDocument { id name lines skippedCount skipped { line fault quote }
    proposals(first: 100) { totalCount edges { node { id line quote predicate value status relation
      subject { ... on Node { id } } object { ... on Node { id } } } } } }
  ... on UserError { code field message } } }"""
ACCEPT = f"mutation($input: AcceptFactInput!) {{ acceptFact(input: $input) {{ {FACT} }} }}"
FACTS = """query($about: ID!, $all: Boolean = false, $first: Int = 20, $after: String) {
  facts(about: $about, includeSuperseded: $all, first: $first, after: $after) {
    totalCount pageInfo { hasNextPage endCursor }
    edges { node { id value validTo revertedAt relation } } } }"""


async def learn(api: Api, value: str, **more: Any) -> Any:
    """Say how the rice of the Signature is polished."""
    told = {
        "subjectId": "icheon-rice",
        "predicate": "polishing",
        "truth": "FACT",
        "source": "Mill's log of 2026",
        "idempotencyKey": key(),
    }
    return await api.one(LEARN, input={**told, "value": value, **more})


async def relate(api: Api, start: str, relation: str, end: str, **more: Any) -> Any:
    """Relate two things."""
    told = {"truth": "GENERAL", "source": "A tasting", "idempotencyKey": key(), **more}
    return await api.one(RELATE, input={"fromId": start, "relation": relation, "toId": end, **told})


async def revert(api: Api, id: str, reason: str = "A slip of the pen") -> Any:
    """Take a fact back."""
    return await api.one(REVERT, id=id, reason=reason)


async def ingest(api: Api, content: str, media: str = CSV, **more: Any) -> Any:
    """Have a document read."""
    told = {"name": "Mill 2026.csv", "mediaType": media, "content": content, **more}
    return await api.one(INGEST, input={"idempotencyKey": key(), **told})


async def accept(api: Api, id: str, **more: Any) -> Any:
    """Believe a proposal."""
    told = {"proposalId": id, "truth": "FACT", "idempotencyKey": key(), **more}
    return await api.one(ACCEPT, input=told)


async def values(api: Api, about: str = "icheon-rice", **more: Any) -> list[str]:
    """Return what is believed of something."""
    found = await api.one(FACTS, about=about, **more)
    assert found["totalCount"] >= len(found["edges"])
    return [edge["node"]["value"] for edge in found["edges"]]
