"""What operators see: health, metrics that move, traces, logs without secrets."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Condition, Thread

import httpx2
import orjson
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from sqlalchemy import text

from app import App
from core.telemetry import JsonFormatter, redact
from sandbox.openai.server import SandboxControl
from tests.conftest import World
from tests.support.api import TLS, Api, person
from tests.support.cameo import make_portrait, request_cameo, watch
from tests.support.serve import answers

BRAND = (
    "http_request_duration_seconds",
    "world_model_query_duration_seconds",
    "service_up",
    "database_connections_active",
)


async def scrape(world: World) -> dict[str, float]:
    """Every sample of /metrics, by its name with labels."""
    async with httpx2.AsyncClient(verify=TLS) as http:
        shown = (await http.get(f"{world.url}/metrics")).text
    lines = (line.rpartition(" ") for line in shown.splitlines() if not line.startswith("#"))
    return {name: float(value) for name, _, value in lines}


async def test_health_names_each_dependency(world: World, app: App) -> None:
    async with httpx2.AsyncClient(verify=TLS, base_url=world.url) as http:
        assert (await http.get("/healthz")).text == "ok"
        ready = await http.get("/readyz")
    assert ready.status_code == 200
    assert set(ready.json()["checks"]) == {"postgres", "redis", "graph", "storage"}


@pytest.mark.env(NEO4J_URI="bolt://127.0.0.1:9", S3_ENDPOINT_URL="http://127.0.0.1:9")
async def test_a_lost_dependency_degrades(world: World, app: App) -> None:
    async with httpx2.AsyncClient(verify=TLS, base_url=world.url, timeout=20) as http:
        ready = await http.get("/readyz")
    assert ready.status_code == 200
    assert ready.json()["status"] == "degraded"
    assert ready.json()["checks"]["graph"] == ready.json()["checks"]["storage"] == "down"
    assert (await scrape(world))['service_up{service="graph"}'] == 0


@pytest.mark.env(DATABASE_POOL="1")
async def test_without_postgres_it_is_not_ready(world: World, app: App) -> None:
    async with app.db.read() as session:
        await session.connection()
        async with httpx2.AsyncClient(verify=TLS, base_url=world.url, timeout=20) as http:
            ready = await http.get("/readyz")
            alive = await http.get("/healthz")
    assert ready.status_code == 503
    assert ready.json()["checks"]["postgres"] == "down"
    assert alive.status_code == 200


async def test_watching_for_long_is_no_latency(world: World, app: App, minsu: Api) -> None:
    name = 'http_request_duration_seconds_{}{{method="POST",route="/graphql",status="200"}}'
    count, total = name.format("count"), name.format("sum")
    before = await scrape(world)
    with suppress(TimeoutError):
        async with asyncio.timeout(2):
            async for _ in minsu.follow("subscription { notifications { id } }"):
                pytest.fail("nobody is told anything")
    after = await scrape(world)
    async with asyncio.timeout(10):
        while after.get(count, 0) == before.get(count, 0):
            after = await scrape(world)
    assert after[total] - before.get(total, 0) < 1


@pytest.mark.usefixtures("workers")
async def test_metrics_carry_the_brands_names_and_move(
    world: World, minsu: Api, control: SandboxControl
) -> None:
    before = await scrape(world)
    assert [name for name in BRAND if not any(key.startswith(name) for key in before)] == []
    async with person(world.url) as stranger:
        registered = await stranger.one(
            """mutation { register(input: {email: "new@example.com", password: "안녕 a long one"}) {
              __typename } }"""
        )
    assert registered["__typename"] == "Session"
    job = await request_cameo(minsu, await make_portrait(minsu), "neon-seoul-bar")
    async for state in watch(minsu, job):
        last = state
    assert last["status"] == "COMPLETED"
    after = await scrape(world)
    signups = {key: value for key, value in after.items() if "user_signups_total" in key}
    assert sum(signups.values()) == 1
    assert after['cameo_videos_generated_total{template="neon-seoul-bar"}'] == 1
    assert after["sora_generation_duration_seconds_count"] == 1
    assert after['sora_generation_duration_seconds_bucket{le="+Inf"}'] == 1
    assert after["sora_generation_duration_seconds_sum"] > 0


async def test_connections_in_use_are_counted(world: World, app: App) -> None:
    async def active() -> float:
        return (await scrape(world))["database_connections_active"]

    async def until_at_rest() -> None:
        async with asyncio.timeout(10):
            while True:
                if not await active():
                    return
                await asyncio.sleep(0.05)

    await until_at_rest()
    async with AsyncExitStack() as open_:
        for _ in range(3):
            session = await open_.enter_async_context(app.db.read())
            await session.connection()
        assert await active() == 3
        sleeping = asyncio.create_task(session.execute(text("select pg_sleep(1)")))
        write = await open_.enter_async_context(app.db.write())
        await write.connection()
        assert await active() == 4
        await sleeping
    await until_at_rest()


LORE = """{ product(id: "nerd12-signature") { lore { id } } }"""


@pytest.mark.usefixtures("engine")
async def test_each_query_to_the_graph_is_timed(world: World, app: App, api: Api) -> None:
    name = "world_model_query_duration_seconds"
    before = await scrape(world)
    assert (await api.one("{ products(first: 1) { totalCount } }"))["totalCount"]
    plain = await scrape(world)
    assert plain[f"{name}_count"] == before[f"{name}_count"], "no question to the graph"
    for asked in (1, 2):
        await api.one(LORE)
        after = await scrape(world)
        assert after[f"{name}_count"] == before[f"{name}_count"] + asked
        assert after[f'{name}_bucket{{le="+Inf"}}'] == after[f"{name}_count"]
        assert after[f"{name}_sum"] > before[f"{name}_sum"]


@dataclass
class Collector:
    """Takes spans over OTLP."""

    port: int
    spans: list[tuple[str, str, str]] = field(default_factory=list)
    more: Condition = field(default_factory=Condition)

    def wait(self, enough: Callable[["Collector"], bool]) -> None:
        """Wait until enough spans have come, two minutes at most."""
        with self.more:
            assert self.more.wait_for(lambda: enough(self), 120), self.spans


@contextmanager
def collecting() -> Iterator[Collector]:
    """Listen for spans on a loopback port."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            request = ExportTraceServiceRequest()
            if self.headers.get("content-encoding") == "gzip":
                import gzip

                body = gzip.decompress(body)
            request.ParseFromString(body)
            for resource in request.resource_spans:
                named = resource.resource.attributes
                service = next(a.value.string_value for a in named if a.key == "service.name")
                for scope in resource.scope_spans:
                    with found.more:
                        found.spans.extend(
                            (service, span.name, span.trace_id.hex()) for span in scope.spans
                        )
                        found.more.notify_all()
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    found = Collector(server.server_port)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield found
    finally:
        server.shutdown()
        server.server_close()


