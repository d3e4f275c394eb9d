"""Delivery: which ways there are to an address, when they arrive, and which region it is in."""

from services.delivery.options import estimate, goes_to, options
from services.delivery.regions import known_regions, region_of, regions_of
from services.delivery.shapes import Option

__all__ = ["Option", "estimate", "goes_to", "known_regions", "options", "region_of", "regions_of"]
