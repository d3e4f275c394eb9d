"""Cameos: photos are checked, films are made step by step, and what is personal is erased."""

from workers.cameo import advance, erase, portrait

__all__ = ["advance", "erase", "portrait"]
