"""Brings the tables up to date (decision 22)."""

from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from core.db import asyncpg_url
from core.settings import ROOT, Settings

LOCK = 7_326_110


async def upgrade(settings: Settings) -> None:
    """Run what is missing; two processes that start together take turns."""
    await run(settings.database_url.get_secret_value(), command.upgrade, "head")


async def run(url: str, action: Any, *arguments: Any, **options: Any) -> None:
    """Run an Alembic command on a connection of its own, under a lock."""
    engine = create_async_engine(asyncpg_url(url), poolclass=NullPool)
    config = Config()
    config.set_main_option("script_location", str(ROOT / "migrations"))
    async with engine.connect() as connection:
        await connection.execute(text(f"select pg_advisory_lock({LOCK})"))
        await connection.commit()
        await connection.run_sync(lambda sync: _call(config, sync, action, *arguments, **options))
        await connection.commit()
        await connection.execute(text(f"select pg_advisory_unlock({LOCK})"))
    await engine.dispose()


def _call(config: Config, connection: Any, action: Any, *arguments: Any, **options: Any) -> None:
    config.attributes["connection"] = connection
    action(config, *arguments, **options)
