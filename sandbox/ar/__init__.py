"""Stand-ins for the files that AR experiences name: small, real, and the same each time."""

from sandbox.ar.put import put_assets

__all__ = ["put_assets"]
