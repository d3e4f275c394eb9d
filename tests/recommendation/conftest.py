"""The API of this test's own, with the world in its graph where a test asks for that."""

from tests.catalogue.conftest import door, world_door

__all__ = ["door", "world_door"]