async def test_one_trace_from_field_to_task_to_provider(
    world: World, control: SandboxControl
) -> None:
    from services.account import SANDBOX_PASSWORD

    with collecting() as collector:
        to = {
            "OTLP_ENDPOINT": f"http://127.0.0.1:{collector.port}",
            "OTEL_BSP_SCHEDULE_DELAY": "200",
        }
        for name in ("api", "worker"):
            world.program(name, **to)
        await answers(world.url)
        async with Api(world.url) as minsu:
            await minsu.sign_in("demo-minsu@example.com", SANDBOX_PASSWORD)
            job = await request_cameo(minsu, await make_portrait(minsu), "neon-seoul-bar")
            # On a busy machine the relay would ring again, and what it rings for is its own trace.
            await asyncio.to_thread(collector.wait, _whole_trace)
            world.program("relay", **to)
            async for state in watch(minsu, job):
                last = state
        assert last["status"] == "COMPLETED"


def _whole_trace(collector: Collector) -> bool:
    wanted = {
        ("nerdx-api", "field requestCameo"),
        ("nerdx-worker", "AdvanceCameo"),
        ("nerdx-worker", "renderer.submit"),
        ("nerdx-worker", "storage"),
    }
    spans = list(collector.spans)
    roots = {trace for service, name, trace in spans if name == "field requestCameo"}
    return any(
        wanted <= {(service, name) for service, name, own in spans if own == trace}
        for trace in roots
    )


def test_log_lines_are_json_without_secrets() -> None:
    line = (
        "POST https://s3/x?X-Amz-Signature=abc123&b=1 Bearer eyJhbGciOi.JIUzI1NiIs.InR5cCI6 "
        "kim@example.com postgresql://app:hunter2@db/nerdx sk-live12345678 whsec_abcdefgh"
    )
    record = logging.LogRecord("x", logging.INFO, "f", 1, line, None, None)
    shown = orjson.loads(JsonFormatter().format(record))
    assert shown["level"] == "info"
    for secret in ("abc123", "eyJ", "kim@", "hunter2", "sk-live", "whsec_a"):
        assert secret not in shown["message"]
    assert redact("민수님의 한 잔") == "민수님의 한 잔"


CANARY_NAME = "카나리아이름"
CANARY_MAIL = "canary-person@example.com"
CANARY_PASSWORD = "canary password 3141"


async def test_no_secret_or_personal_data_in_any_log(world: World, control: SandboxControl) -> None:
    """Row 47: canaries go through a whole journey, and through failures; then every log is read."""
    for name in ("api", "worker", "relay"):
        world.program(name)
    await answers(world.url)
    async with Api(world.url) as canary:
        session = await canary.one(
            """mutation ($i: RegisterInput!) { register(input: $i) {
              ... on Session { accessToken refreshToken } } }""",
            i={
                "email": CANARY_MAIL,
                "password": CANARY_PASSWORD,
                "name": CANARY_NAME,
                "birthDate": "1990-04-01",
            },
        )
        canary.token = session["accessToken"]
        portrait = await make_portrait(canary)
        async for _ in watch(
            canary, await request_cameo(canary, portrait, "neon-seoul-bar", userName=CANARY_NAME)
        ):
            pass
        await canary.answer("{ me { " + CANARY_NAME + " } }")
        await canary.http.post("/graphql", content=CANARY_MAIL.encode())
    logs = "".join(path.read_text(errors="replace") for path in world.folder.glob("*.log"))
    assert logs
    secrets = (session["accessToken"], session["refreshToken"], world.env["OPENAI_API_KEY"])
    for canary_text in (CANARY_NAME, CANARY_MAIL, CANARY_PASSWORD, "1990-04-01", *secrets):
        assert canary_text not in logs


@pytest.fixture
async def control(world: World) -> AsyncIterator[SandboxControl]:
    """The provider's sandbox, with renders that cost nothing."""
    origin = world.env["OPENAI_BASE_URL"].removesuffix("/v1")
    knobs = SandboxControl(origin)
    await asyncio.to_thread(knobs.speed, instant=True)
    yield knobs
    await asyncio.to_thread(knobs.speed, instant=False)
