"""What Redis holds of a customer: what was worked out of their likes, and counters of tries."""

from core.bus import Bus

# Doorbells and news name ids alone; they go by themselves, within the hour.
PASSING = ("topic", "dramatiq")
AT_ONCE = 1_000


async def forget_cached(bus: Bus, prefix: str, customer_id: str) -> int:
    """Delete every key that names this customer; return how many. Raises RedisError."""
    found = bus.redis.scan_iter(match=f"{prefix}:*{customer_id}*", count=AT_ONCE)
    keys = [
        key async for key in found if key.removeprefix(f"{prefix}:").split(":")[0] not in PASSING
    ]
    return int(await bus.redis.unlink(*keys)) if keys else 0
