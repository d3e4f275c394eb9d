"""Which files are begun first: the longest, so that at the end no process is left alone with one.

Seconds of a whole file as `PYTEST_ADDOPTS=--junitxml=FILE make test` measured them, on two cores
that were busy with the others. What is not named here follows, the files with the most tests first.
"""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest

SECONDS = {
    "tests/test_dev.py": 175,
    "tests/cameo/test_kills.py": 157,
    "tests/catalogue/test_world.py": 134,
    "tests/cameo/test_graph.py": 114,
    "tests/world/test_walk.py": 85,
    "tests/test_telemetry.py": 84,
    "tests/cameo/test_renderer.py": 76,
    "tests/chat/test_crashes.py": 69,
    "tests/cameo/test_stores.py": 65,
    "tests/world/test_knowledge.py": 65,
    "tests/ar/test_unlock.py": 64,
    "tests/test_hostile_input.py": 62,
    "tests/chat/test_stopping.py": 62,
    "tests/test_film.py": 61,
    "tests/acp/test_odd_requests.py": 61,
    "tests/world/test_facts.py": 60,
    "tests/cameo/test_spending.py": 59,
    "tests/test_checkout_page.py": 56,
    "tests/acp/test_webhooks.py": 56,
    "tests/test_talk_page.py": 55,
    "tests/acp/test_feed.py": 54,
    "tests/cameo/test_deploys.py": 52,
    "tests/cameo/test_remix.py": 51,
    "tests/chat/test_forgetting.py": 49,
    "tests/test_explorer.py": 46,
    "tests/test_production.py": 45,
    "tests/test_clients.py": 44,
    "tests/stock/test_races.py": 43,
    "tests/cameo/test_scratch.py": 43,
    "tests/cameo/test_limits.py": 42,
    "tests/catalogue/test_projection.py": 41,
    "tests/order/test_facts.py": 39,
    "tests/payment/test_reconcile.py": 39,
    "tests/test_renderer_queue.py": 39,
    "tests/recommendation/test_recommend.py": 39,
    "tests/world/test_hung.py": 38,
    "tests/chat/test_concierge.py": 37,
    "tests/payment/test_webhook.py": 37,
    "tests/test_docker.py": 34,
    "tests/test_portrait_check.py": 33,
    "tests/ar/test_page.py": 33,
    "tests/chat/test_injection.py": 33,
    "tests/chat/test_liking.py": 32,
    "tests/chat/test_memory.py": 31,
    "tests/chat/test_acquaintance.py": 31,
    "tests/test_cameo.py": 31,
    "tests/checkout/test_age.py": 31,
    "tests/test_renderer.py": 31,
    "tests/chat/test_cards.py": 30,
    "tests/test_defences.py": 30,
    "tests/checkout/test_restart.py": 28,
    "tests/test_renderer_local.py": 28,
    "tests/catalogue/test_remix_projection.py": 26,
    "tests/test_bench.py": 25,
    "tests/acp/test_three_ds.py": 25,
    "tests/order/test_money.py": 25,
    "tests/chat/test_refused.py": 25,
    "tests/order/test_journey.py": 23,
    "tests/order/test_korean.py": 23,
    "tests/checkout/test_buy.py": 23,
    "tests/chat/test_many.py": 22,
    "tests/catalogue/test_shipped.py": 22,
    "tests/chat/test_handover.py": 22,
    "tests/test_sandbox.py": 21,
    "tests/catalogue/test_outage.py": 21,
    "tests/search/test_embedding.py": 20,
    "tests/payment/test_crashes.py": 20,
    "tests/openai_sandbox/test_videos.py": 19,
    "tests/acp/test_tokens.py": 19,
    "tests/order/test_parcels.py": 19,
    "tests/test_docs.py": 19,
    "tests/checkout/test_hung.py": 19,
    "tests/account/test_guests.py": 19,
    "tests/search/test_index.py": 19,
    "tests/chat/test_eval.py": 18,
    "tests/test_engines.py": 18,
    "tests/chat/test_replicas.py": 17,
    "tests/pricing/test_promotions.py": 17,
    "tests/stock/test_staff.py": 17,
    "tests/access/test_minors.py": 17,
    "tests/cameo/test_photos.py": 17,
    "tests/recommendation/test_rules.py": 17,
    "tests/account/test_provider_faults.py": 16,
    "tests/catalogue/test_products.py": 16,
    "tests/ar/test_engagement.py": 16,
    "tests/stock/test_model.py": 16,
    "tests/test_browser.py": 15,
    "tests/chat/test_golden.py": 15,
    "tests/agents/test_both.py": 15,
    "tests/chat/test_upkeep.py": 15,
    "tests/acp/test_sessions.py": 15,
    "tests/payment/test_sandbox.py": 15,
    "tests/chat/test_talk.py": 15,
    "tests/search/test_search.py": 14,
    "tests/ar/test_codes.py": 13,
    "tests/test_open_connections.py": 12,
    "tests/checkout/test_problems.py": 12,
    "tests/checkout/test_races.py": 12,
    "tests/chat/test_streams.py": 12,
    "tests/chat/test_use_chat.py": 12,
    "tests/world/test_people.py": 12,
    "tests/openai_sandbox/test_server.py": 12,
    "tests/account/test_account.py": 12,
    "tests/acp/test_carts.py": 12,
    "tests/payment/test_settle.py": 11,
    "tests/acp/test_hard.py": 11,
    "tests/chat/test_done.py": 11,
    "tests/stock/test_reservations.py": 10,
    "tests/acp/test_webhook_parts.py": 10,
    "tests/stock/test_relay.py": 10,
    "tests/pricing/test_price.py": 10,
}
ROOT = Path(__file__).resolve().parents[2]


def arrange(items: list[pytest.Item]) -> None:
    """Put the longest files first; within a file the order stays."""
    files = [item.nodeid.partition("::")[0] for item in items]
    tests = Counter(files)
    place = {file: (-SECONDS.get(file, 0), -tests[file], file) for file in tests}
    ordered = sorted(range(len(items)), key=lambda at: place[files[at]])
    items[:] = [items[at] for at in ordered]


def gone() -> Sequence[str]:
    """Return the files that are named here and are no more."""
    return [file for file in SECONDS if not (ROOT / file).is_file()]
