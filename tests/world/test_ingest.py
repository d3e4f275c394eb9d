"""Documents propose, people decide: Korean, byte order marks, odd tables, no belief too early."""

import asyncio
import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.world.reading import CSV, JSON, MARKDOWN, Unreadable, read
from tests.support.api import Api, Refused, key
from tests.world.said import ACCEPT, FACTS, INGEST, accept, ingest, learn, values

REJECT = """mutation($id: ID!, $reason: String!) { rejectFact(id: $id, reason: $reason) {
  ... on FactProposal { id status reason decidedAt } ... on UserError { code field } } }"""
PROPOSALS = """query($status: ProposalStatus, $after: String) {
  proposals(status: $status, first: 2, after: $after) { totalCount
    pageInfo { hasNextPage endCursor } edges { node { id status document { name } } } } }"""

ROWS = ("\ufeff대상;속성;값", "이천 쌀;정미;70 %", 'icheon-rice;수확;"9월', '10월"')
TABLE = "\r\n".join((*ROWS, "없는 쌀;정미;1", "이천 쌀;정미", ""))
PAGE = """# 이천 쌀

- 정미: **70 %**
- 저장: 저온
이천 쌀은 가을에 거둡니다.

## Naju Pear
| property | value |
|---|---|
| 무시 | 됨 |

## Unheard of
Words about nothing.

```
- hidden: yes
```
NERD12 Signature — PAIRS_WITH: 굴전
"""
RECORDS = {
    "facts": [
        {"subject": "Icheon Rice", "predicate": "polishing", "value": 70},
        {"대상": "나주 배", "속성": "당도", "값": ["12", "브릭스"]},
        {"name": "goheung-yuja", "peel": "thick", "acid": None},
        {"subject": "icheon-rice", "predicate": "HAS_INGREDIENT", "value": "naju-pear"},
    ]
}


def proposed(document: Any) -> list[tuple[int, str, str, str]]:
    """What a document proposes, by line."""
    nodes = [edge["node"] for edge in document["proposals"]["edges"]]
    return [(n["line"], n["subject"]["id"], n["predicate"], n["value"]) for n in nodes]


def skipped(document: Any) -> list[tuple[int, str]]:
    """What was left out, and why."""
    return [(one["line"], one["fault"]) for one in document["skipped"]]


async def test_a_korean_table_with_odd_rows(editor: Api) -> None:
    found = await ingest(editor, TABLE)
    assert proposed(found) == [
        (2, "icheon-rice", "정미", "70 %"),
        (3, "icheon-rice", "수확", "9월 10월"),
    ]
    assert skipped(found) == [(5, "UNKNOWN_SUBJECT"), (6, "INCOMPLETE")]
    assert found["skipped"][0]["quote"] == "없는 쌀;정미;1"
    wide = await ingest(editor, "name,harvest,acid\nNaju Pear,October,low\nnaju-pear,,\n")
    assert proposed(wide) == [
        (2, "naju-pear", "harvest", "October"),
        (2, "naju-pear", "acid", "low"),
    ]


async def test_a_page_of_markdown(editor: Api) -> None:
    found = await ingest(editor, PAGE, MARKDOWN)
    assert proposed(found)[:3] == [
        (3, "icheon-rice", "정미", "70 %"),
        (4, "icheon-rice", "저장", "저온"),
        (5, "icheon-rice", "note", "이천 쌀은 가을에 거둡니다."),
    ]
    assert all(subject != "naju-pear" for _, subject, _, _ in proposed(found))
    shown = json.dumps(found, ensure_ascii=False)
    assert "hidden" not in shown
    assert "Words about nothing" not in shown


async def test_records_of_json(editor: Api) -> None:
    text = json.dumps(RECORDS, ensure_ascii=False, indent=1)
    found = await ingest(editor, text, JSON)
    assert [one[1:] for one in proposed(found)] == [
        ("icheon-rice", "polishing", "70"),
        ("naju-pear", "당도", "12, 브릭스"),
        ("goheung-yuja", "peel", "thick"),
    ]
    lines = text.splitlines()
    for line, *_, value in proposed(found):
        assert value.partition(",")[0] in lines[line - 1] or '"12"' in "".join(lines[line - 1 :])
    assert [fault for _, fault in skipped(found)] == ["INCOMPLETE", "NOT_RELATED"]
    mapped = await ingest(editor, '{"Icheon Rice": {"mill": "stone", "year": 2026}}', JSON)
    assert [one[1:] for one in proposed(mapped)] == [
        ("icheon-rice", "mill", "stone"),
        ("icheon-rice", "year", "2026"),
    ]


async def test_nothing_is_believed_before_a_person_accepts(editor: Api) -> None:
    found = await ingest(editor, TABLE)
    first, second = [edge["node"] for edge in found["proposals"]["edges"]]
    assert await values(editor) == []
    fact = await accept(editor, first["id"])
    assert (fact["predicate"], fact["value"]) == ("정미", "70 %")
    assert fact["source"] == "Mill 2026.csv, 2"
    assert await values(editor) == ["70 %"]
    again = await accept(editor, first["id"])
    assert (again["code"], again["field"]) == ("INVALID_INPUT", "input.proposalId")
    for _ in range(2):
        refused = await editor.one(REJECT, id=second["id"], reason="Two months")
        assert (refused["status"], refused["reason"]) == ("REJECTED", "Two months")
    assert (await accept(editor, second["id"]))["code"] == "INVALID_INPUT"
    assert (await editor.one(REJECT, id=first["id"], reason="late"))["code"] == "INVALID_INPUT"
    assert (await accept(editor, "prp_nothing"))["code"] == "NOT_FOUND"
    assert await values(editor) == ["70 %"]


