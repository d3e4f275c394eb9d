"""Which files are begun first: the longest, so that at the end no process is left alone with one.

Seconds of a whole file, but for its tests on Neo4j, measured by `PYTEST_ADDOPTS=--junitxml=FILE
make test` on two cores that were busy with the others. Long files mostly wait and short ones
compute: once every process has a long one, they take turns.
"""

from collections import Counter
from collections.abc import Sequence
from itertools import zip_longest
from pathlib import Path

import pytest

SECONDS = {
    "tests/cameo/test_kills.py": 247,
    "tests/test_dev.py": 240,
    "tests/catalogue/test_world.py": 95,
    "tests/test_film.py": 89,
    "tests/test_telemetry.py": 85,
    "tests/test_production.py": 85,
    "tests/cameo/test_spending.py": 81,
    "tests/test_renderer_queue.py": 75,
    "tests/payment/test_webhook.py": 75,
    "tests/cameo/test_renderer.py": 75,
    "tests/cameo/test_remix.py": 73,
    "tests/chat/test_crashes.py": 71,
    "tests/cameo/test_limits.py": 71,
    "tests/cameo/test_stores.py": 69,
    "tests/stock/test_races.py": 68,
    "tests/test_checkout_page.py": 66,
    "tests/acp/test_odd_requests.py": 62,
    "tests/payment/test_reconcile.py": 62,
    "tests/cameo/test_deploys.py": 61,
    "tests/test_clients.py": 58,
    "tests/world/test_walk.py": 58,
    "tests/test_talk_page.py": 58,
    "tests/ar/test_unlock.py": 55,
    "tests/chat/test_injection.py": 54,
    "tests/acp/test_feed.py": 54,
    "tests/acp/test_webhooks.py": 53,
    "tests/cameo/test_scratch.py": 52,
    "tests/test_portrait_check.py": 52,
    "tests/test_explorer.py": 51,
    "tests/cameo/test_graph.py": 50,
    "tests/test_renderer_local.py": 47,
    "tests/test_cameo.py": 42,
    "tests/chat/test_stopping.py": 42,
    "tests/test_hostile_input.py": 41,
    "tests/test_docker.py": 40,
    "tests/chat/test_many.py": 40,
    "tests/ar/test_page.py": 39,
    "tests/chat/test_concierge.py": 39,
    "tests/test_renderer.py": 38,
    "tests/chat/test_golden.py": 38,
    "tests/chat/test_api_killed.py": 38,
    "tests/payment/test_crashes.py": 35,
    "tests/chat/test_memory.py": 33,
    "tests/search/test_search.py": 31,
    "tests/catalogue/test_projection.py": 30,
    "tests/checkout/test_restart.py": 29,
    "tests/test_sandbox.py": 29,
    "tests/acp/test_three_ds.py": 29,
    "tests/test_bench.py": 26,
    "tests/chat/test_refused.py": 25,
    "tests/checkout/test_buy.py": 25,
    "tests/test_docs.py": 25,
    "tests/chat/test_cards.py": 25,
    "tests/chat/test_forgetting.py": 25,
    "tests/order/test_money.py": 25,
    "tests/world/test_knowledge.py": 25,
    "tests/checkout/test_age.py": 24,
    "tests/chat/test_acquaintance.py": 24,
    "tests/order/test_korean.py": 23,
    "tests/chat/test_eval.py": 23,
    "tests/chat/test_talk.py": 23,
    "tests/recommendation/test_rules.py": 23,
    "tests/recommendation/test_recommend.py": 22,
    "tests/order/test_facts.py": 22,
    "tests/test_schema_lint.py": 21,
    "tests/search/test_embedding.py": 20,
    "tests/account/test_account.py": 20,
    "tests/chat/test_handover.py": 20,
    "tests/acp/test_carts.py": 19,
    "tests/openai_sandbox/test_server.py": 18,
    "tests/payment/test_sandbox.py": 18,
    "tests/ar/test_codes.py": 18,
    "tests/chat/test_streams.py": 18,
    "tests/access/test_minors.py": 17,
    "tests/order/test_parcels.py": 17,
    "tests/order/test_journey.py": 17,
    "tests/chat/test_use_chat.py": 17,
    "tests/account/test_guests.py": 16,
    "tests/search/test_index.py": 16,
    "tests/chat/test_replicas.py": 15,
    "tests/openai_sandbox/test_videos.py": 15,
    "tests/checkout/test_races.py": 15,
    "tests/stock/test_model.py": 15,
    "tests/test_open_connections.py": 15,
    "tests/cameo/test_photos.py": 15,
    "tests/acp/test_sessions.py": 14,
    "tests/test_defences.py": 14,
    "tests/recommendation/test_collaborative.py": 13,
    "tests/chat/test_upkeep.py": 13,
    "tests/agents/test_both.py": 13,
    "tests/checkout/test_problems.py": 13,
    "tests/acp/test_hard.py": 12,
    "tests/checkout/test_hung.py": 12,
    "tests/chat/test_orders.py": 12,
    "tests/world/test_facts.py": 12,
    "tests/stock/test_relay.py": 12,
    "tests/test_browser.py": 12,
    "tests/test_renderer_pool.py": 12,
    "tests/stock/test_staff.py": 12,
    "tests/catalogue/test_products.py": 11,
    "tests/world/test_people.py": 11,
    "tests/test_engines.py": 11,
    "tests/chat/test_done.py": 11,
    "tests/agents/test_ucp.py": 11,
}
PROCESSES = 3
ROOT = Path(__file__).resolve().parents[2]


def arrange(items: list[pytest.Item]) -> None:
    """Put the longest files first, others between them; within a file the order stays."""
    files = [item.nodeid.partition("::")[0] for item in items]
    tests = Counter(files)
    ordered = sorted(tests, key=lambda file: (-SECONDS.get(file, 0), -tests[file], file))
    named = [file for file in ordered if file in SECONDS]
    turns = zip_longest(named[PROCESSES:], [file for file in ordered if file not in SECONDS])
    mixed = [*named[:PROCESSES], *(file for turn in turns for file in turn if file)]
    place = {file: number for number, file in enumerate(mixed)}
    items[:] = [items[at] for at in sorted(range(len(items)), key=lambda at: place[files[at]])]


def gone() -> Sequence[str]:
    """Return the files that are named here and are no more."""
    return [file for file in SECONDS if not (ROOT / file).is_file()]
