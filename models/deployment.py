"""Which deployment this database is."""

from core.db import Base


class Deployment(Base):
    """One row, made on first use: its id is the name under which the deployment owns a bucket."""

    __tablename__ = "deployments"
