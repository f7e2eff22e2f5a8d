"""Handlings of imbalance: each sets a stream of indices, a loss, or both; a few lines in the registry."""

from steelyard.models.handlings.parse import parse
from steelyard.models.handlings.registry import names_known

__all__ = ["names_known", "parse"]
