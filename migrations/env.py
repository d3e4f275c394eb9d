"""Where Alembic finds the tables and the connection."""

import importlib
import pkgutil

from alembic import context
from sqlalchemy import text

import models
from core import idempotency, outbox  # noqa: F401
from core.db import Base

for module in pkgutil.walk_packages(models.__path__, "models."):
    importlib.import_module(module.name)

connection = context.config.attributes["connection"]
# A migration that cannot have its lock gives up, rather than make every request wait behind it.
connection.execute(text("set lock_timeout = '5s'"))
connection.execute(text("set statement_timeout = 0"))
context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    compare_type=True,
    compare_server_default=True,
    transaction_per_migration=True,
)
with context.begin_transaction():
    context.run_migrations()
