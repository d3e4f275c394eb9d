"""Every loader of an operation: the sum of the domains."""

from dataloaders.base import LoaderSet


class Loaders(LoaderSet):
    """Every loader, made on first use."""
