"""Which files are begun first: the longest, so that at the end no process is left alone with one.

Seconds of a whole file as `PYTEST_ADDOPTS=--junitxml=FILE make test` measured them, on two cores
that were busy with the others. What is not named here follows, the files with the most tests first.
"""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest

SECONDS = {
    "tests/test_browser.py": 348,
    "tests/cameo/test_kills.py": 299,
    "tests/cameo/test_renderer.py": 275,
    "tests/test_telemetry.py": 271,
    "tests/test_talk_page.py": 241,
    "tests/test_film.py": 234,
    "tests/cameo/test_graph.py": 233,
    "tests/ar/test_unlock.py": 224,
    "tests/cameo/test_deploys.py": 212,
    "tests/catalogue/test_world.py": 211,
    "tests/cameo/test_stores.py": 211,
    "tests/test_checkout_page.py": 206,
    "tests/catalogue/test_projection.py": 197,
    "tests/chat/test_stopping.py": 182,
    "tests/test_renderer_queue.py": 182,
    "tests/test_dev.py": 181,
    "tests/test_clients.py": 172,
    "tests/stock/test_races.py": 169,
    "tests/test_hostile_input.py": 157,
    "tests/cameo/test_remix.py": 157,
    "tests/chat/test_crashes.py": 146,
    "tests/world/test_people.py": 145,
    "tests/cameo/test_limits.py": 119,
    "tests/cameo/test_spending.py": 116,
    "tests/test_renderer_local.py": 107,
    "tests/test_cameo.py": 103,
    "tests/acp/test_odd_requests.py": 100,
    "tests/checkout/test_restart.py": 99,
    "tests/chat/test_forgetting.py": 97,
    "tests/chat/test_memory.py": 94,
    "tests/world/test_knowledge.py": 92,
    "tests/test_production.py": 90,
    "tests/acp/test_webhooks.py": 87,
    "tests/cameo/test_scratch.py": 85,
    "tests/order/test_korean.py": 85,
    "tests/access/test_nodes.py": 83,
    "tests/test_renderer.py": 81,
    "tests/catalogue/test_products.py": 80,
    "tests/chat/test_refused.py": 80,
    "tests/payment/test_webhook.py": 78,
    "tests/acp/test_feed.py": 78,
    "tests/cameo/test_photos.py": 78,
    "tests/test_portrait_check.py": 76,
    "tests/payment/test_reconcile.py": 75,
    "tests/test_engines.py": 70,
    "tests/world/test_walk.py": 66,
    "tests/acp/test_three_ds.py": 64,
    "tests/test_docker.py": 59,
    "tests/order/test_journey.py": 59,
    "tests/payment/test_crashes.py": 59,
    "tests/chat/test_talk.py": 58,
    "tests/chat/test_eval.py": 54,
    "tests/ar/test_engagement.py": 54,
    "tests/ar/test_page.py": 54,
    "tests/recommendation/test_recommend.py": 53,
    "tests/test_docs.py": 52,
    "tests/stock/test_staff.py": 52,
    "tests/acp/test_sessions.py": 51,
    "tests/order/test_money.py": 51,
    "tests/chat/test_upkeep.py": 50,
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