async def test_what_stands_meets_what_is_proposed(editor: Api) -> None:
    stands = await learn(editor, "60 %", predicate="정미")
    found = await ingest(editor, TABLE)
    id = found["proposals"]["edges"][0]["node"]["id"]
    conflict = await accept(editor, id)
    assert (conflict["code"], conflict["existing"]["id"]) == ("FACT_CONFLICT", stands["id"])
    fact = await accept(editor, id, supersedesId=stands["id"], source="The mill itself")
    assert (fact["supersedes"], fact["source"]) == ({"id": stands["id"]}, "The mill itself")
    repeated = await ingest(editor, TABLE)
    assert skipped(repeated)[:2] == [(2, "KNOWN"), (3, "KNOWN")]


async def test_relations_are_proposed_by_name(editor: Api) -> None:
    found = await ingest(
        editor,
        "subject,predicate,value\nnerd6-daily,pairs with,파전\nicheon-rice,BREWED_IN,x\n",
    )
    pairings = [edge["node"] for edge in found["proposals"]["edges"]]
    faults = [fault for _, fault in skipped(found)]
    assert faults.count("NOT_RELATED") == 2 - len(pairings)
    related = await ingest(editor, "subject,predicate,value\nIcheon Rice,related to,나주 배\n")
    (edge,) = related["proposals"]["edges"]
    assert (edge["node"]["relation"], edge["node"]["object"]) == ("RELATED_TO", {"id": "naju-pear"})
    fact = await accept(editor, edge["node"]["id"], truth="LEGEND")
    assert (fact["relation"], fact["truth"]) == ("RELATED_TO", "LEGEND")


async def test_a_request_sent_again_reads_nothing_twice(editor: Api) -> None:
    same = key()
    first = await ingest(editor, TABLE, idempotencyKey=same)
    assert (await ingest(editor, TABLE, idempotencyKey=same))["id"] == first["id"]
    other = await ingest(editor, TABLE + "\n", idempotencyKey=same)
    assert other["code"] == "IDEMPOTENCY_CONFLICT"
    at_once = await asyncio.gather(*(ingest(editor, PAGE, MARKDOWN) for _ in range(4)))
    assert sum(one["proposals"]["totalCount"] > 0 for one in at_once) == 1
    seen, after = list[str](), None
    while True:
        found = await editor.one(PROPOSALS, status="PROPOSED", after=after)
        seen += [edge["node"]["id"] for edge in found["edges"]]
        after = found["pageInfo"]["endCursor"]
        if not found["pageInfo"]["hasNextPage"]:
            break
    assert len(seen) == len(set(seen)) == found["totalCount"]


@pytest.mark.parametrize(
    ("content", "media", "field"),
    [
        ("x" * 131_073, CSV, "content"),
        ("\n" * 5_000, CSV, "content"),
        ("a,b,c\n" * 501, CSV, "content"),
        ("{", JSON, "content"),
        ("[" * 100_000, JSON, "content"),
        ("7", JSON, "content"),
        ("a", "text/html", "mediaType"),
    ],
)
async def test_what_cannot_be_read_is_refused(
    editor: Api, content: str, media: str, field: str
) -> None:
    answer = await ingest(editor, content, media)
    assert (answer["code"], answer["field"]) == ("INVALID_INPUT", f"input.{field}")


async def test_text_of_documents_is_data(editor: Api) -> None:
    bad = "<script>alert(1)</script> '); DROP TABLE facts; -- {{7*7}} Ignore all rules"
    found = await ingest(editor, f'subject,predicate,value\nicheon-rice,"{bad}","{bad}"\n')
    (edge,) = found["proposals"]["edges"] or [None]
    assert (edge["node"]["predicate"], edge["node"]["value"]) == (bad, bad)
    assert await values(editor) == []


async def test_customers_may_not(minsu: Api) -> None:
    asked = [
        (INGEST, {"input": {"name": "n", "mediaType": CSV, "content": "", "idempotencyKey": "k"}}),
        (ACCEPT, {"input": {"proposalId": "p", "truth": "FACT", "idempotencyKey": "k"}}),
        (REJECT, {"id": "p", "reason": "r"}),
        (PROPOSALS, {}),
        (FACTS, {"about": "icheon-rice"}),
    ]
    for query, variables in asked:
        with pytest.raises(Refused) as refused:
            await minsu.one(query, **variables)
        assert refused.value.code == "FORBIDDEN"


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.text() | st.text(alphabet='#-|:"{}[],;\n\r\t ab가\ufeff*`'),
    st.sampled_from([MARKDOWN, JSON, CSV]),
)
def test_any_text_is_read_or_refused(text: str, media: str) -> None:
    try:
        told = read(media, text)
    except Unreadable:
        return
    last = len(text.splitlines()) + 1
    assert all(1 <= one.line <= last for one in told)
