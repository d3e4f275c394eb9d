"""Settings, read once from the environment and passed down (decision 21)."""

from functools import cached_property
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from core.setting_shapes import (
    Addresses,
    ExperimentShares,
    FeedAddresses,
    FilmPreset,
    MaybeAcquirer,
    RecommendationWeights,
    RendererNames,
    SettingsUnusable,
    SignInProviders,
)

ROOT = Path(__file__).resolve().parent.parent
SECRET_LENGTH = 16
# Defaults outside production, where nobody else is and the product is tried to its limits.
DEVELOPMENT = {
    "introspection": True,
    "explorer": True,
    "metrics_address": None,
    "viewer_operations_per_minute": 1_000_000,
    "address_operations_per_minute": 1_000_000,
    "address_operations_per_hour": 1_000_000,
    "partner_requests_per_minute": 1_000_000,
}


class Settings(BaseSettings):
    """Where everything is, and every limit that an operator may turn.

    Each field is the environment variable of the same name in capitals.
    """

    model_config = SettingsConfigDict(
        frozen=True, extra="ignore", env_ignore_empty=True, hide_input_in_errors=True
    )

    environment: Literal["development", "test", "production"] = "production"
    data_dir: Path = ROOT / "data"
    web_dir: Path = ROOT / "web" / "dist"

    # Stores
    database_url: SecretStr = SecretStr("postgresql+asyncpg://postgres@127.0.0.1:5432/nerdx")
    database_read_url: SecretStr | None = None
    database_pool: int = Field(10, ge=1, description="connections of each process")
    redis_url: SecretStr = SecretStr("redis://127.0.0.1:6379/0")
    redis_prefix: str = "nerdx"
    neo4j_uri: str = "bolt://127.0.0.1:7687"
    neo4j_user: str = "neo4j"
    neo4j_password: SecretStr = SecretStr("")
    neo4j_database: str = "neo4j"
    graph_deadline_seconds: float = Field(0.5, description="row W2: then Postgres answers")

    # Object storage
    s3_endpoint_url: str | None = None
    s3_public_endpoint_url: str | None = Field(None, description="as browsers reach it")
    s3_region: str = "us-east-1"
    s3_bucket: str = "nerdx"
    s3_access_key_id: SecretStr | None = None
    s3_secret_access_key: SecretStr | None = None
    cdn_url: str | None = None

    # Providers
    openai_base_url: str = "https://api.openai.com/v1"
    openai_api_key: SecretStr = SecretStr("")
    openai_webhook_secret: SecretStr = SecretStr("")
    openai_video_model: str = "sora-2"
    openai_moderation_model: str = "omni-moderation-latest"
    openai_chat_model: str = "gpt-6-luna"
    openai_embedding_model: str = Field("text-embedding-3-small", description="cut to 384 numbers")
    openai_video_base_url: str | None = Field(None, description="where only videos are elsewhere")
    openai_video_api_key: SecretStr | None = None
    renderers: RendererNames = Field(("openai",), min_length=1, description="the first live films")
    queue_base_url: str = "https://queue.fal.run"
    queue_api_key: SecretStr = SecretStr("")
    queue_model: str = Field("", description="films a picture; owner/app/path")
    queue_text_model: str | None = Field(None, description="films words alone")
    queue_input: dict[str, str | int | float | bool] = Field(
        {
            "prompt": "{prompt}",
            "image_url": "{image}",
            "duration": "{seconds}",
            "aspect_ratio": "{aspect}",
        },
        description="the model's fields",
    )
    queue_history_url: str | None = Field(None, description="finds lost orders, erases files")
    queue_history_key: SecretStr = SecretStr("")
    local_renderer_dir: Path | None = Field(None, description="one for all workers of a machine")
    provider_timeout_seconds: float = 30.0
    stripe_base_url: str = "https://api.stripe.com"
    stripe_api_key: SecretStr = SecretStr("")
    stripe_publishable_key: str = Field("", description="lets the checkout page take cards")
    stripe_api_version: str | None = Field(None, description="without one the SDK's own")
    stripe_preview_version: str = Field("2026-09-30.preview", description="for granted tokens")
    stripe_webhook_secret: SecretStr = SecretStr("")
    stripe_webhook_secret_previous: SecretStr = SecretStr("")
    mail_url: str | None = Field(None, description="HTTP gateway that takes messages as JSON")
    mail_api_key: SecretStr = SecretStr("")
    mail_from: str = "NERDX <hello@nerdx.com>"
    carrier_url: str | None = Field(None, description="hub that knows where parcels are")
    carrier_api_key: SecretStr = SecretStr("")
    carrier_webhook_secret: SecretStr = SecretStr("")
    carrier_poll_seconds: float = 1_800.0

    # The API
    host: str = "127.0.0.1"
    port: int = 8000
    public_url: str = "http://127.0.0.1:8000"
    allowed_origins: tuple[str, ...] = ("https://nerdx.com", "https://apec.nerdx.com")
    metrics_address: str | None = Field("127.0.0.1:9464", description="for operators alone")
    introspection: bool = Field(False, description="on outside production")
    explorer: bool = Field(False, description="on outside production")
    default_channel: str = "kr"
    max_body_bytes: int = 262_144
    max_message_bytes: int = 131_072
    max_connections: int = Field(2_000, description="open WebSocket and SSE connections a process")
    max_connections_per_viewer: int = 20
    max_subscriptions_per_viewer: int = 20
    max_connections_per_address: int = Field(200, description="of strangers behind one address")
    max_subscriptions_per_address: int = 200
    max_messages_per_second: int = 20
    viewer_operations_per_minute: int = Field(1_000, ge=1, description="row 61")
    # A person's 60 a minute and 1,000 an hour (row 60), for ten who share an address.
    address_operations_per_minute: int = Field(600, ge=1, description="of strangers")
    address_operations_per_hour: int = Field(10_000, ge=1, description="of strangers")
    max_depth: int = 12
    max_aliases: int = 15
    max_directives: int = 50
    max_tokens: int = 1_500
    max_nodes: int = Field(20_000, description="objects that one operation may ask for")

    # Accounts
    token_keys_path: Path | None = Field(None, description="PEM keys, one file a kid; newest signs")
    token_issuer: str = "nerdx"  # noqa: S105
    token_audience: str = "nerdx-graph"  # noqa: S105
    access_token_seconds: int = 900
    refresh_token_seconds: int = 604_800
    refresh_grace_seconds: float = Field(10.0, description="for two tabs that refresh at once")
    tries_window_seconds: int = Field(900, description="over which these tries are counted")
    sign_in_tries: int = Field(10, description="failed, of one address or account")
    sign_in_tries_per_client: int = Field(30, description="failed, of one network address")
    register_tries_per_client: int = Field(20, description="that met a taken address")
    accounts_per_client: int = Field(100, description="or guests begun; carriers share addresses")
    sandbox_sign_in: bool = Field(False, description="personas of the catalogue may sign in")
    sign_in_providers: SignInProviders = Field((), description="OpenID Connect, as JSON")
    sign_in_redirect_uris: Addresses = Field((), description="where providers may send people")
    sign_in_timeout_seconds: float = Field(8.0, gt=0, description="for all calls of one sign-in")
    guest_retention_days: int = Field(30, ge=1, description="since a guest could last come back")
    checkout_retention_days: int = Field(30, ge=1, description="names in carts that have ended")

    # Cameo
    render_slots: int = Field(4, ge=1, description="cameos under way at once, over all customers")
    max_open_cameos: int = Field(3, description="cameos of one customer not yet ended")
    max_shots_per_day: int = Field(60, ge=1, description="ordered for one customer in 24 hours")
    max_shots_per_day_guest: int = Field(12, ge=1, description="the same, for a guest")
    guest_cameos_per_client: int = Field(30, ge=1, description="of one network address, in a day")
    stage_lease_seconds: float = 12.0
    step_crashes: int = Field(3, ge=1, description="workers that one step of a cameo may cost")
    submit_settle_seconds: float = Field(120.0, description="how long a lost paid call may surface")
    poll_seconds: float = 2.0
    shot_attempts: int = 3
    shot_deadline_seconds: float = 900.0
    film_preset: FilmPreset = Field("veryfast", description="x264's: slower makes smaller films")
    max_photo_bytes: int = 15_728_640
    link_seconds: int = 900
    portrait_secret: SecretStr = SecretStr("")

    # Stock
    checkouts_per_client: int = Field(60, ge=1, description="begun in 10 minutes")
    reservation_seconds: int = Field(600, ge=1, description="row E4; extended once by as much")

    # Prices
    commerce_secret: SecretStr = SecretStr("")

    # Agents
    shop_url: str = Field("https://nerdx.com", description="where people read terms and orders")
    merchant_id: str = Field("nerdx", description="ours at Stripe, as agents name it")
    three_ds_acquirer: MaybeAcquirer = Field(None, description="lets agents run 3-D Secure")
    acp_feed_push: FeedAddresses = Field((), description="platforms told of products, as JSON")
    partner_requests_per_minute: int = Field(1_200, ge=1, description="of one token")
    partner_token_grace_seconds: float = Field(86_400.0, ge=0, description="of a secret replaced")
    partner_code_tries: int = Field(200, ge=1, description="unknown ones of a token, in 15 minutes")
    partner_webhook_timeout_seconds: float = Field(10.0, gt=0, description="for one try")
    partner_webhook_retry_seconds: float = Field(5.0, gt=0, description="then 3 times as long")
    partner_webhook_attempts: int = Field(15, ge=1, description="three days; then it is given up")
    partner_webhook_pause_failures: int = Field(20, ge=1, description="in a row")
    partner_webhook_pause_seconds: float = Field(3_600.0, ge=0, description="and for so long")
    sandbox_agent_url: str | None = Field(None, description="hears of the sandbox agent's orders")

    # Chat
    chat_input_price: int = Field(100_000, ge=0, description="USD millionths, a million tokens")
    chat_output_price: int = Field(500_000, ge=0, description="the same, for what it answers")
    chat_limit_cents: int = Field(50, ge=1, description="row C8: USD cents of one chat")
    chat_stall_seconds: float = Field(20.0, gt=0, description="between two events of a model")
    chat_answer_tokens: int = Field(1_200, ge=16, description="the longest answer of one round")
    chat_history_tokens: int = Field(3_000, ge=100, description="the last turns, word by word")
    chat_summary_tokens: int = Field(600, ge=16, description="what came before them, in short")
    chat_reply_seconds: float = Field(120.0, gt=0, description="a whole reply, all its rounds")
    chat_lease_seconds: float = Field(15.0, gt=0, description="then another worker goes on")
    chat_interest: float = Field(0.02, ge=0, le=1, description="in a drink that is told of")
    chat_steps_days: int = Field(7, ge=1, description="a reply can be followed again, step by step")
    chat_card_seconds: int = Field(1_800, ge=60, description="a prepared order may be confirmed")
    chats_at_once: int = Field(100, ge=1, description="replies that one worker makes together")

    # Search
    search_similarity: float = Field(0.4, ge=-1, le=1, description="cosine from which it is alike")
    search_embedding_seconds: float = Field(0.4, gt=0, description="then words alone, row R4")
    embedding_breaker_failures: int = Field(5, ge=1, description="in a row")
    embedding_breaker_seconds: float = Field(10.0, gt=0, description="and then one tries")

    # What people like
    interest_half_life_days: float = Field(30.0, gt=0, description="of what a customer likes")

    recommendation_training_hours: float = Field(24.0, gt=0, description="then learned anew")
    recommendation_weights: RecommendationWeights = Field(
        {"content": 0.3, "collaborative": 0.3, "ai": 0.4}, description="1 together, as JSON"
    )

    # Experiments
    experiment_shares: ExperimentShares = Field({}, description="who gets which arm, as JSON")
    experiment_conversion_days: float = Field(7.0, gt=0, description="an order counts for a view")
    experiment_retention_days: int = Field(180, ge=1, description="what was shown to whom")

    # AR
    ar_tries: int = Field(5, ge=1, description="wrong codes of one account in the window")
    ar_tries_per_client: int = Field(15, ge=1, description="the same, of one network address")

    # Workers
    worker_threads: int = Field(8, ge=1)
    clock_offset_seconds: float = Field(0, description="rehearses the future; not in production")
    retention_seconds: float = Field(3_600, description="how often old photos are looked for")

    # Telemetry
    otlp_endpoint: str | None = None
    log_level: str = "INFO"

    @model_validator(mode="before")
    @classmethod
    def _open_to_developers(cls, given: dict[str, Any]) -> dict[str, Any]:
        if given.get("environment", "production") == "production":
            return given
        return {**DEVELOPMENT, **given}

    @cached_property
    def is_sandbox(self) -> bool:
        """Whether there are things for everybody to try: never in production."""
        return self.sandbox_sign_in and not self.is_production

    @cached_property
    def is_production(self) -> bool:
        return self.environment == "production"

    def require_secrets(self, *, signs_tokens: bool = False, takes_money: bool = False) -> None:
        """Raise SettingsUnusable with every secret that is missing, and how to make it.

        In every environment: a secret that is empty is one that everybody knows. The sandbox
        makes its own and passes them. Without keys each process outside production makes one;
        without Stripe's a payment in production would stay what nobody knows the end of.
        """
        secrets = {"PORTRAIT_SECRET": self.portrait_secret, "COMMERCE_SECRET": self.commerce_secret}
        missing = [
            f"{name}, {SECRET_LENGTH} characters or more (`openssl rand -hex 32`)"
            for name, secret in secrets.items()
            if len(secret.get_secret_value()) < SECRET_LENGTH
        ]
        if signs_tokens and self.is_production and self.token_keys_path is None:
            key = "`openssl genpkey -algorithm ed25519 -out DIRECTORY/first.pem`"
            missing.append(f"TOKEN_KEYS_PATH, a directory of Ed25519 keys ({key})")
        if takes_money and self.is_production:
            missing += [
                f"{name}, from dashboard.stripe.com"
                for name, secret in (
                    ("STRIPE_API_KEY", self.stripe_api_key),
                    ("STRIPE_WEBHOOK_SECRET", self.stripe_webhook_secret),
                )
                if not secret.get_secret_value()
            ]
        if missing:
            raise SettingsUnusable(f"Secrets are missing. Set {'; '.join(missing)}.")
