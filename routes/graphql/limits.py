"""Every bound of the transport in one place."""

from collections.abc import Collection
from dataclasses import dataclass, fields

from core.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one request, one connection and one viewer may use; times are seconds.

    Fields that `Settings` also has are the operator's; the others have proved good.
    """

    max_body_bytes: int = 262_144
    max_message_bytes: int = 131_072
    max_connections: int = 2_000
    max_connections_per_viewer: int = 20
    max_subscriptions_per_viewer: int = 20
    max_messages_per_second: int = 20
    viewer_operations_per_minute: int = 1_000
    address_operations_per_minute: int = 600
    address_operations_per_hour: int = 10_000
    max_depth: int = 12
    max_aliases: int = 15
    max_directives: int = 50
    max_tokens: int = 1_500
    max_nodes: int = 20_000
    introspection: bool = True
    allowed_origins: Collection[str] = ()

    # Strangers are told apart by address, and many may share one.
    max_connections_per_address: int = 200
    max_subscriptions_per_address: int = 200
    # What a page that opens many subscriptions at once sends in its first second.
    message_burst: int = 100
    max_operations_per_connection: int = 50

    max_introspection_depth: int = 20
    max_root_fields: int = 20
    max_operations: int = 20
    max_values: int = 200_000
    # Lists without `first` are small in this graph; their true length is known too late.
    assumed_list_size: int = 5
    assumed_page_size: int = 20
    # An operation counts one, and one more for each so many objects that it may ask for, and for
    # each so many characters of a document that has to be parsed and validated first.
    counted_objects: int = 1_000
    counted_characters: int = 500
    max_validation_errors: int = 20
    cached_documents: int = 1_000
    # A parsed token takes some 400 bytes.
    cached_tokens: int = 200_000
    max_cached_document: int = 16_384

    body_seconds: float = 30.0
    operation_seconds: float = 30.0
    init_seconds: float = 5.0
    ping_seconds: float = 20.0
    pong_seconds: float = 10.0
    write_seconds: float = 15.0
    heartbeat_seconds: float = 10.0
    sse_retry_milliseconds: int = 2_000
    log_backlog: int = 100

    @classmethod
    def of(cls, settings: Settings) -> "Limits":
        """Take what an operator may turn from the settings."""
        known = {field.name for field in fields(cls)} & set(Settings.model_fields)
        return cls(**{name: getattr(settings, name) for name in known})
